// SPDX-License-Identifier: GPL-3.0-or-later
#include "model/safetensors.h"

#include <cerrno>
#include <cstring>
#include <fstream>
#include <optional>
#include <set>

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <nlohmann/json.hpp>

namespace engine {

namespace {

constexpr std::size_t kLengthBytes = 8;
constexpr std::size_t kLargestHeader = std::size_t{512} << 20U; // the format itself allows 100 MB

std::optional<DType> parseDType(const std::string& name)
{
    if (name == "F32")
        return DType::f32;
    if (name == "BF16")
        return DType::bf16;
    if (name == "F8_E4M3")
        return DType::f8e4m3;
    if (name == "F8_E8M0")
        return DType::f8e8m0;
    if (name == "I8" || name == "U8")
        return DType::i8;
    if (name == "I32")
        return DType::i32;
    if (name == "I64")
        return DType::i64;
    return std::nullopt;
}

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
        const int descriptor = ::open(file.c_str(), O_RDONLY | O_CLOEXEC);
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
        if (size < kLengthBytes) {
            ::close(descriptor);
            return fail(
                ErrorCode::badInput,
                fmt::format("{}: wanted a safetensors file, found {} bytes", file.string(), size));
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

namespace {

/// Reads one entry of the header; the message says what is wrong with it.
Result<TensorView> parseEntry(const std::string& name, const nlohmann::json& entry,
                              std::span<const std::byte> data)
{
    const auto bad = [&](const std::string& what) {
        return fail(ErrorCode::badInput, fmt::format("tensor {}: {}", name, what));
    };
    if (!entry.is_object() || !entry.contains("dtype") || !entry.contains("shape") ||
        !entry.contains("data_offsets"))
        return bad("wanted dtype, shape and data_offsets");
    if (!entry["dtype"].is_string() || !entry["shape"].is_array() ||
        !entry["data_offsets"].is_array() || entry["data_offsets"].size() != 2)
        return bad("dtype, shape or data_offsets is of the wrong kind");
    const auto typeName = entry["dtype"].get<std::string>();
    const auto type = parseDType(typeName);
    if (!type)
        return bad(fmt::format("wanted F32, BF16, F8_E4M3, F8_E8M0, I8, U8, I32 or I64, found {}",
                               typeName));
    TensorView view;
    view.name = name;
    view.type = *type;
    std::size_t wanted = blockLayout(*type).bytes;
    for (const auto& extent : entry["shape"]) {
        if (!extent.is_number_unsigned())
            return bad("shape holds something that is no size");
        const auto value = extent.get<std::size_t>();
        if (value != 0 && wanted > data.size() / value + 1)
            return bad(fmt::format("shape {} is larger than the file", entry["shape"].dump()));
        wanted *= value;
        view.shape.push_back(value);
    }
    if (!entry["data_offsets"][0].is_number_unsigned() ||
        !entry["data_offsets"][1].is_number_unsigned())
        return bad("data_offsets holds something that is no offset");
    const auto begin = entry["data_offsets"][0].get<std::size_t>();
    const auto end = entry["data_offsets"][1].get<std::size_t>();
    if (begin > end || end > data.size())
        return bad(fmt::format("wanted bytes {} to {}, the file holds {} (truncated?)", begin, end,
                               data.size()));
    if (end - begin != wanted)
        return bad(fmt::format("{} {} needs {} bytes, found {}", typeName, shapeText(view.shape),
                               wanted, end - begin));
    view.bytes = data.subspan(begin, end - begin);
    return view;
}

} // namespace

Result<void> Checkpoint::addFile(const std::filesystem::path& file)
{
    auto mapping = std::make_unique<Mapping>();
    mapping->file = file;
    if (auto mapped = mapping->map(); !mapped)
        return tl::unexpected(mapped.error());
    std::uint64_t headerBytes = 0;
    std::memcpy(&headerBytes, mapping->data, kLengthBytes);
    if (headerBytes > kLargestHeader || headerBytes > mapping->size - kLengthBytes)
        return fail(ErrorCode::badInput,
                    fmt::format("{}: wanted a safetensors header, found a length of {} in a file "
                                "of {} bytes",
                                file.string(), headerBytes, mapping->size));
    const auto* text = reinterpret_cast<const char*>(mapping->data + kLengthBytes);
    const auto header = nlohmann::json::parse(text, text + headerBytes, nullptr, false);
    if (!header.is_object())
        return fail(ErrorCode::badInput,
                    fmt::format("{}: the safetensors header is no JSON object", file.string()));
    const std::span<const std::byte> data(mapping->data + kLengthBytes + headerBytes,
                                          mapping->size - kLengthBytes - headerBytes);
    for (const auto& [name, entry] : header.items()) {
        if (name == "__metadata__")
            continue;
        auto view = parseEntry(name, entry, data);
        if (!view)
            return fail(view.error().code,
                        fmt::format("{}: {}", file.string(), view.error().message));
        view->file = &mapping->file;
        m_storedBytes += view->bytes.size();
        if (!m_tensors.emplace(name, std::move(*view)).second)
            return fail(ErrorCode::badInput,
                        fmt::format("{}: tensor {} is there twice", file.string(), name));
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

Result<std::shared_ptr<const Checkpoint>>
Checkpoint::openDirectory(const std::filesystem::path& directory)
{
    const auto index = directory / "model.safetensors.index.json";
    const auto single = directory / "model.safetensors";
    std::error_code ignored;
    std::set<std::string> shards;
    if (std::filesystem::exists(index, ignored)) {
        std::ifstream stream(index);
        const auto json = nlohmann::json::parse(stream, nullptr, false);
        if (!json.is_object() || !json.contains("weight_map") || !json["weight_map"].is_object())
            return fail(ErrorCode::badInput,
                        fmt::format("{}: wanted an object weight_map", index.string()));
        for (const auto& [name, shard] : json["weight_map"].items()) {
            if (!shard.is_string() || shard.get<std::string>().find('/') != std::string::npos)
                return fail(ErrorCode::badInput, fmt::format("{}: the shard of {} is no file name",
                                                             index.string(), name));
            shards.insert(shard.get<std::string>());
        }
    } else if (std::filesystem::exists(single, ignored)) {
        shards.insert("model.safetensors");
    } else {
        return fail(ErrorCode::io,
                    fmt::format("{}: wanted model.safetensors or model.safetensors.index.json, "
                                "found neither",
                                directory.string()));
    }
    auto checkpoint = std::shared_ptr<Checkpoint>(new Checkpoint);
    checkpoint->m_path = directory;
    for (const auto& shard : shards) {
        if (auto added = checkpoint->addFile(directory / shard); !added)
            return tl::unexpected(added.error());
    }
    return checkpoint;
}

const TensorView* Checkpoint::find(const std::string& name) const
{
    const auto found = m_tensors.find(name);
    return found == m_tensors.end() ? nullptr : &found->second;
}

} // namespace engine
