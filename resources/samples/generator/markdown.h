// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <optional>

#include <QString>
#include <QStringList>
#include <QVector>

namespace samples {

enum class BlockKind
{
    title,
    chapter,
    section,
    paragraph,
    figure,
    table,
};

/// One block of the manual, in reading order.
struct Block
{
    BlockKind kind = BlockKind::paragraph;
    QString text;              ///< plain text; a figure's caption
    QString figure;            ///< name of the drawing
    bool wide = false;         ///< a figure over both columns
    QVector<QStringList> rows; ///< a table's cells, the head row first
};

/// Reads the part of Markdown that the manual uses: three levels of headings, paragraphs, tables,
/// and an image alone in its paragraph, whose address is `figure:NAME` (one column) or `wide:NAME`.
/// Anything else makes the result empty and `problem` say what was found: text must not get lost.
[[nodiscard]] std::optional<QVector<Block>> readMarkdown(const QByteArray& source,
                                                         QString& problem);

} // namespace samples
