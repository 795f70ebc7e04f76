// SPDX-License-Identifier: GPL-3.0-or-later
#include "text/byte_alphabet.h"

#include <array>
#include <cstddef>

namespace engine {

namespace {

constexpr std::size_t kFirstBorrowed = 0x100;
constexpr std::size_t kNumBorrowed = 68;

constexpr bool isPrintable(std::size_t byte)
{
    return (byte >= 0x21 && byte <= 0x7E) || (byte >= 0xA1 && byte <= 0xFF && byte != 0xAD);
}

struct Alphabet
{
    std::array<std::size_t, 256> symbol{};                 ///< code point of a byte
    std::array<int, kFirstBorrowed + kNumBorrowed> byte{}; ///< -1: not of the alphabet
};

constexpr Alphabet makeAlphabet()
{
    Alphabet alphabet;
    for (int& byte : alphabet.byte) {
        byte = -1;
    }
    std::size_t borrowed = kFirstBorrowed;
    for (std::size_t byte = 0; byte < 256; ++byte) {
        const std::size_t symbol = isPrintable(byte) ? byte : borrowed++;
        alphabet.symbol[byte] = symbol;
        alphabet.byte[symbol] = static_cast<int>(byte);
    }
    return alphabet;
}

constexpr Alphabet kAlphabet = makeAlphabet();

} // namespace

std::string symbolOfByte(std::uint8_t byte)
{
    const std::size_t symbol = kAlphabet.symbol[byte];
    if (symbol < 0x80) {
        return std::string(1, static_cast<char>(symbol));
    }
    return {static_cast<char>(0xC0U | (symbol >> 6U)), static_cast<char>(0x80U | (symbol & 0x3FU))};
}

std::optional<std::string> bytesOfSymbols(std::string_view symbols)
{
    std::string bytes;
    bytes.reserve(symbols.size());
    for (std::size_t i = 0; i < symbols.size(); ++i) {
        std::size_t symbol = static_cast<unsigned char>(symbols[i]);
        if (symbol >= 0x80) {
            // The alphabet ends at U+0143: nothing longer than two bytes belongs to it.
            if (symbol >= 0xE0 || i + 1 == symbols.size()) {
                return std::nullopt;
            }
            ++i;
            symbol = ((symbol & 0x1FU) << 6U) | (static_cast<unsigned char>(symbols[i]) & 0x3FU);
        }
        if (symbol >= kAlphabet.byte.size() || kAlphabet.byte[symbol] < 0) {
            return std::nullopt;
        }
        bytes.push_back(static_cast<char>(kAlphabet.byte[symbol]));
    }
    return bytes;
}

} // namespace engine
