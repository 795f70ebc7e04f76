// SPDX-License-Identifier: GPL-3.0-or-later
#include "answering/passages.h"

#include <algorithm>
#include <cctype>
#include <optional>

#include "sentences.h"
#include "text_cutter.h"

namespace answering {

namespace {

bool keepsLines(BlockKind kind)
{
    return kind == BlockKind::code || kind == BlockKind::definition || kind == BlockKind::table;
}

/// A block, or a part of one, that fits into a passage.
struct Piece
{
    ByteRange text;
    BlockKind kind = BlockKind::paragraph;
    bool isContinuation = false; ///< not the first part of a block that had to be cut
};

/// Paragraphs of text that no block holds.
void addLooseText(std::string_view text, ByteRange range, std::vector<Piece>& pieces)
{
    std::size_t begin = range.begin;
    while (begin < range.end) {
        const auto blank = findBlankLine(text.substr(0, range.end), begin);
        const auto paragraph = trimmed(text, {begin, blank.begin});
        if (paragraph.size() > 0) {
            pieces.push_back({paragraph, BlockKind::paragraph, false});
        }
        begin = blank.end;
    }
}

std::vector<Piece> piecesOf(std::string_view text, std::span<const Block> blocks)
{
    std::vector<Piece> pieces;
    std::size_t done = 0;
    for (const auto& block : blocks) {
        const std::size_t begin = std::max<std::size_t>(block.textBegin, done);
        const std::size_t end = std::min<std::size_t>(block.textEnd, text.size());
        if (begin >= end) {
            continue;
        }
        addLooseText(text, {done, begin}, pieces);
        const auto range = trimmed(text, {begin, end});
        if (range.size() > 0) {
            pieces.push_back({range, block.kind, false});
        }
        done = end;
    }
    addLooseText(text, {done, text.size()}, pieces);
    return pieces;
}

std::string headingText(std::string_view text)
{
    while (!text.empty() && (text.front() == '#' || text.front() == ' ')) {
        text.remove_prefix(1);
    }
    const std::size_t lineEnd = std::min(text.find('\n'), text.size());
    const auto line = trimmed(text, {0, lineEnd});
    return std::string(text.substr(line.begin, line.size()));
}

class PassageBuilder
{
public:
    PassageBuilder(std::string_view text, const engine::Encoding& encoding,
                   const PassageOptions& options)
        : m_text(text), m_tokens(encoding), m_options(options)
    {
    }

    void add(const Piece& piece)
    {
        if (piece.kind == BlockKind::heading) {
            addHeading(piece);
        } else {
            addText(piece);
        }
    }

    std::vector<Passage> finish()
    {
        flush();
        return std::move(m_passages);
    }

private:
    void addHeading(const Piece& piece)
    {
        // Headings directly below one another (a chapter and its first section) stay together.
        const bool below = m_open && m_open->onlyHeadings;
        if (!below || !fits(piece, m_options.maxTokens)) {
            flush();
        }
        m_heading = headingText(m_text.substr(piece.text.begin, piece.text.size()));
        extend(piece);
    }

    void addText(const Piece& piece)
    {
        const bool joins =
            m_open && !piece.isContinuation &&
            (m_open->onlyHeadings ? fits(piece, m_options.maxTokens)
                                  : isJoinable(piece) && fits(piece, m_options.joinTokens));
        if (!joins) {
            flush();
        }
        extend(piece);
        if (piece.isContinuation) {
            m_open->wasCut = true;
        }
    }

    bool isJoinable(const Piece& piece) const
    {
        return !m_open->wasCut && keepsLines(piece.kind) == keepsLines(m_open->kind);
    }

    bool fits(const Piece& piece, std::size_t limit) const
    {
        return m_tokens.count({m_open->text.begin, piece.text.end}) <= limit;
    }

    void extend(const Piece& piece)
    {
        const bool isHeading = piece.kind == BlockKind::heading;
        if (!m_open) {
            m_open = Open{piece.text, piece.kind, isHeading, m_heading, 0, false};
        }
        m_open->text.end = piece.text.end;
        m_open->heading = m_heading;
        if (!isHeading) {
            m_open->onlyHeadings = false;
            m_open->kind = piece.kind;
            m_open->lineBytes += keepsLines(piece.kind) ? piece.text.size() : 0;
        }
    }

    void flush()
    {
        if (!m_open) {
            return;
        }
        const auto tokens = m_tokens.range(m_open->text);
        Passage passage;
        passage.textBegin = static_cast<std::uint32_t>(m_open->text.begin);
        passage.textEnd = static_cast<std::uint32_t>(m_open->text.end);
        passage.tokenBegin = static_cast<std::uint32_t>(tokens.begin);
        passage.tokenEnd = static_cast<std::uint32_t>(tokens.end);
        passage.heading = std::move(m_open->heading);
        passage.isCode = 2 * m_open->lineBytes > m_open->text.size();
        m_passages.push_back(std::move(passage));
        m_open.reset();
    }

    struct Open
    {
        ByteRange text;
        BlockKind kind = BlockKind::paragraph; ///< of the last text in it
        bool onlyHeadings = false;
        std::string heading;
        std::size_t lineBytes = 0; ///< bytes of code, definitions and tables
        bool wasCut = false;       ///< holds a part of a block that was too long
    };

    std::string_view m_text;
    TokenPlaces m_tokens;
    PassageOptions m_options;
    std::string m_heading;
    std::optional<Open> m_open;
    std::vector<Passage> m_passages;
};

} // namespace

std::vector<Passage> cutPassages(std::string_view text, std::span<const Block> blocks,
                                 const engine::Encoding& encoding, const PassageOptions& options)
{
    if (encoding.begins.empty()) {
        return {};
    }
    PassageBuilder builder(text, encoding, options);
    for (const auto& piece : piecesOf(text, blocks)) {
        bool isFirst = true;
        for (const auto& part :
             cutToTokens(text, piece.text, encoding, options.maxTokens, keepsLines(piece.kind))) {
            builder.add({part, piece.kind, !isFirst});
            isFirst = false;
        }
    }
    return builder.finish();
}

} // namespace answering
