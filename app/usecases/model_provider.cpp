// SPDX-License-Identifier: GPL-3.0-or-later
#include "usecases/model_provider.h"

#include <fmt/format.h>

#include "engine/model_tokenizer.h"
#include "engine/session.h"
#include "engine/tokenizer_match.h"
#include "ingest/read_document.h"
#include "usecases/error_mapping.h"
#include "usecases/locations.h"

namespace app {
namespace fs = std::filesystem;

namespace {

// Of the cache format and of the way documents are laid out on the timeline (timeline.h).
std::string cacheFormat(const engine::ModelConfig& config)
{
    const auto options = engine::SessionOptions::forModel(config);
    return options.format == engine::CacheFormat::packed ? "packed-1" : "compact-1";
}

std::string numerics(const engine::ModelConfig& config)
{
    if (config.numerics == engine::NumericMode::float32) {
        return "cpu";
    }
    return fmt::format("cpu-{}", engine::numericModeName(config.numerics));
}

Result<LoadedModel> load(const fs::path& folder)
{
    auto model = engine::Model::open(folder);
    if (!model) {
        return passOn(model.error());
    }
    auto tokenizer = engine::openModelTokenizer(folder);
    if (!tokenizer) {
        return passOn(tokenizer.error());
    }
    if (auto fits =
            engine::checkTokenizer(*tokenizer->tokenizer, (*model)->config(), tokenizer->file);
        !fits) {
        return passOn(fits.error());
    }
    // Another tokenizer gives other tokens for the same text, so it is part of the identity.
    ingest::Result<std::string> tokenizerHash = tokenizer->digest;
    if (tokenizer->digest.empty()) {
        tokenizerHash = ingest::hashFile(tokenizer->file);
    }
    if (!tokenizerHash) {
        return passOn(tokenizerHash.error());
    }
    LoadedModel loaded{std::move(*model), std::move(tokenizer->tokenizer), {}};
    loaded.identity = {modelName(*loaded.model),
                       loaded.model->fingerprint() + "-" + tokenizerHash->substr(0, 16),
                       cacheFormat(loaded.model->config()), numerics(loaded.model->config())};
    return loaded;
}

std::string shortened(const std::string& fingerprint)
{
    return fingerprint.size() <= 12 ? fingerprint : fingerprint.substr(0, 12) + "…";
}

} // namespace

ModelProvider::ModelProvider(fs::path wanted) : m_wanted(std::move(wanted)) {}

Result<LoadedModel> ModelProvider::get()
{
    const std::scoped_lock lock(m_mutex);
    if (!m_loaded) {
        auto folder = findModel(m_wanted);
        if (!folder) {
            return passOn(folder.error());
        }
        auto loaded = load(*folder);
        if (!loaded) {
            return passOn(loaded.error());
        }
        m_loaded = std::make_unique<LoadedModel>(std::move(*loaded));
    }
    return *m_loaded;
}

std::string modelName(const engine::Model& model)
{
    const auto millions = (model.parameterCount() + 500'000) / 1'000'000;
    const std::string size = millions >= 10'000 ? fmt::format("{}B", (millions + 500) / 1'000)
                                                : fmt::format("{}M", millions);
    if (isBuiltInModel(model.directory())) {
        return fmt::format("Lectern built-in ({})", size);
    }
    std::error_code error;
    if (model.directory().extension() == ".gguf") {
        return fmt::format("{} ({})", model.directory().stem().string(), size);
    }
    const fs::path folder = fs::weakly_canonical(model.directory() / "config.json", error);
    return fmt::format("{} ({})", folder.parent_path().filename().string(), size);
}

std::string identityDifference(const storage::ModelIdentity& stored,
                               const storage::ModelIdentity& present)
{
    if (stored.fingerprint != present.fingerprint) {
        return fmt::format("it was read with the model “{}” (fingerprint {}), the model at hand "
                           "is “{}” (fingerprint {})",
                           stored.name, shortened(stored.fingerprint), present.name,
                           shortened(present.fingerprint));
    }
    if (stored.cacheFormat != present.cacheFormat) {
        return fmt::format("its cache has the format {}, this program reads {}", stored.cacheFormat,
                           present.cacheFormat);
    }
    return {};
}

} // namespace app
