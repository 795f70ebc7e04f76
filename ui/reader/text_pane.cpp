// SPDX-License-Identifier: GPL-3.0-or-later
#include "reader/text_pane.h"

#include "style/tones.h"
#include "text/wording.h"
#include "views/row_painting.h"

#include <QApplication>
#include <QPainter>
#include <QScrollBar>
#include <QTextBlock>
#include <QTextLayout>
#include <QWheelEvent>

#include <algorithm>
#include <limits>
#include <utility>

namespace ui {
namespace {

constexpr int kPad = 10;
constexpr int kColored = 1 << 20; // set in a block's user state once its colours are laid on
constexpr qsizetype kMaxShownMatches = 2000;
constexpr qsizetype kSlice = 128 * 1024; // UTF-16 units set at once: a few milliseconds

/// Named apart from the pane so that clicks on numbers do not move the text cursor.
class NumberBar final : public QWidget
{
public:
    explicit NumberBar(TextPane* pane) : QWidget(pane), m_pane(pane) {}

    [[nodiscard]] QSize sizeHint() const override { return {m_pane->numbersWidth(), 0}; }

protected:
    void paintEvent(QPaintEvent* event) override { m_pane->paintNumbers(event); }

private:
    TextPane* m_pane;
};

QTextCharFormat formatOf(TokenKind kind, const QPalette& palette)
{
    const Tones t = tones(palette);
    QTextCharFormat format;
    switch (kind) {
    case TokenKind::comment:
        format.setForeground(t.dark ? QColor(0x8d, 0x97, 0xa3) : QColor(0x6b, 0x73, 0x7c));
        format.setFontItalic(true);
        break;
    case TokenKind::string:
        format.setForeground(t.dark ? QColor(0x9f, 0xd0, 0x8c) : QColor(0x2f, 0x6b, 0x1f));
        break;
    case TokenKind::number:
        format.setForeground(t.dark ? QColor(0xe0, 0xb0, 0x7a) : QColor(0x8a, 0x4b, 0x08));
        break;
    case TokenKind::keyword:
        format.setForeground(t.dark ? QColor(0x8f, 0xb8, 0xf0) : QColor(0x1d, 0x4f, 0x91));
        format.setFontWeight(QFont::DemiBold);
        break;
    case TokenKind::type:
        format.setForeground(t.dark ? QColor(0x7f, 0xcf, 0xcf) : QColor(0x0f, 0x66, 0x66));
        break;
    case TokenKind::directive:
        format.setForeground(t.dark ? QColor(0xd3, 0xa4, 0xe0) : QColor(0x7a, 0x3a, 0x8a));
        break;
    case TokenKind::heading:
        format.setForeground(palette.color(QPalette::Link));
        format.setFontWeight(QFont::DemiBold);
        break;
    }
    return format;
}

} // namespace

TextPane::TextPane(Kind kind, QWidget* parent) : QPlainTextEdit(parent), m_kind(kind)
{
    setObjectName(kind == Kind::code ? QStringLiteral("codePane") : QStringLiteral("textPane"));
    setAccessibleName(kind == Kind::code ? tr("Source code") : tr("Text"));
    setReadOnly(true);
    setTextInteractionFlags(Qt::TextSelectableByMouse | Qt::TextSelectableByKeyboard);
    setFrameShape(QFrame::NoFrame);
    setLineWrapMode(kind == Kind::code ? QPlainTextEdit::NoWrap : QPlainTextEdit::WidgetWidth);
    setUndoRedoEnabled(false);
    document()->setDocumentMargin(kPad);
    m_numbers = new NumberBar(this);
    setPaneFont();
    m_fillTimer.setSingleShot(true);
    m_fillTimer.setInterval(0);
    connect(&m_fillTimer, &QTimer::timeout, this, &TextPane::fillSlice);
    connect(this, &QPlainTextEdit::blockCountChanged, this, &TextPane::layoutNumbers);
    connect(this, &QPlainTextEdit::updateRequest, this, [this](const QRect& rect, int dy) {
        if (dy != 0) {
            m_numbers->scroll(0, dy);
        } else {
            m_numbers->update(0, rect.y(), m_numbers->width(), rect.height());
        }
    });
    connect(verticalScrollBar(), &QScrollBar::valueChanged, this,
            [this] { Q_EMIT positionChanged(currentLine()); });
}

void TextPane::setPaneFont()
{
    QFont base = m_kind == Kind::code ? codeFont(QApplication::font()) : QApplication::font();
    base.setPointSizeF(std::max(5.0, base.pointSizeF() + m_zoom));
    setFont(base);
    setTabStopDistance(4 * fontMetrics().horizontalAdvance(QLatin1Char(' ')));
    layoutNumbers();
}

void TextPane::setContent(const QString& text, const CodeLanguage* language)
{
    m_language = language;
    m_positions = TextPositions(text);
    m_mark = {};
    m_matches.clear();
    m_knownTo = 0;
    // The document keeps one character per line end. A blank in the place of CR holds the offsets.
    m_shown = text;
    m_shown.replace(QLatin1String("\r\n"), QLatin1String(" \n"));
    m_filled = 0;
    m_wantedRange.reset();
    m_wantedLine = 0;
    clear();
    fillSlice();
    updateSelections();
}

void TextPane::fillSlice()
{
    qsizetype end = std::min(m_shown.size(), m_filled + kSlice);
    if (end <
        m_shown.size()) { // whole lines, or where one is longer than a slice, whole characters
        const qsizetype line = m_shown.lastIndexOf(QLatin1Char('\n'), end - 1);
        end = line > m_filled ? line + 1 : end + (m_shown.at(end).isLowSurrogate() ? 1 : 0);
    }
    // Behind everything, without moving what is in view.
    QTextCursor cursor(document());
    cursor.movePosition(QTextCursor::End);
    cursor.insertText(m_shown.mid(m_filled, end - m_filled));
    m_filled = end;
    if (m_filled < m_shown.size()) {
        m_fillTimer.start();
    } else {
        m_shown.clear();
        m_filled = std::numeric_limits<qsizetype>::max();
    }
    showWanted();
}

bool TextPane::isThere(TextRange range) const
{
    return m_positions.toString(range.end) <= m_filled;
}

void TextPane::showWanted()
{
    if (m_wantedRange && isThere(*m_wantedRange)) {
        const TextRange range = *std::exchange(m_wantedRange, std::nullopt);
        updateSelections();
        centerRange(range);
    }
    const bool all = m_shown.isEmpty();
    if (m_wantedLine > 0 && (all || m_wantedLine < blockCount())) {
        goToLine(std::exchange(m_wantedLine, 0));
    }
    if (all) {
        updateSelections(); // marks that reached beyond what was there
    }
}

QTextCursor TextPane::cursorFor(TextRange range) const
{
    const auto last = static_cast<qsizetype>(document()->characterCount() - 1);
    QTextCursor cursor(document());
    cursor.setPosition(static_cast<int>(std::min(m_positions.toString(range.begin), last)));
    cursor.setPosition(static_cast<int>(std::min(m_positions.toString(range.end), last)),
                       QTextCursor::KeepAnchor);
    return cursor;
}

void TextPane::showRange(TextRange range)
{
    m_mark = range;
    updateSelections();
    if (!range.isEmpty()) {
        centerRange(range);
    }
}

void TextPane::centerRange(TextRange range)
{
    m_wantedLine = 0;
    m_wantedRange.reset();
    if (!isThere(range)) {
        m_wantedRange = range;
        return;
    }
    QTextCursor cursor = cursorFor(range);
    cursor.setPosition(cursor.selectionStart());
    setTextCursor(cursor);
    const int linesUp = viewport()->height() / std::max(1, fontMetrics().lineSpacing()) / 3;
    int target = cursor.block().firstLineNumber();
    const QTextLayout* lines = cursor.block().layout();
    target += std::max(0, lines->lineForTextPosition(cursor.positionInBlock()).lineNumber());
    verticalScrollBar()->setValue(std::max(0, target - linesUp));
}

void TextPane::setMatches(const QList<TextRange>& matches)
{
    m_matches = matches;
    updateSelections();
}

void TextPane::updateSelections()
{
    const Tones t = tones(palette());
    QList<QTextEdit::ExtraSelection> selections;
    const auto add = [&](TextRange range, const QColor& color) {
        QTextEdit::ExtraSelection selection;
        selection.cursor = cursorFor(range);
        selection.format.setBackground(color);
        selections.append(selection);
    };
    for (qsizetype i = 0; i < std::min(m_matches.size(), kMaxShownMatches); ++i) {
        add(m_matches.at(i), mixed(palette().color(QPalette::Base), t.accent, 0.28));
    }
    if (!m_mark.isEmpty()) {
        add(m_mark, t.marker);
    }
    setExtraSelections(selections);
    m_numbers->update();
}

void TextPane::goToLine(int line)
{
    if (!m_shown.isEmpty() && line >= blockCount()) {
        m_wantedRange.reset();
        m_wantedLine = line;
        return;
    }
    const QTextBlock block = document()->findBlockByNumber(
        std::clamp(line - 1, 0, std::max(0, document()->blockCount() - 1)));
    const qint64 at = m_positions.toCodePoints(block.position());
    centerRange({at, at});
}

int TextPane::currentLine() const
{
    return firstVisibleBlock().blockNumber() + 1;
}

TextRange TextPane::selection() const
{
    const QTextCursor cursor = textCursor();
    return {m_positions.toCodePoints(cursor.selectionStart()),
            m_positions.toCodePoints(cursor.selectionEnd())};
}

void TextPane::zoomBy(int steps)
{
    m_zoom = std::clamp(m_zoom + steps, -6, 24);
    setPaneFont();
}

void TextPane::resetZoom()
{
    m_zoom = 0;
    setPaneFont();
}

int TextPane::numbersWidth() const
{
    const int digits = std::max<int>(3, static_cast<int>(QString::number(blockCount()).size()));
    return 2 * kPad + fontMetrics().horizontalAdvance(QLatin1Char('9')) * digits;
}

void TextPane::layoutNumbers()
{
    setViewportMargins(numbersWidth(), 0, 0, 0);
    const QRect inside = contentsRect();
    m_numbers->setGeometry(inside.left(), inside.top(), numbersWidth(), inside.height());
}

void TextPane::resizeEvent(QResizeEvent* event)
{
    QPlainTextEdit::resizeEvent(event);
    layoutNumbers();
}

void TextPane::changeEvent(QEvent* event)
{
    QPlainTextEdit::changeEvent(event);
    if (m_numbers == nullptr) {
        return;
    }
    if (event->type() == QEvent::ApplicationFontChange) {
        setPaneFont();
    } else if (event->type() == QEvent::PaletteChange) {
        forgetColors();
        updateSelections();
    }
}

void TextPane::forgetColors()
{
    for (QTextBlock block = document()->begin(); block.isValid() && block.blockNumber() < m_knownTo;
         block = block.next()) {
        block.setUserState(-1);
        block.layout()->clearFormats();
    }
    m_knownTo = 0;
    viewport()->update();
}

void TextPane::paintEvent(QPaintEvent* event)
{
    colorVisible();
    QPlainTextEdit::paintEvent(event);
}

void TextPane::colorVisible()
{
    if (m_language == nullptr) {
        return;
    }
    const int first = firstVisibleBlock().blockNumber();
    const int last = first + viewport()->height() / std::max(1, fontMetrics().height()) + 1;
    std::vector<CodeToken> tokens;
    QTextBlock block = document()->findBlockByNumber(std::min(first, m_knownTo));
    for (; block.isValid() && block.blockNumber() <= last; block = block.next()) {
        const bool visible = block.blockNumber() >= first;
        const bool known = block.blockNumber() < m_knownTo;
        if (known && (!visible || (block.userState() & kColored) != 0)) {
            continue;
        }
        const int inherited = std::max(0, block.previous().userState()) & ~kColored;
        tokens.clear();
        const LineState state =
            lexLine(*m_language, block.text(), block.previous().isValid() ? inherited : 0,
                    visible ? &tokens : nullptr);
        block.setUserState(state | (visible ? kColored : 0));
        m_knownTo = std::max(m_knownTo, block.blockNumber() + 1);
        if (visible) {
            QList<QTextLayout::FormatRange> formats;
            for (const CodeToken& token : tokens) {
                formats.append({token.begin, token.length, formatOf(token.kind, palette())});
            }
            block.layout()->setFormats(formats);
            document()->markContentsDirty(block.position(), block.length());
        }
    }
}

void TextPane::paintNumbers(QPaintEvent* event)
{
    QPainter painter(m_numbers);
    const Tones t = tones(palette());
    const QColor base = palette().color(QPalette::Base);
    painter.fillRect(event->rect(), base);
    painter.setFont(font());
    const QTextCursor marked = cursorFor(m_mark);
    const int markFirst =
        m_mark.isEmpty() ? -1 : document()->findBlock(marked.selectionStart()).blockNumber();
    const int markLast =
        m_mark.isEmpty()
            ? -2
            : document()
                  ->findBlock(std::max(marked.selectionStart(), marked.selectionEnd() - 1))
                  .blockNumber();
    QTextBlock block = firstVisibleBlock();
    double top = blockBoundingGeometry(block).translated(contentOffset()).top();
    while (block.isValid() && top <= event->rect().bottom()) {
        const double height = blockBoundingRect(block).height();
        const int number = block.blockNumber();
        const bool inMark = number >= markFirst && number <= markLast;
        if (inMark) {
            painter.fillRect(QRectF(m_numbers->width() - 4, top, 4, height), t.accent);
        }
        painter.setPen(inMark ? palette().color(QPalette::Text)
                              : mixed(base, palette().color(QPalette::Text), 0.5));
        painter.drawText(QRectF(0, top, m_numbers->width() - kPad, fontMetrics().height()),
                         Qt::AlignRight, QString::number(number + 1));
        top += height;
        block = block.next();
    }
}

void TextPane::wheelEvent(QWheelEvent* event)
{
    if ((event->modifiers() & Qt::ControlModifier) != 0) {
        zoomBy(event->angleDelta().y() > 0 ? 1 : -1);
        event->accept();
        return;
    }
    QPlainTextEdit::wheelEvent(event);
}

} // namespace ui
