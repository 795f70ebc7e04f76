// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "markdown.h"

#include <functional>

#include <QByteArray>
#include <QPainter>
#include <QPdfWriter>
#include <QTextLayout>

namespace samples {

/// A heading's place, for the PDF's outline.
struct OutlineEntry
{
    QString title;
    bool chapter = true; ///< otherwise a section below the last chapter
    int page = 0;        ///< from 0
};

/// Sets the blocks of a manual in two columns on small pages: a drawn cover, chapter headings,
/// wide figures and tables over both columns, running heads and page numbers.
///
/// All lengths are in units of a tenth of a millimetre.
class Typesetter final
{
public:
    explicit Typesetter(QPdfWriter& writer);

    /// False when a block names a drawing that does not exist; `problem` then says which.
    [[nodiscard]] bool set(const QVector<Block>& blocks, QString& problem);

    [[nodiscard]] const QVector<OutlineEntry>& outline() const { return m_outline; }

private:
    /// What is placed in one piece: a line of text, a heading, a figure, a table.
    struct Piece
    {
        double height = 0;
        double spaceBefore = 0;    ///< left out at the top of a column
        bool keepWithNext = false; ///< never the last of a column
        QString section;           ///< heading text, for the outline
        std::function<void(QPointF)> draw;
    };

    void addParagraph(const QString& text);
    void addSection(const QString& text);
    [[nodiscard]] Piece figurePiece(const Block& block, double width);
    [[nodiscard]] Piece tablePiece(const Block& block, double width);
    void placeWide(const Piece& piece);
    void placeChapter(const QString& title);
    void placeCover(const QString& title, const QString& subtitle);

    void flushColumns();
    [[nodiscard]] qsizetype fillColumn(qsizetype from, double height) const;
    [[nodiscard]] double balancedHeight(qsizetype from, double available) const;
    double drawColumn(qsizetype from, qsizetype to, double x);

    void newPage();
    void drawPageFurniture();

    QPdfWriter& m_writer;
    QPainter m_painter;
    QVector<Piece> m_pending; ///< pieces that wait for their place in the columns
    QVector<OutlineEntry> m_outline;
    QString m_title;
    QString m_chapter;
    int m_chapterNumber = 0;
    int m_page = 0;
    double m_y = 0; ///< where the next band begins
};

} // namespace samples
