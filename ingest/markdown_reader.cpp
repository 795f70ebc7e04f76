// SPDX-License-Identifier: GPL-3.0-or-later
#include "markdown_reader.h"

#include <algorithm>
#include <cstddef>
#include <memory>
#include <mutex>
#include <string>

#include <cmark-gfm-core-extensions.h>
#include <cmark-gfm-extension_api.h>
#include <cmark-gfm.h>

#include "unicode.h"

namespace ingest {

namespace {

using Parser = std::unique_ptr<cmark_parser, void (*)(cmark_parser*)>;
using Tree = std::unique_ptr<cmark_node, void (*)(cmark_node*)>;

/// A list item longer than this is taken apart into its paragraphs.
constexpr Offset kLongItemBytes = 1500;
/// Nesting beyond this is left in one block.
constexpr int kDeepest = 32;

std::string_view lineAt(std::string_view text, const std::vector<Offset>& lineBegins,
                        std::size_t line)
{
    const std::size_t begin = lineBegins[line];
    return text.substr(begin, std::min(text.find('\n', begin), text.size()) - begin);
}

/// Number of lines of a YAML block between "---" lines at the very top, 0 when there is none.
std::size_t frontMatterLines(std::string_view text, const std::vector<Offset>& lineBegins)
{
    if (lineBegins.empty() || lineAt(text, lineBegins, 0) != "---")
        return 0;
    for (std::size_t line = 1; line < lineBegins.size(); ++line) {
        const std::string_view content = lineAt(text, lineBegins, line);
        if (content == "---" || content == "...")
            return line + 1;
    }
    return 0;
}

std::string frontMatterTitle(std::string_view text, const std::vector<Offset>& lineBegins,
                             std::size_t lines)
{
    for (std::size_t line = 1; line < lines; ++line) {
        std::string_view content = lineAt(text, lineBegins, line);
        if (!content.starts_with("title:"))
            continue;
        content = trimmed(content.substr(6));
        if (content.size() >= 2 && (content.front() == '"' || content.front() == '\'') &&
            content.back() == content.front())
            content = content.substr(1, content.size() - 2);
        return simplified(content);
    }
    return {};
}

Tree parse(std::string_view text)
{
    // Registers in a table of the whole process, which has no lock of its own.
    static std::once_flag registered;
    std::call_once(registered, cmark_gfm_core_extensions_ensure_registered);
    const Parser parser(cmark_parser_new(CMARK_OPT_DEFAULT), cmark_parser_free);
    for (const char* name : {"table", "strikethrough", "tasklist"}) {
        if (auto* const extension = cmark_find_syntax_extension(name))
            cmark_parser_attach_syntax_extension(parser.get(), extension);
    }
    cmark_parser_feed(parser.get(), text.data(), text.size());
    return {cmark_parser_finish(parser.get()), cmark_node_free};
}

/// Node types of extensions are numbered at run time; their names are fixed.
bool isTable(cmark_node* node)
{
    return std::string_view(cmark_node_get_type_string(node)) == "table";
}

/// The words of a heading without their markup.
std::string plainWords(cmark_node* node)
{
    std::string words;
    const std::unique_ptr<cmark_iter, void (*)(cmark_iter*)> walk(cmark_iter_new(node),
                                                                  cmark_iter_free);
    for (cmark_event_type event = cmark_iter_next(walk.get()); event != CMARK_EVENT_DONE;
         event = cmark_iter_next(walk.get())) {
        if (event != CMARK_EVENT_ENTER)
            continue;
        cmark_node* const at = cmark_iter_get_node(walk.get());
        const cmark_node_type type = cmark_node_get_type(at);
        if (type == CMARK_NODE_TEXT || type == CMARK_NODE_CODE)
            words += cmark_node_get_literal(at);
        else if (type == CMARK_NODE_SOFTBREAK || type == CMARK_NODE_LINEBREAK)
            words += ' ';
    }
    return simplified(words);
}

class BlockCollector final
{
public:
    BlockCollector(std::string_view text, const std::vector<Offset>& lineBegins,
                   TextStructure& structure)
        : m_text(text), m_lineBegins(lineBegins), m_structure(structure)
    {
    }

