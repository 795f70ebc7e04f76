// SPDX-License-Identifier: GPL-3.0-or-later
#include "model/model_files.h"

#include <fmt/format.h>
#include <nlohmann/json.hpp>
#include <xxhash.h>

#include "engine/model_tokenizer.h"
#include "engine/tokenizer.h"
#include "model/gguf.h"
#include "model/split_files.h"

namespace engine {

namespace fs = std::filesystem;

namespace {

Result<ModelConfig> configOf(const Checkpoint& checkpoint)
{
    const std::string file = checkpoint.path().string();
    auto json = configFromGguf(*checkpoint.ggufMetadata(), checkpoint.numMtpBlocks());
    auto config = json ? ModelConfig::parse(json->dump()) : tl::unexpected(json.error());
    if (!config)
        return fail(config.error().code, fmt::format("{}: {}", file, config.error().message));
    return config;
}

} // namespace

fs::path ggufAt(const fs::path& path)
{
    std::error_code ignored;
    if (fs::is_directory(path, ignored))
        return ggufIn(path);
    return path.extension() == ".gguf" ? path : fs::path();
}

Result<ModelFiles> openModelFiles(const fs::path& path, std::vector<Error>* problems)
{
    ModelFiles files;
    const fs::path gguf = ggufAt(path);
    files.directory = gguf.empty() ? path : gguf.parent_path();
    if (gguf.empty()) {
        auto config = ModelConfig::read(path / "config.json");
        if (!config)
            return tl::unexpected(config.error());
        files.config = std::move(*config);
    }
    auto checkpoint =
        gguf.empty() ? Checkpoint::openDirectory(path, problems) : Checkpoint::open(gguf, problems);
    if (!checkpoint)
        return tl::unexpected(checkpoint.error());
    files.checkpoint = std::move(*checkpoint);
    if (!gguf.empty()) {
        auto config = configOf(*files.checkpoint);
        if (!config)
            return tl::unexpected(config.error());
        files.config = std::move(*config);
    }
    return files;
}

Result<ModelTokenizer> openModelTokenizer(const fs::path& path)
{
    const fs::path gguf = ggufAt(path);
    ModelTokenizer found;
    found.file = (gguf.empty() ? path : gguf.parent_path()) / "tokenizer.json";
    std::error_code ignored;
    if (gguf.empty() || fs::exists(found.file, ignored)) {
        auto tokenizer = Tokenizer::open(found.file);
        if (!tokenizer)
            return tl::unexpected(tokenizer.error());
        found.tokenizer = std::move(*tokenizer);
        return found;
    }
    found.file = gguf;
    auto checkpoint = Checkpoint::open(gguf);
    if (!checkpoint)
        return tl::unexpected(checkpoint.error());
    auto json = tokenizerFromGguf(*(*checkpoint)->ggufMetadata());
    if (!json)
        return fail(json.error().code, fmt::format("{}: {}", gguf.string(), json.error().message));
    const std::string text = json->dump();
    auto tokenizer = Tokenizer::parse(text, gguf.string());
    if (!tokenizer)
        return tl::unexpected(tokenizer.error());
    found.tokenizer = std::move(*tokenizer);
    const XXH128_hash_t hash = XXH3_128bits(text.data(), text.size());
    found.digest = fmt::format("{:016x}{:016x}", hash.high64, hash.low64);
    return found;
}

} // namespace engine
