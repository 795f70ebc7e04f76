// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <memory>

#include <QFont>
#include <QPainter>
#include <QTextLayout>

namespace samples {

/// A paragraph broken into lines of one width, in the drawing's units.
struct TextBox
{
    std::shared_ptr<QTextLayout> layout;
    double height = 0;
    double width = 0; ///< of the longest line
};

/// `size` and `leading` (distance of baselines) in the drawing's units.
[[nodiscard]] TextBox breakLines(const QString& text, QFont font, double size, double leading,
                                 double width, Qt::Alignment alignment = Qt::AlignLeft);

} // namespace samples
