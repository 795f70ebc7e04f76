// SPDX-License-Identifier: GPL-3.0-or-later
#include "session/drafter.h"

namespace engine {

Drafter::Drafter(const Model& model, Transformer& transformer, CacheFormat format,
                 std::uint64_t length)
    : m_model(model), m_transformer(transformer), m_format(format)
{
    start(length);
}

/// The last token read is the first whose successor will be seen.
void Drafter::start(std::uint64_t length)
{
    const ModelConfig& config = m_model.config();
    m_begin = length == 0 ? 0 : length - 1;
    m_cache = LayerCache();
    m_cache.window =
        WindowRing(config.headDim, config.windowTokens + Transformer::kBlockTokens, m_format,
                   config.ropeDim, m_transformer.kernels().isa() == Isa::amx);
}

void Drafter::follow(std::uint64_t firstPosition, std::span<const TokenId> tokens,
                     const std::vector<float>& before)
{
    // The block sees a token together with the one after it, so it is one token behind.
    std::vector<const float*> trunk;
    std::span<const TokenId> next = tokens;
    if (before.empty())
        next = next.subspan(1);
    else
        trunk.push_back(before.data());
    for (std::size_t t = 0; t + 1 < tokens.size(); ++t)
        trunk.push_back(m_transformer.streams(t));
    if (next.empty())
        return;
    const std::uint64_t first = before.empty() ? firstPosition : firstPosition - 1;
    m_transformer.predictNext(first - m_begin, trunk, next, m_cache);
}

void Drafter::rewind(std::uint64_t length)
{
    if (length <= m_begin)
        start(length);
}

void Drafter::draft(std::uint64_t position, const std::vector<float>& streams, TokenId next,
                    std::vector<float>& logits)
{
    const float* trunk = streams.data();
    m_transformer.predictNext(position - m_begin, std::span(&trunk, 1), std::span(&next, 1),
                              m_cache);
    const float* predicted = m_transformer.predicted(0);
    m_predicted.assign(predicted, predicted + kStreams * m_model.config().modelDim);
    logits.resize(m_model.config().vocabSize);
    m_transformer.predictedLogits(m_predicted.data(), logits.data());
}

} // namespace engine
