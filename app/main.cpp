// SPDX-License-Identifier: GPL-3.0-or-later
#include <cstdio>
#include <exception>
#include <memory>
#include <variant>

#include "cli/commands.h"
#include "cli/interrupt.h"
#include "cli/invocation.h"
#include "cli/log.h"
#include "gui/run_window.h"

namespace {

int runInTerminal(const app::Invocation& invocation, std::shared_ptr<app::ModelProvider> models)
{
    const app::Interrupt interrupt;
    app::Console console;
    const app::CommandContext context{invocation, console, std::move(models), interrupt.token()};
    return app::exitValue(app::runCommand(context));
}

} // namespace

// Builds the parts and connects them; everything else is in the folders beside this file.
int main(int argc, char** argv)
{
    try {
        const auto parsed = app::parseCommandLine(argc, argv);
        if (const int* exitCode = std::get_if<int>(&parsed)) {
            return *exitCode;
        }
        const auto& invocation = std::get<app::Invocation>(parsed);
        app::startLog();
        auto models = std::make_shared<app::ModelProvider>(invocation.model);
        return invocation.command == app::Command::window
                   ? app::runWindow(argc, argv, invocation, std::move(models))
                   : runInTerminal(invocation, std::move(models));
    } catch (const std::exception& error) {
        std::fprintf(stderr, "lectern: %s\n", error.what());
        return app::exitValue(app::ExitCode::failed);
    }
}
