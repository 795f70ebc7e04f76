// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "usecases/error.h"

namespace app {

/// What scripts may rely on.
enum class ExitCode
{
    done = 0,
    failed = 1, ///< the machine refused, the session is in use, or the person stopped it
    wrongUse = 2,
    badInput = 3,
};

[[nodiscard]] constexpr int exitValue(ExitCode code)
{
    return static_cast<int>(code);
}

[[nodiscard]] constexpr ExitCode exitCodeFor(ErrorCode code)
{
    switch (code) {
    case ErrorCode::wrongUse:
        return ExitCode::wrongUse;
    case ErrorCode::badInput:
    case ErrorCode::mismatch:
        return ExitCode::badInput;
    case ErrorCode::failed:
    case ErrorCode::busy:
    case ErrorCode::cancelled:
        break;
    }
    return ExitCode::failed;
}

} // namespace app
