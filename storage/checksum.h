// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

#include <xxhash.h>

namespace storage {

// Tokens are stored as the machine has them.
static_assert(std::endian::native == std::endian::little, "session files are little-endian");

/// XXH3 as SQLite's signed integer.
[[nodiscard]] inline std::int64_t checksumOf(std::span<const std::byte> bytes)
{
    return std::bit_cast<std::int64_t>(XXH3_64bits(bytes.data(), bytes.size()));
}

[[nodiscard]] inline std::int64_t checksumOf(std::string_view text)
{
    return checksumOf(std::as_bytes(std::span{text}));
}

/// The link of a block in the timeline's chain.
[[nodiscard]] inline std::int64_t chainedChecksum(std::int64_t before, std::int64_t block)
{
    const std::array<std::int64_t, 2> both = {before, block};
    return checksumOf(std::as_bytes(std::span{both}));
}

} // namespace storage
