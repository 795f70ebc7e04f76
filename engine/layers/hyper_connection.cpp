// SPDX-License-Identifier: GPL-3.0-or-later
#include "layers/hyper_connection.h"

#include <algorithm>
#include <cmath>

namespace engine {

namespace {

float sigmoid(float x)
{
    return 1.0F / (1.0F + std::exp(-x));
}

/// One 4x4 matrix for each of 16 tokens, element by element side by side, so that the compiler
/// works on all of them at once.
struct MatrixLanes
{
    float at[kStreams][kStreams][kLanes];
};

void divideRows(MatrixLanes& m, float eps)
{
    for (auto& row : m.at) {
        float sum[kLanes];
        for (std::size_t t = 0; t < kLanes; ++t)
            sum[t] = (row[0][t] + row[1][t]) + (row[2][t] + row[3][t]) + eps;
        for (auto& element : row)
            for (std::size_t t = 0; t < kLanes; ++t)
                element[t] /= sum[t];
    }
}

void divideColumns(MatrixLanes& m, float eps)
{
    for (std::size_t k = 0; k < kStreams; ++k) {
        float sum[kLanes];
        for (std::size_t t = 0; t < kLanes; ++t)
            sum[t] = (m.at[0][k][t] + m.at[1][k][t]) + (m.at[2][k][t] + m.at[3][k][t]) + eps;
        for (auto& row : m.at)
            for (std::size_t t = 0; t < kLanes; ++t)
                row[k][t] /= sum[t];
    }
}

/// Softmax over destinations, then alternating divisions, ending on columns (section 2.2 step 5).
void sinkhorn(MatrixLanes& m, std::size_t iterations, float eps)
{
    for (auto& row : m.at) {
        for (std::size_t t = 0; t < kLanes; ++t) {
            const float top =
                std::max(std::max(row[0][t], row[1][t]), std::max(row[2][t], row[3][t]));
            float sum = 0.0F;
            for (auto& element : row) {
                element[t] = std::exp(element[t] - top);
                sum += element[t];
            }
            for (auto& element : row)
                element[t] = element[t] / sum + eps;
        }
    }
    divideColumns(m, eps);
    for (std::size_t i = 1; i < iterations; ++i) {
        divideRows(m, eps);
        divideColumns(m, eps);
    }
}

} // namespace

void HyperConnection::reset(const ModelConfig& config, std::size_t maxTokens)
{
    static_cast<void>(config);
    m_mixes.reset(maxTokens, kMixes);
    m_post.reset(maxTokens, kStreams);
    m_combine.reset(maxTokens, kStreams * kStreams);
}

void HyperConnection::pre(const Block& block, const HyperConnectionWeights& weights,
                          const Rows& streams, Rows& input)
{
    const ModelConfig& config = block.config;
    const std::size_t width = kStreams * config.modelDim;
    linear(block, streams.row(0), streams.stride(), block.size(), weights.fn, m_mixes.row(0),
           m_mixes.stride());
    const float* base = weights.base.data();
    const float* scale = weights.scale.data();
    const auto sixteen = [&](std::size_t begin, std::size_t end, std::size_t) {
        MatrixLanes m = {};
        for (std::size_t t = begin; t < end; ++t) {
            const float* x = streams.row(t);
            float* z = m_mixes.row(t);
            const float mean = block.kernels.sumOfSquares(x, width) / static_cast<float>(width);
            const float r = 1.0F / std::sqrt(mean + config.normEps);
            float pre[kStreams];
            for (std::size_t i = 0; i < kStreams; ++i) {
                pre[i] = sigmoid(z[i] * r * scale[0] + base[i]) + config.hcEps;
                m_post.row(t)[i] =
                    2.0F * sigmoid(z[kStreams + i] * r * scale[1] + base[kStreams + i]);
            }
            for (std::size_t i = 0; i < kStreams * kStreams; ++i)
                m.at[i / kStreams][i % kStreams][t - begin] =
                    z[2 * kStreams + i] * r * scale[2] + base[2 * kStreams + i];
            block.kernels.weightedSum4(x, pre, config.modelDim, input.row(t));
            block.grid.toBFloat16(input.row(t), config.modelDim);
        }
        sinkhorn(m, config.hcSinkhornIterations, config.hcEps);
        for (std::size_t t = begin; t < end; ++t)
            for (std::size_t i = 0; i < kStreams * kStreams; ++i)
                m_combine.row(t)[i] = m.at[i / kStreams][i % kStreams][t - begin];
    };
    block.pool.forRange(block.size(), kLanes,
                        [&](std::size_t begin, std::size_t end, std::size_t thread) {
                            for (std::size_t t = begin; t < end; t += kLanes)
                                sixteen(t, std::min(t + kLanes, end), thread);
                        });
}

void HyperConnection::post(const Block& block, const Rows& output, Rows& streams) const
{
    block.pool.forRange(block.size(), kLanes, [&](std::size_t begin, std::size_t end, std::size_t) {
        for (std::size_t t = begin; t < end; ++t) {
            HcPostParams p;
            p.streams = streams.row(t);
            p.f = output.row(t);
            p.post = m_post.row(t);
            p.combine = m_combine.row(t);
            p.dim = block.config.modelDim;
            block.kernels.hcPost(p);
            block.grid.toBFloat16(streams.row(t), kStreams * p.dim);
        }
    });
}

void collapseStreams(const Block& block, const HyperConnectionWeights& weights,
                     const float* streams, float* out)
{
    const ModelConfig& config = block.config;
    const std::size_t width = kStreams * config.modelDim;
    float z[kLanes] = {};
    linear(block, streams, roundUp(width, kLanes), 1, weights.fn, z, kLanes);
    const float mean = block.kernels.sumOfSquares(streams, width) / static_cast<float>(width);
    const float r = 1.0F / std::sqrt(mean + config.normEps);
    float pre[kStreams];
    for (std::size_t i = 0; i < kStreams; ++i)
        pre[i] = sigmoid(z[i] * r * weights.scale[0] + weights.base[i]) + config.hcEps;
    block.kernels.weightedSum4(streams, pre, config.modelDim, out);
    block.grid.toBFloat16(out, config.modelDim);
}

} // namespace engine
