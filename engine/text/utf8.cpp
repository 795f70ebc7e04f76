// SPDX-License-Identifier: GPL-3.0-or-later
#include "text/utf8.h"

#include <cstdint>
#include <cstring>

namespace engine {

namespace {

/// What a first byte promises: bytes in all, and the range allowed for the second one
/// (the Unicode Standard, table 3-7). Later bytes are always 80..BF.
struct Lead
{
    std::size_t length;
    unsigned char secondLow;
    unsigned char secondHigh;
};

Lead leadOf(unsigned char byte)
{
    if (byte < 0x80) {
        return {1, 0, 0};
    }
    if (byte < 0xC2 || byte > 0xF4) {
        return {0, 0, 0};
    }
    if (byte < 0xE0) {
        return {2, 0x80, 0xBF};
    }
    if (byte < 0xF0) {
        const auto low = static_cast<unsigned char>(byte == 0xE0 ? 0xA0 : 0x80);
        const auto high = static_cast<unsigned char>(byte == 0xED ? 0x9F : 0xBF);
        return {3, low, high};
    }
    const auto low = static_cast<unsigned char>(byte == 0xF0 ? 0x90 : 0x80);
    const auto high = static_cast<unsigned char>(byte == 0xF4 ? 0x8F : 0xBF);
    return {4, low, high};
}

/// Bytes at the beginning that are ASCII, counted eight at a time.
std::size_t asciiPrefix(std::string_view bytes)
{
    constexpr std::uint64_t kHighBits = 0x8080808080808080U;
    std::size_t at = 0;
    for (; at + sizeof(std::uint64_t) <= bytes.size(); at += sizeof(std::uint64_t)) {
        std::uint64_t word = 0;
        std::memcpy(&word, bytes.data() + at, sizeof word);
        if ((word & kHighBits) != 0) {
            break;
        }
    }
    while (at < bytes.size() && static_cast<unsigned char>(bytes[at]) < 0x80) {
        ++at;
    }
    return at;
}

} // namespace

Utf8Unit nextUtf8Unit(std::string_view bytes)
{
    const Lead lead = leadOf(static_cast<unsigned char>(bytes.front()));
    if (lead.length == 0) {
        return {Utf8Unit::Kind::invalid, 1};
    }
    for (std::size_t i = 1; i < lead.length; ++i) {
        if (i == bytes.size()) {
            return {Utf8Unit::Kind::unfinished, i};
        }
        const auto byte = static_cast<unsigned char>(bytes[i]);
        const unsigned low = i == 1 ? lead.secondLow : 0x80U;
        const unsigned high = i == 1 ? lead.secondHigh : 0xBFU;
        if (byte < low || byte > high) {
            return {Utf8Unit::Kind::invalid, i};
        }
    }
    return {Utf8Unit::Kind::character, lead.length};
}

std::size_t validUtf8Prefix(std::string_view bytes)
{
    std::size_t at = 0;
    while (at < bytes.size()) {
        if (static_cast<unsigned char>(bytes[at]) < 0x80) {
            at += asciiPrefix(bytes.substr(at));
            continue;
        }
        const Utf8Unit unit = nextUtf8Unit(bytes.substr(at));
        if (unit.kind != Utf8Unit::Kind::character) {
            break;
        }
        at += unit.length;
    }
    return at;
}

} // namespace engine
