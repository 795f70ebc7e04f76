// SPDX-License-Identifier: GPL-3.0-or-later
// Decoders of F16 and of GGUF's block formats, written as loops that a compiler turns into vectors.
// Included inside an unnamed namespace by each file that is compiled for another instruction set;
// nothing here may call an inline function of the standard library (see simd_kernels.inl).

constexpr std::size_t kSuperBlock = 256;

/// halfToFloat without branches, so that loops over it become vectors.
inline float halfAt(const std::uint8_t* bytes)
{
    std::uint16_t half = 0;
    __builtin_memcpy(&half, bytes, sizeof half);
    const std::uint32_t magnitude = half & 0x7FFFU;
    constexpr std::uint32_t kRebias = 112U << 23U; // from 15 to 127
    const std::uint32_t isSpecial = 0U - static_cast<std::uint32_t>(magnitude >= 0x7C00U);
    const std::uint32_t isSmall = 0U - static_cast<std::uint32_t>(magnitude < 0x400U);
    const std::uint32_t normal = (magnitude << 13U) + kRebias + (kRebias & isSpecial);
    const float subnormal = static_cast<float>(static_cast<std::int32_t>(magnitude)) * 0x1p-24F;
    const std::uint32_t bits =
        (__builtin_bit_cast(std::uint32_t, subnormal) & isSmall) | (normal & ~isSmall);
    return __builtin_bit_cast(float, bits | (half & 0x8000U) << 16U);
}

inline void decodeF16(const std::uint8_t* stored, std::size_t count, float* __restrict out)
{
    for (std::size_t i = 0; i < count; ++i)
        out[i] = halfAt(stored + 2 * i);
}

inline void decodeQ8(const std::uint8_t* block, float* __restrict out)
{
    const float scale = halfAt(block);
    for (std::size_t i = 0; i < 32; ++i)
        out[i] = scale * static_cast<float>(static_cast<std::int8_t>(block[2 + i]));
}

struct ScaleAndMinimum
{
    unsigned scale = 0;
    unsigned minimum = 0;
};

/// Eight pairs of 6 bits in 12 bytes. Scales and minima 0-3 are the low six bits of bytes 0-3 and
/// 4-7. Those of 4-7 have their low four bits in the nibbles of bytes 8-11 and their high two in
/// the top bits that the first eight bytes leave free.
inline ScaleAndMinimum q4Scale(const std::uint8_t* packed, std::size_t i)
{
    if (i < 4)
        return {packed[i] & 0x3FU, packed[i + 4] & 0x3FU};
    const unsigned low = packed[i + 4];
    return {(low & 0xFU) | (packed[i - 4] >> 6U) << 4U, (low >> 4U) | (packed[i] >> 6U) << 4U};
}

/// Each 32 bytes of codes serve two sub-blocks of 32: low nibbles, then high ones.
inline void decodeQ4(const std::uint8_t* block, float* __restrict out)
{
    const float scale = halfAt(block);
    const float minimum = halfAt(block + 2);
    const std::uint8_t* codes = block + 16;
    for (std::size_t sub = 0; sub < 8; ++sub) {
        const ScaleAndMinimum s = q4Scale(block + 4, sub);
        const float step = scale * static_cast<float>(s.scale);
        const float below = minimum * static_cast<float>(s.minimum);
        const unsigned shift = sub % 2 == 0 ? 0 : 4;
        for (std::size_t i = 0; i < 32; ++i) {
            const unsigned code = (unsigned{codes[sub / 2 * 32 + i]} >> shift) & 0xFU;
            out[sub * 32 + i] = step * static_cast<float>(code) - below;
        }
    }
}

/// Sub-blocks of 16. Each 32 bytes of codes serve 128 elements: two bits for each run of 32.
inline void decodeQ2(const std::uint8_t* block, float* __restrict out)
{
    const std::uint8_t* codes = block + 16;
    const float scale = halfAt(block + 80);
    const float minimum = halfAt(block + 82);
    for (std::size_t sub = 0; sub < 16; ++sub) {
        const float step = scale * static_cast<float>(block[sub] & 0xFU);
        const float below = minimum * static_cast<float>(block[sub] >> 4U);
        const std::uint8_t* from = codes + sub / 8 * 32 + sub % 2 * 16;
        const auto shift = static_cast<unsigned>(sub % 8 / 2 * 2);
        for (std::size_t i = 0; i < 16; ++i)
            out[sub * 16 + i] = step * static_cast<float>((from[i] >> shift) & 3U) - below;
    }
}

/// Two 32-bit words for 32 elements: four grid points, then four times seven bits of signs and a
/// scale of four bits.
inline void decodeIq2(const std::uint8_t* block, const Iq2xxsTables& tables, float* __restrict out)
{
    const float scale = halfAt(block);
    for (std::size_t group = 0; group < kSuperBlock / 32; ++group) {
        const std::uint8_t* points = block + 2 + group * 8;
        std::uint32_t word = 0;
        __builtin_memcpy(&word, points + 4, sizeof word);
        const float step = scale * (0.5F + static_cast<float>(word >> 28U)) * 0.25F;
        std::uint8_t magnitudes[32];
        std::uint8_t signs[32];
        for (std::size_t part = 0; part < 4; ++part) {
            __builtin_memcpy(magnitudes + part * 8, tables.points[points[part]], 8);
            __builtin_memcpy(signs + part * 8, tables.signs[(word >> (7 * part)) & 0x7FU], 8);
        }
        for (std::size_t i = 0; i < 32; ++i) {
            const float magnitude = step * static_cast<float>(magnitudes[i]);
            const std::uint32_t bits = __builtin_bit_cast(std::uint32_t, magnitude) ^
                                       static_cast<std::uint32_t>(signs[i]) << 24U;
            out[group * 32 + i] = __builtin_bit_cast(float, bits);
        }
    }
}

/// `count` numbers of a format that has no bfloat16 panels, from a block's first byte; false for
/// other formats.
inline bool decodeWideFormat(DType type, const std::uint8_t* stored, std::size_t count,
                             float* __restrict out)
{
    switch (type) {
    case DType::f16:
        decodeF16(stored, count, out);
        return true;
    case DType::q8_0:
        for (std::size_t at = 0; at < count; at += 32)
            decodeQ8(stored + at / 32 * 34, out + at);
        return true;
    case DType::q4_k:
        for (std::size_t at = 0; at < count; at += kSuperBlock)
            decodeQ4(stored + at / kSuperBlock * 144, out + at);
        return true;
    case DType::q2_k:
        for (std::size_t at = 0; at < count; at += kSuperBlock)
            decodeQ2(stored + at / kSuperBlock * 84, out + at);
        return true;
    case DType::iq2_xxs: {
        const Iq2xxsTables& tables = iq2xxsTables();
        for (std::size_t at = 0; at < count; at += kSuperBlock)
            decodeIq2(stored + at / kSuperBlock * 66, tables, out + at);
        return true;
    }
    default:
        return false;
    }
}
