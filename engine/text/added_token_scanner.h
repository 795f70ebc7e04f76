// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <array>
#include <optional>
#include <string_view>
#include <vector>

#include "engine/tokenizer.h"
#include "text/tokenizer_file.h"

namespace engine {

/// Finds added tokens in text by their content; of those that begin at one place the longest.
/// For prompt templates, which are short: no attempt at speed.
///
/// Thread rule: const and shared.
class AddedTokenScanner final
{
public:
    /// A stretch of plain text, or one added token.
    struct Segment
    {
        std::string_view text;
        std::optional<TokenId> token;
    };

    explicit AddedTokenScanner(std::vector<AddedToken> tokens);

    /// Cuts `text` without leaving anything out. Tokens that are not `normalized` come first;
    /// the others are looked for only in the text between them.
    [[nodiscard]] std::vector<Segment> scan(std::string_view text) const;

private:
    void scanFor(bool normalized, std::string_view text, std::vector<Segment>& out) const;
    [[nodiscard]] const AddedToken* longestAt(bool normalized, std::string_view text) const;

    std::array<std::vector<AddedToken>, 256> m_byFirstByte; ///< each longest first
};

} // namespace engine
