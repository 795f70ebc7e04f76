// SPDX-License-Identifier: GPL-3.0-or-later
#include "ingest/document_maps.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <cstring>
#include <limits>

#include <fmt/format.h>
#include <xxhash.h>

#include "unicode.h"

namespace ingest {

namespace {

// The form: "LMAP", version, body, XXH3-64 of all before it. Whole numbers are LEB128 varints and
// mostly distances from what came before; fixed-size numbers are little-endian.
constexpr std::array<std::uint8_t, 4> kMagic{'L', 'M', 'A', 'P'};
constexpr std::uint8_t kVersion = 1;
constexpr std::size_t kHeaderBytes = kMagic.size() + 1;
constexpr std::size_t kChecksumBytes = 8;
constexpr float kBoxSteps = 65535.0F;

class Writer final
{
public:
    void fixed(std::uint64_t value, std::size_t bytes)
    {
        for (std::size_t i = 0; i < bytes; ++i)
            m_bytes.push_back(static_cast<std::byte>((value >> (8 * i)) & 0xFFU));
    }

    void number(std::uint64_t value)
    {
        for (; value >= 0x80U; value >>= 7U)
            m_bytes.push_back(static_cast<std::byte>((value & 0x7FU) | 0x80U));
        m_bytes.push_back(static_cast<std::byte>(value));
    }

    void string(std::string_view text)
    {
        number(text.size());
        for (const char byte : text)
            m_bytes.push_back(static_cast<std::byte>(byte));
    }

    void fraction(float value)
    {
        const float steps = std::clamp(value, 0.0F, 1.0F) * kBoxSteps;
        fixed(static_cast<std::uint64_t>(std::lround(steps)), 2);
    }

    [[nodiscard]] std::vector<std::byte> finish()
    {
        fixed(XXH3_64bits(m_bytes.data(), m_bytes.size()), kChecksumBytes);
        return std::move(m_bytes);
    }

private:
    std::vector<std::byte> m_bytes;
};

/// Reads what Writer wrote; after the first thing that does not fit, everything is zero and
/// problem() says what it was.
class Reader final
{
public:
    explicit Reader(std::span<const std::byte> bytes) : m_bytes(bytes) {}

    [[nodiscard]] bool good() const { return m_problem.empty(); }
    [[nodiscard]] const std::string& problem() const { return m_problem; }
    [[nodiscard]] std::size_t left() const { return m_bytes.size() - m_at; }

    void refuse(std::string problem)
    {
        if (m_problem.empty())
            m_problem = std::move(problem);
        m_at = m_bytes.size();
    }

    std::uint64_t fixed(std::size_t bytes)
    {
        if (left() < bytes) {
            refuse("the data ends early");
            return 0;
        }
        std::uint64_t value = 0;
        for (std::size_t i = 0; i < bytes; ++i)
            value |= std::to_integer<std::uint64_t>(m_bytes[m_at++]) << (8 * i);
        return value;
    }

    std::uint64_t number()
    {
        std::uint64_t value = 0;
        for (unsigned shift = 0; shift < 64; shift += 7) {
            const std::uint64_t byte = fixed(1);
            value |= (byte & 0x7FU) << shift;
            if (byte < 0x80U)
                return value;
        }
        refuse("a number is longer than 64 bits");
        return 0;
    }

    std::string string()
    {
        const std::uint64_t size = number();
        if (size > left()) {
            refuse("a name ends beyond the data");
            return {};
        }
        std::string text(size, '\0');
        if (size > 0)
            std::memcpy(text.data(), m_bytes.data() + m_at, size);
        m_at += size;
        if (!isValidUtf8(text))
            refuse("a name is not UTF-8");
        return text;
    }

    float fraction() { return static_cast<float>(fixed(2)) / kBoxSteps; }

    float finite()
    {
        const auto value = std::bit_cast<float>(static_cast<std::uint32_t>(fixed(4)));
        if (!std::isfinite(value) || value < 0.0F)
            refuse("a page size is not a length");
        return value;
    }

    /// A count of things of at least one byte each: a greater one would only exhaust memory.
    std::size_t count()
    {
        const std::uint64_t value = number();
        if (value > left()) {
            refuse(fmt::format("{} entries are announced where {} bytes are left", value, left()));
            return 0;
        }
        return value;
    }

