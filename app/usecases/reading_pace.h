// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>

#include "storage/session_file.h"
#include "usecases/error.h"

namespace app {

/// How fast a session is read. A token takes longer the more stand before it, since it is scored
/// against the index keys of all of them (engine::halfSpeedPosition).
struct ReadingPace
{
    double perSecond = 0.0; ///< tokens a second at the very beginning; 0: not known
    double halvedAt = 0.0;  ///< the position that is read half as fast; 0 or infinity: none is

    /// The tokens at [begin, end), as that many at the very beginning.
    [[nodiscard]] double work(std::uint64_t begin, std::uint64_t end) const;
    /// Nothing where the pace is not known.
    [[nodiscard]] std::optional<std::chrono::seconds> timeFor(std::uint64_t begin,
                                                              std::uint64_t end) const;
};

/// The pace that the session remembers.
[[nodiscard]] Result<ReadingPace> measuredPace(storage::SessionFile& file);
[[nodiscard]] Result<void> rememberPace(storage::SessionFile& file, const ReadingPace& pace);

} // namespace app
