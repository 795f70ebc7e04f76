// SPDX-License-Identifier: GPL-3.0-or-later
#include "model/expected_tensors.h"

#include <fmt/format.h>

namespace engine {

namespace {

class List
{
public:
    explicit List(const ModelConfig& config) : m_config(config) {}

    std::vector<ExpectedTensor> tensors;

    void matrix(std::string name, std::size_t outputs, std::size_t inputs,
                TensorRole role = TensorRole::matrix)
    {
        tensors.push_back({std::move(name), {outputs, inputs}, role});
    }

    void vector(std::string name, std::vector<std::size_t> shape)
    {
        tensors.push_back({std::move(name), std::move(shape), TensorRole::vector});
    }

    void hyperConnection(const std::string& prefix, std::size_t mixes, std::size_t scales)
    {
        matrix(prefix + "_fn", mixes, m_config.hcStreams * m_config.modelDim);
        vector(prefix + "_base", {mixes});
        vector(prefix + "_scale", {scales});
    }

    void compressor(const std::string& prefix, std::size_t ratio, std::size_t rowDim)
    {
        const std::size_t width = ratio == ModelConfig::kCsaRatio ? 2 * rowDim : rowDim;
        vector(prefix + "ape", {ratio, width});
        matrix(prefix + "wkv.weight", width, m_config.modelDim);
        matrix(prefix + "wgate.weight", width, m_config.modelDim);
        vector(prefix + "norm.weight", {rowDim});
    }

    void attention(const std::string& prefix, std::size_t ratio)
    {
        const std::size_t heads = m_config.numHeads * m_config.headDim;
        vector(prefix + "attn_sink", {m_config.numHeads});
        matrix(prefix + "wq_a.weight", m_config.queryRank, m_config.modelDim);
        vector(prefix + "q_norm.weight", {m_config.queryRank});
        matrix(prefix + "wq_b.weight", heads, m_config.queryRank);
        matrix(prefix + "wkv.weight", m_config.headDim, m_config.modelDim);
        vector(prefix + "kv_norm.weight", {m_config.headDim});
        matrix(prefix + "wo_a.weight", m_config.outputGroups * m_config.outputRank,
               heads / m_config.outputGroups);
        matrix(prefix + "wo_b.weight", m_config.modelDim,
               m_config.outputGroups * m_config.outputRank);
        if (ratio == 0)
            return;
        compressor(prefix + "compressor.", ratio, m_config.headDim);
        if (ratio != ModelConfig::kCsaRatio)
            return;
        matrix(prefix + "indexer.wq_b.weight", m_config.indexHeads * m_config.indexHeadDim,
               m_config.queryRank);
        matrix(prefix + "indexer.weights_proj.weight", m_config.indexHeads, m_config.modelDim);
        compressor(prefix + "indexer.compressor.", ratio, m_config.indexHeadDim);
    }

    void expert(const std::string& prefix, std::size_t dim, TensorRole role)
    {
        matrix(prefix + "w1.weight", dim, m_config.modelDim, role);
        matrix(prefix + "w2.weight", m_config.modelDim, dim, role);
        matrix(prefix + "w3.weight", dim, m_config.modelDim, role);
    }

    void feedForward(const std::string& prefix, bool hashRouting)
    {
        matrix(prefix + "gate.weight", m_config.routedExperts, m_config.modelDim);
        if (hashRouting)
            tensors.push_back({prefix + "gate.tid2eid",
                               {m_config.vocabSize, m_config.expertsPerToken},
                               TensorRole::tokenMap});
        else
            vector(prefix + "gate.bias", {m_config.routedExperts});
        for (std::size_t e = 0; e < m_config.routedExperts; ++e)
            expert(fmt::format("{}experts.{}.", prefix, e), m_config.expertDim, TensorRole::expert);
        if (m_config.sharedExperts != 0)
            expert(prefix + "shared_experts.", m_config.sharedExperts * m_config.expertDim,
                   TensorRole::matrix);
    }

    void layer(const std::string& prefix, std::size_t ratio, bool hashRouting)
    {
        const std::size_t mixes = (2 + m_config.hcStreams) * m_config.hcStreams;
        constexpr std::size_t kScales = 3;
        hyperConnection(prefix + "hc_attn", mixes, kScales);
        hyperConnection(prefix + "hc_ffn", mixes, kScales);
        vector(prefix + "attn_norm.weight", {m_config.modelDim});
        vector(prefix + "ffn_norm.weight", {m_config.modelDim});
        attention(prefix + "attn.", ratio);
        feedForward(prefix + "ffn.", hashRouting);
    }

    void mtpBlock(const std::string& prefix)
    {
        layer(prefix, 0, false);
        matrix(prefix + "e_proj.weight", m_config.modelDim, m_config.modelDim);
        matrix(prefix + "h_proj.weight", m_config.modelDim, m_config.modelDim);
        for (const char* norm : {"enorm.weight", "hnorm.weight", "norm.weight"})
            vector(prefix + norm, {m_config.modelDim});
        hyperConnection(prefix + "hc_head", m_config.hcStreams, 1);
    }

private:
    const ModelConfig& m_config;
};

} // namespace

std::vector<ExpectedTensor> expectedTensors(const ModelConfig& config, std::size_t mtpBlocks)
{
    List list(config);
    list.matrix("embed.weight", config.vocabSize, config.modelDim);
    for (std::size_t i = 0; i < config.numLayers; ++i)
        list.layer(fmt::format("layers.{}.", i), config.compressRatios[i],
                   i < config.numHashLayers);
    list.hyperConnection("hc_head", config.hcStreams, 1);
    list.vector("norm.weight", {config.modelDim});
    list.matrix("head.weight", config.vocabSize, config.modelDim);
    for (std::size_t i = 0; i < mtpBlocks; ++i)
        list.mtpBlock(fmt::format("mtp.{}.", i));
    return std::move(list.tensors);
}

std::string scaleNameOf(const std::string& matrix)
{
    constexpr std::string_view kWeight = "weight";
    if (!matrix.ends_with(kWeight))
        return matrix + ".scale"; // hc_*_fn is F32 wherever it was seen
    return matrix.substr(0, matrix.size() - kWeight.size()) + "scale";
}

} // namespace engine
