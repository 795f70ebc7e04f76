// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

// Matrices in every stored format, put together from known parts by the formats' descriptions, so
// that what must come out of a decoder is known.

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <cstring>
#include <functional>
#include <random>
#include <vector>

#include "model/block_formats.h"
#include "model/weights.h"

namespace format_samples {

using namespace engine;

inline std::mt19937 g_random(20261125);

inline unsigned below(unsigned end)
{
    return static_cast<unsigned>(g_random() % end);
}

/// By the definition: sign, 4 bits of exponent with bias 7, 3 of mantissa; no infinity.
inline float e4m3(unsigned code)
{
    const unsigned exponent = code / 8 % 16;
    const unsigned mantissa = code % 8;
    if (exponent == 15 && mantissa == 7)
        return NAN;
    const double magnitude = exponent == 0
                                 ? mantissa / 8.0 * std::pow(2.0, -6)
                                 : (1.0 + mantissa / 8.0) * std::pow(2.0, int(exponent) - 7);
    return float(code >= 128 ? -magnitude : magnitude);
}

inline float e2m1(unsigned code)
{
    static const float values[] = {0.0F, 0.5F, 1.0F, 1.5F, 2.0F, 3.0F, 4.0F, 6.0F};
    return code >= 8 ? -values[code - 8] : values[code];
}

inline float e8m0(unsigned code)
{
    return code == 255 ? NAN : float(std::pow(2.0, int(code) - 127));
}

inline float binary16(unsigned bits)
{
    const unsigned exponent = bits / 1024 % 32;
    const unsigned mantissa = bits % 1024;
    double value = 0.0;
    if (exponent == 31)
        value = mantissa == 0 ? double(INFINITY) : double(NAN);
    else if (exponent == 0)
        value = mantissa * std::pow(2.0, -24);
    else
        value = (1024 + mantissa) * std::pow(2.0, int(exponent) - 25);
    return float(bits >= 32768 ? -value : value);
}

inline bool sameBits(float a, float b)
{
    if (std::isnan(a) || std::isnan(b))
        return std::isnan(a) && std::isnan(b);
    return std::memcmp(&a, &b, sizeof a) == 0;
}

/// A matrix as it is stored and the numbers it stands for.
struct Sample
{
    DType type = DType::f32;
    std::size_t outputs = 0;
    std::size_t inputs = 0;
    std::vector<std::uint8_t> codes;
    std::vector<std::uint8_t> scales;
    std::size_t scaleStride = 0;
    std::vector<float> wanted; ///< [outputs, inputs]

