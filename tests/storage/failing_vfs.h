// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

namespace storage::failing {

/// Puts itself between SQLite and the disk, for all connections opened from now on. Call once,
/// before the first connection of the process.
void install();

enum class Failure
{
    diskFull,
    writeError,
    syncError,
};

/// The `count`th write (or sync) from now on fails, and so do all after it, until healed.
void failAfter(int count, Failure failure);
void heal();
/// Whether a failure has happened since failAfter().
[[nodiscard]] bool hasFailed();

} // namespace storage::failing
