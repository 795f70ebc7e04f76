// SPDX-License-Identifier: GPL-3.0-or-later
#include "views/shortcut_sheet.h"

#include <QAction>
#include <QDialogButtonBox>
#include <QHeaderView>
#include <QPushButton>
#include <QTreeWidget>
#include <QVBoxLayout>

namespace ui {

ShortcutSheet::ShortcutSheet(const QList<QPair<QString, QList<QAction*>>>& groups, QWidget* parent)
    : QDialog(parent)
{
    setObjectName(QStringLiteral("shortcutSheet"));
    setWindowTitle(tr("Keyboard shortcuts"));
    auto* list = new QTreeWidget;
    list->setObjectName(QStringLiteral("shortcutList"));
    list->setAccessibleName(windowTitle());
    list->setHeaderLabels({tr("Command"), tr("Keys")});
    list->setRootIsDecorated(false);
    list->header()->setSectionResizeMode(0, QHeaderView::Stretch);
    list->header()->setSectionResizeMode(1, QHeaderView::ResizeToContents);
    list->header()->setStretchLastSection(false);
    const auto heading = [list](const QString& title) {
        auto* item = new QTreeWidgetItem(list, {title});
        QFont font = list->font();
        font.setWeight(QFont::DemiBold);
        item->setFont(0, font);
        item->setFirstColumnSpanned(true);
        item->setExpanded(true);
        return item;
    };
    for (const auto& [title, actions] : groups) {
        QTreeWidgetItem* group = nullptr;
        for (const QAction* action : actions) {
            QStringList keys;
            for (const QKeySequence& sequence : action->shortcuts()) {
                keys << sequence.toString(QKeySequence::NativeText);
            }
            if (keys.isEmpty()) {
                continue;
            }
            group = group != nullptr ? group : heading(title);
            QString text = action->text();
            text.remove(QLatin1Char('&')).remove(QChar(0x2026));
            new QTreeWidgetItem(group, {text, keys.join(QStringLiteral("  "))});
        }
    }
    QTreeWidgetItem* asking = heading(tr("In the question box"));
    new QTreeWidgetItem(asking, {tr("Ask"), tr("Return")});
    new QTreeWidgetItem(asking, {tr("New line"), tr("Shift+Return")});
    new QTreeWidgetItem(asking, {tr("Bring the last question back"), tr("Up, in an empty box")});
    new QTreeWidgetItem(asking, {tr("Stop, close what is open, clear the highlight"), tr("Esc")});

    auto* buttons = new QDialogButtonBox(QDialogButtonBox::Close);
    connect(buttons, &QDialogButtonBox::rejected, this, &QDialog::reject);
    auto* layout = new QVBoxLayout(this);
    layout->setContentsMargins(16, 16, 16, 12);
    layout->addWidget(list);
    layout->addWidget(buttons);
    buttons->button(QDialogButtonBox::Close)->setFocus();
    resize(520, 620);
}

} // namespace ui
