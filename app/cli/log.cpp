// SPDX-License-Identifier: GPL-3.0-or-later
#include "cli/log.h"

#include <filesystem>
#include <system_error>

#include <spdlog/sinks/null_sink.h>
#include <spdlog/sinks/rotating_file_sink.h>
#include <spdlog/spdlog.h>

#include "usecases/locations.h"

namespace app {

namespace {

constexpr std::size_t kLogBytes = 2U << 20U;
constexpr std::size_t kOldLogs = 1;

} // namespace

void startLog()
{
    const std::filesystem::path file = logFile();
    std::error_code error;
    std::filesystem::create_directories(file.parent_path(), error);
    spdlog::sink_ptr sink;
    try {
        sink = std::make_shared<spdlog::sinks::rotating_file_sink_mt>(file.string(), kLogBytes,
                                                                      kOldLogs);
    } catch (const spdlog::spdlog_ex&) {
        sink = std::make_shared<spdlog::sinks::null_sink_mt>(); // a log is no reason not to start
    }
    auto logger = std::make_shared<spdlog::logger>("lectern", std::move(sink));
    logger->set_pattern("%Y-%m-%d %H:%M:%S.%e %P %l %v");
    // Lines are lost on a kill otherwise: a file is buffered.
    logger->flush_on(spdlog::level::info);
    spdlog::set_default_logger(std::move(logger));
}

} // namespace app
