// SPDX-License-Identifier: GPL-3.0-or-later
#include "reader/find_bar.h"

#include "style/icons.h"
#include "text/text_positions.h"
#include "text/wording.h"
#include "views/soft_label.h"

#include <QCheckBox>
#include <QHBoxLayout>
#include <QKeyEvent>
#include <QLineEdit>
#include <QRegularExpression>
#include <QToolButton>

#include <algorithm>

namespace ui {
namespace {

constexpr qsizetype kMaxMatches = 20'000; // "e" in a long book: enough to walk through

/// Typed blanks match any run of white space, so that a phrase is found over a line's end.
QRegularExpression patternFor(const QString& wanted, bool matchCase, bool wholeWords)
{
    QStringList parts;
    for (const QString& part : wanted.split(QLatin1Char(' '), Qt::SkipEmptyParts)) {
        parts << QRegularExpression::escape(part);
    }
    QString pattern = parts.join(QStringLiteral("\\s+"));
    if (wholeWords) {
        pattern = QStringLiteral("\\b(?:%1)\\b").arg(pattern);
    }
    QRegularExpression::PatternOptions options = QRegularExpression::UseUnicodePropertiesOption;
    if (!matchCase) {
        options |= QRegularExpression::CaseInsensitiveOption;
    }
    return QRegularExpression(pattern, options);
}

} // namespace

FindBar::FindBar(QWidget* parent) : QWidget(parent)
{
    setObjectName(QStringLiteral("findBar"));
    m_edit = new QLineEdit;
    m_edit->setObjectName(QStringLiteral("findEdit"));
    m_edit->setAccessibleName(tr("Find in this document"));
    m_edit->setPlaceholderText(tr("Find in this document"));
    m_edit->setClearButtonEnabled(true);
    m_edit->installEventFilter(this);
    m_case = new QCheckBox(tr("Match case"));
    m_case->setObjectName(QStringLiteral("findCase"));
    m_words = new QCheckBox(tr("Whole words"));
    m_words->setObjectName(QStringLiteral("findWords"));
    m_count = new SoftLabel(SoftLabel::Kind::small);
    m_count->setObjectName(QStringLiteral("findCount"));

    auto* layout = new QHBoxLayout(this);
    layout->setContentsMargins(10, 6, 6, 6);
    layout->setSpacing(6);
    layout->addWidget(m_edit, 1);
    const auto button = [&](const char* icon, const QString& name, const char* objectName) {
        auto* tool = new QToolButton;
        tool->setObjectName(QLatin1String(objectName));
        tool->setIcon(lineIcon(QLatin1String(icon)));
        tool->setAccessibleName(name);
        tool->setToolTip(name);
        tool->setAutoRaise(true);
        layout->addWidget(tool);
        return tool;
    };
    auto* up = button("up", tr("Previous match (Shift+F3)"), "findPrevious");
    auto* down = button("down", tr("Next match (F3)"), "findNext");
    layout->addWidget(m_count);
    layout->addWidget(m_case);
    layout->addWidget(m_words);
    auto* close = button("close", tr("Close the find bar (Esc)"), "findClose");

    connect(m_edit, &QLineEdit::textChanged, this, &FindBar::search);
    connect(m_case, &QCheckBox::toggled, this, &FindBar::search);
    connect(m_words, &QCheckBox::toggled, this, &FindBar::search);
    connect(up, &QToolButton::clicked, this, &FindBar::previous);
    connect(down, &QToolButton::clicked, this, &FindBar::next);
    connect(close, &QToolButton::clicked, this, [this] {
        hide();
        Q_EMIT closed();
    });
    hide();
}

void FindBar::setText(const QString* text, const TextPositions* positions)
{
    m_text = text;
    m_positions = positions;
    m_matches.clear();
    m_current = -1;
}

void FindBar::start(const QString& suggestion)
{
    show();
    if (!suggestion.isEmpty()) {
        m_edit->setText(suggestion);
    }
    m_edit->selectAll();
    m_edit->setFocus(Qt::ShortcutFocusReason);
    search();
}

void FindBar::search()
{
    m_matches.clear();
    m_current = -1;
    const QString wanted = m_edit->text().simplified();
    if (m_text != nullptr && !wanted.isEmpty()) {
        auto found =
            patternFor(wanted, m_case->isChecked(), m_words->isChecked()).globalMatch(*m_text);
        while (found.hasNext() && m_matches.size() < kMaxMatches) {
            const QRegularExpressionMatch match = found.next();
            m_matches.append({m_positions->toCodePoints(match.capturedStart()),
                              m_positions->toCodePoints(match.capturedEnd())});
        }
    }
    Q_EMIT matchesChanged();
    if (!m_matches.isEmpty()) {
        const auto here =
            std::find_if(m_matches.cbegin(), m_matches.cend(),
                         [this](const TextRange& each) { return each.begin >= m_from; });
        m_current = here == m_matches.cend() ? 0 : static_cast<int>(here - m_matches.cbegin());
        Q_EMIT shown(m_matches.at(m_current));
    }
    updateCount();
}

void FindBar::next()
{
    step(1);
}

void FindBar::previous()
{
    step(-1);
}

void FindBar::step(int by)
{
    if (m_matches.isEmpty()) {
        return;
    }
    const int count = static_cast<int>(m_matches.size());
    m_current = ((m_current + by) % count + count) % count;
    m_from = m_matches.at(m_current).begin;
    Q_EMIT shown(m_matches.at(m_current));
    updateCount();
}

void FindBar::updateCount()
{
    if (m_edit->text().simplified().isEmpty()) {
        m_count->clear();
    } else if (m_matches.isEmpty()) {
        m_count->setText(tr("No matches"));
    } else {
        m_count->setText(
            tr("%1 of %2").arg(numberText(m_current + 1), numberText(m_matches.size())));
    }
}

void FindBar::keyPressEvent(QKeyEvent* event)
{
    if (event->key() == Qt::Key_Escape) {
        hide();
        Q_EMIT closed();
        return;
    }
    QWidget::keyPressEvent(event);
}

bool FindBar::eventFilter(QObject* watched, QEvent* event)
{
    if (watched == m_edit && event->type() == QEvent::KeyPress) {
        const auto* key = static_cast<QKeyEvent*>(event);
        if (key->key() == Qt::Key_Return || key->key() == Qt::Key_Enter) {
            step((key->modifiers() & Qt::ShiftModifier) != 0 ? -1 : 1);
            return true;
        }
    }
    return QWidget::eventFilter(watched, event);
}

} // namespace ui