    /// `from` plus a stored distance, at most `limit`.
    Offset offset(Offset from, Offset limit)
    {
        const std::uint64_t distance = number();
        if (from > limit || distance > limit - from) {
            refuse(fmt::format("an offset lies beyond {}", limit));
            return limit;
        }
        return from + static_cast<Offset>(distance);
    }

private:
    std::span<const std::byte> m_bytes;
    std::size_t m_at = 0;
    std::string m_problem;
};

void writePages(Writer& writer, const DocumentMaps& maps)
{
    writer.number(maps.pages.size());
    Offset last = 0;
    for (const Page& page : maps.pages) {
        writer.string(page.label);
        writer.fixed(std::bit_cast<std::uint32_t>(page.widthPoints), 4);
        writer.fixed(std::bit_cast<std::uint32_t>(page.heightPoints), 4);
        writer.number(page.textBegin - last);
        writer.number(page.textEnd - page.textBegin);
        last = page.textEnd;
    }
}

void readPages(Reader& reader, DocumentMaps& maps)
{
    Offset last = 0;
    for (std::size_t left = reader.count(); left > 0 && reader.good(); --left) {
        Page page;
        page.label = reader.string();
        page.widthPoints = reader.finite();
        page.heightPoints = reader.finite();
        page.textBegin = reader.offset(last, maps.textBytes);
        page.textEnd = last = reader.offset(page.textBegin, maps.textBytes);
        maps.pages.push_back(std::move(page));
    }
}

/// Words of one line share their page and their vertical extent, which is then left out.
void writeWords(Writer& writer, const DocumentMaps& maps)
{
    writer.number(maps.words.size());
    Word last;
    for (const Word& word : maps.words) {
        const bool sameRow = &word != maps.words.data() && word.page == last.page &&
                             word.box.y0 == last.box.y0 && word.box.y1 == last.box.y1;
        writer.number((std::uint64_t{word.textBegin - last.textEnd} << 1U) | (sameRow ? 1U : 0U));
        writer.number(word.textEnd - word.textBegin);
        writer.fraction(word.box.x0);
        writer.fraction(word.box.x1);
        if (!sameRow) {
            writer.number(word.page - last.page);
            writer.fraction(word.box.y0);
            writer.fraction(word.box.y1);
        }
        last = word;
    }
}

void readWords(Reader& reader, DocumentMaps& maps)
{
    Word word;
    for (std::size_t left = reader.count(); left > 0 && reader.good(); --left) {
        const std::uint64_t first = reader.number();
        if ((first >> 1U) > maps.textBytes - word.textEnd) {
            reader.refuse("a word lies beyond the text");
            return;
        }
        word.textBegin = word.textEnd + static_cast<Offset>(first >> 1U);
        word.textEnd = reader.offset(word.textBegin, maps.textBytes);
        word.box.x0 = reader.fraction();
        word.box.x1 = reader.fraction();
        if ((first & 1U) == 0) {
            const std::uint64_t pages = reader.number();
            if (pages >= maps.pages.size() || word.page + pages >= maps.pages.size()) {
                reader.refuse("a word stands on a page that is not there");
                return;
            }
            word.page += static_cast<std::uint32_t>(pages);
            word.box.y0 = reader.fraction();
            word.box.y1 = reader.fraction();
        } else if (maps.words.empty()) {
            reader.refuse("the first word has no place");
            return;
        }
        maps.words.push_back(word);
    }
}

void writeLines(Writer& writer, const DocumentMaps& maps)
{
    writer.number(maps.lineBegins.size());
    Offset last = 0;
    for (const Offset begin : maps.lineBegins) {
        writer.number(begin - last);
        last = begin;
    }
}

void readLines(Reader& reader, DocumentMaps& maps)
{
    Offset last = 0;
    const std::size_t count = reader.count();
    maps.lineBegins.reserve(count);
    for (std::size_t i = 0; i < count && reader.good(); ++i) {
        const Offset begin = reader.offset(last, maps.textBytes);
        if (i == 0 ? begin != 0 : begin == last)
            reader.refuse(fmt::format("line {} does not begin after the one before", i + 1));
        maps.lineBegins.push_back(begin);
        last = begin;
    }
}

void writeOutline(Writer& writer, const DocumentMaps& maps)
{
    writer.number(maps.outline.size());
    Offset last = 0;
    for (const OutlineEntry& entry : maps.outline) {
        writer.string(entry.title);
        writer.number(entry.level);
        writer.number(entry.textBegin - last);
        writer.number(entry.textEnd - entry.textBegin);
        last = entry.textBegin;
    }
}

void readOutline(Reader& reader, DocumentMaps& maps)
{
    Offset last = 0;
    for (std::size_t left = reader.count(); left > 0 && reader.good(); --left) {
        OutlineEntry entry;
        entry.title = reader.string();
        const std::uint64_t level = reader.number();
        if (level > std::numeric_limits<std::uint16_t>::max())
            reader.refuse("a chapter is nested too deeply");
        entry.level = static_cast<std::uint32_t>(level);
        entry.textBegin = last = reader.offset(last, maps.textBytes);
        entry.textEnd = reader.offset(entry.textBegin, maps.textBytes);
        maps.outline.push_back(std::move(entry));
    }
}

void writeBlocks(Writer& writer, const DocumentMaps& maps)
{
    writer.number(maps.blocks.size());
    Offset last = 0;
    for (const Block& block : maps.blocks) {
        writer.fixed(static_cast<std::uint8_t>(block.kind), 1);
        writer.number(block.textBegin - last);
        writer.number(block.textEnd - block.textBegin);
        last = block.textEnd;
    }
}

void readBlocks(Reader& reader, DocumentMaps& maps)
{
    Offset last = 0;
    for (std::size_t left = reader.count(); left > 0 && reader.good(); --left) {
        Block block;
        const std::uint64_t kind = reader.fixed(1);
        if (kind > static_cast<std::uint64_t>(BlockKind::table))
            reader.refuse(fmt::format("there is no kind of block {}", kind));
        block.kind = static_cast<BlockKind>(kind);
        block.textBegin = reader.offset(last, maps.textBytes);
        block.textEnd = last = reader.offset(block.textBegin, maps.textBytes);
        maps.blocks.push_back(block);
    }
}

tl::unexpected<Error> damaged(std::string_view what)
{
    return fail(ErrorCode::damaged,
                fmt::format("the stored maps of a document are damaged: {}", what));
}

} // namespace

std::vector<std::byte> encodeMaps(const DocumentMaps& maps)
{
    Writer writer;
    for (const std::uint8_t byte : kMagic)
        writer.fixed(byte, 1);
    writer.fixed(kVersion, 1);
    writer.fixed(static_cast<std::uint8_t>(maps.format), 1);
    writer.number(maps.textBytes);
    writePages(writer, maps);
    writeWords(writer, maps);
    writeLines(writer, maps);
    writeOutline(writer, maps);
    writeBlocks(writer, maps);
    return writer.finish();
}

Result<DocumentMaps> decodeMaps(std::span<const std::byte> bytes)
{
    if (bytes.size() < kHeaderBytes + kChecksumBytes)
        return damaged(fmt::format("at least {} bytes were wanted, {} were found",
                                   kHeaderBytes + kChecksumBytes, bytes.size()));
    if (std::memcmp(bytes.data(), kMagic.data(), kMagic.size()) != 0)
        return damaged("“LMAP” was wanted at their begin, and was not found");
    const auto version = std::to_integer<unsigned>(bytes[kMagic.size()]);
    if (version != kVersion)
        return fail(ErrorCode::unsupportedFormat,
                    fmt::format("the stored maps of a document have version {}; this program "
                                "reads version {}",
                                version, kVersion));
    const auto body = bytes.first(bytes.size() - kChecksumBytes);
    if (Reader(bytes.last(kChecksumBytes)).fixed(kChecksumBytes) !=
        XXH3_64bits(body.data(), body.size()))
        return damaged("their checksum does not fit");
    Reader reader(body.subspan(kHeaderBytes));
    DocumentMaps maps;
    const std::uint64_t format = reader.fixed(1);
    if (format > static_cast<std::uint64_t>(Format::sourceCode))
        reader.refuse(fmt::format("there is no format {}", format));
    maps.format = static_cast<Format>(format);
    maps.textBytes = reader.offset(0, std::numeric_limits<Offset>::max());
    readPages(reader, maps);
    readWords(reader, maps);
    readLines(reader, maps);
    readOutline(reader, maps);
    readBlocks(reader, maps);
    if (reader.good() && reader.left() > 0)
        reader.refuse(fmt::format("{} bytes too many", reader.left()));
    if (!reader.good())
        return damaged(reader.problem());
    return maps;
}

} // namespace ingest
