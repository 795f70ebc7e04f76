// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace storage {

/// What stands for bytes that are not UTF-8.
inline constexpr char32_t kInvalidCharacter = 0xffffffff;

/// Reads the character at `at`, which is within the text, and moves `at` behind it.
[[nodiscard]] char32_t nextCharacter(std::string_view text, std::size_t& at);
void appendCharacter(std::string& text, char32_t character);

[[nodiscard]] bool isUtf8(std::string_view text);
/// Code points of valid UTF-8.
[[nodiscard]] std::uint64_t countCharacters(std::string_view text);
/// Whether no character reaches across a byte offset of valid UTF-8.
[[nodiscard]] bool isCharacterBoundary(std::string_view text, std::size_t offset);

} // namespace storage
