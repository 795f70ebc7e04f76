// SPDX-License-Identifier: GPL-3.0-or-later
#include "utf8.h"

#include <algorithm>
#include <array>

#include <unicode/utf8.h>

namespace storage {

namespace {

bool isTrailByte(char byte)
{
    return (static_cast<unsigned char>(byte) & 0xc0U) == 0x80U;
}

} // namespace

// ICU's macros mix signs and widths on purpose.
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wconversion"
#pragma GCC diagnostic ignored "-Wsign-conversion"

char32_t nextCharacter(std::string_view text, std::size_t& at)
{
    UChar32 character = 0;
    U8_NEXT(text.data(), at, text.size(), character);
    return character < 0 ? kInvalidCharacter : static_cast<char32_t>(character);
}

void appendCharacter(std::string& text, char32_t character)
{
    std::array<char, U8_MAX_LENGTH> bytes{};
    std::size_t size = 0;
    U8_APPEND_UNSAFE(bytes.data(), size, character);
    text.append(bytes.data(), size);
}

#pragma GCC diagnostic pop

bool isUtf8(std::string_view text)
{
    for (std::size_t at = 0; at < text.size();) {
        if (nextCharacter(text, at) == kInvalidCharacter)
            return false;
    }
    return true;
}

std::uint64_t countCharacters(std::string_view text)
{
    return text.size() - static_cast<std::uint64_t>(std::ranges::count_if(text, isTrailByte));
}

bool isCharacterBoundary(std::string_view text, std::size_t offset)
{
    return offset == text.size() || (offset < text.size() && !isTrailByte(text[offset]));
}

} // namespace storage
