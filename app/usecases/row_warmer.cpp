// SPDX-License-Identifier: GPL-3.0-or-later
#include "usecases/row_warmer.h"

#include <algorithm>
#include <vector>

#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "storage/session_file.h"

namespace app {

namespace {

/// At a time: a commit of the writer waits for this much at most.
constexpr std::uint64_t kStepBytes = std::uint64_t{256} << 10U;

void takeLowestPriority()
{
    const auto self = static_cast<id_t>(syscall(SYS_gettid));
    (void)setpriority(PRIO_PROCESS, self, 19);
    constexpr int kWhoProcess = 1; // IOPRIO_WHO_PROCESS
    constexpr int kIdle = 3 << 13; // IOPRIO_CLASS_IDLE
    (void)syscall(SYS_ioprio_set, kWhoProcess, 0, kIdle);
}

} // namespace

RowWarmer::RowWarmer(std::filesystem::path session)
    : m_session(std::move(session)), m_thread([this](const std::stop_token& stop) { run(stop); })
{
}

void RowWarmer::run(const std::stop_token& stop)
{
    takeLowestPriority();
    auto file = storage::SessionFile::open(m_session, storage::OpenMode::readOnly);
    const auto extents =
        file ? (*file)->rowExtents()
             : storage::Result<std::vector<storage::RowExtent>>(tl::unexpected(file.error()));
    if (!extents) {
        return;
    }
    std::vector<std::byte> bytes;
    for (const storage::RowExtent& extent : *extents) {
        const std::uint64_t perRow = extent.bytes / std::max<std::uint64_t>(extent.rowCount, 1);
        const std::uint64_t step =
            std::max<std::uint64_t>(kStepBytes / std::max<std::uint64_t>(perRow, 1), 1);
        for (std::uint64_t row = 0; row < extent.rowCount && !stop.stop_requested(); row += step) {
            const std::uint64_t count = std::min(step, extent.rowCount - row);
            bytes.resize(count * perRow);
            const auto read = (*file)->readRows(extent.layer, extent.kind, row, count, bytes);
            if (!read && read.error().code == storage::ErrorCode::damaged) {
                m_foundDamage = true;
            }
        }
    }
}

} // namespace app
