// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace engine {

/// The byte alphabet of GPT-2: a tokenizer.json writes each byte of a token as one printable
/// character. Printable Latin-1 bytes stand for themselves; the other 68 are U+0100 and up, in
/// order, so that a space is U+0120.
[[nodiscard]] std::string symbolOfByte(std::uint8_t byte);

/// The bytes that `symbols` (UTF-8) spells; nothing if some character is not of the alphabet.
[[nodiscard]] std::optional<std::string> bytesOfSymbols(std::string_view symbols);

} // namespace engine
