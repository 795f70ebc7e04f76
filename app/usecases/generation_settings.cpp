// SPDX-License-Identifier: GPL-3.0-or-later
#include "usecases/generation_settings.h"

#include <array>
#include <utility>

#include "usecases/error_mapping.h"

namespace app {

namespace {

constexpr std::string_view kValueName = "generation";

constexpr std::array<std::pair<engine::ThinkingMode, std::string_view>, 4> kModes = {{
    {engine::ThinkingMode::none, "none"},
    {engine::ThinkingMode::low, "low"},
    {engine::ThinkingMode::high, "high"},
    {engine::ThinkingMode::max, "max"},
}};

template <typename Value>
void take(const Json& json, const char* key, Value& out)
{
    if (!json.contains(key)) {
        return;
    }
    const Json& value = json[key];
    if constexpr (std::is_same_v<Value, bool>) {
        out = value.is_boolean() ? value.get<bool>() : out;
    } else if constexpr (std::is_same_v<Value, std::string>) {
        out = value.is_string() ? value.get<std::string>() : out;
    } else if constexpr (std::is_floating_point_v<Value>) {
        out = value.is_number() ? value.get<Value>() : out;
    } else {
        out = value.is_number_unsigned() ? value.get<Value>() : out;
    }
}

} // namespace

bool GenerationSettings::operator==(const GenerationSettings& other) const
{
    return toJson(*this) == toJson(other);
}

std::string_view thinkingName(engine::ThinkingMode mode)
{
    for (const auto& [known, name] : kModes) {
        if (known == mode) {
            return name;
        }
    }
    return {};
}

std::optional<engine::ThinkingMode> thinkingFromName(std::string_view name)
{
    for (const auto& [mode, known] : kModes) {
        if (known == name) {
            return mode;
        }
    }
    return std::nullopt;
}

engine::ThinkingMode defaultThinking(engine::EffortFamily family)
{
    return family == engine::EffortFamily::refresh0731 ? engine::ThinkingMode::low
                                                       : engine::ThinkingMode::high;
}

Json toJson(const GenerationSettings& settings)
{
    return Json{{"thinking", settings.thinking ? Json(thinkingName(*settings.thinking)) : Json()},
                {"temperature", settings.sampling.temperature},
                {"top_p", settings.sampling.topP},
                {"min_p", settings.sampling.minP},
                {"seed", settings.sampling.seed},
                {"max_tokens", settings.maxTokens},
                {"speculative", settings.speculative},
                {"draft_tokens", settings.draftTokens},
                {"system", settings.system}};
}

Result<GenerationSettings> loadGenerationSettings(storage::SessionFile& file)
{
    auto stored = file.value(kValueName);
    if (!stored) {
        return passOn(stored.error());
    }
    const GenerationSettings defaults;
    GenerationSettings settings;
    const Json json = *stored ? Json::parse(**stored, nullptr, false) : Json();
    if (!json.is_object()) {
        return settings;
    }
    std::string thinking;
    take(json, "thinking", thinking);
    settings.thinking = thinkingFromName(thinking);
    take(json, "temperature", settings.sampling.temperature);
    take(json, "top_p", settings.sampling.topP);
    take(json, "min_p", settings.sampling.minP);
    take(json, "seed", settings.sampling.seed);
    take(json, "max_tokens", settings.maxTokens);
    take(json, "speculative", settings.speculative);
    take(json, "draft_tokens", settings.draftTokens);
    take(json, "system", settings.system);
    if (!engine::Sampler::create(settings.sampling)) {
        settings.sampling = defaults.sampling;
    }
    return settings;
}

Result<void> storeGenerationSettings(storage::SessionFile& file, const GenerationSettings& settings)
{
    auto stored = file.setValue(kValueName, dump(toJson(settings)));
    if (!stored) {
        return passOn(stored.error());
    }
    return {};
}

} // namespace app
