// SPDX-License-Identifier: GPL-3.0-or-later
#include <fmt/format.h>

#include "cli/commands.h"
#include "engine/export_gguf.h"
#include "engine/verify.h"
#include "usecases/error_mapping.h"
#include "usecases/json_values.h"
#include "usecases/locations.h"
#include "usecases/words.h"

namespace app {

ExitCode runModelInfo(const CommandContext& context)
{
    auto loaded = context.models->get();
    if (!loaded) {
        return refuse(context, loaded.error());
    }
    const engine::Model& model = *loaded->model;
    const engine::ModelConfig& config = model.config();
    const Json json{{"name", loaded->identity.name},
                    {"directory", model.directory().string()},
                    {"fingerprint", loaded->identity.fingerprint},
                    {"parameters", model.parameterCount()},
                    {"mtp_parameters", model.mtpParameterCount()},
                    {"mtp_note", model.mtpNote()},
                    {"stored_bytes", model.storedBytes()},
                    {"resident_bytes", model.residentBytes()},
                    {"layers", config.numLayers},
                    {"hidden", config.modelDim},
                    {"heads", config.numHeads},
                    {"head_dim", config.headDim},
                    {"window_tokens", config.windowTokens},
                    {"compress_ratios", config.compressRatios},
                    {"experts", config.routedExperts},
                    {"experts_per_token", config.expertsPerToken},
                    {"vocabulary", config.vocabSize},
                    {"context_tokens", config.maxPositions}};
    if (context.invocation.json) {
        context.console.writeLine(dump(json));
        return ExitCode::done;
    }
    for (const auto& [key, value] : json.items()) {
        context.console.writeLine(fmt::format(
            "{:<18} {}", key, value.is_string() ? value.get<std::string>() : dump(value)));
    }
    return ExitCode::done;
}

ExitCode runModelVerify(const CommandContext& context)
{
    const auto numerics = engine::numericModeNamed(context.invocation.numerics);
    auto report = engine::verifyCheckpoint(context.invocation.model, context.invocation.expected,
                                           context.invocation.threads,
                                           numerics.value_or(engine::NumericMode::float32));
    if (!report) {
        return refuse(context, toAppError(report.error()));
    }
    context.console.writeLine(dump(Json{{"prefill_worst", report->prefillWorst},
                                        {"decode_worst", report->decodeWorst},
                                        {"argmax_equal", report->argmaxEqual}}));
    return ExitCode::done;
}

ExitCode runModelExportGguf(const CommandContext& context)
{
    const auto path = findModel(context.invocation.model);
    if (!path) {
        return refuse(context, path.error());
    }
    const auto types =
        context.invocation.float32 ? engine::GgufTypes::float32 : engine::GgufTypes::compact;
    const auto report = engine::exportGguf(*path, context.invocation.output, types, context.stop);
    if (!report) {
        return refuse(context, toAppError(report.error()));
    }
    if (report->mtpTensorsLeftOut != 0) {
        context.console.note(fmt::format("The MTP block is not written ({} tensors).",
                                         withThousands(report->mtpTensorsLeftOut)));
    }
    const Json json{{"file", context.invocation.output.string()},
                    {"bytes", report->fileBytes},
                    {"tensors", report->tensors},
                    {"tensors_by_type", report->tensorsByType},
                    {"mtp_tensors_left_out", report->mtpTensorsLeftOut}};
    context.console.writeLine(
        context.invocation.json
            ? dump(json)
            : fmt::format("{}: {} tensors, {} bytes", context.invocation.output.string(),
                          withThousands(report->tensors), withThousands(report->fileBytes)));
    return ExitCode::done;
}

} // namespace app
