// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace ingest {

/// A page's printed number: its value and how it is written.
struct Printed
{
    int value = 0;
    bool isRoman = false;
    std::string text;
};

/// "5", "– 5 –", "Page 5", "5 / 12", "xiv": nothing but a page's number.
[[nodiscard]] std::optional<Printed> barePageNumber(std::string_view text);

/// The number that is all of a running head, or its first or last word.
[[nodiscard]] std::optional<Printed> numberAtEnds(std::string_view text);

/// What is the same in a running head from page to page: lower case without spaces, digits as '#',
/// a lone number (Roman or not) as one '#'.
[[nodiscard]] std::string headKey(std::string_view text);

/// Lower-case letters only: heads often number a title otherwise than its heading does.
[[nodiscard]] std::string lettersOf(std::string_view text);

} // namespace ingest
