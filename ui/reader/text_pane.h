// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "reader/code_lexer.h"
#include "text/text_positions.h"
#include "ui/place.h"

#include <QPlainTextEdit>
#include <QTimer>

#include <optional>

namespace ui {

/// Text with line numbers, read only. Code keeps its lines and is coloured where it is looked at;
/// prose wraps.
class TextPane final : public QPlainTextEdit
{
    Q_OBJECT
public:
    enum class Kind
    {
        code,
        prose,
    };

    explicit TextPane(Kind kind, QWidget* parent = nullptr);

    /// Long texts come in slices, so that the window stays alive; what is asked for meanwhile is
    /// shown as soon as its place is there.
    void setContent(const QString& text, const CodeLanguage* language);
    /// Marks the passage and shows it one third down. An empty range clears the mark.
    void showRange(TextRange range);
    void setMatches(const QList<TextRange>& matches); ///< of the find bar
    void goToLine(int line);                          ///< 1-based
    [[nodiscard]] int currentLine() const;            ///< first visible, 1-based
    [[nodiscard]] TextRange selection() const;
    void zoomBy(int steps);
    void resetZoom();
    void centerRange(TextRange range); ///< without touching the mark

    void paintNumbers(QPaintEvent* event);
    [[nodiscard]] int numbersWidth() const;

Q_SIGNALS:
    void positionChanged(int line);
    void linePointed(int line); ///< a click on a number

protected:
    void resizeEvent(QResizeEvent* event) override;
    void changeEvent(QEvent* event) override;
    void paintEvent(QPaintEvent* event) override;
    void wheelEvent(QWheelEvent* event) override;

private:
    void fillSlice();
    void showWanted();
    [[nodiscard]] bool isThere(TextRange range) const;
    void layoutNumbers();
    void colorVisible();
    void forgetColors();
    void updateSelections();
    void setPaneFont();
    [[nodiscard]] QTextCursor cursorFor(TextRange range) const;

    Kind m_kind;
    QWidget* m_numbers = nullptr;
    TextPositions m_positions;
    const CodeLanguage* m_language = nullptr;
    TextRange m_mark;
    QList<TextRange> m_matches;
    int m_knownTo = 0; ///< blocks whose state at the end is known
    int m_zoom = 0;
    QString m_shown; ///< the text with its line ends as the document keeps them, while it is filled
    qsizetype m_filled = 0;
    QTimer m_fillTimer;
    std::optional<TextRange> m_wantedRange; ///< to be centred once it is there
    int m_wantedLine = 0;                   ///< the same; 0: none
};

} // namespace ui
