// SPDX-License-Identifier: GPL-3.0-or-later
#include "session/synthetic_cache.h"

#include <algorithm>
#include <random>

namespace engine {

namespace {

/// Rows are pieces of one long run of normal numbers, each from a place of its own: as good as
/// independent for a scalar product, and a million rows are made as fast as memory is copied.
class NormalRows
{
public:
    NormalRows()
    {
        std::mt19937_64 generator(1);
        std::normal_distribution<float> normal;
        for (float& value : m_numbers)
            value = normal(generator);
    }

    /// Valid until the next call.
    [[nodiscard]] const float* next(std::size_t dim)
    {
        m_state = m_state * 6364136223846793005U + 1442695040888963407U;
        return m_numbers.data() + (m_state >> 33U) % (m_numbers.size() - dim);
    }

private:
    static constexpr std::size_t kNumbers = std::size_t{1} << 18U;
    std::vector<float> m_numbers = std::vector<float>(kNumbers);
    std::uint64_t m_state = 1;
};

void fillLayer(Session::Impl& session, std::size_t layer, std::uint64_t length, NormalRows& rows)
{
    const ModelConfig& config = session.model->config();
    LayerCache& cache = session.caches[layer];
    const std::uint64_t kept = std::min<std::uint64_t>(length, config.windowTokens);
    for (std::uint64_t position = length - kept; position < length; ++position)
        cache.window.put(position, rows.next(config.headDim));
    const std::uint64_t count = session.rowCount(layer, length);
    for (std::uint64_t row = 0; row < count; ++row)
        cache.compressedRows.append(rows.next(config.headDim));
    for (std::uint64_t row = 0; config.isCsa(layer) && row < count; ++row)
        cache.indexKeys.append(rows.next(config.indexHeadDim));
    for (CompressorState* state : {&cache.compressor, &cache.indexCompressor}) {
        for (const std::span<float> part : state->usedRows(length))
            std::copy_n(rows.next(part.size()), part.size(), part.data());
    }
}

} // namespace

void fillSynthetically(Session::Impl& session, std::uint64_t length)
{
    NormalRows rows;
    for (std::size_t layer = 0; layer < session.model->config().numLayers; ++layer)
        fillLayer(session, layer, length, rows);
    session.length = length;
}

} // namespace engine
