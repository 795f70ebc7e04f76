// SPDX-License-Identifier: GPL-3.0-or-later
#include "model/gguf.h"

#include <algorithm>
#include <cstring>
#include <optional>

#include <fmt/format.h>

namespace engine {

namespace {

constexpr std::uint32_t kMagic = 0x46554747; // "GGUF"
constexpr std::uint64_t kDefaultAlignment = 32;
constexpr std::size_t kMostExtents = 4;

/// The kinds of a metadata value, as the format numbers them.
enum class Kind : std::uint32_t
{
    u8 = 0,
    i8 = 1,
    u16 = 2,
    i16 = 3,
    u32 = 4,
    i32 = 5,
    f32 = 6,
    boolean = 7,
    text = 8,
    array = 9,
    u64 = 10,
    i64 = 11,
    f64 = 12,
};

/// The format's numbers of the types that are read here.
std::optional<DType> typeOf(std::uint32_t number)
{
    switch (number) {
    case 0:
        return DType::f32;
    case 1:
        return DType::f16;
    case 8:
        return DType::q8_0;
    case 10:
        return DType::q2_k;
    case 12:
        return DType::q4_k;
    case 16:
        return DType::iq2_xxs;
    case 26:
        return DType::i32;
    case 27:
        return DType::i64;
    case 30:
        return DType::bf16;
    case 39:
        return DType::mxfp4;
    default:
        return std::nullopt;
    }
}

/// Takes numbers and texts from the front of the file; once it ran out, it stays failed.
class Cursor
{
public:
    explicit Cursor(std::span<const std::byte> bytes) : m_bytes(bytes) {}

    [[nodiscard]] bool failed() const { return m_failed; }
    [[nodiscard]] std::size_t position() const { return m_position; }
    [[nodiscard]] std::size_t left() const { return m_bytes.size() - m_position; }

    template <typename Number>
    Number take()
    {
        Number value{};
        if (m_failed || left() < sizeof value) {
            m_failed = true;
            return value;
        }
        std::memcpy(&value, m_bytes.data() + m_position, sizeof value);
        m_position += sizeof value;
        return value;
    }

