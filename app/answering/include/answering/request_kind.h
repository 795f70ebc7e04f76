// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <string_view>

namespace answering {

/// What a person asks for. Told apart by the wording alone: a model that only reads passages
/// cannot be asked what it is asked.
enum class RequestKind : std::uint8_t
{
    question,  ///< wants a fact or a place; everything not recognised as another kind
    summarise, ///< "summarise chapter 3", "what is this book about?"
    translate,
    compare,
    write, ///< "write a letter", "rewrite this function", "make a list of all ..."
    chat,  ///< a greeting, thanks, or a question about the program itself
    empty, ///< nothing but white space and punctuation
};

/// Pure; any thread.
[[nodiscard]] RequestKind classifyRequest(std::string_view text);

} // namespace answering
