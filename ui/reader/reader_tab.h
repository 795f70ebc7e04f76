// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "text/text_positions.h"
#include "ui/reader_content.h"

#include <QWidget>

class QAction;
class QLineEdit;
class QSplitter;
class QStackedWidget;
class QToolButton;
class QTreeWidget;

namespace ui {

class FindBar;
class PdfPane;
class SoftLabel;
class TextPane;

/// Where the reader stood in a document: what Back returns to.
struct ReaderPosition
{
    QString sourceId;
    TextRange range;     ///< the marked passage, if any
    double points = 0.0; ///< of the page view
    int line = 1;        ///< of the text view
    bool asText = false;
};

/// One open document: its pages, its text as it was read, outline, find bar.
class ReaderTab final : public QWidget
{
    Q_OBJECT
public:
    explicit ReaderTab(const ReaderContent& content, QWidget* parent = nullptr);
    ~ReaderTab() override;

    [[nodiscard]] QString sourceId() const { return m_content.sourceId; }
    [[nodiscard]] QString title() const { return m_content.title; }
    [[nodiscard]] QString path() const { return m_content.path; }

    void showPlace(const Place& place);
    void clearMark();
    [[nodiscard]] bool hasMark() const { return !m_mark.isEmpty(); }
    [[nodiscard]] ReaderPosition position() const;
    void restore(const ReaderPosition& position);

    void startFind();
    void findNext(int by);
    [[nodiscard]] bool closeFind(); ///< false: it was not open
    void focusPositionField();      ///< page or line
    void zoomBy(int steps);
    void resetZoom();
    void fitWidth();
    void fitPage();
    [[nodiscard]] bool hasPages() const { return m_pdf != nullptr; }

private:
    void fillText();
    void buildToolbar();
    void buildOutline();
    void connectPanes();
    void showAsText(bool asText);
    void goTo(const QString& typed);
    void goToOutline(int entry);
    void updatePosition();
    void updateZoom();
    void showMatch(TextRange match);
    [[nodiscard]] bool asText() const;
    [[nodiscard]] QString textOf(TextRange range) const;

    ReaderContent m_content;
    TextPositions m_positions;
    PdfPane* m_pdf = nullptr;
    bool m_textFilled = false;
    TextPane* m_text = nullptr;
    QStackedWidget* m_stack = nullptr;
    QSplitter* m_splitter = nullptr;
    QTreeWidget* m_outline = nullptr;
    FindBar* m_find = nullptr;
    QWidget* m_toolbar = nullptr;
    QToolButton* m_outlineButton = nullptr;
    QToolButton* m_modeButton = nullptr;
    QToolButton* m_zoomLabel = nullptr;
    SoftLabel* m_positionBefore = nullptr;
    QLineEdit* m_positionEdit = nullptr;
    SoftLabel* m_positionAfter = nullptr;
    TextRange m_mark;
    TextRange m_soughtMatch; ///< asked of the pages for the find bar
};

} // namespace ui
