// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "ui/session_port.h"

#include <QAbstractButton>

namespace ui {

/// How much of the session's room is used: a bar with one segment per source, one for the
/// conversation and the free rest, and the same in words. A click shows the table.
class ContextMeter final : public QAbstractButton
{
    Q_OBJECT
public:
    explicit ContextMeter(QWidget* parent = nullptr);

    void setStatus(const SessionStatus& status, const QList<Source>& sources);
    void clear();
    [[nodiscard]] QSize sizeHint() const override;

protected:
    void paintEvent(QPaintEvent* event) override;
    void changeEvent(QEvent* event) override;

private:
    struct Segment
    {
        QString name;
        qint64 tokens = 0;
        bool conversation = false;
    };

    [[nodiscard]] QString words() const;

    SessionStatus m_status;
    QList<Segment> m_segments;
    bool m_empty = true;
};

} // namespace ui
