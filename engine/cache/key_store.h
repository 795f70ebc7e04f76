// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "cache/packed_row.h"
#include "cache/page_list.h"
#include "engine/session.h"
#include "kernels/kernels.h"
#include "kernels/thread_pool.h"
#include "model/index_directions.h"
#include "model/packed_matrix.h"

namespace engine {

/// The keys of one lightning indexer, append-only, in blocks of 16 as the scoring kernels walk
/// them: float32 [dim][16], or int8 [dim / 4][16][4] with one scale a key.
///
/// Beside int8 codes stand fine ones of 16 bits: 256 times the int8 code and a remainder of 8 bits,
/// in 256ths of its unit. The former score all keys, the latter decide among those near the edge of
/// the choice. Remainders are stored apart, since locating a passage does without them.
///
/// Where the model has IndexDirections, keys that have remainders are also kept in these few, int8
/// with a scale each, in blocks [64 / 4][16][4]: made when they are first wanted, never stored.
///
/// In the packed format a key is its FP4 codes and scales (PackedKeyLayout), unpacked a page at a
/// time while it is scored.
///
/// For storage a key is its dims in order: float32, or int8 codes and then the scale, or packed;
/// its remainder is one int8 a dim.
class KeyStore
{
public:
    /// Keys that lie side by side in memory: one call of a scoring kernel covers at most these.
    static constexpr std::size_t kPageKeys = 1024;
    /// Steps of a fine code in one of an int8 code.
    static constexpr int kFineSteps = 256;

    KeyStore() = default;
    KeyStore(std::size_t dim, CacheFormat format);

    void append(const float* key);
    [[nodiscard]] std::size_t size() const { return m_size; }
    [[nodiscard]] bool isInt8() const { return m_format == CacheFormat::compact; }
    [[nodiscard]] bool isPacked() const { return m_format == CacheFormat::packed; }
    /// The dim that kernels see: padded with zeros to a multiple of 64.
    [[nodiscard]] std::size_t paddedDim() const { return m_paddedDim; }
    /// The block that starts at a key whose number is a multiple of 16; the rest of its page lies
    /// behind it. Not of packed keys.
    [[nodiscard]] const void* blockAt(std::size_t key) const;
    /// Packed keys from such a key on as float32 blocks, in `out`; all of one page.
    [[nodiscard]] const float* unpack(std::size_t firstKey, std::size_t numBlocks,
                                      AlignedArray<float>& out) const;
    /// int8: scales of the same keys; null otherwise.
    [[nodiscard]] const float* scalesAt(std::size_t key) const;

    /// int8: whether fine codes are kept. Off for keys that were stored without remainders; set
    /// while the store is empty.
    [[nodiscard]] bool keepsRemainders() const { return m_keepsRemainders; }
    void keepRemainders(bool keep) { m_keepsRemainders = isInt8() && keep; }
    /// Fine codes [dim] of a key whose remainder is there, zeros up to a multiple of 64; in units
    /// of scale / 256.
    [[nodiscard]] const std::int16_t* fineAt(std::size_t key) const;

    /// The directions to use, which must outlive the store; null, the default, for none. Set while
    /// the store is empty.
    void useDirections(const IndexDirections* directions);
    /// Null where none are used.
    [[nodiscard]] const IndexDirections* directions() const { return m_directions; }
    /// Makes what is missing of the keys in few directions; all remainders are there.
    void extendCoarse(const Kernels& kernels, ThreadPool& pool);
    /// How many there are.
    [[nodiscard]] std::size_t coarseSize() const { return m_coarseSize; }
    /// As blockAt() and scalesAt(), of keys for which that has been done.
    [[nodiscard]] const std::int8_t* coarseBlockAt(std::size_t key) const;
    [[nodiscard]] const float* coarseScalesAt(std::size_t key) const;

    [[nodiscard]] std::size_t packedRowBytes() const;
    void packRows(std::size_t begin, std::size_t count, std::byte* out) const;
    void appendPacked(std::span<const std::byte> bytes);
    /// The same for remainders, [dim] each; those of keys that appendPacked() brought follow later.
    [[nodiscard]] std::size_t remainders() const { return m_remainders; }
    void packRemainders(std::size_t begin, std::size_t count, std::byte* out) const;
    void appendRemainders(std::span<const std::byte> bytes);

    /// Cuts the keys from `size` on.
    void truncate(std::size_t size);
    void clear();
    [[nodiscard]] std::size_t memoryBytes() const;

private:
    void addPageIfFull();
    void shrink(std::size_t pages);
    void place(const std::int8_t* codes, float scale);
    void placeFine(const std::int8_t* remainders);
    [[nodiscard]] std::int8_t codeAt(std::size_t key, std::size_t d) const
    {
        const std::size_t inPage = key % kPageKeys;
        const std::size_t block = inPage / kLanes * kLanes * m_paddedDim;
        return m_codes[key / kPageKeys][block + (d / 4 * kLanes + inPage % kLanes) * 4 + d % 4];
    }
    [[nodiscard]] std::size_t pages() const { return (m_size + kPageKeys - 1) / kPageKeys; }
    void placeCoarse(const Kernels& kernels, std::size_t key);
    void placeFloats(const float* key);
    [[nodiscard]] std::byte* nextPacked();

    std::size_t m_dim = 0;
    std::size_t m_paddedDim = 0;
    PackedKeyLayout m_layout;
    CacheFormat m_format = CacheFormat::float32;
    bool m_keepsRemainders = false;
    std::size_t m_size = 0;
    std::size_t m_remainders = 0; ///< keys whose fine codes are there
    const IndexDirections* m_directions = nullptr;
    std::size_t m_coarseSize = 0; ///< keys that are there in few directions
    // Pages of kPageKeys keys; those that a format does without have none.
    PageList<float> m_floats;
    PageList<std::int8_t> m_codes;
    PageList<float> m_scales;
    PageList<std::int16_t> m_fine;  ///< [key, paddedDim]
    PageList<std::int8_t> m_coarse; ///< int8 blocks of IndexDirections::kCount
    PageList<float> m_coarseScales;
    PageList<std::byte> m_packed;       ///< [key, packedRowBytes()]
    std::vector<std::int8_t> m_scratch; ///< codes, then remainders
};

/// A query head for products with fine codes: codes = round(x / scale), the scale such that a
/// product with any key stays below 2^31. Gives the scale.
float quantizeFineQuery(const float* x, std::size_t dim, std::int16_t* codes);

/// Symmetric int8: codes = round(x / scale), scale = max |x| / 127 (0 for a zero vector).
/// Gives the scale.
/// `remainders`, if given: what is left, in 256ths of the scale.
float quantizeInt8(const float* x, std::size_t dim, std::int8_t* codes,
                   std::int8_t* remainders = nullptr);

} // namespace engine
