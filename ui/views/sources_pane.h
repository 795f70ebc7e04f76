// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "ui/source.h"

#include <QWidget>

class QLabel;
class QStackedWidget;
class QTreeView;

namespace ui {

class PaneHeading;
class SourceTreeModel;

/// What the session holds, with the state of each source. A click opens it in the reader.
class SourcesPane final : public QWidget
{
    Q_OBJECT
public:
    explicit SourcesPane(QWidget* parent = nullptr);

    void setSources(const QList<Source>& sources);
    void updateSource(const Source& source);
    void setContextActions(const QList<QAction*>& actions);
    [[nodiscard]] QString currentId() const; ///< empty on a folder or where nothing is chosen
    void setCurrent(const QString& sourceId);

Q_SIGNALS:
    void openRequested(const QString& sourceId);
    void removeRequested(const QString& sourceId);
    void currentChanged();

protected:
    bool eventFilter(QObject* watched, QEvent* event) override;

private:
    void updateNote();

    SourceTreeModel* m_model = nullptr;
    PaneHeading* m_heading = nullptr;
    QStackedWidget* m_stack = nullptr;
    QTreeView* m_view = nullptr;
    QLabel* m_empty = nullptr;
};

} // namespace ui
