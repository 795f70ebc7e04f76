// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <string>
#include <utility>

#include <tl/expected.hpp>

namespace storage {

/// What went wrong, coarse enough to switch on. The message carries the facts: file, wanted, found.
enum class ErrorCode
{
    io,            ///< the operating system refused a read, a write or a lock
    diskFull,      ///< no room (or no quota) left; nothing of the operation was kept
    busy,          ///< the session is open for writing elsewhere
    notFound,      ///< no such file, session, source or range
    alreadyExists, ///< a file of that name is there and is not overwritten
    foreignFile,   ///< the file is no Lectern session
    newerFile,     ///< made by a newer Lectern that this one cannot read
    damaged,       ///< the file or a block in it is not what was written
    readOnly,      ///< a write on a session that was opened for reading
    badInput,      ///< an argument contradicts the session or itself; nothing was changed
    outOfMemory,   ///< an allocation failed; nothing was changed
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

} // namespace storage
