// SPDX-License-Identifier: GPL-3.0-or-later
#include "bench/process_counters.h"

#include <fstream>
#include <string>

#include <fcntl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include <fmt/format.h>

namespace app {

ProcessCounters processCounters()
{
    ProcessCounters counters;
    std::ifstream io("/proc/self/io");
    std::string name;
    std::uint64_t value = 0;
    while (io >> name >> value) {
        if (name == "write_bytes:") {
            counters.written = value;
        } else if (name == "rchar:") {
            counters.read = value;
        }
    }
    rusage usage = {};
    if (getrusage(RUSAGE_SELF, &usage) == 0) {
        const auto ms = [](const timeval& time) {
            return static_cast<double>(time.tv_sec) * 1e3 + static_cast<double>(time.tv_usec) / 1e3;
        };
        counters.cpuMs = ms(usage.ru_utime) + ms(usage.ru_stime);
        counters.peakResident = static_cast<std::uint64_t>(usage.ru_maxrss) * 1024;
    }
    return counters;
}

std::optional<std::uint64_t> deviceBytesWritten(const std::filesystem::path& folder)
{
    struct stat found = {};
    if (stat(folder.c_str(), &found) != 0) {
        return std::nullopt;
    }
    std::ifstream counts(
        fmt::format("/sys/dev/block/{}:{}/stat", major(found.st_dev), minor(found.st_dev)));
    constexpr int kSectorsWritten = 7; // Documentation/block/stat.rst
    constexpr std::uint64_t kSectorBytes = 512;
    std::uint64_t value = 0;
    for (int field = 1; field <= kSectorsWritten; ++field) {
        if (!(counts >> value)) {
            return std::nullopt;
        }
    }
    return value * kSectorBytes;
}

void forgetCached(const std::filesystem::path& file)
{
    const int descriptor = ::open(file.c_str(), O_RDONLY | O_CLOEXEC);
    if (descriptor < 0) {
        return;
    }
    (void)fdatasync(descriptor);
    (void)posix_fadvise(descriptor, 0, 0, POSIX_FADV_DONTNEED);
    ::close(descriptor);
}

} // namespace app
