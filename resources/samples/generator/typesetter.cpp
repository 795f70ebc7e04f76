// SPDX-License-Identifier: GPL-3.0-or-later
#include "typesetter.h"

#include "figures.h"
#include "style.h"
#include "text_box.h"

#include <algorithm>
#include <stdexcept>

namespace samples {
namespace {

// B5 paper, in tenths of a millimetre.
constexpr double kPageWidth = 1760;
constexpr double kMargin = 170;
constexpr double kTextWidth = 1420;
constexpr double kGutter = 60;
constexpr double kColumnWidth = (kTextWidth - kGutter) / 2;
constexpr double kHeadY = 130;
constexpr double kTop = 210;
constexpr double kBottom = 2300;
constexpr double kFootY = 2370;

constexpr double kBodySize = 33; // 9.4 points
constexpr double kBodyLeading = 48;
constexpr double kParagraphGap = 20;
constexpr double kCaptionSize = 27;
constexpr double kCaptionLeading = 37;
constexpr double kCellSize = 28;
constexpr double kCellLeading = 39;
constexpr double kCellPadding = 12;
constexpr double kBandGap = 46;
/// A chapter that could show less than this below its heading begins on the next page.
constexpr double kLeastBelowHeading = 480;

QFont boldSans()
{
    QFont font = sansFont();
    font.setBold(true);
    return font;
}

QFont italicSans()
{
    QFont font = sansFont();
    font.setItalic(true);
    return font;
}

struct Cell
{
    TextBox box;
    QPointF position;
};

struct Table
{
    QVector<Cell> cells;
    QVector<double> rowTops;
    double height = 0;
};

/// Column widths in proportion to the longest cell, within bounds that keep short columns readable.
QVector<double> columnWidths(const QVector<QStringList>& rows, double width)
{
    QVector<double> weights(rows.first().size(), 0);
    for (const QStringList& row : rows) {
        for (qsizetype column = 0; column < row.size(); ++column) {
            weights[column] = std::max(weights[column], static_cast<double>(row[column].size()));
        }
    }
    double sum = 0;
    for (double& weight : weights) {
        weight = std::clamp(weight, 9.0, 52.0);
        sum += weight;
    }
    for (double& weight : weights) {
        weight *= width / sum;
    }
    return weights;
}

Table layOutTable(const QVector<QStringList>& rows, double width)
{
    const QVector<double> widths = columnWidths(rows, width);
    Table table;
    for (qsizetype row = 0; row < rows.size(); ++row) {
        table.rowTops += table.height;
        double x = 0;
        double rowHeight = 0;
        for (qsizetype column = 0; column < rows[row].size(); ++column) {
            const TextBox box =
                breakLines(rows[row][column], row == 0 ? boldSans() : sansFont(), kCellSize,
                           kCellLeading, widths[column] - 2 * kCellPadding);
            table.cells += Cell{box, {x + kCellPadding, table.height + kCellPadding}};
            rowHeight = std::max(rowHeight, box.height + 2 * kCellPadding);
            x += widths[column];
        }
        table.height += rowHeight;
    }
    table.rowTops += table.height;
    return table;
}

void drawTable(QPainter& painter, const Table& table, QPointF at, double width)
{
    painter.fillRect(QRectF(at.x(), at.y(), width, table.rowTops[1]), kSea);
    painter.setPen(QPen(kDeepSea, 2));
    for (const double top : table.rowTops) {
        painter.drawLine(at + QPointF(0, top), at + QPointF(width, top));
    }
    painter.setPen(kInk);
    for (const Cell& cell : table.cells) {
        cell.box.layout->draw(&painter, at + cell.position);
    }
}

} // namespace

Typesetter::Typesetter(QPdfWriter& writer) : m_writer(writer), m_painter(&writer)
{
    const double dotsPerUnit = writer.resolution() / 254.0;
    m_painter.scale(dotsPerUnit, dotsPerUnit);
}

bool Typesetter::set(const QVector<Block>& blocks, QString& problem)
{
    for (qsizetype index = 0; index < blocks.size(); ++index) {
        const Block& block = blocks[index];
        if (block.kind == BlockKind::figure && findFigure(block.figure) == nullptr) {
            problem = QStringLiteral("no drawing is named \"%1\"").arg(block.figure);
            return false;
        }
        switch (block.kind) {
        case BlockKind::title:
            ++index; // the paragraph below the title is the subtitle
            placeCover(block.text, index < blocks.size() ? blocks[index].text : QString());
            break;
        case BlockKind::chapter:
            placeChapter(block.text);
            break;
        case BlockKind::section:
            addSection(block.text);
            break;
        case BlockKind::paragraph:
            addParagraph(block.text);
            break;
        case BlockKind::figure:
            if (block.wide) {
                placeWide(figurePiece(block, kTextWidth));
            } else {
                m_pending += figurePiece(block, kColumnWidth);
            }
            break;
        case BlockKind::table:
            if (block.rows.first().size() > 2) {
                placeWide(tablePiece(block, kTextWidth));
            } else {
                m_pending += tablePiece(block, kColumnWidth);
            }
            break;
        }
    }
    flushColumns();
    return true;
}

void Typesetter::addParagraph(const QString& text)
{
    const TextBox box = breakLines(text, serifFont(), kBodySize, kBodyLeading, kColumnWidth);
    const int lines = box.layout->lineCount();
    for (int line = 0; line < lines; ++line) {
        Piece piece;
        piece.height = kBodyLeading;
        piece.spaceBefore = line == 0 ? kParagraphGap : 0;
        // No first line alone at the foot of a column, no last line alone at its head.
        piece.keepWithNext = lines > 1 && (line == 0 || line == lines - 2);
        piece.draw = [this, layout = box.layout, line](QPointF at) {
            m_painter.setPen(kInk);
            const QTextLine textLine = layout->lineAt(line);
            textLine.draw(&m_painter, at - QPointF(0, line * kBodyLeading));
        };
        m_pending += piece;
    }
}

void Typesetter::addSection(const QString& text)
{
    const TextBox box = breakLines(text, boldSans(), 37, 50, kColumnWidth);
    Piece piece;
    piece.height = box.height + 2;
    piece.spaceBefore = 48;
    piece.keepWithNext = true;
    piece.section = text;
    piece.draw = [this, box](QPointF at) {
        m_painter.setPen(kSignal);
        box.layout->draw(&m_painter, at);
    };
    m_pending += piece;
}

Typesetter::Piece Typesetter::figurePiece(const Block& block, double width)
{
    const Figure* figure = findFigure(block.figure);
    const double scale = width / figure->width;
    const double drawn = figure->height * scale;
    const TextBox caption =
        breakLines(block.text, italicSans(), kCaptionSize, kCaptionLeading, width);
    Piece piece;
    piece.height = drawn + 14 + caption.height + 20;
    piece.spaceBefore = 44;
    piece.draw = [painter = &m_painter, figure, scale, drawn, caption](QPointF at) {
        painter->save();
        painter->translate(at);
        painter->scale(scale, scale);
        figure->draw(*painter);
        painter->restore();
        painter->setPen(kQuietInk);
        caption.layout->draw(painter, at + QPointF(0, drawn + 14));
    };
    return piece;
}

Typesetter::Piece Typesetter::tablePiece(const Block& block, double width)
{
    const Table table = layOutTable(block.rows, width);
    Piece piece;
    piece.height = table.height + 14;
    piece.spaceBefore = 24;
    piece.draw = [painter = &m_painter, table, width](QPointF at) {
        drawTable(*painter, table, at, width);
    };
    return piece;
}

void Typesetter::placeWide(const Piece& piece)
{
    flushColumns();
    if (m_y + piece.height > kBottom) {
        newPage();
    }
    piece.draw({kMargin, m_y});
    m_y += piece.height + kBandGap;
}

void Typesetter::placeChapter(const QString& title)
{
    flushColumns();
    ++m_chapterNumber;
    m_chapter = title;
    if (m_page == 0 || m_y + 140 + kLeastBelowHeading > kBottom) {
        newPage();
    } else {
        m_y += 30;
    }
    const TextBox number =
        breakLines(QString::number(m_chapterNumber), boldSans(), 64, 80, kTextWidth);
    const TextBox text = breakLines(title, boldSans(), 64, 80, kTextWidth - 80);
    m_painter.setPen(kSignal);
    number.layout->draw(&m_painter, {kMargin, m_y});
    m_painter.setPen(kInk);
    text.layout->draw(&m_painter, {kMargin + 70, m_y});
    m_y += text.height + 14;
    m_painter.setPen(QPen(kInk, 4));
    m_painter.drawLine(QPointF(kMargin, m_y), QPointF(kMargin + kTextWidth, m_y));
    m_y += 36;
    m_outline += OutlineEntry{title, true, m_page};
}

void Typesetter::placeCover(const QString& title, const QString& subtitle)
{
    m_title = title;
    findFigure(QStringLiteral("cover"))->draw(m_painter);
    const TextBox head = breakLines(title, serifFont(), 150, 180, kTextWidth);
    const TextBox foot = breakLines(subtitle, sansFont(), 54, 72, kTextWidth);
    m_painter.setPen(QColor(255, 250, 238));
    head.layout->draw(&m_painter, {kMargin, 200});
    m_painter.setPen(kLight);
    foot.layout->draw(&m_painter, {kMargin, 230 + head.height});
}

double Typesetter::balancedHeight(qsizetype from, double available) const
{
    constexpr double kStep = 12;
    for (double height = kStep; height < available; height += kStep) {
        const qsizetype middle = fillColumn(from, height);
        if (middle > from && fillColumn(middle, height) == m_pending.size()) {
            return height;
        }
    }
    return available;
}

qsizetype Typesetter::fillColumn(qsizetype from, double height) const
{
    double used = 0;
    qsizetype end = from;
    while (end < m_pending.size()) {
        const Piece& piece = m_pending[end];
        const double needed = piece.height + (end == from ? 0 : piece.spaceBefore);
        if (used + needed > height) {
            break;
        }
        used += needed;
        ++end;
    }
    while (end > from && end < m_pending.size() && m_pending[end - 1].keepWithNext) {
        --end;
    }
    return end;
}

double Typesetter::drawColumn(qsizetype from, qsizetype to, double x)
{
    double y = m_y;
    for (qsizetype index = from; index < to; ++index) {
        const Piece& piece = m_pending[index];
        y += index == from ? 0 : piece.spaceBefore;
        piece.draw({x, y});
        y += piece.height;
        if (!piece.section.isEmpty()) {
            m_outline += OutlineEntry{piece.section, false, m_page};
        }
    }
    return y;
}

void Typesetter::flushColumns()
{
    qsizetype from = 0;
    while (from < m_pending.size()) {
        const double height = balancedHeight(from, kBottom - m_y);
        const qsizetype middle = fillColumn(from, height);
        const qsizetype end = fillColumn(middle, height);
        const bool fresh = m_y <= kTop;
        if (end == from && !fresh) {
            newPage();
            continue;
        }
        if (end == from) {
            throw std::length_error("a figure or table is taller than a page");
        }
        const double left = drawColumn(from, middle, kMargin);
        const double right = drawColumn(middle, end, kMargin + kColumnWidth + kGutter);
        m_y = std::max(left, right) + kBandGap;
        from = end;
        if (from < m_pending.size()) {
            newPage();
        }
    }
    m_pending.clear();
}

void Typesetter::newPage()
{
    m_writer.newPage();
    ++m_page;
    m_y = kTop;
    drawPageFurniture();
}

void Typesetter::drawPageFurniture()
{
    const bool leftHand = m_page % 2 == 0;
    m_painter.setPen(kQuietInk);
    const Qt::Alignment side = leftHand ? Qt::AlignLeft : Qt::AlignRight;
    const double x = leftHand ? kMargin : kPageWidth - kMargin;
    drawLabel(m_painter, {x, kHeadY}, leftHand ? m_title : m_chapter, side, 27);
    drawLabel(m_painter, {x, kFootY}, QString::number(m_page), side, 30, true);
    m_painter.setPen(QPen(kDeepSea, 2));
    m_painter.drawLine(QPointF(kMargin, kHeadY + 30), QPointF(kPageWidth - kMargin, kHeadY + 30));
}

} // namespace samples
