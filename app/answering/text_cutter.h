// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstddef>
#include <string_view>
#include <vector>

#include "engine/tokenizer.h"
#include "sentences.h"

namespace answering {

/// From bytes of a text to tokens of its encoding, which must outlive this.
class TokenPlaces
{
public:
    explicit TokenPlaces(const engine::Encoding& encoding) : m_encoding(encoding) {}

    /// The tokens that touch `text`.
    [[nodiscard]] ByteRange range(ByteRange text) const;
    [[nodiscard]] std::size_t count(ByteRange text) const { return range(text).size(); }

private:
    const engine::Encoding& m_encoding;
};

/// The first run of two or more line breaks (with nothing but white space between) at or after
/// `from`; an empty range at the text's end if there is none.
[[nodiscard]] ByteRange findBlankLine(std::string_view text, std::size_t from);

/// Cuts `range` into parts of at most `maxTokens` tokens, about equally long, each without white
/// space at its ends, on character boundaries. Where `keepsLines` a cut looks for a blank line,
/// then a line's end; otherwise for a sentence's end; then for a space; then for any character.
[[nodiscard]] std::vector<ByteRange> cutToTokens(std::string_view text, ByteRange range,
                                                 const engine::Encoding& encoding,
                                                 std::size_t maxTokens, bool keepsLines);

} // namespace answering
