// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <memory>
#include <stop_token>

#include "cli/invocation.h"
#include "usecases/model_provider.h"

namespace app {

/// Shows the window until it is closed; for scripts, takes a picture of it and ends. Gives the exit
/// code. A stop (the session manager's, Ctrl+C) closes it. Without a display it says so and fails.
[[nodiscard]] int runWindow(int argc, char** argv, const Invocation& invocation,
                            std::shared_ptr<ModelProvider> models, const std::stop_token& stop);

} // namespace app
