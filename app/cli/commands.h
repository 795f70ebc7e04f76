// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <memory>
#include <stop_token>

#include "cli/console.h"
#include "cli/exit_code.h"
#include "cli/invocation.h"
#include "usecases/model_provider.h"

namespace app {

/// What every command works with. The references outlive the command.
struct CommandContext
{
    const Invocation& invocation;
    Console& console;
    std::shared_ptr<ModelProvider> models;
    std::stop_token stop; ///< Ctrl+C
};

// One function a command; each prints its result and its errors.

[[nodiscard]] ExitCode runAdd(const CommandContext& context);
[[nodiscard]] ExitCode runAsk(const CommandContext& context);
[[nodiscard]] ExitCode runChat(const CommandContext& context);
[[nodiscard]] ExitCode runSearch(const CommandContext& context);
[[nodiscard]] ExitCode runSources(const CommandContext& context);
[[nodiscard]] ExitCode runSessions(const CommandContext& context);
[[nodiscard]] ExitCode runExport(const CommandContext& context);
[[nodiscard]] ExitCode runMessages(const CommandContext& context);
[[nodiscard]] ExitCode runDuplicate(const CommandContext& context);
[[nodiscard]] ExitCode runRemove(const CommandContext& context);
[[nodiscard]] ExitCode runHide(const CommandContext& context);
[[nodiscard]] ExitCode runShow(const CommandContext& context);
[[nodiscard]] ExitCode runModelInfo(const CommandContext& context);
[[nodiscard]] ExitCode runModelVerify(const CommandContext& context);
[[nodiscard]] ExitCode runModelCheck(const CommandContext& context);
[[nodiscard]] ExitCode runModelExportGguf(const CommandContext& context);
[[nodiscard]] ExitCode runBenchPrefill(const CommandContext& context);
[[nodiscard]] ExitCode runBenchDecode(const CommandContext& context);
[[nodiscard]] ExitCode runBenchReopen(const CommandContext& context);

/// Prints an error and gives the exit code that belongs to it.
[[nodiscard]] inline ExitCode refuse(const CommandContext& context, const Error& error)
{
    context.console.error(error);
    return exitCodeFor(error.code);
}

/// Runs any command but the window.
[[nodiscard]] ExitCode runCommand(const CommandContext& context);

} // namespace app