    [[nodiscard]] StoredRows rows(std::size_t first, std::size_t count) const
    {
        StoredRows found;
        found.type = type;
        found.data = codes.data();
        found.rowBytes = codes.size() / outputs;
        found.scales = scales.empty() ? nullptr : scales.data();
        found.scaleStride = scaleStride;
        found.firstRow = first;
        found.rowCount = count;
        return found;
    }
    [[nodiscard]] StoredRows rows() const { return rows(0, outputs); }
};

inline void putHalf(std::uint8_t* at, unsigned bits)
{
    at[0] = static_cast<std::uint8_t>(bits);
    at[1] = static_cast<std::uint8_t>(bits >> 8U);
}

/// A float16 of either sign between 2^-10 and 2^-4.
inline unsigned someHalf()
{
    return below(2) * 32768 + (5 + below(6)) * 1024 + below(1024);
}

using FillBlock = std::function<void(std::uint8_t* block, float* wanted)>;

inline void fillQ8(std::uint8_t* block, float* wanted)
{
    const unsigned d = someHalf();
    putHalf(block, d);
    for (unsigned i = 0; i < 32; ++i) {
        const int q = int(below(256)) - 128;
        block[2 + i] = static_cast<std::uint8_t>(q);
        wanted[i] = binary16(d) * float(q);
    }
}

inline void fillQ4(std::uint8_t* block, float* wanted)
{
    const unsigned d = someHalf();
    const unsigned dmin = someHalf();
    putHalf(block, d);
    putHalf(block + 2, dmin);
    for (unsigned sub = 0; sub < 8; ++sub) {
        const unsigned scale = below(64);
        const unsigned minimum = below(64);
        if (sub < 4) {
            block[4 + sub] = static_cast<std::uint8_t>(block[4 + sub] | scale);
            block[8 + sub] = static_cast<std::uint8_t>(block[8 + sub] | minimum);
        } else {
            block[8 + sub] = static_cast<std::uint8_t>(scale % 16 + minimum % 16 * 16);
            block[sub] = static_cast<std::uint8_t>(block[sub] | (scale / 16 * 64));
            block[4 + sub] = static_cast<std::uint8_t>(block[4 + sub] | (minimum / 16 * 64));
        }
        for (unsigned i = 0; i < 32; ++i) {
            const unsigned q = below(16);
            std::uint8_t& byte = block[16 + sub / 2 * 32 + i];
            byte = static_cast<std::uint8_t>(byte | (sub % 2 == 0 ? q : q * 16));
            wanted[sub * 32 + i] =
                binary16(d) * float(scale) * float(q) - binary16(dmin) * float(minimum);
        }
    }
}

inline void fillQ2(std::uint8_t* block, float* wanted)
{
    const unsigned d = someHalf();
    const unsigned dmin = someHalf();
    putHalf(block + 80, d);
    putHalf(block + 82, dmin);
    for (unsigned k = 0; k < 256; ++k) {
        if (k % 16 == 0)
            block[k / 16] = static_cast<std::uint8_t>(below(256));
        const unsigned q = below(4);
        // 128 elements share 32 bytes; each run of 32 has its own pair of bits.
        std::uint8_t& byte = block[16 + k / 128 * 32 + k % 32];
        byte = static_cast<std::uint8_t>(byte | (q << (k % 128 / 32 * 2)));
        wanted[k] = binary16(d) * float(block[k / 16] % 16) * float(q) -
                    binary16(dmin) * float(block[k / 16] / 16);
    }
}

inline void fillIq2(std::uint8_t* block, float* wanted)
{
    static const float magnitudes[] = {8.0F, 25.0F, 43.0F};
    const unsigned d = someHalf();
    putHalf(block, d);
    for (unsigned group = 0; group < 8; ++group) {
        const unsigned scale = below(16);
        std::uint32_t word = scale << 28U;
        for (unsigned part = 0; part < 4; ++part) {
            const unsigned point = below(256);
            const unsigned signs = below(128);
            block[2 + group * 8 + part] = static_cast<std::uint8_t>(point);
            word |= signs << (7 * part);
            unsigned negative = 0;
            for (unsigned i = 0; i < 8; ++i) {
                const bool minus = i < 7 ? (signs >> i) % 2 == 1 : negative % 2 == 1;
                negative += minus ? 1U : 0U;
                const unsigned two = iq2xxsGrid()[point] >> (2 * i) & 3U;
                const float value = binary16(d) * (0.5F + float(scale)) * 0.25F * magnitudes[two];
                wanted[group * 32 + part * 8 + i] = minus ? -value : value;
            }
        }
        for (unsigned i = 0; i < 4; ++i)
            block[2 + group * 8 + 4 + i] = static_cast<std::uint8_t>(word >> (8 * i));
    }
}

inline void fillMxfp4(std::uint8_t* block, float* wanted)
{
    block[0] = static_cast<std::uint8_t>(below(255));
    for (unsigned i = 0; i < 32; ++i) {
        const unsigned code = below(16);
        std::uint8_t& byte = block[1 + i % 16];
        byte = static_cast<std::uint8_t>(byte | (i < 16 ? code : code * 16));
        wanted[i] = e2m1(code) * e8m0(block[0]);
    }
}

inline FillBlock filler(DType type)
{
    switch (type) {
    case DType::q8_0:
        return fillQ8;
    case DType::q4_k:
        return fillQ4;
    case DType::q2_k:
        return fillQ2;
    case DType::iq2_xxs:
        return fillIq2;
    case DType::mxfp4:
        return fillMxfp4;
    case DType::bf16:
        return [](std::uint8_t* at, float* wanted) {
            const unsigned bits = below(65536);
            putHalf(at, bits);
            const std::uint32_t wide = bits << 16U;
            std::memcpy(wanted, &wide, sizeof wide);
        };
    case DType::f16:
        return [](std::uint8_t* at, float* wanted) {
            const unsigned bits = below(65536);
            putHalf(at, bits);
            *wanted = binary16(bits);
        };
    default:
        return [](std::uint8_t* at, float* wanted) {
            *wanted = float(int(below(2'000'001)) - 1'000'000) * 1e-6F;
            std::memcpy(at, wanted, sizeof *wanted);
        };
    }
}

/// `ordinary` keeps to scales and codes of real weights, so that products stay finite.
inline Sample makeSample(DType type, std::size_t outputs, std::size_t inputs, bool ordinary)
{
    Sample sample{type, outputs, inputs, {}, {}, 0, std::vector<float>(outputs * inputs)};
    const auto someScale = [&] {
        return static_cast<std::uint8_t>(ordinary ? 117 + below(14) : below(255));
    };
    if (type == DType::f8e4m3 || type == DType::i8) {
        const bool isFp4 = type == DType::i8;
        const std::size_t rowBytes = isFp4 ? (inputs + 1) / 2 : inputs;
        sample.codes.resize(outputs * rowBytes);
        sample.scaleStride = isFp4 ? (inputs + 31) / 32 : (inputs + 127) / 128;
        sample.scales.resize(sample.scaleStride * (isFp4 ? outputs : (outputs + 127) / 128));
        for (auto& scale : sample.scales)
            scale = someScale();
        for (std::size_t n = 0; n < outputs; ++n) {
            for (std::size_t k = 0; k < inputs; ++k) {
                unsigned code = below(isFp4 ? 16 : 256);
                if (ordinary && !isFp4 && code % 128 == 127)
                    code = 0x3A;
                std::uint8_t& byte = sample.codes[n * rowBytes + (isFp4 ? k / 2 : k)];
                byte = static_cast<std::uint8_t>(isFp4 && k % 2 == 1 ? byte + code * 16 : code);
                const std::size_t scale = isFp4 ? n * sample.scaleStride + k / 32
                                                : n / 128 * sample.scaleStride + k / 128;
                sample.wanted[n * inputs + k] =
                    (isFp4 ? e2m1(code) : e4m3(code)) * e8m0(sample.scales[scale]);
            }
        }
        return sample;
    }
    const BlockLayout layout = blockLayout(type);
    const std::size_t blocks = outputs * inputs / layout.elements;
    sample.codes.resize(blocks * layout.bytes);
    const FillBlock fill = filler(type);
    for (std::size_t block = 0; block < blocks; ++block) {
        float* wanted = sample.wanted.data() + block * layout.elements;
        do {
            std::fill_n(sample.codes.begin() + std::ptrdiff_t(block * layout.bytes), layout.bytes,
                        std::uint8_t{0});
            fill(sample.codes.data() + block * layout.bytes, wanted);
        } while (ordinary && !std::all_of(wanted, wanted + layout.elements,
                                          [](float v) { return std::abs(v) < 100.0F; }));
    }
    return sample;
}

inline const DType kFormats[] = {DType::f8e4m3, DType::i8,     DType::mxfp4, DType::bf16,
                                 DType::f16,    DType::f32,    DType::q8_0,  DType::q4_k,
                                 DType::q2_k,   DType::iq2_xxs};

inline const char* nameOf(DType type)
{
    return type == DType::i8 ? "FP4" : dtypeName(type);
}

} // namespace format_samples
