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
        const app::Interrupt interrupt; // before any other thread
        const auto models = std::make_shared<app::ModelProvider>(invocation.model);
        if (invocation.command == app::Command::window) {
            return app::runWindow(argc, argv, invocation, models, interrupt.token());
        }
        app::Console console;
        return app::exitValue(app::runCommand({invocation, console, models, interrupt.token()}));
    } catch (const std::exception& error) {
        std::fprintf(stderr, "lectern: %s\n", error.what());
        return app::exitValue(app::ExitCode::failed);
    }
}
