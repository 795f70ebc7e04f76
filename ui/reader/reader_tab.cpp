// SPDX-License-Identifier: GPL-3.0-or-later
#include "reader/reader_tab.h"

#include "reader/find_bar.h"
#include "reader/pdf_pane.h"
#include "reader/text_pane.h"
#include "style/icons.h"
#include "text/wording.h"
#include "views/soft_label.h"

#include <QHBoxLayout>
#include <QHeaderView>
#include <QLineEdit>
#include <QSplitter>
#include <QStackedWidget>
#include <QToolButton>
#include <QTreeWidget>

#include <algorithm>
#include <cmath>
#include <utility>

namespace ui {
namespace {

constexpr int kEntryRole = Qt::UserRole;

QToolButton* toolButton(const char* icon, const QString& name, const char* objectName)
{
    auto* button = new QToolButton;
    button->setObjectName(QLatin1String(objectName));
    button->setIcon(lineIcon(QLatin1String(icon)));
    button->setAccessibleName(name);
    button->setToolTip(name);
    button->setAutoRaise(true);
    return button;
}

bool isCode(const ReaderContent& content)
{
    return content.format == SourceFormat::code;
}

} // namespace

ReaderTab::ReaderTab(const ReaderContent& content, QWidget* parent)
    : QWidget(parent), m_content(content), m_positions(content.text)
{
    setObjectName(QStringLiteral("readerTab"));
    m_text = new TextPane(isCode(content) ? TextPane::Kind::code : TextPane::Kind::prose, this);
    m_stack = new QStackedWidget;
    if (content.pages != nullptr && content.pages->pageCount() > 0) {
        m_pdf = new PdfPane(content.pages);
        m_stack->addWidget(m_pdf);
    } else {
        fillText();
    }
    m_stack->addWidget(m_text);
    m_find = new FindBar;
    m_find->setText(&m_content.text, &m_positions);
    buildToolbar();
    m_splitter = new QSplitter(Qt::Horizontal);
    m_splitter->setObjectName(QStringLiteral("readerSplitter"));
    m_splitter->setChildrenCollapsible(false);
    buildOutline();
    m_splitter->addWidget(m_stack);
    m_splitter->setStretchFactor(1, 1);

    auto* layout = new QVBoxLayout(this);
    layout->setContentsMargins(0, 0, 0, 0);
    layout->setSpacing(0);
    layout->addWidget(m_toolbar);
    if (!content.note.isEmpty()) {
        auto* note = new SoftLabel(SoftLabel::Kind::small, content.note);
        note->setObjectName(QStringLiteral("readerNote"));
        note->setWordWrap(true);
        note->setContentsMargins(12, 6, 12, 6);
        layout->addWidget(note);
    }
    layout->addWidget(m_splitter, 1);
    layout->addWidget(m_find);
    connectPanes();
    setFocusProxy(m_stack->currentWidget());
    updatePosition();
    updateZoom();
}

ReaderTab::~ReaderTab() = default;

/// A book's text is set only where it is looked at: mostly its pages are.
void ReaderTab::fillText()
{
    if (!std::exchange(m_textFilled, true)) {
        const bool markdown = m_content.format == SourceFormat::markdown;
        m_text->setContent(m_content.text, isCode(m_content) || markdown
                                               ? findLanguage(markdown ? QStringLiteral("markdown")
                                                                       : m_content.language,
                                                              m_content.path)
                                               : nullptr);
    }
}

void ReaderTab::buildToolbar()
{
    m_toolbar = new QWidget;
    m_outlineButton = toolButton("outline", tr("Outline"), "outlineButton");
    m_outlineButton->setCheckable(true);
    m_positionBefore = new SoftLabel(SoftLabel::Kind::small);
    m_positionEdit = new QLineEdit;
    m_positionEdit->setObjectName(QStringLiteral("positionEdit"));
    m_positionEdit->setAlignment(Qt::AlignRight);
    m_positionAfter = new SoftLabel(SoftLabel::Kind::small);
    m_positionAfter->setObjectName(QStringLiteral("positionLabel"));
    m_positionBefore->setBuddy(m_positionEdit);
    auto* out = toolButton("zoom-out", tr("Smaller (Ctrl+-)"), "zoomOutButton");
    auto* in = toolButton("zoom-in", tr("Larger (Ctrl++)"), "zoomInButton");
    m_zoomLabel = toolButton("fit-width", tr("Fit the width"), "fitWidthButton");
    auto* page = toolButton("fit-page", tr("Fit the page (Ctrl+J)"), "fitPageButton");
    m_modeButton = new QToolButton;
    m_modeButton->setObjectName(QStringLiteral("asTextButton"));
    m_modeButton->setText(tr("Text as read"));
    m_modeButton->setAccessibleName(m_modeButton->text());
    m_modeButton->setToolTip(tr("Show the text that the model has read instead of the page"));
    m_modeButton->setCheckable(true);
    m_modeButton->setAutoRaise(true);

    auto* row = new QHBoxLayout(m_toolbar);
    row->setContentsMargins(8, 5, 8, 5);
    row->setSpacing(4);
    row->addWidget(m_outlineButton);
    row->addWidget(m_positionBefore);
    row->addWidget(m_positionEdit);
    row->addWidget(m_positionAfter);
    row->addStretch(1);
    row->addWidget(out);
    row->addWidget(in);
    row->addWidget(m_zoomLabel);
    row->addWidget(page);
    row->addWidget(m_modeButton);
    // Not before they have a parent: a widget without one would show as a window.
    m_outlineButton->setVisible(!m_content.outline.isEmpty());
    for (QWidget* ofPages : {static_cast<QWidget*>(m_zoomLabel), static_cast<QWidget*>(page),
                             static_cast<QWidget*>(m_modeButton)}) {
        ofPages->setVisible(m_pdf != nullptr);
    }
    connect(out, &QToolButton::clicked, this, [this] { zoomBy(-1); });
    connect(in, &QToolButton::clicked, this, [this] { zoomBy(1); });
    connect(m_zoomLabel, &QToolButton::clicked, this, &ReaderTab::fitWidth);
    connect(page, &QToolButton::clicked, this, &ReaderTab::fitPage);
    connect(m_modeButton, &QToolButton::toggled, this, &ReaderTab::showAsText);
    connect(m_positionEdit, &QLineEdit::returnPressed, this,
            [this] { goTo(m_positionEdit->text()); });
}

void ReaderTab::buildOutline()
{
    m_outline = new QTreeWidget;
    m_outline->setObjectName(QStringLiteral("outlineView"));
    m_outline->setAccessibleName(tr("Outline"));
    m_outline->setHeaderHidden(true);
    m_outline->setFrameShape(QFrame::NoFrame);
    m_outline->setMinimumWidth(120);
    QList<QTreeWidgetItem*> parents; // the last item of each level
    for (qsizetype i = 0; i < m_content.outline.size(); ++i) {
        const OutlineEntry& entry = m_content.outline.at(i);
        const qsizetype level = std::clamp<qsizetype>(entry.level, 0, parents.size());
        auto* item = new QTreeWidgetItem({entry.title});
        item->setToolTip(0, entry.title);
        item->setData(0, kEntryRole, static_cast<int>(i));
        parents.resize(level);
        if (level == 0) {
            m_outline->addTopLevelItem(item);
        } else {
            parents.at(level - 1)->addChild(item);
        }
        parents.append(item);
    }
    m_splitter->addWidget(m_outline);
    m_splitter->setSizes({190, 600});
    m_outline->hide();
    connect(m_outlineButton, &QToolButton::toggled, m_outline, &QWidget::setVisible);
    const auto open = [this](QTreeWidgetItem* item) {
        goToOutline(item->data(0, kEntryRole).toInt());
    };
    connect(m_outline, &QTreeWidget::itemClicked, this, open);
    connect(m_outline, &QTreeWidget::itemActivated, this, open);
}

void ReaderTab::connectPanes()
{
    connect(m_text, &TextPane::positionChanged, this, &ReaderTab::updatePosition);
    // A long text comes in slices.
    connect(m_text, &TextPane::blockCountChanged, this, &ReaderTab::updatePosition);
    connect(m_find, &FindBar::matchesChanged, this, [this] {
        if (m_textFilled) {
            m_text->setMatches(m_find->matches());
        }
    });
    connect(m_find, &FindBar::shown, this, &ReaderTab::showMatch);
    connect(m_find, &FindBar::closed, this, [this] {
        m_text->setMatches({});
        if (m_pdf != nullptr) {
            m_pdf->setMatch({});
        }
        m_stack->currentWidget()->setFocus();
    });
    if (m_pdf == nullptr) {
        return;
    }
    connect(m_pdf, &PdfPane::pageChanged, this, &ReaderTab::updatePosition);
    connect(m_pdf, &PdfPane::zoomChanged, this, &ReaderTab::updateZoom);
    connect(m_content.pages.get(), &PdfPageProvider::highlightReady, this,
            [this](const TextRange& range, const QList<PageHighlight>& highlights) {
                if (range == m_mark) {
                    m_pdf->showPassage(highlights);
                } else if (range == m_soughtMatch) {
                    m_pdf->setMatch(highlights);
                }
            });
}

bool ReaderTab::asText() const
{
    return m_stack->currentWidget() == m_text;
}

void ReaderTab::showAsText(bool asText)
{
    m_modeButton->setChecked(asText);
    if (asText) {
        fillText();
        m_text->setMatches(m_find->matches());
    }
    m_stack->setCurrentWidget(asText || m_pdf == nullptr ? static_cast<QWidget*>(m_text) : m_pdf);
    setFocusProxy(m_stack->currentWidget());
    if (!m_mark.isEmpty()) {
        m_text->showRange(m_mark);
    }
    updatePosition();
    updateZoom();
}

void ReaderTab::showPlace(const Place& place)
{
    m_mark = place.range;
    if (m_textFilled) {
        m_text->showRange(place.range);
        if (place.range.isEmpty() && place.lineBegin > 0) {
            m_text->goToLine(place.lineBegin);
        }
    }
    if (m_pdf != nullptr) {
        m_pdf->clearPassage();
        if (place.page > 0) {
            m_pdf->goToPage(place.page); // at once; the exact spot follows
        }
        if (!place.range.isEmpty()) {
            m_content.pages->requestHighlight(place.range);
        }
    }
    updatePosition();
}

void ReaderTab::clearMark()
{
    m_mark = {};
    m_text->showRange({});
    if (m_pdf != nullptr) {
        m_pdf->clearPassage();
    }
}

ReaderPosition ReaderTab::position() const
{
    return {m_content.sourceId, m_mark, m_pdf != nullptr ? m_pdf->position() : 0.0,
            m_text->currentLine(), m_pdf != nullptr && asText()};
}

void ReaderTab::restore(const ReaderPosition& position)
{
    clearMark();
    m_mark = position.range;
    if (m_pdf != nullptr) {
        showAsText(position.asText);
        m_pdf->setPosition(position.points);
        if (!m_mark.isEmpty()) {
            m_content.pages->requestHighlight(m_mark);
        }
    }
    if (m_textFilled && !m_mark.isEmpty()) {
        m_text->showRange(m_mark);
    } else if (m_textFilled) {
        m_text->goToLine(position.line);
    }
    updatePosition();
}

void ReaderTab::updatePosition()
{
    const bool pages = m_pdf != nullptr && !asText();
    const int at = pages ? m_pdf->currentPage() : m_text->currentLine();
    const int of = pages ? m_pdf->pageCount() : m_text->blockCount();
    m_positionBefore->setText(pages ? tr("Page") : tr("Line"));
    m_positionEdit->setAccessibleName(pages ? tr("Page") : tr("Line"));
    m_positionEdit->setToolTip(pages ? tr("Go to page (Ctrl+G)") : tr("Go to line (Ctrl+G)"));
    const int digits = std::max<int>(3, static_cast<int>(QString::number(of).size()));
    m_positionEdit->setFixedWidth(
        fontMetrics().horizontalAdvance(QString(digits + 2, QLatin1Char('9'))) + 10);
    if (!m_positionEdit->hasFocus()) {
        m_positionEdit->setText(QString::number(at));
    }
    QString after = tr("of %1").arg(numberText(of));
    if (pages) {
        QString label = m_content.pages->pageLabel(at);
        label.remove(QLatin1Char('[')).remove(QLatin1Char(']')); // a counted one comes bracketed
        if (!label.isEmpty() && label != QString::number(at)) {
            after = tr("of %1 [%2]").arg(numberText(of), label);
        }
    }
    m_positionAfter->setText(after);
}

void ReaderTab::updateZoom()
{
    m_zoomLabel->setEnabled(!asText());
    if (m_pdf != nullptr) {
        m_zoomLabel->setToolTip(
            tr("Fit the width (now %1)").arg(percentText(std::llround(m_pdf->zoom() * 100), 100)));
    }
}

void ReaderTab::goTo(const QString& typed)
{
    const QString wanted = typed.trimmed();
    bool ok = false;
    int number = wanted.toInt(&ok);
    if (m_pdf == nullptr || asText()) {
        if (ok) {
            m_text->goToLine(number);
            m_text->setFocus();
        }
        return;
    }
    // A printed label that is no number, like "xii", is looked for; a number is the file's page.
    for (int page = 1; !ok && page <= m_pdf->pageCount(); ++page) {
        if (m_content.pages->pageLabel(page).compare(wanted, Qt::CaseInsensitive) == 0) {
            number = page;
            ok = true;
        }
    }
    if (ok) {
        m_pdf->goToPage(number);
        m_pdf->setFocus();
    }
    updatePosition();
}

void ReaderTab::goToOutline(int entry)
{
    const OutlineEntry& wanted = m_content.outline.at(entry);
    if (m_pdf != nullptr && wanted.page > 0) {
        m_pdf->goToPage(wanted.page);
    }
    m_text->centerRange({wanted.begin, wanted.begin});
}

QString ReaderTab::textOf(TextRange range) const
{
    const qsizetype begin = m_positions.toString(range.begin);
    return m_content.text.mid(begin, m_positions.toString(range.end) - begin);
}

void ReaderTab::startFind()
{
    constexpr qsizetype kLongest = 80;
    QString chosen = textOf(m_text->selection()).simplified();
    if (chosen.size() > kLongest) {
        chosen.clear();
    }
    m_find->setStartingPoint(m_mark.isEmpty() ? 0 : m_mark.begin);
    m_find->start(chosen);
}

void ReaderTab::findNext(int by)
{
    if (!m_find->isVisible()) {
        startFind();
    } else if (by > 0) {
        m_find->next();
    } else {
        m_find->previous();
    }
}

bool ReaderTab::closeFind()
{
    if (!m_find->isVisible()) {
        return false;
    }
    m_find->hide();
    Q_EMIT m_find->closed();
    return true;
}

void ReaderTab::showMatch(TextRange match)
{
    m_text->centerRange(match);
    if (m_pdf != nullptr) {
        m_soughtMatch = match;
        m_content.pages->requestHighlight(match);
    }
}

void ReaderTab::focusPositionField()
{
    m_positionEdit->setFocus(Qt::ShortcutFocusReason);
    m_positionEdit->selectAll();
}

void ReaderTab::zoomBy(int steps)
{
    if (m_pdf != nullptr && !asText()) {
        m_pdf->setZoom(m_pdf->zoom() * std::pow(1.2, steps));
    } else {
        m_text->zoomBy(steps);
    }
}

void ReaderTab::resetZoom()
{
    if (m_pdf != nullptr && !asText()) {
        m_pdf->setZoom(1.0);
    } else {
        m_text->resetZoom();
    }
}

void ReaderTab::fitWidth()
{
    if (m_pdf != nullptr) {
        m_pdf->setFit(PdfPane::Fit::width);
    }
}

void ReaderTab::fitPage()
{
    if (m_pdf != nullptr) {
        m_pdf->setFit(PdfPane::Fit::page);
    }
}

} // namespace ui
