// SPDX-License-Identifier: GPL-3.0-or-later
#include "views/find_anywhere_dialog.h"

#include "models/search_hit_model.h"
#include "style/icons.h"
#include "text/wording.h"
#include "views/hit_delegate.h"
#include "views/soft_label.h"

#include <QKeyEvent>
#include <QLineEdit>
#include <QListView>
#include <QVBoxLayout>

namespace ui {
namespace {

constexpr int kTypingMs = 200;
constexpr int kMostHits = 500;

} // namespace

FindAnywhereDialog::FindAnywhereDialog(QWidget* parent) : QDialog(parent)
{
    setObjectName(QStringLiteral("findAnywhereDialog"));
    setWindowTitle(tr("Find in all sources"));
    m_edit = new QLineEdit;
    m_edit->setObjectName(QStringLiteral("findAnywhereEdit"));
    m_edit->setAccessibleName(tr("Words to find in all sources"));
    m_edit->setPlaceholderText(tr("Words that stand in the text"));
    m_edit->setClearButtonEnabled(true);
    m_edit->addAction(lineIcon(QStringLiteral("search")), QLineEdit::LeadingPosition);
    m_edit->installEventFilter(this);
    m_model = new SearchHitModel(this);
    m_view = new QListView;
    m_view->setObjectName(QStringLiteral("findAnywhereView"));
    m_view->setAccessibleName(tr("Places found"));
    m_view->setModel(m_model);
    m_view->setItemDelegate(new HitDelegate(m_view));
    m_view->setMouseTracking(true);
    m_view->setUniformItemSizes(true);
    m_view->setVerticalScrollMode(QAbstractItemView::ScrollPerPixel);
    m_view->setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
    m_count = new SoftLabel(SoftLabel::Kind::small);
    m_count->setObjectName(QStringLiteral("findAnywhereCount"));

    auto* layout = new QVBoxLayout(this);
    layout->setContentsMargins(14, 14, 14, 12);
    layout->setSpacing(8);
    layout->addWidget(m_edit);
    layout->addWidget(m_view, 1);
    layout->addWidget(m_count);
    resize(640, 480);

    m_delay.setSingleShot(true);
    m_delay.setInterval(kTypingMs);
    connect(&m_delay, &QTimer::timeout, this, &FindAnywhereDialog::search);
    connect(m_edit, &QLineEdit::textChanged, this, [this] { m_delay.start(); });
    const auto open = [this](const QModelIndex& index) {
        Q_EMIT hitOpened(m_model->hit(index.row()));
    };
    connect(m_view, &QListView::clicked, this, open);
    connect(m_view, &QListView::activated, this, open);
}

void FindAnywhereDialog::setSession(SessionPort* session)
{
    if (m_session != nullptr) {
        m_session->disconnect(this);
    }
    m_session = session;
    m_model->setHits({});
    m_count->clear();
    m_edit->clear();
    if (session != nullptr) {
        connect(session, &SessionPort::searchFinished, this, &FindAnywhereDialog::showHits);
    } else {
        hide();
    }
}

void FindAnywhereDialog::start(const QString& text)
{
    show();
    raise();
    activateWindow();
    if (!text.isEmpty()) {
        m_edit->setText(text);
        m_delay.stop();
        search();
    }
    m_edit->selectAll();
    m_edit->setFocus();
}

void FindAnywhereDialog::search()
{
    const QString wanted = m_edit->text().simplified();
    if (m_session == nullptr || wanted.isEmpty()) {
        m_request = 0;
        m_model->setHits({});
        m_count->clear();
        return;
    }
    m_count->setText(tr("Searching…"));
    m_request = m_session->search(wanted, kMostHits);
}

void FindAnywhereDialog::showHits(int request, const QList<SearchHit>& hits, qint64 total)
{
    if (request != m_request) {
        return; // of a text typed earlier
    }
    m_model->setHits(hits);
    if (hits.isEmpty()) {
        m_count->setText(tr("No exact matches in the text."));
    } else if (total > hits.size()) {
        m_count->setText(tr("%1 matches; the first %2 are shown.")
                             .arg(numberText(total), numberText(hits.size())));
    } else {
        m_count->setText(total == 1 ? tr("1 match") : tr("%1 matches").arg(numberText(total)));
    }
}

bool FindAnywhereDialog::eventFilter(QObject* watched, QEvent* event)
{
    if (watched == m_edit && event->type() == QEvent::KeyPress) {
        const int key = static_cast<QKeyEvent*>(event)->key();
        if (key == Qt::Key_Down || key == Qt::Key_Return || key == Qt::Key_Enter) {
            if (m_delay.isActive()) {
                m_delay.stop();
                search();
            } else if (m_model->rowCount() > 0) {
                const int row = m_view->currentIndex().row();
                m_view->setCurrentIndex(m_model->index(std::max(0, row)));
                if (key == Qt::Key_Down) {
                    m_view->setFocus();
                } else {
                    Q_EMIT hitOpened(m_model->hit(m_view->currentIndex().row()));
                }
            }
            return true;
        }
    }
    return QDialog::eventFilter(watched, event);
}

} // namespace ui