    void collectChildren(cmark_node* parent, int depth)
    {
        for (cmark_node* node = cmark_node_first_child(parent); node != nullptr;
             node = cmark_node_next(node))
            collect(node, depth);
    }

private:
    void collect(cmark_node* node, int depth)
    {
        const cmark_node_type type = cmark_node_get_type(node);
        if (type == CMARK_NODE_HEADING) {
            add(node, BlockKind::heading);
            addToOutline(node);
        } else if (type == CMARK_NODE_CODE_BLOCK || type == CMARK_NODE_HTML_BLOCK) {
            add(node, BlockKind::code);
        } else if (isTable(node)) {
            add(node, BlockKind::table);
        } else if (type == CMARK_NODE_LIST) {
            collectChildren(node, depth);
        } else if (type == CMARK_NODE_ITEM) {
            add(node, BlockKind::listItem);
            // The parts begin later than the item, which thereby shrinks to its first part.
            if (sizeOf(node) > kLongItemBytes && depth < kDeepest)
                collectChildren(node, depth + 1);
        } else if (type == CMARK_NODE_BLOCK_QUOTE && depth < kDeepest) {
            collectQuotation(node, depth);
        } else {
            add(node, BlockKind::paragraph);
        }
    }

    /// A line with a bare ">" between two paragraphs belongs to the first.
    void collectQuotation(cmark_node* node, int depth)
    {
        auto& blocks = m_structure.blocks;
        const std::size_t first = blocks.size();
        collectChildren(node, depth + 1);
        for (std::size_t i = first; i + 1 < blocks.size(); ++i)
            blocks[i].textEnd = std::max(blocks[i].textEnd, blocks[i + 1].textBegin);
    }

    [[nodiscard]] Offset beginOf(cmark_node* node) const
    {
        const auto line = static_cast<std::size_t>(std::max(cmark_node_get_start_line(node), 1));
        return m_lineBegins[std::min(line, m_lineBegins.size()) - 1];
    }

    [[nodiscard]] Offset endOf(cmark_node* node) const
    {
        const auto line = static_cast<std::size_t>(std::max(cmark_node_get_end_line(node), 0));
        return line < m_lineBegins.size() ? m_lineBegins[line] : static_cast<Offset>(m_text.size());
    }

    [[nodiscard]] Offset sizeOf(cmark_node* node) const
    {
        return std::max(endOf(node), beginOf(node)) - beginOf(node);
    }

    void add(cmark_node* node, BlockKind kind)
    {
        const Offset begin = beginOf(node);
        auto& blocks = m_structure.blocks;
        // Two nodes of one line ("- # title"): the inner one names the block.
        if (!blocks.empty() && blocks.back().textBegin == begin)
            blocks.back() = {kind == BlockKind::paragraph ? blocks.back().kind : kind, begin,
                             endOf(node)};
        else
            blocks.push_back({kind, begin, endOf(node)});
    }

    void addToOutline(cmark_node* node)
    {
        std::string title = plainWords(node);
        const int level = std::clamp(cmark_node_get_heading_level(node), 1, 6) - 1;
        if (!title.empty())
            m_structure.outline.push_back(
                {std::move(title), static_cast<std::uint32_t>(level), beginOf(node), 0});
    }

    std::string_view m_text;
    const std::vector<Offset>& m_lineBegins;
    TextStructure& m_structure;
};

std::string firstTopHeading(const std::vector<OutlineEntry>& outline)
{
    const auto top = std::find_if(outline.begin(), outline.end(),
                                  [](const OutlineEntry& entry) { return entry.level == 0; });
    if (top != outline.end())
        return top->title;
    return outline.empty() ? std::string() : outline.front().title;
}

} // namespace

TextStructure readMarkdown(std::string_view text, const std::vector<Offset>& lineBegins)
{
    TextStructure structure;
    const auto size = static_cast<Offset>(text.size());
    const std::size_t front = frontMatterLines(text, lineBegins);
    std::string body(text);
    // The parser would take a lone CR for a line end; lines here end with LF alone.
    std::replace(body.begin(), body.end(), '\r', ' ');
    if (front > 0) {
        // Blanked, not cut, so that the parser's line numbers stay the file's.
        const Offset end = front < lineBegins.size() ? lineBegins[front] : size;
        std::replace_if(
            body.begin(), body.begin() + static_cast<std::ptrdiff_t>(end),
            [](char byte) { return byte != '\n'; }, ' ');
        structure.blocks.push_back({BlockKind::code, 0, end});
        structure.title = frontMatterTitle(text, lineBegins, front);
    }
    if (const Tree tree = parse(body); tree && !lineBegins.empty())
        BlockCollector(text, lineBegins, structure).collectChildren(tree.get(), 0);
    structure.blocks = completeBlocks(text, std::move(structure.blocks), BlockKind::paragraph);
    std::stable_sort(structure.outline.begin(), structure.outline.end(),
                     [](const OutlineEntry& left, const OutlineEntry& right) {
                         return left.textBegin < right.textBegin;
                     });
    closeOutline(structure.outline, size);
    if (structure.title.empty())
        structure.title = firstTopHeading(structure.outline);
    return structure;
}

} // namespace ingest
