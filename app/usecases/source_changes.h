// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>

#include "storage/session_file.h"
#include "usecases/error.h"

namespace app {

/// What taking a source out costs: what was read behind it has to be read again, since every token
/// was read with all before it in view.
struct RemovalPrice
{
    std::size_t laterSources = 0; ///< to be read again, wholly or in part
    std::uint64_t tokens = 0;     ///< to be read again
    /// From the pace that the session remembers; nothing before one was measured.
    std::optional<std::chrono::seconds> duration;
};

/// A file that was added again after it had changed stands twice in the session: the version before
/// is hidden, and not offered to be shown.
[[nodiscard]] bool isReplaced(const storage::Source& source,
                              std::span<const storage::Source> sources);

[[nodiscard]] Result<RemovalPrice> removalPrice(storage::SessionFile& file, storage::SourceId id);

/// "Nothing has to be read again." or "Later sources must be read again: 3 sources, 61,200 tokens,
/// about 4 minutes."
[[nodiscard]] std::string priceWords(const RemovalPrice& price);

/// Takes a source out of the session file, in one transaction. What was read behind it is waiting
/// from then on, also after a kill: reading goes on there.
[[nodiscard]] Result<void> takeOut(storage::SessionFile& file, storage::SourceId id);

/// Leaves a source out of answers and searches, or takes it in again. Nothing is read for it.
[[nodiscard]] Result<void> setHidden(storage::SessionFile& file, storage::SourceId id, bool hidden);

/// The source that a person means by its title, its path, the end of its path, or "#" and its place
/// in the list, from 1. Errors: badInput where none or several fit.
[[nodiscard]] Result<storage::Source> findSource(storage::SessionFile& file,
                                                 const std::string& document);

} // namespace app
