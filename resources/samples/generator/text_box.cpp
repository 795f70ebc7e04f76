// SPDX-License-Identifier: GPL-3.0-or-later
#include "text_box.h"

#include <QTextOption>

#include <algorithm>

namespace samples {

TextBox breakLines(const QString& text, QFont font, double size, double leading, double width,
                   Qt::Alignment alignment)
{
    font.setPixelSize(static_cast<int>(size));
    TextBox box;
    box.layout = std::make_shared<QTextLayout>(text, font);
    QTextOption option(alignment);
    option.setUseDesignMetrics(true);
    box.layout->setTextOption(option);
    box.layout->beginLayout();
    for (QTextLine line = box.layout->createLine(); line.isValid();
         line = box.layout->createLine()) {
        line.setLineWidth(width);
        line.setPosition({0, box.height + (leading - line.height()) / 2});
        box.height += leading;
        box.width = std::max(box.width, line.naturalTextWidth());
    }
    box.layout->endLayout();
    return box;
}

} // namespace samples
