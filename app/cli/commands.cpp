// SPDX-License-Identifier: GPL-3.0-or-later
#include "cli/commands.h"

namespace app {

ExitCode runCommand(const CommandContext& context)
{
    switch (context.invocation.command) {
    case Command::add:
        return runAdd(context);
    case Command::ask:
        return runAsk(context);
    case Command::chat:
        return runChat(context);
    case Command::search:
        return runSearch(context);
    case Command::sources:
        return runSources(context);
    case Command::sessions:
        return runSessions(context);
    case Command::exportTranscript:
        return runExport(context);
    case Command::messages:
        return runMessages(context);
    case Command::duplicate:
        return runDuplicate(context);
    case Command::remove:
        return runRemove(context);
    case Command::hide:
        return runHide(context);
    case Command::show:
        return runShow(context);
    case Command::modelInfo:
        return runModelInfo(context);
    case Command::modelVerify:
        return runModelVerify(context);
    case Command::modelCheck:
        return runModelCheck(context);
    case Command::modelExportGguf:
        return runModelExportGguf(context);
    case Command::benchPrefill:
        return runBenchPrefill(context);
    case Command::benchDecode:
        return runBenchDecode(context);
    case Command::benchReopen:
        return runBenchReopen(context);
    case Command::window:
        break;
    }
    return ExitCode::wrongUse;
}

} // namespace app
