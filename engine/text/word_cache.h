// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "engine/tokenizer.h"

namespace engine {

/// Remembers the tokens of short words. Fixed size (2 MiB), one place per word; a newcomer takes
/// the place of whoever is there, which suits text, where few words make up most of it.
///
/// Thread rule: one thread at a time.
class WordCache final
{
public:
    static constexpr std::size_t kMaxWordBytes = 23;
    static constexpr std::size_t kMaxTokens = 9; ///< what fits a cache line beside the word

    /// A short word, zero-padded, its length in the last byte.
    struct Key
    {
        std::array<std::uint64_t, 3> parts{};
        friend bool operator==(const Key&, const Key&) = default;
    };

    WordCache();

    /// Key of a word of 1 to kMaxWordBytes bytes. Bytes up to `readableEnd` may be looked at.
    [[nodiscard]] static Key keyOf(std::string_view word, const char* readableEnd);

    /// Appends the word's tokens if they are known.
    [[nodiscard]] bool append(const Key& key, std::vector<TokenId>& out) const;

    /// Takes note of a word's tokens, unless they are too many.
    void store(const Key& key, std::span<const TokenId> ids);

private:
    struct alignas(64) Slot
    {
        Key key; ///< all zero: free (a word has at least one byte)
        std::uint32_t count = 0;
        std::array<TokenId, kMaxTokens> ids{};
    };

    [[nodiscard]] static std::size_t slotOf(const Key& key);

    std::vector<Slot> m_slots;
};

} // namespace engine
