// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <string>
#include <utility>

#include <tl/expected.hpp>

namespace app {

/// What went wrong, as the two faces need it: each value is an exit code of the command line and
/// a kind of banner in the window. The message carries the facts: file, wanted, found.
enum class ErrorCode
{
    failed,    ///< the machine or the data refused: disk, memory
    wrongUse,  ///< what was asked for does not exist or is incomplete
    badInput,  ///< a file or folder given is missing, damaged or of a kind that is not read
    busy,      ///< another program, or this one, has the session open
    mismatch,  ///< the session was read with another model: it has to be read again
    cancelled, ///< the person stopped it; what was done until then stays
};

struct Error
{
    ErrorCode code = ErrorCode::failed;
    std::string message;
};

template <typename T>
using Result = tl::expected<T, Error>;

[[nodiscard]] inline tl::unexpected<Error> fail(ErrorCode code, std::string message)
{
    return tl::unexpected<Error>(Error{code, std::move(message)});
}

} // namespace app
