// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "answering/request_kind.h"

namespace answering {

/// "[3]"
[[nodiscard]] std::string sourceMark(std::size_t rank);

/// A piece of a source as running text: line breaks and runs of spaces as one space.
[[nodiscard]] std::string runningText(std::string_view text);

struct NotFoundFacts
{
    bool hasSources = true;    ///< the session holds any text at all
    bool hasKnownWord = true;  ///< some word of the question stands in the sources
    std::size_t numPlaces = 0; ///< places to look that are listed below
};
/// "Your sources do not seem to say this.", and what is known beyond that.
[[nodiscard]] std::string notFoundText(const NotFoundFacts& facts);

/// What a code name was found as, when no passage answers in words.
[[nodiscard]] std::string namedPlacesText(std::string_view name, std::size_t numPlaces);

/// Why a request that is no question is not done, and what is given instead.
[[nodiscard]] std::string cannotDoText(RequestKind kind, std::size_t numPlaces);

} // namespace answering
