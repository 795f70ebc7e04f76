// SPDX-License-Identifier: GPL-3.0-or-later
#include "markdown.h"

#include <cmark-gfm-core-extensions.h>
#include <cmark-gfm.h>

#include <memory>
#include <string_view>

namespace samples {
namespace {

struct FreeNode
{
    void operator()(cmark_node* node) const { cmark_node_free(node); }
};
struct FreeParser
{
    void operator()(cmark_parser* parser) const { cmark_parser_free(parser); }
};
using Document = std::unique_ptr<cmark_node, FreeNode>;

Document parse(const QByteArray& source)
{
    cmark_gfm_core_extensions_ensure_registered();
    const std::unique_ptr<cmark_parser, FreeParser> parser(cmark_parser_new(CMARK_OPT_DEFAULT));
    cmark_parser_attach_syntax_extension(parser.get(), cmark_find_syntax_extension("table"));
    cmark_parser_feed(parser.get(), source.constData(), static_cast<std::size_t>(source.size()));
    return Document(cmark_parser_finish(parser.get()));
}

QString plainText(cmark_node* parent)
{
    QString text;
    for (cmark_node* node = cmark_node_first_child(parent); node != nullptr;
         node = cmark_node_next(node)) {
        const cmark_node_type type = cmark_node_get_type(node);
        if (type == CMARK_NODE_TEXT) {
            text += QString::fromUtf8(cmark_node_get_literal(node));
        } else if (type == CMARK_NODE_SOFTBREAK) {
            text += u' ';
        } else {
            text += plainText(node);
        }
    }
    return text;
}

QVector<QStringList> tableRows(cmark_node* table)
{
    QVector<QStringList> rows;
    for (cmark_node* row = cmark_node_first_child(table); row != nullptr;
         row = cmark_node_next(row)) {
        QStringList cells;
        for (cmark_node* cell = cmark_node_first_child(row); cell != nullptr;
             cell = cmark_node_next(cell)) {
            cells += plainText(cell);
        }
        rows += cells;
    }
    return rows;
}

Block paragraphOrFigure(cmark_node* node)
{
    Block block;
    block.text = plainText(node);
    cmark_node* child = cmark_node_first_child(node);
    if (cmark_node_get_type(child) == CMARK_NODE_IMAGE) {
        const QString address = QString::fromUtf8(cmark_node_get_url(child));
        block.kind = BlockKind::figure;
        block.wide = address.startsWith(u"wide:");
        block.figure = address.section(u':', 1);
    }
    return block;
}

std::optional<Block> readBlock(cmark_node* node)
{
    const cmark_node_type type = cmark_node_get_type(node);
    Block block;
    if (type == CMARK_NODE_HEADING && cmark_node_get_heading_level(node) <= 3) {
        constexpr BlockKind kKinds[] = {BlockKind::title, BlockKind::chapter, BlockKind::section};
        block.kind = kKinds[cmark_node_get_heading_level(node) - 1];
        block.text = plainText(node);
        return block;
    }
    if (type == CMARK_NODE_PARAGRAPH) {
        return paragraphOrFigure(node);
    }
    if (std::string_view(cmark_node_get_type_string(node)) == "table") {
        block.kind = BlockKind::table;
        block.rows = tableRows(node);
        return block;
    }
    return std::nullopt;
}

} // namespace

std::optional<QVector<Block>> readMarkdown(const QByteArray& source, QString& problem)
{
    const Document document = parse(source);
    QVector<Block> blocks;
    for (cmark_node* node = cmark_node_first_child(document.get()); node != nullptr;
         node = cmark_node_next(node)) {
        std::optional<Block> block = readBlock(node);
        if (!block) {
            problem = QStringLiteral("line %1: wanted a heading, paragraph, figure or table, "
                                     "found: %2")
                          .arg(cmark_node_get_start_line(node))
                          .arg(QString::fromUtf8(cmark_node_get_type_string(node)));
            return std::nullopt;
        }
        blocks += std::move(*block);
    }
    return blocks;
}

} // namespace samples
