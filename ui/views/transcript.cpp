// SPDX-License-Identifier: GPL-3.0-or-later
#include "views/transcript.h"

#include "style/icons.h"
#include "text/wording.h"
#include "views/answer_writer.h"
#include "views/citation_card.h"
#include "views/inline_marks.h"

#include <QApplication>
#include <QClipboard>
#include <QContextMenuEvent>
#include <QMenu>
#include <QMimeData>
#include <QScrollBar>
#include <QTextBlock>
#include <QTextFrame>
#include <QToolButton>

#include <algorithm>

namespace ui {
namespace {

constexpr int kHoverMs = 300;
constexpr int kColumnChars = 84; // a readable line; wider windows get wider margins instead

/// "cite:<answer>/<number>" taken apart; commands on a whole answer have no number.
struct Link
{
    QString kind;
    QString answerId;
    int number = -1;
};

/// The way that an arrow leads; 0 for other links.
int versionStep(const QString& kind)
{
    if (kind.startsWith(QLatin1String("older-"))) {
        return -1;
    }
    return kind.startsWith(QLatin1String("newer-")) ? 1 : 0;
}

Link parsed(const QUrl& url)
{
    Link link;
    link.kind = url.scheme();
    link.answerId = url.path(QUrl::FullyDecoded);
    if (link.kind == QLatin1String("cite") || link.kind == QLatin1String("hit")) {
        bool ok = false;
        const int number = link.answerId.section(QLatin1Char('/'), -1).toInt(&ok);
        link.number = ok ? number : -1;
        link.answerId = link.answerId.section(QLatin1Char('/'), 0, -2);
    }
    return link;
}

} // namespace

Transcript::Transcript(QWidget* parent) : QTextBrowser(parent), m_stream(*document())
{
    setObjectName(QStringLiteral("transcript"));
    setAccessibleName(tr("Conversation"));
    setOpenLinks(false);
    setOpenExternalLinks(false);
    setUndoRedoEnabled(false);
    setFrameShape(QFrame::NoFrame);
    setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
    setTextInteractionFlags(Qt::TextBrowserInteraction | Qt::TextSelectableByKeyboard);
    new InlineMarks(document());
    m_card = new CitationCard(this);

    m_jump = new QToolButton(this);
    m_jump->setObjectName(QStringLiteral("jumpToNewest"));
    m_jump->setText(tr("Jump to newest"));
    m_jump->setIcon(lineIcon(QStringLiteral("arrow-down")));
    m_jump->setToolButtonStyle(Qt::ToolButtonTextBesideIcon);
    m_jump->hide();
    connect(m_jump, &QToolButton::clicked, this,
            [this] { verticalScrollBar()->setValue(verticalScrollBar()->maximum()); });
    connect(verticalScrollBar(), &QScrollBar::valueChanged, this, &Transcript::updateJump);
    connect(verticalScrollBar(), &QScrollBar::rangeChanged, this, &Transcript::updateJump);

    m_hoverTimer.setSingleShot(true);
    m_hoverTimer.setInterval(kHoverMs);
    connect(&m_hoverTimer, &QTimer::timeout, this, &Transcript::showCard);
    connect(this, &QTextBrowser::anchorClicked, this, &Transcript::followLink);
    connect(this, &QTextBrowser::highlighted, this, &Transcript::hoverLink);
    m_writeTimer.setSingleShot(true);
    m_writeTimer.setInterval(0);
    connect(&m_writeTimer, &QTimer::timeout, this, [this] {
        const bool follow = atBottom();
        writeSlice();
        keepAtBottom(follow);
    });
    m_statusTimer.setInterval(1000);
    connect(&m_statusTimer, &QTimer::timeout, this, &Transcript::updateStatus);
    rebuild();
}

Transcript::~Transcript() = default;

void Transcript::setAnswers(const QList<Answer>& answers)
{
    m_answers = answers;
    m_runningId.clear();
    m_statusTimer.stop();
    writeAll();
    keepAtBottom(true);
}

void Transcript::changeAnswers(const QList<Answer>& answers)
{
    const auto same = [](const Answer& a, const Answer& b) {
        return a.id == b.id && a.questionVersion == b.questionVersion &&
               a.answerVersion == b.answerVersion;
    };
    qsizetype common = 0;
    while (common < std::min(answers.size(), m_answers.size()) &&
           same(answers.at(common), m_answers.at(common))) {
        ++common;
    }
    writeRest();
    cutBehind(common);
    m_answers = answers;
    writeFrom(common, m_answers.size());
    if (common < m_begins.size()) {
        QTextCursor cursor(document());
        cursor.setPosition(m_begins.at(common));
        const int top = verticalScrollBar()->value() + cursorRect(cursor).top();
        verticalScrollBar()->setValue(top - fontMetrics().lineSpacing());
    }
    updateJump();
}

void Transcript::cutBehind(qsizetype count)
{
    m_runningId.clear();
    m_statusTimer.stop();
    if (count == 0) {
        document()->clear();
        setColumn();
    } else if (count < m_begins.size()) {
        QTextCursor cursor(document());
        cursor.setPosition(m_begins.at(count));
        cursor.movePosition(QTextCursor::End, QTextCursor::KeepAnchor);
        cursor.removeSelectedText();
    }
    m_answers.resize(std::min(count, m_answers.size()));
    m_begins.resize(std::min(count, m_begins.size()));
}

void Transcript::setCodeSources(const QSet<QString>& sourceIds)
{
    m_codeSources = sourceIds;
    m_writer->setCodeSources(sourceIds);
}

const Answer* Transcript::answer(const QString& id) const
{
    const auto found = std::find_if(m_answers.begin(), m_answers.end(),
                                    [&](const Answer& answer) { return answer.id == id; });
    return found == m_answers.end() ? nullptr : &*found;
}

const Citation* Transcript::citation(const QString& answerId, int number) const
{
    const Answer* of = answer(answerId);
    if (of == nullptr) {
        return nullptr;
    }
    const auto found =
        std::find_if(of->citations.begin(), of->citations.end(),
                     [number](const Citation& citation) { return citation.number == number; });
    return found == of->citations.end() ? nullptr : &*found;
}

Answer* Transcript::running()
{
    return !m_runningId.isEmpty() && !m_answers.isEmpty() && m_answers.last().id == m_runningId
               ? &m_answers.last()
               : nullptr;
}

void Transcript::begin(const Answer& answer)
{
    writeRest();
    const auto before = std::find_if(m_answers.begin(), m_answers.end(),
                                     [&](const Answer& one) { return one.id == answer.follows; });
    cutBehind(before == m_answers.end() ? 0 : before - m_answers.begin() + 1);
    m_answers.append(answer);
    m_runningId = answer.id;
    m_stream.restart();
    m_statusTimer.start();
    writeFrom(m_answers.size() - 1, m_answers.size());
    keepAtBottom(true); // one's own question is always shown
}

void Transcript::resume(const QString& answerId)
{
    m_runningId = answerId;
    m_stream.restart();
    m_statusTimer.start();
    writeAll();
    keepAtBottom(true);
}

void Transcript::setStage(const QString& answerId, AnswerStage stage, int done, int total)
{
    if (running() != nullptr && answerId == m_runningId) {
        m_stream.setStage(stage, done, total);
        updateStatus();
    }
}

void Transcript::updateStatus()
{
    if (running() != nullptr) {
        const bool follow = atBottom();
        m_stream.updateStatus(*m_writer, m_tokensRead);
        keepAtBottom(follow);
    }
}

void Transcript::append(const QString& answerId, const QString& delta)
{
    Answer* answer = running();
    if (answer == nullptr || answerId != m_runningId || delta.isEmpty()) {
        return;
    }
    const bool follow = atBottom();
    answer->text += delta;
    m_stream.append(*m_writer, *answer, delta);
    keepAtBottom(follow);
}

void Transcript::addCitation(const QString& answerId, const Citation& citation)
{
    Answer* answer = running();
    if (answer == nullptr || answerId != m_runningId) {
        return;
    }
    const auto same =
        std::find_if(answer->citations.begin(), answer->citations.end(),
                     [&](const Citation& known) { return known.number == citation.number; });
    if (same != answer->citations.end()) {
        *same = citation;
    } else {
        answer->citations.append(citation);
    }
    const bool follow = atBottom();
    m_stream.rewrite(*m_writer, *answer, m_tokensRead);
    keepAtBottom(follow);
}

void Transcript::finish(const Answer& answer)
{
    writeRest();
    const bool follow = atBottom();
    if (running() == nullptr || m_answers.last().id != answer.id) {
        m_answers.append(answer); // it was started before this window looked
        writeAll();
    } else {
        m_statusTimer.stop();
        m_runningId.clear();
        m_answers.last() = answer;
        m_stream.replace(*m_writer, answer);
    }
    keepAtBottom(follow);
}

void Transcript::rebuild()
{
    m_writer = std::make_unique<AnswerWriter>(font(), palette());
    m_writer->setCodeSources(m_codeSources);
    document()->setDefaultFont(font());
    writeAll();
}

void Transcript::writeAll()
{
    document()->clear();
    m_begins.clear();
    setColumn();
    writeSlice();
    if (!m_runningId.isEmpty()) { // its text goes behind everything
        writeRest();
    }
}

void Transcript::writeSlice()
{
    constexpr qsizetype kSlice = 8; // entries: some milliseconds
    writeFrom(m_begins.size(), std::min(m_begins.size() + kSlice, m_answers.size()));
    if (m_begins.size() < m_answers.size()) {
        m_writeTimer.start();
    }
}

void Transcript::writeRest()
{
    m_writeTimer.stop();
    writeFrom(m_begins.size(), m_answers.size());
}

void Transcript::writeFrom(qsizetype first, qsizetype end)
{
    QTextCursor cursor(document());
    cursor.movePosition(QTextCursor::End);
    cursor.beginEditBlock();
    for (qsizetype i = first; i < end; ++i) {
        writeEntry(cursor, i);
    }
    cursor.endEditBlock();
}

void Transcript::writeEntry(QTextCursor& cursor, qsizetype index)
{
    const Answer& answer = m_answers.at(index);
    m_begins.append(cursor.position());
    m_writer->writeQuestion(cursor, answer, index == 0);
    if (answer.id == m_runningId) {
        m_stream.write(*m_writer, answer, m_tokensRead);
    } else {
        m_writer->writeHeadline(cursor, answer);
        m_writer->writeBody(cursor, answer);
    }
    cursor.movePosition(QTextCursor::End);
}

int Transcript::columnMargin(int width) const
{
    const int column = fontMetrics().averageCharWidth() * kColumnChars;
    return std::max(20, (width - column) / 2);
}

void Transcript::setColumn()
{
    const int side = columnMargin(viewport()->width());
    QTextFrameFormat frame = document()->rootFrame()->frameFormat();
    frame.setLeftMargin(side);
    frame.setRightMargin(side);
    frame.setTopMargin(8);
    frame.setBottomMargin(20);
    if (frame != document()->rootFrame()->frameFormat()) {
        document()->rootFrame()->setFrameFormat(frame);
    }
}

bool Transcript::atBottom() const
{
    return verticalScrollBar()->value() >= verticalScrollBar()->maximum() - 4;
}

void Transcript::keepAtBottom(bool wasAtBottom)
{
    if (wasAtBottom) {
        verticalScrollBar()->setValue(verticalScrollBar()->maximum());
    }
    updateJump();
}

void Transcript::updateJump()
{
    const bool far =
        verticalScrollBar()->maximum() - verticalScrollBar()->value() > viewport()->height() / 2;
    m_jump->setVisible(far);
    if (far) {
        const QSize size = m_jump->sizeHint();
        m_jump->setGeometry((viewport()->width() - size.width()) / 2,
                            viewport()->height() - size.height() - 10, size.width(), size.height());
        m_jump->raise();
    }
}

void Transcript::followLink(const QUrl& url)
{
    m_card->hide();
    const Link link = parsed(url);
    const Answer* of = answer(link.answerId);
    if (of == nullptr) {
        return;
    }
    if (link.kind == QLatin1String("cite")) {
        Q_EMIT citationActivated(link.answerId, link.number);
    } else if (link.kind == QLatin1String("hit") && link.number >= 0 &&
               link.number < of->places.size()) {
        Q_EMIT hitActivated(of->places.at(link.number));
    } else if (link.kind == QLatin1String("search")) {
        Q_EMIT searchRequested(of->searchTerms);
    } else if (link.kind == QLatin1String("again")) {
        Q_EMIT askAgainRequested(of->id);
    } else if (link.kind == QLatin1String("edit")) {
        Q_EMIT editRequested(of->id);
    } else if (link.kind == QLatin1String("branch")) {
        Q_EMIT branchRequested(of->id);
    } else if (const int by = versionStep(link.kind); by != 0) {
        Q_EMIT versionRequested(of->id,
                                link.kind.endsWith(QLatin1String("question")) ? EntryPart::question
                                                                              : EntryPart::answer,
                                by);
    } else if (link.kind == QLatin1String("copy") || link.kind == QLatin1String("copy-sources")) {
        QApplication::clipboard()->setText(
            answerAsText(*of, link.kind == QLatin1String("copy-sources")));
        Q_EMIT copied();
    }
}

void Transcript::hoverLink(const QUrl& url)
{
    m_hovered = url;
    if (url.scheme() == QLatin1String("cite")) {
        m_hoverTimer.start();
    } else {
        m_hoverTimer.stop();
        m_card->hide();
    }
}

void Transcript::showCard()
{
    const Link link = parsed(m_hovered);
    if (const Citation* shown = citation(link.answerId, link.number)) {
        m_card->showFor(*shown, QCursor::pos());
    }
}

void Transcript::resizeEvent(QResizeEvent* event)
{
    const bool follow = atBottom();
    setColumn();
    QTextBrowser::resizeEvent(event);
    keepAtBottom(follow);
}

void Transcript::changeEvent(QEvent* event)
{
    QTextBrowser::changeEvent(event);
    if (m_writer != nullptr &&
        (event->type() == QEvent::PaletteChange || event->type() == QEvent::FontChange)) {
        rebuild();
    }
}

void Transcript::leaveEvent(QEvent* event)
{
    m_hoverTimer.stop();
    m_card->hide();
    QTextBrowser::leaveEvent(event);
}

void Transcript::contextMenuEvent(QContextMenuEvent* event)
{
    // The standard menu offers to copy addresses of links, which mean nothing outside.
    auto* menu = new QMenu(this);
    menu->setAttribute(Qt::WA_DeleteOnClose);
    QAction* copyAction = menu->addAction(tr("Copy"), this, &QTextEdit::copy);
    copyAction->setEnabled(textCursor().hasSelection());
    menu->addAction(tr("Select all"), this, &QTextEdit::selectAll);
    menu->popup(event->globalPos());
}

QMimeData* Transcript::createMimeDataFromSelection() const
{
    // Plain text only, with the marks spelt out: "[2]" instead of an object character.
    const QTextCursor selection = textCursor();
    QString text;
    for (QTextBlock block = document()->findBlock(selection.selectionStart());
         block.isValid() && block.position() < selection.selectionEnd(); block = block.next()) {
        if (!text.isEmpty()) {
            text += QLatin1Char('\n');
        }
        for (auto it = block.begin(); !it.atEnd(); ++it) {
            const QTextFragment fragment = it.fragment();
            const int begin = std::max(fragment.position(), selection.selectionStart());
            const int end =
                std::min(fragment.position() + fragment.length(), selection.selectionEnd());
            if (begin < end) {
                QString part = fragment.text().mid(begin - fragment.position(), end - begin);
                part.replace(QString(QChar(QChar::ObjectReplacementCharacter)),
                             InlineMarks::plainText(fragment.charFormat()));
                text += part.replace(QChar(QChar::LineSeparator), QLatin1Char('\n'));
            }
        }
    }
    auto* mime = new QMimeData;
    mime->setText(text);
    return mime;
}

QVariant Transcript::loadResource(int, const QUrl&)
{
    return {};
}

} // namespace ui
