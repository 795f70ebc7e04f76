// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/check.h"

#include <fmt/format.h>

#include "cli/commands.h"
#include "usecases/error_mapping.h"
#include "usecases/json_values.h"
#include "usecases/locations.h"
#include "usecases/words.h"

namespace app {

namespace {

const char* nameOf(engine::CheckKind kind)
{
    switch (kind) {
    case engine::CheckKind::file:
        return "file";
    case engine::CheckKind::missing:
        return "missing";
    case engine::CheckKind::surplus:
        return "surplus";
    case engine::CheckKind::shape:
        return "shape";
    case engine::CheckKind::type:
        return "type";
    case engine::CheckKind::number:
        return "number";
    }
    return "?";
}

Json jsonOf(const std::string& path, const engine::CheckReport& report)
{
    Json findings = Json::array();
    for (const engine::CheckFinding& finding : report.findings) {
        findings.push_back({{"kind", nameOf(finding.kind)},
                            {"tensor", finding.tensor},
                            {"message", finding.message}});
    }
    Json memory = Json::array();
    std::uint64_t own = 0;
    for (const engine::MemoryPart& part : report.memory) {
        memory.push_back({{"part", part.name}, {"bytes", part.bytes}, {"mapped", part.isMapped}});
        own += part.isMapped ? 0 : part.bytes;
    }
    return Json{{"model", path},
                {"sound", report.isSound()},
                {"files", report.files},
                {"tensors", report.tensors},
                {"stored_bytes", report.storedBytes},
                {"parameters", report.parameters},
                {"mtp_blocks", report.mtpBlocks},
                {"mtp_parameters", report.mtpParameters},
                {"layers", report.config.numLayers},
                {"numbers_read", report.numbersRead},
                {"findings", std::move(findings)},
                {"memory_tokens", report.memoryTokens},
                {"memory", std::move(memory)},
                {"memory_beside_mapped_bytes", own}};
}

std::string megabytes(std::uint64_t bytes)
{
    return fmt::format("{:>12} MB", withThousands((bytes + 500'000) / 1'000'000));
}

void printText(const CommandContext& context, const engine::CheckReport& report)
{
    const auto line = [&](const std::string& text) { context.console.writeLine(text); };
    for (const engine::CheckFinding& finding : report.findings) {
        line(fmt::format("{:<8} {}", nameOf(finding.kind), finding.message));
    }
    line(fmt::format("{} layers, {} tensors in {} files, {} bytes, {} parameters{}",
                     report.config.numLayers, withThousands(report.tensors), report.files,
                     withThousands(report.storedBytes), withThousands(report.parameters),
                     report.mtpBlocks == 0
                         ? std::string()
                         : fmt::format(", MTP {}", withThousands(report.mtpParameters))));
    line(fmt::format("Memory for reading {} tokens:", withThousands(report.memoryTokens)));
    std::uint64_t own = 0;
    for (const engine::MemoryPart& part : report.memory) {
        line(fmt::format("  {:<22}{}{}", part.name, megabytes(part.bytes),
                         part.isMapped ? "  (pages of the files)" : ""));
        own += part.isMapped ? 0 : part.bytes;
    }
    line(fmt::format("  {:<22}{}", "beside the files", megabytes(own)));
    line(report.isSound()
             ? fmt::format("Sound{}.", report.numbersRead ? "" : " (numbers not looked at)")
             : fmt::format("{} things are wrong.", withThousands(report.findings.size())));
}

} // namespace

ExitCode runModelCheck(const CommandContext& context)
{
    const auto path = findModel(context.invocation.model);
    if (!path) {
        return refuse(context, path.error());
    }
    engine::CheckOptions options;
    options.readNumbers = !context.invocation.shapesOnly;
    options.threads = context.invocation.threads;
    options.stop = context.stop;
    options.progress = [&context](std::uint64_t done, std::uint64_t total) {
        context.console.progress(fmt::format("{} of {} MB looked at",
                                             withThousands(done / 1'000'000),
                                             withThousands(total / 1'000'000)));
    };
    const auto report = engine::checkModel(*path, options);
    context.console.endProgress();
    if (!report) {
        return refuse(context, toAppError(report.error()));
    }
    if (context.invocation.json) {
        context.console.writeLine(dump(jsonOf(path->string(), *report)));
    } else {
        printText(context, *report);
    }
    return report->isSound() ? ExitCode::done : ExitCode::badInput;
}

} // namespace app
