// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>

namespace app {

/// What the operating system has counted. None of these are counts of our own.
struct ProcessCounters
{
    std::uint64_t written = 0; ///< /proc/self/io write_bytes: sent towards the disk by this process
    std::uint64_t read = 0;    ///< /proc/self/io rchar: read by calls, from the disk or its cache
    double cpuMs = 0.0;        ///< user and system, all threads
    std::uint64_t peakResident = 0; ///< bytes of memory, the most so far
};

[[nodiscard]] ProcessCounters processCounters();

/// Bytes that the device of a folder has been given to write since the machine started, by all
/// programs; none where the device does not say (a network, memory).
[[nodiscard]] std::optional<std::uint64_t> deviceBytesWritten(const std::filesystem::path& folder);

/// Takes a file out of the page cache, as after a restart of the machine. Only for files that
/// nobody has open.
void forgetCached(const std::filesystem::path& file);

} // namespace app
