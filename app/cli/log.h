// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

namespace app {

/// Makes spdlog's default logger write to logFile(), a few megabytes at most, each line at once.
/// Where the file cannot be written, nothing is logged. What documents and questions say never
/// goes into the log.
void startLog();

} // namespace app
