// SPDX-License-Identifier: GPL-3.0-or-later
#include "views/add_sources_dialog.h"

#include "models/add_preview_model.h"
#include "style/tones.h"
#include "text/wording.h"
#include "views/soft_label.h"

#include <QDialogButtonBox>
#include <QHeaderView>
#include <QInputDialog>
#include <QProgressBar>
#include <QPushButton>
#include <QStackedWidget>
#include <QTreeView>
#include <QVBoxLayout>

#include <algorithm>

namespace ui {

AddSourcesDialog::AddSourcesDialog(SessionPort& session, const QStringList& paths, QWidget* parent)
    : QDialog(parent), m_session(&session)
{
    setObjectName(QStringLiteral("addSourcesDialog"));
    setWindowTitle(tr("Add sources"));
    build();
    connect(&session, &SessionPort::addPreviewProgress, this, [this](int request, int files) {
        if (request == m_request) {
            m_waiting->setText(tr("Looking at the files… %1 so far").arg(numberText(files)));
        }
    });
    connect(&session, &SessionPort::addPreviewReady, this, [this](const AddPreview& preview) {
        if (preview.request == m_request) {
            showPreview(preview);
        }
    });
    connect(&session, &SessionPort::addPreviewFailed, this,
            [this](int request, const Error& error) {
                if (request == m_request) {
                    showFailure(error);
                }
            });
    connect(&session, &SessionPort::addItemChanged, this, [this](int request, const AddItem& item) {
        if (request == m_request) {
            m_model->updateItem(item);
            m_view->expandToDepth(0);
        }
    });
    connect(&session, &QObject::destroyed, this, [this] {
        m_settled = true;
        m_session = nullptr;
        reject();
    });
    m_request = session.previewAdd(paths);
}

void AddSourcesDialog::build()
{
    m_model = new AddPreviewModel(this);
    m_view = new QTreeView;
    m_view->setObjectName(QStringLiteral("addPreviewView"));
    m_view->setAccessibleName(tr("Files to add"));
    m_view->setModel(m_model);
    m_view->setUniformRowHeights(true);
    m_view->setAllColumnsShowFocus(true);
    m_view->header()->setStretchLastSection(true);
    m_waiting = new SoftLabel(SoftLabel::Kind::lead, tr("Looking at the files…"));
    m_waiting->setObjectName(QStringLiteral("addWaiting"));
    m_waiting->setAlignment(Qt::AlignCenter);
    m_waiting->setWordWrap(true);
    m_busy = new QProgressBar;
    m_busy->setObjectName(QStringLiteral("addBusy"));
    m_busy->setAccessibleName(tr("Looking at the files"));
    m_busy->setRange(0, 0);
    m_busy->setTextVisible(false);
    m_busy->setMaximumWidth(260);
    auto* waitingPage = new QWidget;
    auto* waitingLayout = new QVBoxLayout(waitingPage);
    waitingLayout->addStretch(1);
    waitingLayout->addWidget(m_waiting);
    waitingLayout->addWidget(m_busy, 0, Qt::AlignHCenter);
    waitingLayout->addStretch(1);
    m_pages = new QStackedWidget;
    m_pages->addWidget(waitingPage);
    m_pages->addWidget(m_view);
    buildFooter();
}

void AddSourcesDialog::buildFooter()
{
    m_total = new SoftLabel(SoftLabel::Kind::strong);
    m_total->setObjectName(QStringLiteral("addTotal"));
    m_total->setWordWrap(true);
    m_room = new SoftLabel(SoftLabel::Kind::small);
    m_room->setObjectName(QStringLiteral("addRoom"));
    m_room->setWordWrap(true);
    auto* buttons = new QDialogButtonBox(QDialogButtonBox::Cancel);
    m_password = buttons->addButton(tr("Enter password…"), QDialogButtonBox::ActionRole);
    m_password->setObjectName(QStringLiteral("passwordButton"));
    m_password->hide();
    m_add = buttons->addButton(tr("Add and read"), QDialogButtonBox::AcceptRole);
    m_add->setObjectName(QStringLiteral("addAndReadButton"));
    m_add->setEnabled(false);

    auto* layout = new QVBoxLayout(this);
    layout->setContentsMargins(16, 16, 16, 12);
    layout->setSpacing(10);
    layout->addWidget(m_pages, 1);
    layout->addWidget(m_total);
    layout->addWidget(m_room);
    layout->addWidget(buttons);
    m_add->setDefault(true); // once it is in the dialog
    resize(940, 540);

    connect(buttons, &QDialogButtonBox::accepted, this, &QDialog::accept);
    connect(buttons, &QDialogButtonBox::rejected, this, &QDialog::reject);
    connect(m_password, &QPushButton::clicked, this, &AddSourcesDialog::askPassword);
    connect(m_model, &AddPreviewModel::choiceChanged, this, &AddSourcesDialog::updateFooter);
    connect(m_view->selectionModel(), &QItemSelectionModel::currentChanged, this,
            &AddSourcesDialog::updatePasswordButton);
    connect(m_model, &QAbstractItemModel::modelReset, this,
            &AddSourcesDialog::updatePasswordButton);
    connect(m_view, &QTreeView::activated, this, [this](const QModelIndex& index) {
        const AddItem* item = m_model->itemAt(index);
        if (item != nullptr && item->need == AddNeed::password) {
            askPassword();
        }
    });
}

void AddSourcesDialog::showPreview(const AddPreview& preview)
{
    m_preview = preview;
    m_model->setPreview(preview);
    m_pages->setCurrentWidget(m_view);
    // Skipped files stay folded: the counts by reason say enough until one is missed.
    for (int row = 0; row < m_model->rowCount(); ++row) {
        const QModelIndex group = m_model->index(row, 0);
        const QModelIndex first = m_model->index(0, 0, group);
        const bool skipped =
            row == m_model->rowCount() - 1 && m_model->count(AddVerdict::skipped) > 0;
        m_view->setExpanded(group, !skipped || m_model->rowCount() == 1);
        m_view->setFirstColumnSpanned(row, {}, true);
        if (skipped && m_model->itemAt(first) == nullptr) {
            for (int reason = 0; reason < m_model->rowCount(group); ++reason) {
                m_view->setFirstColumnSpanned(reason, group, true);
            }
        }
    }
    const int unit = fontMetrics().averageCharWidth();
    m_view->setColumnWidth(AddPreviewModel::nameColumn, unit * 42);
    m_view->setColumnWidth(AddPreviewModel::typeColumn, unit * 14);
    m_view->setColumnWidth(AddPreviewModel::sizeColumn, unit * 13);
    m_view->setColumnWidth(AddPreviewModel::tokensColumn, unit * 12);
    updateFooter();
    m_add->setFocus();
}

void AddSourcesDialog::showFailure(const Error& error)
{
    m_settled = true;
    m_busy->hide();
    m_waiting->setText(error.details.isEmpty()
                           ? error.message
                           : error.message + QStringLiteral("\n\n") + error.details);
}

void AddSourcesDialog::updateFooter()
{
    const qint64 tokens = m_model->chosenTokens();
    const qint64 remaining = m_preview.tokensFree - tokens;
    const auto chosen = m_model->chosen().size();
    const bool fits = remaining >= 0;
    m_add->setEnabled(chosen > 0 && fits);
    QPalette palette = this->palette();
    if (chosen == 0) {
        m_total->setText(tr("Nothing is ticked."));
        m_room->clear();
    } else if (!fits) {
        palette.setColor(QPalette::WindowText, tones(palette).bad);
        m_total->setText(tr("%1 too many.").arg(tokensText(-remaining)));
        m_room->setText(tr("Untick something or start a second session."));
    } else {
        const QString amount = m_preview.tokensEstimated || !m_model->allCounted()
                                   ? tr("Adds about %1.").arg(tokensText(tokens))
                                   : tr("Adds %1.").arg(tokensText(tokens));
        QString room = tr("%1 of %2 tokens will remain.")
                           .arg(numberText(remaining), numberText(m_preview.tokensLimit));
        const int seconds = m_preview.readingTime.secondsFor(tokens);
        if (seconds >= 0 && tokens > 0) {
            room += QLatin1Char(' ') + tr("Reading takes %1.").arg(aboutDuration(seconds));
        }
        m_total->setText(tokens > 0 ? amount
                                    : tr("The tokens are counted while the files are extracted."));
        m_room->setText(room);
    }
    m_total->setPalette(palette);
}

void AddSourcesDialog::updatePasswordButton()
{
    bool any = false;
    for (const AddItem& item : std::as_const(m_preview.items)) {
        any = any || item.need == AddNeed::password;
    }
    const AddItem* item = m_model->itemAt(m_view->currentIndex());
    m_password->setVisible(any);
    m_password->setEnabled(item != nullptr && item->need == AddNeed::password);
}

void AddSourcesDialog::askPassword()
{
    const AddItem* item = m_model->itemAt(m_view->currentIndex());
    if (item == nullptr || item->need != AddNeed::password) {
        return;
    }
    auto* dialog = new QInputDialog(this);
    dialog->setObjectName(QStringLiteral("passwordDialog"));
    dialog->setAttribute(Qt::WA_DeleteOnClose);
    dialog->setWindowTitle(tr("Password"));
    dialog->setLabelText(tr("“%1” is protected. Enter its password.").arg(item->name));
    dialog->setTextEchoMode(QLineEdit::Password);
    connect(dialog, &QInputDialog::textValueSelected, this,
            [this, id = item->id](const QString& password) {
                if (m_session != nullptr && !password.isEmpty()) {
                    m_session->providePassword(m_request, id, password);
                }
            });
    dialog->open();
}

void AddSourcesDialog::done(int result)
{
    if (!m_settled && m_session != nullptr) {
        m_settled = true;
        if (result == Accepted) {
            m_session->confirmAdd(m_request, m_model->chosen());
        } else {
            m_session->cancelAdd(m_request);
        }
    }
    QDialog::done(result);
}

} // namespace ui
