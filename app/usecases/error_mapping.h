// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "answering/error.h"
#include "engine/error.h"
#include "ingest/error.h"
#include "storage/error.h"
#include "usecases/error.h"

namespace app {

/// The rooms' errors in the words of this one. The messages are passed on as they are: each room
/// names file, wanted and found already.
[[nodiscard]] Error toAppError(const engine::Error& error);
[[nodiscard]] Error toAppError(const ingest::Error& error);
[[nodiscard]] Error toAppError(const storage::Error& error);
[[nodiscard]] Error toAppError(const answering::Error& error);

/// `return passOn(result.error());` for a failure of any room.
template <typename RoomError>
[[nodiscard]] tl::unexpected<Error> passOn(const RoomError& error)
{
    return tl::unexpected<Error>(toAppError(error));
}

[[nodiscard]] inline tl::unexpected<Error> passOn(const Error& error)
{
    return tl::unexpected<Error>(error);
}

} // namespace app
