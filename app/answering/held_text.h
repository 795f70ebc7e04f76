// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstddef>
#include <string_view>
#include <vector>

#include "sentences.h"

namespace answering {

/// Follows a text that grows token by token and must stay a run of characters of a given text.
///
/// The state is the set of places in the text at which the run so far may end. It begins with every
/// place where a run may start; each piece keeps those places from which the text goes on with it.
/// Never empty: a piece that would empty it is refused.
class HeldText
{
public:
    /// A run may start at each of `starts` (ascending, character boundaries of `text`). It never
    /// goes over a line break. `text` must outlive this.
    HeldText(std::string_view text, std::vector<std::size_t> starts);

    /// Whether the run may go on with `piece` (not empty).
    [[nodiscard]] bool allows(std::string_view piece) const;
    /// Goes on with it; `piece` must be allowed.
    void advance(std::string_view piece);

    /// Bytes taken so far.
    [[nodiscard]] std::size_t length() const { return m_length; }
    /// True once the characters taken stand at one place of the text only.
    [[nodiscard]] bool isUnique() const { return m_ends.size() == 1; }
    /// The run so far, at its first place in the text.
    [[nodiscard]] ByteRange range() const;
    /// A run may only end between two characters (bytes of one may come in several tokens).
    [[nodiscard]] bool mayEnd() const;

private:
    std::string_view m_text;
    std::vector<std::size_t> m_ends;
    std::size_t m_length = 0;
};

/// Every character boundary of `range` that is no white space: places where a run may start.
[[nodiscard]] std::vector<std::size_t> characterStarts(std::string_view text, ByteRange range);

/// Those of them where a word starts: after white space, or punctuation, or at the range's begin.
[[nodiscard]] std::vector<std::size_t> wordStarts(std::string_view text, ByteRange range);

} // namespace answering
