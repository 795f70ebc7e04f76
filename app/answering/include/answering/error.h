// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <string>
#include <utility>

#include <tl/expected.hpp>

namespace answering {

/// What went wrong, coarse enough to switch on. The message carries the facts.
enum class ErrorCode
{
    badInput,  ///< the question is empty, or ranges do not fit the text they point into
    model,     ///< the engine refused; its message is passed on
    sources,   ///< the session's texts or scores could not be read; the message is passed on
    cancelled, ///< the caller's stop token was triggered
};

struct Error
{
    ErrorCode code = ErrorCode::badInput;
    std::string message;
};

template <typename T>
using Result = tl::expected<T, Error>;

[[nodiscard]] inline tl::unexpected<Error> fail(ErrorCode code, std::string message)
{
    return tl::unexpected<Error>(Error{code, std::move(message)});
}

} // namespace answering
