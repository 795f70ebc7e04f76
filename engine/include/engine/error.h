// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <string>
#include <utility>

#include <tl/expected.hpp>

namespace engine {

/// What went wrong, coarse enough to switch on. The message carries the facts: file, wanted, found.
enum class ErrorCode
{
    io,          ///< the operating system refused a read, a write or a mapping
    badInput,    ///< a file or an argument is not what it claims to be
    unsupported, ///< well-formed, but this engine does not do it
    mismatch,    ///< a cache or checkpoint belongs to another model or another numeric format
    outOfMemory, ///< an allocation failed
    cancelled,   ///< the caller's stop token was triggered
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

} // namespace engine
