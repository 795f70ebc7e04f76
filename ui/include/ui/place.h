// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QMetaType>
#include <QString>

namespace ui {

/// A half-open range of Unicode characters (code points, not UTF-16 units, not bytes) in a source's
/// text as it was read. Every text offset that crosses a port counts in this unit; the window
/// converts to QString positions by itself.
struct TextRange
{
    qint64 begin = 0;
    qint64 end = 0;

    [[nodiscard]] bool isEmpty() const { return end <= begin; }
    friend bool operator==(const TextRange&, const TextRange&) = default;
};

/// Where a passage stands. Fields that a format does not have keep their defaults.
struct Place
{
    QString sourceId;
    QString sourceTitle;
    QString path;      ///< of the original file, for tooltips
    int page = 0;      ///< 1-based page of the file; 0 where there are no pages
    int pageCount = 0; ///< pages of the file, 0 where there are none
    QString pageLabel; ///< the printed label where it differs from `page`, else empty
    int lineBegin = 0; ///< 1-based, inclusive; 0 where lines mean nothing (PDF)
    int lineEnd = 0;   ///< 1-based, inclusive
    QString chapter;   ///< heading that the passage stands under, may be empty
    TextRange range;
};

} // namespace ui

Q_DECLARE_METATYPE(ui::TextRange)
Q_DECLARE_METATYPE(ui::Place)
