// SPDX-License-Identifier: GPL-3.0-or-later
#include "views/reading_banner.h"

#include "style/tones.h"
#include "text/wording.h"
#include "views/soft_label.h"

#include <QGridLayout>
#include <QPainter>
#include <QPushButton>

namespace ui {

ReadingBanner::ReadingBanner(QWidget* parent) : QWidget(parent)
{
    setObjectName(QStringLiteral("readingBanner"));
    setAccessibleName(tr("Reading"));
    m_title = new SoftLabel(SoftLabel::Kind::strong);
    m_title->setObjectName(QStringLiteral("readingTitle"));
    m_title->setWordWrap(true);
    m_detail = new SoftLabel(SoftLabel::Kind::small);
    m_detail->setObjectName(QStringLiteral("readingDetail"));
    m_detail->setSizePolicy(QSizePolicy::Ignored, QSizePolicy::Preferred);
    m_pause = new QPushButton;
    m_pause->setObjectName(QStringLiteral("pauseButton"));
    m_pause->setAutoDefault(false);
    m_cancel = new QPushButton(tr("Cancel"));
    m_cancel->setObjectName(QStringLiteral("cancelReadingButton"));
    m_cancel->setAccessibleName(tr("Cancel reading"));
    m_cancel->setAutoDefault(false);

    auto* layout = new QGridLayout(this);
    layout->setContentsMargins(18, 10, 14, 14);
    layout->setHorizontalSpacing(8);
    layout->setVerticalSpacing(2);
    layout->addWidget(m_title, 0, 0);
    layout->addWidget(m_detail, 1, 0);
    layout->addWidget(m_pause, 0, 1, 2, 1, Qt::AlignVCenter);
    layout->addWidget(m_cancel, 0, 2, 2, 1, Qt::AlignVCenter);
    layout->setColumnStretch(0, 1);
    connect(m_pause, &QPushButton::clicked, this, [this] {
        if (m_progress.state == ReadingState::paused || m_progress.state == ReadingState::stopped) {
            Q_EMIT resumeRequested();
        } else {
            Q_EMIT pauseRequested();
        }
    });
    connect(m_cancel, &QPushButton::clicked, this, &ReadingBanner::cancelRequested);
    setProgress({});
}

void ReadingBanner::setProgress(const ReadingProgress& progress)
{
    m_progress = progress;
    const bool halted =
        progress.state == ReadingState::paused || progress.state == ReadingState::stopped;
    m_title->setText(readingText(progress));
    m_detail->setText(readingDetail(progress));
    m_detail->setToolTip(m_detail->text());
    m_pause->setText(halted ? tr("Continue") : tr("Pause"));
    m_pause->setAccessibleName(halted ? tr("Continue reading") : tr("Pause reading"));
    m_cancel->setVisible(progress.state != ReadingState::stopped);
    setVisible(progress.state != ReadingState::idle);
    update();
}

void ReadingBanner::paintEvent(QPaintEvent*)
{
    QPainter painter(this);
    const Tones t = tones(palette());
    painter.fillRect(rect(),
                     mixed(palette().color(QPalette::Base), t.accent, t.dark ? 0.16 : 0.07));
    // The line at the foot is the progress itself.
    const QRect groove(0, height() - 3, width(), 3);
    painter.fillRect(groove, t.border);
    if (m_progress.tokensTotal > 0) {
        const double share = static_cast<double>(m_progress.tokensDone) /
                             static_cast<double>(m_progress.tokensTotal);
        QRectF done(groove);
        done.setWidth(done.width() * share);
        painter.fillRect(done, t.accent);
    }
}

} // namespace ui
