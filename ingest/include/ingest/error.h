// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <string>
#include <utility>

#include <tl/expected.hpp>

namespace ingest {

/// What went wrong, one value per thing a user can do about it. The message carries the facts:
/// file, wanted, found.
enum class ErrorCode
{
    notFound,          ///< there is nothing at this path
    wrongKind,         ///< a folder where a file was wanted, or the other way round
    io,                ///< the operating system refused a read (permissions, device)
    unsupportedFormat, ///< the content is none of the formats that can be read
    encrypted,         ///< protected, and no password was given: ask for one
    wrongPassword,     ///< protected, and the given password does not open it
    damaged,           ///< the content claims a format and is not well-formed
    empty,             ///< readable, but without any text (an empty file, a scan)
    tooLarge,          ///< beyond a limit of the options or of the offsets
    cancelled,         ///< the caller's stop token was triggered
};

struct Error
{
    ErrorCode code = ErrorCode::io;
    std::string message;
};

template <typename T>
using Result = tl::expected<T, Error>;

[[nodiscard]] inline tl::unexpected<Error> fail(ErrorCode code, std::string message)
{
    return tl::unexpected<Error>(Error{code, std::move(message)});
}

} // namespace ingest
