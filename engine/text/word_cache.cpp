// SPDX-License-Identifier: GPL-3.0-or-later
#include "text/word_cache.h"

#include <algorithm>
#include <bit>
#include <cstring>

namespace engine {

namespace {

constexpr unsigned kSlotBits = 15; // 32,768 slots of 64 bytes
constexpr unsigned kBitsPerByte = 8;

static_assert(std::endian::native == std::endian::little, "keyOf masks the bytes after the word");

/// All ones in the bytes of part `part` that a word of `length` bytes fills.
std::uint64_t maskOf(std::size_t length, std::size_t part)
{
    const std::size_t begin = part * sizeof(std::uint64_t);
    if (length <= begin) {
        return 0;
    }
    const std::size_t used = std::min(length - begin, sizeof(std::uint64_t));
    return ~std::uint64_t{0} >> (kBitsPerByte * (sizeof(std::uint64_t) - used));
}

} // namespace

WordCache::WordCache() : m_slots(std::size_t{1} << kSlotBits) {}

WordCache::Key WordCache::keyOf(std::string_view word, const char* readableEnd)
{
    Key key;
    if (static_cast<std::size_t>(readableEnd - word.data()) >= sizeof key.parts) {
        // A copy of fixed length and a mask: three loads instead of a call.
        std::memcpy(key.parts.data(), word.data(), sizeof key.parts);
        for (std::size_t part = 0; part < key.parts.size(); ++part) {
            key.parts[part] &= maskOf(word.size(), part);
        }
    } else {
        std::memcpy(key.parts.data(), word.data(), word.size());
    }
    key.parts.back() |= static_cast<std::uint64_t>(word.size()) << (7U * kBitsPerByte);
    return key;
}

std::size_t WordCache::slotOf(const Key& key)
{
    // Odd 64-bit constants (from the fractions of pi) that spread each part over the high bits.
    const std::uint64_t mixed = (key.parts[0] * 0x243F6A8885A308D3U) ^
                                std::rotl(key.parts[1] * 0x13198A2E03707345U, 23) ^
                                std::rotl(key.parts[2] * 0xA4093822299F31D1U, 41);
    return static_cast<std::size_t>((mixed * 0x9E3779B97F4A7C15U) >> (64U - kSlotBits));
}

bool WordCache::append(const Key& key, std::vector<TokenId>& out) const
{
    const Slot& slot = m_slots[slotOf(key)];
    if (slot.key != key) {
        return false;
    }
    out.insert(out.end(), slot.ids.begin(), slot.ids.begin() + slot.count);
    return true;
}

void WordCache::store(const Key& key, std::span<const TokenId> ids)
{
    if (ids.size() > kMaxTokens) {
        return;
    }
    Slot& slot = m_slots[slotOf(key)];
    slot.key = key;
    slot.count = static_cast<std::uint32_t>(ids.size());
    std::copy(ids.begin(), ids.end(), slot.ids.begin());
}

} // namespace engine
