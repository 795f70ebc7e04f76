// SPDX-License-Identifier: GPL-3.0-or-later
#include "views/context_dialog.h"

#include "style/icons.h"
#include "text/wording.h"
#include "views/soft_label.h"

#include <QDialogButtonBox>
#include <QHeaderView>
#include <QLocale>
#include <QPushButton>
#include <QTreeWidget>
#include <QVBoxLayout>

#include <algorithm>

namespace ui {

ContextDialog::ContextDialog(const SessionStatus& status, const QList<Source>& sources,
                             QWidget* parent)
    : QDialog(parent)
{
    setObjectName(QStringLiteral("contextDialog"));
    setWindowTitle(tr("What the model has read"));
    auto* table = new QTreeWidget;
    table->setObjectName(QStringLiteral("contextTable"));
    table->setAccessibleName(windowTitle());
    table->setRootIsDecorated(false);
    table->setAllColumnsShowFocus(true);
    table->setHeaderLabels({tr("Source"), tr("Tokens"), tr("Share"), tr("Read")});
    table->header()->setStretchLastSection(false);
    table->header()->setSectionResizeMode(0, QHeaderView::Stretch);
    for (int column = 1; column < 4; ++column) {
        table->header()->setSectionResizeMode(column, QHeaderView::ResizeToContents);
    }
    qint64 inSources = 0;
    const auto add = [&](const QIcon& icon, const QString& name, qint64 tokens,
                         const QString& when) {
        auto* item = new QTreeWidgetItem(
            {name, numberText(tokens), percentText(tokens, status.tokensLimit), when});
        item->setIcon(0, icon);
        item->setTextAlignment(1, Qt::AlignRight | Qt::AlignVCenter);
        item->setTextAlignment(2, Qt::AlignRight | Qt::AlignVCenter);
        table->addTopLevelItem(item);
    };
    for (const Source& source : sources) {
        const qint64 tokens = std::max<qint64>(0, source.tokens);
        const bool read = source.state == SourceState::ready ||
                          source.state == SourceState::missing ||
                          source.state == SourceState::changed;
        inSources += read ? tokens : source.done;
        add(lineIcon(formatIcon(source.format)),
            source.folder.isEmpty() ? source.title
                                    : source.folder + QLatin1Char('/') + source.relativePath,
            tokens,
            read && source.readAt.isValid()
                ? QLocale().toString(source.readAt, QLocale::ShortFormat)
                : sourceStateText(source));
    }
    if (status.tokensUsed > inSources && !sources.isEmpty()) {
        add(lineIcon(QStringLiteral("quote")), otherTokensText(sources),
            status.tokensUsed - inSources, {});
    }
    add({}, tr("Free"), std::max<qint64>(0, status.tokensLimit - status.tokensUsed), {});

    auto* lead = new SoftLabel(
        SoftLabel::Kind::body,
        tr("Every source is read from its first to its last token; answers draw on all of it. "
           "Used: %1 of %2 tokens.")
            .arg(numberText(status.tokensUsed), numberText(status.tokensLimit)));
    lead->setWordWrap(true);
    auto* buttons = new QDialogButtonBox(QDialogButtonBox::Close);
    connect(buttons, &QDialogButtonBox::rejected, this, &QDialog::reject);
    auto* layout = new QVBoxLayout(this);
    layout->setContentsMargins(16, 16, 16, 12);
    layout->setSpacing(12);
    layout->addWidget(lead);
    layout->addWidget(table, 1);
    layout->addWidget(buttons);
    buttons->button(QDialogButtonBox::Close)->setFocus();
    resize(620, 420);
}

} // namespace ui
