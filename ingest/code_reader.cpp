// SPDX-License-Identifier: GPL-3.0-or-later
#include "code_reader.h"

#include <algorithm>
#include <cstddef>

#include "code_definitions.h"
#include "code_mask.h"
#include "unicode.h"

namespace ingest {

namespace {

/// Longer pieces are cut; in lines. About a screen, and about 400 tokens.
constexpr std::size_t kLongBlock = 60;
constexpr std::size_t kShortestCut = 20;

bool isCloser(std::string_view line)
{
    line = trimmed(line);
    return !line.empty() && line.find_first_not_of("});,]") == std::string_view::npos;
}

class CodeBlocks final
{
public:
    CodeBlocks(std::string_view text, const std::vector<Offset>& lineBegins,
               const MaskedCode& masked)
        : m_text(text), m_lineBegins(lineBegins), m_masked(masked)
    {
    }

    /// One block per definition, up to where the next one begins.
    std::vector<Block> build(const std::vector<Definition>& definitions)
    {
        std::size_t done = 0; // lines
        for (std::size_t i = 0; i < definitions.size(); ++i) {
            const Definition& one = definitions[i];
            const std::size_t first = std::max(firstLineOf(one, done), done);
            addLoose(done, first);
            const std::size_t nextFirst = i + 1 < definitions.size()
                                              ? std::max(definitions[i + 1].firstLine, first)
                                              : m_lineBegins.size();
            std::size_t end = std::min(one.lastLine + 1, m_lineBegins.size());
            if (nextFirst < end) // a class: its head only, the rest comes with its methods
                end = std::max(firstLineOf(definitions[i + 1], first), first);
            // A brace alone is no passage: it stays with what it closes.
            while (end < m_lineBegins.size() && end > first && isCloser(rawLine(end)))
                ++end;
            add(BlockKind::definition, first, end);
            done = std::max(done, end);
        }
        addLoose(done, m_lineBegins.size());
        return completeBlocks(m_text, std::move(m_blocks), BlockKind::code);
    }

private:
    /// Up over the comments, attributes and decorators that stand directly above.
    [[nodiscard]] std::size_t firstLineOf(const Definition& definition, std::size_t floor) const
    {
        std::size_t line = std::min(definition.firstLine, m_lineBegins.size() - 1);
        while (line > floor) {
            const std::string_view above = trimmed(rawLine(line - 1));
            const bool decorates = above.starts_with('@') || above.starts_with("#[") ||
                                   above.starts_with("[[") || above.starts_with("template");
            if (!m_masked.commentLines[line - 1] && !decorates)
                break;
            --line;
        }
        return line;
    }

    /// Text outside definitions, cut at blank lines.
    void addLoose(std::size_t first, std::size_t end)
    {
        std::size_t begin = first;
        for (std::size_t line = first; line <= end; ++line) {
            if (line < end && !trimmed(rawLine(line)).empty())
                continue;
            if (line > begin)
                add(BlockKind::code, begin, line);
            begin = line + 1;
        }
    }

    void add(BlockKind kind, std::size_t first, std::size_t end)
    {
        while (first < end) {
            const std::size_t cut = end - first > kLongBlock ? bestCut(first, end) : end;
            const Offset begin = m_lineBegins[first];
            m_blocks.push_back({kind, begin, lineEnd(cut)});
            first = cut;
            kind = BlockKind::code; // the rest has no name of its own
        }
    }

    /// After a blank line where there is one in reach, else before the least indented line.
    [[nodiscard]] std::size_t bestCut(std::size_t first, std::size_t end) const
    {
        const std::size_t last = std::min(first + kLongBlock, end - 1);
        std::size_t best = last;
        std::size_t bestCost = SIZE_MAX;
        for (std::size_t line = first + kShortestCut; line <= last; ++line) {
            const bool afterBlank = trimmed(rawLine(line - 1)).empty();
            const std::size_t cost = indentOf(rawLine(line)) * 2 + (afterBlank ? 0U : 8U);
            if (!trimmed(rawLine(line)).empty() && cost <= bestCost) {
                best = line;
                bestCost = cost;
            }
        }
        return best;
    }

    [[nodiscard]] Offset lineEnd(std::size_t line) const
    {
        return line < m_lineBegins.size() ? m_lineBegins[line] : static_cast<Offset>(m_text.size());
    }

    [[nodiscard]] std::string_view rawLine(std::size_t line) const
    {
        return m_text.substr(m_lineBegins[line], lineEnd(line + 1) - m_lineBegins[line]);
    }

    std::string_view m_text;
    const std::vector<Offset>& m_lineBegins;
    const MaskedCode& m_masked;
    std::vector<Block> m_blocks;
};

std::vector<Definition> findDefinitions(const MaskedCode& masked,
                                        const std::vector<Offset>& lineBegins,
                                        const Language& language)
{
    switch (language.family) {
    case CodeFamily::braces:
        return findBraceDefinitions(masked, lineBegins, language);
    case CodeFamily::keywords:
    case CodeFamily::sections:
        return findKeywordDefinitions(masked, lineBegins, language);
    case CodeFamily::layout:
        break;
    }
    return {};
}

} // namespace

TextStructure readCode(std::string_view text, const std::vector<Offset>& lineBegins,
                       const Language& language)
{
    TextStructure structure;
    if (lineBegins.empty())
        return structure;
    const MaskedCode masked = maskCode(text, lineBegins, language);
    const auto definitions = findDefinitions(masked, lineBegins, language);
    structure.blocks = CodeBlocks(text, lineBegins, masked).build(definitions);
    for (const Definition& definition : definitions) {
        const std::size_t end = definition.lastLine + 1;
        structure.outline.push_back(
            {definition.name, definition.level, static_cast<Offset>(definition.textBegin),
             end < lineBegins.size() ? lineBegins[end] : static_cast<Offset>(text.size())});
    }
    std::stable_sort(structure.outline.begin(), structure.outline.end(),
                     [](const OutlineEntry& left, const OutlineEntry& right) {
                         return left.textBegin < right.textBegin;
                     });
    return structure;
}

} // namespace ingest
