// SPDX-License-Identifier: GPL-3.0-or-later
#include "model/checkpoint.h"

#include <algorithm>
#include <cstring>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "model/gguf.h"
#include "model/mapped_file.h"
#include "model/safetensors_header.h"
#include "model/split_files.h"
#include "model/tensor_names.h"
#include "text/checked_json.h"

namespace engine {

namespace fs = std::filesystem;

namespace {

Error inFile(const fs::path& file, const Error& error)
{
    return {error.code, fmt::format("{}: {}", file.string(), error.message)};
}

// The index of 46 shards and 69,187 tensors has 5 MB.
constexpr std::size_t kLargestIndex = std::size_t{256} << 20U;

/// Tensors by the shard that holds them.
using Shards = std::map<std::string, std::vector<std::string>>;

Result<Shards> readIndex(const fs::path& index)
{
    const auto text = readSmallFile(index, "the list of shards", kLargestIndex);
    if (!text)
        return tl::unexpected(text.error());
    const auto shardOf = parseShardIndex(*text);
    if (!shardOf)
        return tl::unexpected(inFile(index, shardOf.error()));
    Shards shards;
    for (const auto& [name, shard] : *shardOf)
        shards[shard].push_back(name);
    return shards;
}

/// A tensor of the columns [begin, begin + count) of a matrix, copied: they are no view.
std::vector<std::byte> copiedColumns(const TensorView& matrix, std::size_t begin, std::size_t count)
{
    const std::size_t rowBytes = storedBytes(matrix.type, matrix.shape[1]);
    const std::size_t first = storedBytes(matrix.type, begin);
    const std::size_t size = storedBytes(matrix.type, count);
    std::vector<std::byte> columns(matrix.shape[0] * size);
    for (std::size_t row = 0; row < matrix.shape[0]; ++row)
        std::memcpy(columns.data() + row * size, matrix.bytes.data() + row * rowBytes + first,
                    size);
    return columns;
}

} // namespace

std::string shapeText(std::span<const std::size_t> shape)
{
    return fmt::format("[{}]", fmt::join(shape, ", "));
}

Checkpoint::Checkpoint() = default;
Checkpoint::~Checkpoint() = default;

Result<void> Checkpoint::add(std::string name, TensorView view)
{
    const std::string file = view.file->string();
    const auto [at, isNew] = m_tensors.try_emplace(std::move(name), std::move(view));
    if (!isNew)
        return fail(ErrorCode::badInput, fmt::format("{}: tensor {}: wanted once, found in {} too",
                                                     file, at->first, at->second.file->string()));
    return {};
}

Result<void> Checkpoint::addSafetensors(const fs::path& file, bool asTheyAre,
                                        std::set<std::string>* names)
{
    auto mapped = MappedFile::open(file);
    if (!mapped)
        return tl::unexpected(mapped.error());
    auto views = parseSafetensors((*mapped)->bytes());
    if (!views)
        return tl::unexpected(inFile(file, views.error()));
    for (TensorView& view : *views) {
        view.file = &(*mapped)->path();
        m_storedBytes += view.bytes.size();
        if (names != nullptr)
            names->insert(view.name);
        std::vector<NamedTensor> parts;
        if (asTheyAre)
            parts.emplace_back(view.name, view);
        else
            parts = officialTensors(std::move(view));
        for (auto& [name, part] : parts) {
            if (auto added = add(std::move(name), std::move(part)); !added)
                return added;
        }
    }
    m_files.push_back(std::move(*mapped));
    return {};
}

Result<std::shared_ptr<const Checkpoint>> Checkpoint::openFile(const fs::path& file)
{
    auto checkpoint = std::shared_ptr<Checkpoint>(new Checkpoint);
    checkpoint->m_path = file;
    if (auto added = checkpoint->addSafetensors(file, true, nullptr); !added)
        return tl::unexpected(added.error());
    return checkpoint;
}

Result<std::shared_ptr<const Checkpoint>> Checkpoint::open(const fs::path& path,
                                                           std::vector<Error>* problems)
{
    std::error_code ignored;
    if (fs::is_directory(path, ignored)) {
        if (const auto gguf = ggufIn(path); !gguf.empty())
            return openGguf(gguf, problems);
        return openDirectory(path, problems);
    }
    auto mapped = MappedFile::open(path);
    if (!mapped)
        return tl::unexpected(mapped.error());
    if (isGguf((*mapped)->bytes()) || path.extension() == ".gguf")
        return openGguf(path, problems);
    auto checkpoint = std::shared_ptr<Checkpoint>(new Checkpoint);
    checkpoint->m_path = path;
    if (auto added = checkpoint->addSafetensors(path, false, nullptr); !added)
        return tl::unexpected(added.error());
    return checkpoint;
}

/// One shard of an index and the tensors that it should hold. With `problems` what is wrong is
/// noted there.
Result<void> Checkpoint::addShard(const fs::path& index, const std::string& shard,
                                  const std::vector<std::string>& listed,
                                  std::vector<Error>* problems)
{
    const auto wrong = [&](const std::string& tensor, const std::string& what) -> Result<void> {
        Error error{ErrorCode::badInput,
                    fmt::format("{}: weight_map.{}: {}", index.string(), tensor, what)};
        if (problems == nullptr)
            return tl::unexpected(std::move(error));
        problems->push_back(std::move(error));
        return {};
    };
    const fs::path file = index.parent_path() / shard;
    std::error_code ignored;
    if (!fs::exists(file, ignored))
        return wrong(listed.front(), fmt::format("wanted the file {}, found none", shard));
    std::set<std::string> names;
    if (auto added = addSafetensors(file, false, &names); !added) {
        if (problems == nullptr)
            return added;
        problems->push_back(added.error());
        return {};
    }
    for (const std::string& name : listed) {
        if (names.contains(name))
            continue;
        auto noted = wrong(name, fmt::format("wanted the tensor in {}, found it nowhere", shard));
        if (!noted)
            return noted;
    }
    return {};
}

Result<std::shared_ptr<const Checkpoint>> Checkpoint::openDirectory(const fs::path& directory,
                                                                    std::vector<Error>* problems)
{
    const auto index = directory / "model.safetensors.index.json";
    const auto single = directory / "model.safetensors";
    std::error_code ignored;
    auto checkpoint = std::shared_ptr<Checkpoint>(new Checkpoint);
    checkpoint->m_path = directory;
    if (fs::exists(index, ignored)) {
        const auto shards = readIndex(index);
        if (!shards)
            return tl::unexpected(shards.error());
        for (const auto& [shard, listed] : *shards) {
            if (auto added = checkpoint->addShard(index, shard, listed, problems); !added)
                return tl::unexpected(added.error());
        }
        return checkpoint;
    }
    if (!fs::exists(single, ignored))
        return fail(ErrorCode::badInput,
                    fmt::format("{}: wanted model.safetensors, model.safetensors.index.json or one "
                                "GGUF file, found none",
                                directory.string()));
    if (auto added = checkpoint->addSafetensors(single, false, nullptr); !added)
        return tl::unexpected(added.error());
    return checkpoint;
}

Result<void> Checkpoint::addGguf(const fs::path& file, std::vector<TensorView>& stored)
{
    auto mapped = MappedFile::open(file);
    if (!mapped)
        return tl::unexpected(mapped.error());
    auto parsed = parseGguf((*mapped)->bytes());
    if (!parsed)
        return tl::unexpected(inFile(file, parsed.error()));
    for (TensorView& view : parsed->tensors) {
        view.file = &(*mapped)->path();
        m_storedBytes += view.bytes.size();
        stored.push_back(std::move(view));
    }
    if (!m_metadata)
        m_metadata = std::make_unique<GgufMetadata>(std::move(parsed->metadata));
    m_files.push_back(std::move(*mapped));
    return {};
}

Result<std::shared_ptr<const Checkpoint>> Checkpoint::openGguf(const fs::path& file,
                                                               std::vector<Error>* problems)
{
    auto checkpoint = std::shared_ptr<Checkpoint>(new Checkpoint);
    checkpoint->m_path = file;
    std::vector<TensorView> stored;
    bool isFirst = true;
    for (const fs::path& part : splitFilesOf(file)) {
        auto added = checkpoint->addGguf(part, stored);
        // Without its first file nothing is known of a checkpoint.
        if (!added && (problems == nullptr || isFirst))
            return tl::unexpected(added.error());
        if (!added)
            problems->push_back(added.error());
        isFirst = false;
    }
    if (auto named = checkpoint->nameGgufTensors(std::move(stored)); !named)
        return tl::unexpected(inFile(file, named.error()));
    return checkpoint;
}

/// MTP blocks are counted in block_count where they are in the file, and announced by some
/// converters where they are not: only the tensors tell.
Result<void> Checkpoint::nameGgufTensors(std::vector<TensorView> stored)
{
    const std::int64_t blocks = m_metadata->number("deepseek4.block_count", 0);
    const std::int64_t announced = m_metadata->number("deepseek4.nextn_predict_layers", 0);
    std::int64_t layers = blocks;
    if (announced > 0 && announced < blocks) {
        const std::string first = fmt::format("blk.{}.nextn.", blocks - announced);
        for (const TensorView& view : stored) {
            if (view.name.starts_with(first))
                layers = blocks - announced;
        }
    }
    m_numMtpBlocks = static_cast<std::size_t>(std::max<std::int64_t>(0, blocks - layers));
    for (TensorView& view : stored) {
        for (auto& [name, part] : officialTensorsOfGguf(
                 std::move(view), static_cast<std::size_t>(std::max<std::int64_t>(0, layers)))) {
            if (auto added = add(std::move(name), std::move(part)); !added)
                return added;
        }
    }
    for (std::size_t block = 0; block < m_numMtpBlocks; ++block)
        completeMtpBlock(fmt::format("mtp.{}.", block));
    return {};
}

/// llama.cpp keeps e_proj and h_proj side by side in one matrix, and has the trunk's collapse of
/// the streams, and its last norm where there is no other, stand for the block's own.
void Checkpoint::completeMtpBlock(const std::string& prefix)
{
    const auto both = m_tensors.find(prefix + "eh_proj.weight");
    if (both != m_tensors.end() && both->second.shape.size() == 2 &&
        both->second.shape[1] / 2 % blockLayout(both->second.type).elements == 0 &&
        both->second.shape[1] % 2 == 0) {
        const TensorView whole = both->second;
        const std::size_t columns = whole.shape[1] / 2;
        m_tensors.erase(both);
        for (const std::size_t half : {0U, 1U}) {
            TensorView view = whole;
            view.shape[1] = columns;
            view.name = fmt::format("{}[columns {}/2]", whole.name, half);
            m_made.push_back(copiedColumns(whole, half * columns, columns));
            view.bytes = m_made.back();
            m_tensors.try_emplace(prefix + (half == 0 ? "e_proj.weight" : "h_proj.weight"), view);
        }
    }
    for (const char* name : {"hc_head_fn", "hc_head_base", "hc_head_scale", "norm.weight"}) {
        if (const TensorView* trunk = find(name); trunk != nullptr)
            m_tensors.try_emplace(prefix + name, *trunk);
    }
}

const TensorView* Checkpoint::find(const std::string& name) const
{
    const auto found = m_tensors.find(name);
    return found == m_tensors.end() ? nullptr : &found->second;
}

} // namespace engine