    std::string takeText()
    {
        const auto size = take<std::uint64_t>();
        if (m_failed || size > left()) {
            m_failed = true;
            return {};
        }
        const auto* text = reinterpret_cast<const char*>(m_bytes.data() + m_position);
        m_position += static_cast<std::size_t>(size);
        return {text, static_cast<std::size_t>(size)};
    }

private:
    std::span<const std::byte> m_bytes;
    std::size_t m_position = 0;
    bool m_failed = false;
};

tl::unexpected<Error> truncated(const std::string& where)
{
    return fail(ErrorCode::badInput, fmt::format("{}: the file ends there (truncated?)", where));
}

std::int64_t takeWhole(Cursor& cursor, Kind kind)
{
    switch (kind) {
    case Kind::u8:
        return cursor.take<std::uint8_t>();
    case Kind::i8:
        return cursor.take<std::int8_t>();
    case Kind::u16:
        return cursor.take<std::uint16_t>();
    case Kind::i16:
        return cursor.take<std::int16_t>();
    case Kind::u32:
        return cursor.take<std::uint32_t>();
    case Kind::i32:
        return cursor.take<std::int32_t>();
    case Kind::boolean:
        return cursor.take<std::uint8_t>() != 0 ? 1 : 0;
    default:
        return cursor.take<std::int64_t>();
    }
}

double takeFraction(Cursor& cursor, Kind kind)
{
    return kind == Kind::f32 ? static_cast<double>(cursor.take<float>()) : cursor.take<double>();
}

bool isFraction(Kind kind)
{
    return kind == Kind::f32 || kind == Kind::f64;
}

std::size_t sizeOf(Kind kind)
{
    switch (kind) {
    case Kind::u8:
    case Kind::i8:
    case Kind::boolean:
        return 1;
    case Kind::u16:
    case Kind::i16:
        return 2;
    case Kind::u32:
    case Kind::i32:
    case Kind::f32:
        return 4;
    default:
        return 8; // a text has its length at least
    }
}

Result<GgufValue> takeArray(Cursor& cursor, const std::string& key)
{
    const auto kind = static_cast<Kind>(cursor.take<std::uint32_t>());
    const auto count = cursor.take<std::uint64_t>();
    if (cursor.failed())
        return truncated(fmt::format("metadata {}", key));
    if (kind > Kind::f64 || kind == Kind::array)
        return fail(ErrorCode::unsupported,
                    fmt::format("metadata {}: wanted an array of numbers or texts, found kind {}",
                                key, static_cast<std::uint32_t>(kind)));
    if (count > cursor.left() / sizeOf(kind))
        return truncated(fmt::format("metadata {}: {} entries", key, count));
    const auto fill = [&]<typename Entry>(std::vector<Entry> entries, auto&& next) -> GgufValue {
        entries.reserve(static_cast<std::size_t>(count));
        for (std::uint64_t i = 0; i < count && !cursor.failed(); ++i)
            entries.push_back(next());
        return entries;
    };
    if (kind == Kind::text)
        return fill(std::vector<std::string>(), [&] { return cursor.takeText(); });
    if (isFraction(kind))
        return fill(std::vector<double>(), [&] { return takeFraction(cursor, kind); });
    return fill(std::vector<std::int64_t>(), [&] { return takeWhole(cursor, kind); });
}

Result<GgufValue> takeValue(Cursor& cursor, const std::string& key)
{
    const auto kind = static_cast<Kind>(cursor.take<std::uint32_t>());
    if (kind > Kind::f64)
        return fail(ErrorCode::badInput, fmt::format("metadata {}: wanted a kind from 0 to 12, "
                                                     "found {}",
                                                     key, static_cast<std::uint32_t>(kind)));
    if (kind == Kind::array)
        return takeArray(cursor, key);
    if (kind == Kind::text)
        return GgufValue(cursor.takeText());
    if (kind == Kind::boolean)
        return GgufValue(takeWhole(cursor, kind) != 0);
    if (isFraction(kind))
        return GgufValue(takeFraction(cursor, kind));
    return GgufValue(takeWhole(cursor, kind));
}

Result<GgufMetadata> takeMetadata(Cursor& cursor, std::uint64_t count)
{
    GgufMetadata metadata;
    for (std::uint64_t i = 0; i < count; ++i) {
        std::string key = cursor.takeText();
        if (cursor.failed())
            return truncated(fmt::format("metadata {} of {}", i + 1, count));
        auto value = takeValue(cursor, key);
        if (!value)
            return tl::unexpected(value.error());
        if (cursor.failed())
            return truncated(fmt::format("metadata {}", key));
        metadata.values.insert_or_assign(std::move(key), std::move(*value));
    }
    return metadata;
}

/// A tensor of the table and where its bytes begin behind the table.
struct Entry
{
    TensorView view;
    std::uint64_t offset = 0;
};

Result<Entry> takeEntry(Cursor& cursor, std::uint64_t index)
{
    Entry entry;
    entry.view.name = cursor.takeText();
    const auto extents = cursor.take<std::uint32_t>();
    if (cursor.failed())
        return truncated(fmt::format("tensor {} of the table", index + 1));
    if (entry.view.name.empty())
        return fail(ErrorCode::badInput,
                    fmt::format("tensor {} of the table: wanted a name, found none", index + 1));
    const auto bad = [&](const std::string& what) {
        return fail(ErrorCode::badInput, fmt::format("tensor {}: {}", entry.view.name, what));
    };
    if (extents == 0 || extents > kMostExtents)
        return bad(fmt::format("wanted 1 to {} extents, found {}", kMostExtents, extents));
    for (std::uint32_t i = 0; i < extents; ++i)
        entry.view.shape.push_back(static_cast<std::size_t>(cursor.take<std::uint64_t>()));
    const auto type = cursor.take<std::uint32_t>();
    entry.offset = cursor.take<std::uint64_t>();
    if (cursor.failed())
        return truncated(fmt::format("tensor {}", entry.view.name));
    const auto known = typeOf(type);
    if (!known)
        return fail(ErrorCode::unsupported,
                    fmt::format("tensor {}: wanted F32, F16, BF16, Q8_0, Q4_K, Q2_K, IQ2_XXS, "
                                "MXFP4, I32 or I64, found type number {}",
                                entry.view.name, type));
    entry.view.type = *known;
    // The file has the innermost extent first.
    std::reverse(entry.view.shape.begin(), entry.view.shape.end());
    return entry;
}

/// Gives the entry its bytes; checks that they are there.
Result<TensorView> placed(Entry entry, std::span<const std::byte> data, std::uint64_t alignment)
{
    TensorView& view = entry.view;
    const auto bad = [&](const std::string& what) {
        return fail(ErrorCode::badInput, fmt::format("tensor {}: {}", view.name, what));
    };
    const BlockLayout block = blockLayout(view.type);
    if (view.shape.back() % block.elements != 0)
        return bad(fmt::format("wanted rows of a multiple of {} for {}, found {}", block.elements,
                               dtypeName(view.type), view.shape.back()));
    std::uint64_t size = block.bytes;
    for (std::size_t i = 0; i < view.shape.size(); ++i) {
        const std::uint64_t extent =
            i + 1 == view.shape.size() ? view.shape[i] / block.elements : view.shape[i];
        if (extent != 0 && size > data.size() / extent + 1)
            return bad(fmt::format("{} {} is larger than the file", dtypeName(view.type),
                                   shapeText(view.shape)));
        size *= extent;
    }
    if (entry.offset % alignment != 0)
        return bad(
            fmt::format("wanted an offset at a multiple of {}, found {}", alignment, entry.offset));
    if (entry.offset > data.size() || size > data.size() - entry.offset)
        return bad(fmt::format("wanted bytes {} to {}, the file holds {} (truncated?)",
                               entry.offset, entry.offset + size, data.size()));
    view.bytes =
        data.subspan(static_cast<std::size_t>(entry.offset), static_cast<std::size_t>(size));
    return std::move(entry.view);
}

Result<std::vector<TensorView>> takeTensors(Cursor& cursor, std::uint64_t count,
                                            std::span<const std::byte> file,
                                            std::uint64_t alignment)
{
    std::vector<Entry> entries;
    for (std::uint64_t i = 0; i < count; ++i) {
        auto entry = takeEntry(cursor, i);
        if (!entry)
            return tl::unexpected(entry.error());
        entries.push_back(std::move(*entry));
    }
    const std::uint64_t begin = (cursor.position() + alignment - 1) / alignment * alignment;
    const auto data = file.subspan(std::min<std::size_t>(file.size(), begin));
    std::vector<TensorView> tensors;
    tensors.reserve(entries.size());
    for (Entry& entry : entries) {
        auto view = placed(std::move(entry), data, alignment);
        if (!view)
            return tl::unexpected(view.error());
        tensors.push_back(std::move(*view));
    }
    return tensors;
}

} // namespace

const GgufValue* GgufMetadata::find(std::string_view key) const
{
    const auto found = values.find(key);
    return found == values.end() ? nullptr : &found->second;
}

std::string GgufMetadata::text(std::string_view key) const
{
    const auto* value = find(key);
    const auto* text = value == nullptr ? nullptr : std::get_if<std::string>(value);
    return text == nullptr ? std::string() : *text;
}

std::int64_t GgufMetadata::number(std::string_view key, std::int64_t otherwise) const
{
    const auto* value = find(key);
    const auto* number = value == nullptr ? nullptr : std::get_if<std::int64_t>(value);
    return number == nullptr ? otherwise : *number;
}

bool isGguf(std::span<const std::byte> file)
{
    std::uint32_t magic = 0;
    if (file.size() < sizeof magic)
        return false;
    std::memcpy(&magic, file.data(), sizeof magic);
    return magic == kMagic;
}

Result<GgufFile> parseGguf(std::span<const std::byte> file)
{
    if (!isGguf(file))
        return fail(ErrorCode::badInput, "wanted a GGUF file, found something else");
    Cursor cursor(file);
    cursor.take<std::uint32_t>();
    const auto version = cursor.take<std::uint32_t>();
    const auto numTensors = cursor.take<std::uint64_t>();
    const auto numValues = cursor.take<std::uint64_t>();
    if (cursor.failed())
        return truncated("GGUF header");
    if (version != 2 && version != 3)
        return fail(ErrorCode::unsupported,
                    fmt::format("wanted GGUF version 2 or 3 (little-endian), found {}", version));
    auto metadata = takeMetadata(cursor, numValues);
    if (!metadata)
        return tl::unexpected(metadata.error());
    const auto alignment = static_cast<std::uint64_t>(
        metadata->number("general.alignment", static_cast<std::int64_t>(kDefaultAlignment)));
    if (alignment == 0 || alignment > (std::uint64_t{1} << 20U) ||
        (alignment & (alignment - 1)) != 0)
        return fail(
            ErrorCode::badInput,
            fmt::format("metadata general.alignment: wanted a power of two, found {}", alignment));
    auto tensors = takeTensors(cursor, numTensors, file, alignment);
    if (!tensors)
        return tl::unexpected(tensors.error());
    return GgufFile{std::move(*metadata), std::move(*tensors)};
}

} // namespace engine
