// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "ui/source.h"

#include <QWidget>

class QPushButton;

namespace ui {

class SoftLabel;

/// Progress of reading over the conversation: per cent, time left, tokens, rate, Pause and Cancel.
class ReadingBanner final : public QWidget
{
    Q_OBJECT
public:
    explicit ReadingBanner(QWidget* parent = nullptr);

    void setProgress(const ReadingProgress& progress);

Q_SIGNALS:
    void pauseRequested();
    void resumeRequested();
    void cancelRequested();

protected:
    void paintEvent(QPaintEvent* event) override;

private:
    ReadingProgress m_progress;
    SoftLabel* m_title = nullptr;
    SoftLabel* m_detail = nullptr;
    QPushButton* m_pause = nullptr;
    QPushButton* m_cancel = nullptr;
};

} // namespace ui
