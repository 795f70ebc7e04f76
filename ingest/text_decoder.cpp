// SPDX-License-Identifier: GPL-3.0-or-later
#include "text_decoder.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <limits>
#include <memory>
#include <optional>

#include <fmt/format.h>
#include <uchardet.h>
#include <unicode/ucnv.h>

#include "file_bytes.h"
#include "unicode.h"

namespace ingest {

namespace {

/// ASCII-only lines tell a detector nothing; this much of the others is plenty.
constexpr std::size_t kDetectorBytes = std::size_t{256} << 10U;
/// Fewer characters beyond ASCII than this, and the detector's guess is worse than the commonest.
constexpr std::size_t kFewForeignBytes = 4;
constexpr std::string_view kCommonest = "windows-1252";

struct ByteOrderMark
{
    std::string_view bytes;
    std::string_view encoding;
};

// UTF-32LE begins like UTF-16LE, so it is asked first.
constexpr std::array<ByteOrderMark, 6> kByteOrderMarks{{{"\xEF\xBB\xBF", "UTF-8"},
                                                        {{"\xFF\xFE\0\0", 4}, "UTF-32LE"},
                                                        {{"\0\0\xFE\xFF", 4}, "UTF-32BE"},
                                                        {"\xFF\xFE", "UTF-16LE"},
                                                        {"\xFE\xFF", "UTF-16BE"},
                                                        {"\x84\x31\x95\x33", "GB18030"}}};

struct Converted
{
    std::string text;
    std::size_t replaced = 0;
};

using Converter = std::unique_ptr<UConverter, void (*)(UConverter*)>;

Converter openConverter(const std::string& encoding)
{
    UErrorCode status = U_ZERO_ERROR;
    Converter converter(ucnv_open(encoding.c_str(), &status), ucnv_close);
    if (U_FAILURE(status) != 0)
        converter.reset();
    return converter;
}

/// The name of an encoding as registries write it ("Shift_JIS").
std::string properName(const std::string& encoding)
{
    for (const char* standard : {"MIME", "IANA"}) {
        UErrorCode status = U_ZERO_ERROR;
        const char* const name = ucnv_getStandardName(encoding.c_str(), standard, &status);
        if (U_SUCCESS(status) != 0 && name != nullptr)
            return name;
    }
    return encoding;
}

std::optional<Converted> convert(std::string_view bytes, const std::string& encoding)
{
    const Converter converter = openConverter(encoding);
    if (!converter)
        return std::nullopt;
    Converted result;
    result.text.reserve(bytes.size() + bytes.size() / 2);
    std::array<UChar, 4096> buffer{};
    const char* source = bytes.data();
    const char* const end = source + bytes.size();
    char32_t highSurrogate = 0;
    for (bool more = true; more;) {
        UErrorCode status = U_ZERO_ERROR;
        UChar* target = buffer.data();
        ucnv_toUnicode(converter.get(), &target, buffer.data() + buffer.size(), &source, end,
                       nullptr, 1, &status);
        more = status == U_BUFFER_OVERFLOW_ERROR;
        if (U_FAILURE(status) != 0 && !more)
            return std::nullopt;
        for (const UChar* unit = buffer.data(); unit != target; ++unit) {
            char32_t character = *unit;
            if (character >= 0xD800 && character <= 0xDBFF) {
                highSurrogate = character;
                continue;
            }
            if (character >= 0xDC00 && character <= 0xDFFF && highSurrogate != 0)
                character = 0x10000 + ((highSurrogate - 0xD800) << 10U) + (character - 0xDC00);
            highSurrogate = 0;
            result.replaced += character == 0xFFFD ? 1U : 0U;
            appendUtf8(result.text, character);
        }
    }
    return result;
}

/// UTF-16 without a mark: Latin text has every other byte zero, and hardly any of the rest.
std::optional<std::string> guessWideEncoding(std::string_view bytes)
{
    const std::string_view head = bytes.substr(0, 4096);
    if (head.size() < 4 || bytes.size() % 2 != 0)
        return std::nullopt;
    std::array<std::size_t, 2> zeros{};
    for (std::size_t i = 0; i < head.size(); ++i)
        zeros[i % 2] += head[i] == '\0' ? 1U : 0U;
    const std::size_t pairs = head.size() / 2;
    if (zeros[1] * 10 > pairs * 4 && zeros[0] * 50 <= pairs)
        return "UTF-16LE";
    if (zeros[0] * 10 > pairs * 4 && zeros[1] * 50 <= pairs)
        return "UTF-16BE";
    return std::nullopt;
}

struct ForeignBytes
{
    std::string lines; ///< those that hold any, for the detector
    std::size_t count = 0;
};

ForeignBytes collectForeign(std::string_view bytes)
{
    const auto isForeign = [](char byte) { return static_cast<unsigned char>(byte) >= 0x80U; };
    ForeignBytes result;
    for (std::size_t at = 0; at < bytes.size() && result.lines.size() < kDetectorBytes;) {
        const std::size_t end = std::min(bytes.find('\n', at), bytes.size() - 1) + 1;
        const std::string_view line = bytes.substr(at, end - at);
        const auto count = std::count_if(line.begin(), line.end(), isForeign);
        if (count > 0)
            result.lines.append(line.substr(0, kDetectorBytes));
        result.count += static_cast<std::size_t>(count);
        at = end;
    }
    return result;
}

std::string detect(std::string_view bytes)
{
    const std::unique_ptr<uchardet, void (*)(uchardet_t)> detector(uchardet_new(), uchardet_delete);
    if (!detector || uchardet_handle_data(detector.get(), bytes.data(), bytes.size()) != 0)
        return {};
    uchardet_data_end(detector.get());
    const std::string name = uchardet_get_charset(detector.get());
    return name == "UHC" ? "windows-949" : name; // ICU's name for the same table
}

/// Text that is UTF-8 but for a few bytes: a cut end, one pasted word.
bool isMostlyUtf8(std::string_view bytes)
{
    std::size_t good = 0;
    std::size_t bad = 0;
    for (std::size_t at = 0; at < bytes.size();) {
        const std::size_t begin = at;
        const char32_t character = nextCharacter(bytes, at);
        if (character == 0xFFFD && at - begin < 3)
            ++bad;
        else if (character >= 0x80)
            ++good;
    }
    return good > bad * 10;
}

std::string guessEncoding(std::string_view bytes)
{
    if (isMostlyUtf8(bytes))
        return "UTF-8";
    const ForeignBytes foreign = collectForeign(bytes);
    const std::string guess = detect(foreign.lines);
    const bool fewLatin = foreign.count < kFewForeignBytes;
    if (guess.empty() || fewLatin || !openConverter(guess))
        return std::string(kCommonest);
    // What calls itself ISO-8859-1 and uses the control codes 0x80 to 0x9F is windows-1252.
    if (guess == "ISO-8859-1" && std::any_of(bytes.begin(), bytes.end(), [](char byte) {
            const auto value = static_cast<unsigned char>(byte);
            return value >= 0x80U && value <= 0x9FU;
        }))
        return std::string(kCommonest);
    return guess;
}

bool usesShiftSequences(std::string_view bytes)
{
    return bytes.find("\x1B$B") != std::string_view::npos ||
           bytes.find("\x1B$@") != std::string_view::npos ||
           bytes.find("\x1B$)") != std::string_view::npos;
}

void normaliseLineEnds(std::string& text)
{
    if (text.find('\r') == std::string::npos)
        return;
    if (text.find('\n') == std::string::npos) {
        std::replace(text.begin(), text.end(), '\r', '\n');
        return;
    }
    std::size_t to = 0;
    for (std::size_t from = 0; from < text.size(); ++from) {
        if (text[from] == '\r' && from + 1 < text.size() && text[from + 1] == '\n')
            continue;
        text[to++] = text[from];
    }
    text.resize(to);
}

/// Which encoding to read the bytes in, `bytes` moved past a mark, notes added.
Result<std::string> chooseEncoding(std::string_view& bytes, const std::string& wanted,
                                   const std::filesystem::path& path, DecodedText& result)
{
    for (const ByteOrderMark& mark : kByteOrderMarks) {
        if (bytes.starts_with(mark.bytes)) {
            bytes.remove_prefix(mark.bytes.size());
            return std::string(mark.encoding);
        }
    }
    if (!wanted.empty()) {
        if (!openConverter(wanted))
            return fail(ErrorCode::unsupportedFormat,
                        fmt::format("{}: the encoding “{}” is not known", quoted(path), wanted));
        return wanted;
    }
    std::string guess;
    if (bytes.find('\0') != std::string_view::npos) {
        auto wide = guessWideEncoding(bytes);
        if (!wide)
            return fail(ErrorCode::unsupportedFormat,
                        fmt::format("{} is a binary file: text was wanted, a zero byte was found",
                                    quoted(path)));
        guess = std::move(*wide);
    } else if (usesShiftSequences(bytes.substr(0, kDetectorBytes))) {
        guess = detect(bytes.substr(0, kDetectorBytes));
        if (!guess.starts_with("ISO-2022"))
            guess.clear();
    }
    if (guess.empty() && isValidUtf8(bytes))
        return std::string("UTF-8");
    if (guess.empty())
        guess = guessEncoding(bytes);
    if (guess != "UTF-8")
        result.notes.push_back(
            fmt::format("Read as {}, which is a guess: the file does not say its encoding.",
                        properName(guess)));
    return guess;
}

} // namespace

Result<DecodedText> decodeText(std::string_view bytes, const std::string& encoding,
                               const std::filesystem::path& path)
{
    DecodedText result;
    const auto chosen = chooseEncoding(bytes, encoding, path, result);
    if (!chosen)
        return tl::unexpected(chosen.error());
    result.encoding = properName(*chosen);
    std::size_t replaced = 0;
    if (*chosen == "UTF-8" && isValidUtf8(bytes)) {
        result.text = bytes;
    } else if (auto converted = convert(bytes, *chosen)) {
        result.text = std::move(converted->text);
        replaced = converted->replaced;
    } else {
        return fail(ErrorCode::damaged,
                    fmt::format("{} cannot be read as {}", quoted(path), result.encoding));
    }
    if (result.text.find('\0') != std::string::npos)
        return fail(ErrorCode::unsupportedFormat,
                    fmt::format("{} is a binary file: text was wanted, a zero byte was found",
                                quoted(path)));
    if (replaced > 0)
        result.notes.push_back(fmt::format("{} {} not {} and shown as �.", replaced,
                                           replaced == 1 ? "character is" : "characters are",
                                           result.encoding));
    normaliseLineEnds(result.text);
    if (result.text.size() > std::numeric_limits<Offset>::max())
        return fail(ErrorCode::tooLarge,
                    fmt::format("{} has {} bytes of text; the limit is {}", quoted(path),
                                result.text.size(), std::numeric_limits<Offset>::max()));
    return result;
}

bool looksBinary(std::string_view head)
{
    for (const ByteOrderMark& mark : kByteOrderMarks) {
        if (head.starts_with(mark.bytes))
            return false;
    }
    if (head.find('\0') != std::string_view::npos)
        return !guessWideEncoding(head.substr(0, head.size() & ~std::size_t{1}));
    // Control codes that text does not use; escape (terminal colours) and form feed it does.
    const auto odd = std::count_if(head.begin(), head.end(), [](char byte) {
        const auto value = static_cast<unsigned char>(byte);
        return value < 0x20U && !isAsciiSpace(byte) && value != 0x1BU && value != 0x08U;
    });
    return static_cast<std::size_t>(odd) * 20 > head.size();
}

std::vector<Offset> findLineBegins(std::string_view text)
{
    std::vector<Offset> begins;
    for (std::size_t at = 0; at < text.size();) {
        begins.push_back(static_cast<Offset>(at));
        const std::size_t end = text.find('\n', at);
        at = end == std::string_view::npos ? text.size() : end + 1;
    }
    return begins;
}

} // namespace ingest
