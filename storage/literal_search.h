// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <array>
#include <cstddef>
#include <functional>
#include <optional>
#include <string_view>
#include <vector>

#include "storage/search.h"

namespace storage {

/// Finds a phrase in a text as a person reads it: without letter case, and with any run of white
/// space equal to any other.
///
/// It looks at every byte rather than asking the full-text index, which knows whole words only: a
/// million tokens are about 5 MB, and going through them takes less time than a person notices
/// (docs/adr/0003 has the figure).
class LiteralSearch final
{
public:
    explicit LiteralSearch(std::string_view phrase);

    [[nodiscard]] bool isEmpty() const { return m_pattern.empty(); }
    /// Visits the places from left to right; they do not overlap.
    void forEachHit(std::string_view text, const std::function<void(TextRange)>& visit) const;

private:
    [[nodiscard]] std::optional<std::size_t> matchEnd(std::string_view text,
                                                      std::size_t begin) const;
    void noteFirstBytes();

    std::vector<char32_t> m_pattern;    ///< folded; one blank for a run of white space
    std::array<bool, 256> m_canBegin{}; ///< bytes that a hit may begin with
};

/// The hit with some text around it, cut at words.
[[nodiscard]] TextHit hitInContext(SourceId source, std::string_view text, TextRange hit);

} // namespace storage
