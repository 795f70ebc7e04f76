// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <new>
#include <string>
#include <type_traits>
#include <utility>

#include "storage/error.h"

namespace storage {

/// How failures travel inside this folder: nearly every line of a store talks to SQLite and may
/// fail, and a transaction must be rolled back whichever it was. `guarded` turns it into a result
/// at the edge; no exception leaves the folder.
struct Failure
{
    Error error;
};

[[noreturn]] inline void raise(ErrorCode code, std::string message)
{
    throw Failure{Error{code, std::move(message)}};
}

template <typename Function>
[[nodiscard]] auto guarded(Function&& function)
{
    using Value = std::invoke_result_t<Function>;
    try {
        if constexpr (std::is_void_v<Value>) {
            std::forward<Function>(function)();
            return Result<void>{};
        } else {
            return Result<Value>{std::forward<Function>(function)()};
        }
    } catch (Failure& failure) {
        return Result<Value>{tl::unexpected<Error>(std::move(failure.error))};
    } catch (const std::bad_alloc&) {
        return Result<Value>{fail(ErrorCode::outOfMemory, "not enough memory")};
    } catch (const std::exception& other) {
        return Result<Value>{fail(ErrorCode::io, other.what())};
    }
}

} // namespace storage
