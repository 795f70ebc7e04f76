// SPDX-License-Identifier: GPL-3.0-or-later
#include "model/safetensors.h"

#include <cerrno>
#include <cstring>

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "model/safetensors_header.h"
#include "text/checked_json.h"

namespace engine {

namespace {

// The index of 46 shards and 69,187 tensors has 5 MB.
constexpr std::size_t kLargestIndex = std::size_t{256} << 20U;

} // namespace

std::string shapeText(std::span<const std::size_t> shape)
{
    return fmt::format("[{}]", fmt::join(shape, ", "));
}

struct Checkpoint::Mapping
{
    std::filesystem::path file;
    const std::byte* data = nullptr;
    std::size_t size = 0;

    Mapping() = default;
    Mapping(const Mapping&) = delete;
    Mapping& operator=(const Mapping&) = delete;
    ~Mapping()
    {
        if (data != nullptr)
            ::munmap(const_cast<std::byte*>(data), size);
    }

    Result<void> map()
    {
        // Without O_NONBLOCK a named pipe of that name would be waited for.
        const int descriptor = ::open(file.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
        if (descriptor < 0)
            return fail(ErrorCode::io,
                        fmt::format("{}: cannot be opened: {}", file.string(), strerror(errno)));
        struct stat status = {};
        if (::fstat(descriptor, &status) != 0 || status.st_size < 0) {
            ::close(descriptor);
            return fail(ErrorCode::io,
                        fmt::format("{}: size unknown: {}", file.string(), strerror(errno)));
        }
        size = static_cast<std::size_t>(status.st_size);
        if (!S_ISREG(status.st_mode) || size == 0) {
            ::close(descriptor);
            return fail(ErrorCode::badInput,
                        fmt::format("{}: wanted a safetensors file, found {}", file.string(),
                                    S_ISREG(status.st_mode) ? "0 bytes" : "no regular file"));
        }
        void* address = ::mmap(nullptr, size, PROT_READ, MAP_PRIVATE, descriptor, 0);
        ::close(descriptor);
        if (address == MAP_FAILED)
            return fail(ErrorCode::io,
                        fmt::format("{}: cannot be mapped: {}", file.string(), strerror(errno)));
        data = static_cast<const std::byte*>(address);
        return {};
    }
};

Checkpoint::Checkpoint() = default;
Checkpoint::~Checkpoint() = default;

Result<void> Checkpoint::addFile(const std::filesystem::path& file)
{
    auto mapping = std::make_unique<Mapping>();
    mapping->file = file;
    if (auto mapped = mapping->map(); !mapped)
        return tl::unexpected(mapped.error());
    auto tensors = parseSafetensors({mapping->data, mapping->size});
    if (!tensors)
        return fail(tensors.error().code,
                    fmt::format("{}: {}", file.string(), tensors.error().message));
    for (TensorView& view : *tensors) {
        view.file = &mapping->file;
        m_storedBytes += view.bytes.size();
        const std::string name = view.name;
        const auto [place, isNew] = m_tensors.emplace(name, std::move(view));
        if (!isNew)
            return fail(ErrorCode::badInput,
                        fmt::format("{}: tensor {}: wanted once, found in {} too", file.string(),
                                    name, place->second.file->string()));
    }
    m_mappings.push_back(std::move(mapping));
    return {};
}

Result<std::shared_ptr<const Checkpoint>> Checkpoint::openFile(const std::filesystem::path& file)
{
    auto checkpoint = std::shared_ptr<Checkpoint>(new Checkpoint);
    checkpoint->m_path = file;
    if (auto added = checkpoint->addFile(file); !added)
        return tl::unexpected(added.error());
    return checkpoint;
}

Result<void> Checkpoint::addShards(const std::filesystem::path& index)
{
    const auto wrong = [&](const std::string& what) {
        return fail(ErrorCode::badInput, fmt::format("{}: {}", index.string(), what));
    };
    const auto text = readSmallFile(index, "the list of shards", kLargestIndex);
    if (!text)
        return tl::unexpected(text.error());
    const auto shardOf = parseShardIndex(*text);
    if (!shardOf)
        return wrong(shardOf.error().message);
    std::map<std::string, std::string> firstTensorOf;
    for (const auto& [name, shard] : *shardOf)
        firstTensorOf.emplace(shard, name);
    std::error_code ignored;
    for (const auto& [shard, tensor] : firstTensorOf) {
        const auto file = index.parent_path() / shard;
        if (!std::filesystem::exists(file, ignored))
            return wrong(
                fmt::format("weight_map.{}: wanted the file {}, found none", tensor, shard));
        if (auto added = addFile(file); !added)
            return added;
    }
    for (const auto& [name, shard] : *shardOf) {
        const TensorView* tensor = find(name);
        if (tensor == nullptr || tensor->file->filename() != shard)
            return wrong(
                fmt::format("weight_map.{}: wanted the tensor in {}, found it {}", name, shard,
                            tensor == nullptr ? std::string("nowhere")
                                              : "in " + tensor->file->filename().string()));
    }
    return {};
}

Result<std::shared_ptr<const Checkpoint>>
Checkpoint::openDirectory(const std::filesystem::path& directory)
{
    const auto index = directory / "model.safetensors.index.json";
    const auto single = directory / "model.safetensors";
    std::error_code ignored;
    auto checkpoint = std::shared_ptr<Checkpoint>(new Checkpoint);
    checkpoint->m_path = directory;
    Result<void> added;
    if (std::filesystem::exists(index, ignored))
        added = checkpoint->addShards(index);
    else if (std::filesystem::exists(single, ignored))
        added = checkpoint->addFile(single);
    else
        added = fail(ErrorCode::badInput,
                     fmt::format("{}: wanted model.safetensors or model.safetensors.index.json, "
                                 "found neither",
                                 directory.string()));
    if (!added)
        return tl::unexpected(added.error());
    return checkpoint;
}

const TensorView* Checkpoint::find(const std::string& name) const
{
    const auto found = m_tensors.find(name);
    return found == m_tensors.end() ? nullptr : &found->second;
}

} // namespace engine
