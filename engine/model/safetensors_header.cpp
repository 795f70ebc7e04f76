// SPDX-License-Identifier: GPL-3.0-or-later
#include "model/safetensors_header.h"

#include <algorithm>
#include <cstring>
#include <optional>

#include <fmt/format.h>

#include "text/checked_json.h"
#include "text/json_message.h"

namespace engine {

namespace {

using nlohmann::json;

constexpr std::size_t kLengthBytes = 8;
constexpr std::size_t kLargestHeader = std::size_t{512} << 20U; // the format itself allows 100 MB
constexpr std::size_t kMostDims = 8;

std::optional<DType> parseDType(const std::string& name)
{
    if (name == "F32")
        return DType::f32;
    if (name == "F16")
        return DType::f16;
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

/// Bytes that `shape` needs; nothing where that is more than `most`.
std::optional<std::size_t> bytesOf(DType type, std::span<const std::size_t> shape, std::size_t most)
{
    std::size_t bytes = blockLayout(type).bytes;
    if (std::find(shape.begin(), shape.end(), std::size_t{0}) != shape.end())
        return 0;
    for (const std::size_t extent : shape) {
        if (bytes > most / extent)
            return std::nullopt;
        bytes *= extent;
    }
    return bytes;
}

/// One entry of the header.
class EntryReader
{
public:
    EntryReader(const std::string& name, const json& entry, std::span<const std::byte> data)
        : m_name(name), m_entry(entry), m_data(data)
    {
    }

    Result<TensorView> read()
    {
        const json* type = member(m_entry, "dtype");
        if (type == nullptr || !type->is_string())
            return wrong("dtype", "a type's name", type);
        const auto known = parseDType(type->get<std::string>());
        if (!known)
            return wrong("dtype", "F32, F16, BF16, F8_E4M3, F8_E8M0, I8, U8, I32 or I64", type);
        m_view.name = m_name;
        m_view.type = *known;
        const auto shape = sizes("shape", 0, kMostDims);
        if (!shape)
            return tl::unexpected(shape.error());
        m_view.shape = *shape;
        const auto offsets = sizes("data_offsets", 2, 2);
        if (!offsets)
            return tl::unexpected(offsets.error());
        return place((*offsets)[0], (*offsets)[1]);
    }

private:
    tl::unexpected<Error> wrong(const char* key, std::string_view wanted, const json* found) const
    {
        return fail(ErrorCode::badInput, fmt::format("tensor {}: {}: wanted {}, found {}", m_name,
                                                     key, wanted, shown(found)));
    }

    Result<std::vector<std::size_t>> sizes(const char* key, std::size_t least,
                                           std::size_t most) const
    {
        const json* list = member(m_entry, key);
        if (list == nullptr || !list->is_array() || list->size() < least || list->size() > most)
            return wrong(key, fmt::format("an array of {} to {} numbers", least, most), list);
        std::vector<std::size_t> values;
        for (const json& value : *list) {
            if (!value.is_number_unsigned())
                return wrong(key, "whole numbers from 0", &value);
            values.push_back(value.get<std::size_t>());
        }
        return values;
    }

    Result<TensorView> place(std::size_t begin, std::size_t end)
    {
        const auto bad = [&](const std::string& what) {
            return fail(ErrorCode::badInput, fmt::format("tensor {}: {}", m_name, what));
        };
        if (begin > end || end > m_data.size())
            return bad(fmt::format("wanted bytes {} to {}, the file holds {} (truncated?)", begin,
                                   end, m_data.size()));
        const auto needed = bytesOf(m_view.type, m_view.shape, m_data.size());
        if (!needed)
            return bad(
                fmt::format("shape {} is larger than the file, which holds {} bytes of tensors",
                            shapeText(m_view.shape), m_data.size()));
        if (*needed != end - begin)
            return bad(fmt::format("{} {} needs {} bytes, found {}", dtypeName(m_view.type),
                                   shapeText(m_view.shape), *needed, end - begin));
        m_view.bytes = m_data.subspan(begin, end - begin);
        return std::move(m_view);
    }

    const std::string& m_name;
    const json& m_entry;
    std::span<const std::byte> m_data;
    TensorView m_view;
};

/// One after another, without holes: a hole is a tensor that the header has lost.
Result<void> checkCover(const std::vector<TensorView>& tensors, std::span<const std::byte> data)
{
    std::vector<const TensorView*> order;
    for (const TensorView& tensor : tensors)
        order.push_back(&tensor);
    std::sort(order.begin(), order.end(), [](const TensorView* a, const TensorView* b) {
        return std::pair(a->bytes.data(), a->bytes.size()) <
               std::pair(b->bytes.data(), b->bytes.size());
    });
    std::size_t end = 0;
    const TensorView* last = nullptr;
    for (const TensorView* tensor : order) {
        const auto begin = static_cast<std::size_t>(tensor->bytes.data() - data.data());
        if (begin < end && !tensor->bytes.empty())
            return fail(ErrorCode::badInput,
                        fmt::format("tensor {}: wanted bytes of its own, found that {} shares them",
                                    tensor->name, last->name));
        if (begin > end)
            return fail(ErrorCode::badInput,
                        fmt::format("tensor {}: wanted it to begin at byte {}, found {}",
                                    tensor->name, end, begin));
        end = std::max(end, begin + tensor->bytes.size());
        last = tensor;
    }
    if (end != data.size())
        return fail(ErrorCode::badInput,
                    fmt::format("wanted {} bytes after the header, found {}", end, data.size()));
    return {};
}

} // namespace

Result<std::vector<TensorView>> parseSafetensors(std::span<const std::byte> file)
{
    if (file.size() < kLengthBytes)
        return fail(ErrorCode::badInput,
                    fmt::format("wanted a safetensors file, found {} bytes", file.size()));
    std::uint64_t headerBytes = 0;
    std::memcpy(&headerBytes, file.data(), kLengthBytes);
    if (headerBytes > kLargestHeader || headerBytes > file.size() - kLengthBytes)
        return fail(ErrorCode::badInput,
                    fmt::format("wanted a safetensors header, found a length of {} in a file of {} "
                                "bytes",
                                headerBytes, file.size()));
    const auto header = parseJsonOfUniqueKeys(
        {reinterpret_cast<const char*>(file.data() + kLengthBytes), headerBytes});
    if (!header)
        return fail(ErrorCode::badInput,
                    fmt::format("the safetensors header: {}", header.error().message));
    if (!header->is_object())
        return wrongValue(ErrorCode::badInput, "the safetensors header", "a JSON object", &*header);
    const auto data = file.subspan(kLengthBytes + headerBytes);
    std::vector<TensorView> tensors;
    for (const auto& [name, entry] : header->items()) {
        if (name == "__metadata__")
            continue;
        auto view = EntryReader(name, entry, data).read();
        if (!view)
            return tl::unexpected(view.error());
        tensors.push_back(std::move(*view));
    }
    if (auto covered = checkCover(tensors, data); !covered)
        return tl::unexpected(covered.error());
    return tensors;
}

Result<std::map<std::string, std::string>> parseShardIndex(std::string_view text)
{
    const auto root = parseJsonOfUniqueKeys(text);
    if (!root)
        return tl::unexpected(root.error());
    const json* map = member(*root, "weight_map");
    if (map == nullptr || !map->is_object() || map->empty())
        return wrongValue(ErrorCode::badInput, "weight_map", "an object that names tensors", map);
    std::map<std::string, std::string> shards;
    for (const auto& [name, shard] : map->items()) {
        const bool isName = shard.is_string() && !shard.get<std::string>().empty() &&
                            shard.get<std::string>().find_first_of(std::string_view("/\\\0", 3)) ==
                                std::string::npos &&
                            shard != "." && shard != "..";
        if (!isName)
            return wrongValue(ErrorCode::badInput, "weight_map." + name,
                              "the name of a file in the same folder", &shard);
        shards.emplace(name, shard.get<std::string>());
    }
    return shards;
}

} // namespace engine
