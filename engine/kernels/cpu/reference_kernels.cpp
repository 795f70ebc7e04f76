// SPDX-License-Identifier: GPL-3.0-or-later
// The plain implementation: short loops in the order of the paper, judged only by golden vectors.
#include <algorithm>
#include <cmath>
#include <functional>
#include <vector>

#include "kernels/cpu/kernel_sets.h"

namespace engine {

namespace {

float weightAt(const PackedMatrix& w, std::size_t output, std::size_t k)
{
    const std::size_t panel = output / kPanelColumns;
    const std::size_t column = output % kPanelColumns;
    if (w.isFloat32())
        return w.floatPanel(panel)[k * kPanelColumns + column];
    return toFloat(w.halfPanel(panel)[((k / 2) * kPanelColumns + column) * 2 + (k & 1U)]);
}

float rowElement(const AttendParams& p, std::size_t row, std::size_t d)
{
    const RowList* list = p.lists;
    for (; row >= list->count; ++list)
        row -= list->count;
    if (list->areBFloat16)
        return toFloat(static_cast<const BFloat16*>(list->rows[row])[d]);
    return static_cast<const float*>(list->rows[row])[d];
}

class ReferenceKernels final : public Kernels
{
public:
    [[nodiscard]] Isa isa() const override { return Isa::reference; }

    void matmul(const MatmulParams& p) const override
    {
        const PackedMatrix& w = *p.weights;
        const std::size_t end = std::min(p.panelEnd * kPanelColumns, w.outputs());
        for (std::size_t r = 0; r < p.rows; ++r) {
            for (std::size_t n = p.panelBegin * kPanelColumns; n < end; ++n) {
                float sum = 0.0F;
                for (std::size_t k = 0; k < w.inputs(); ++k)
                    sum += p.x[r * p.xStride + k] * weightAt(w, n, k);
                p.y[r * p.yStride + n] = sum;
            }
        }
    }

    void attend(const AttendParams& p) const override
    {
        const std::size_t numRows = p.numRows();
        for (std::size_t h = 0; h < p.heads; ++h) {
            const float* q = p.q + h * p.rowStride;
            float* out = p.out + h * p.rowStride;
            float largest = -INFINITY;
            for (std::size_t i = 0; i < numRows; ++i) {
                float dot = 0.0F;
                for (std::size_t d = 0; d < p.rowStride; ++d)
                    dot += q[d] * rowElement(p, i, d);
                p.scores[i] = dot * p.scale;
                largest = std::max(largest, p.scores[i]);
            }
            float sum = std::exp(p.sinks[h] - largest);
            std::fill_n(out, p.rowStride, 0.0F);
            for (std::size_t i = 0; i < numRows; ++i) {
                const float weight = std::exp(p.scores[i] - largest);
                sum += weight;
                for (std::size_t d = 0; d < p.rowStride; ++d)
                    out[d] += weight * rowElement(p, i, d);
            }
            for (std::size_t d = 0; d < p.rowStride; ++d)
                out[d] /= sum;
        }
    }

    void scoreFloatKeys(const ScoreKeysParams& p) const override
    {
        const auto* keys = static_cast<const float*>(p.keys);
        forEachScore(p, [&](std::size_t block, std::size_t column, std::size_t row) {
            float dot = 0.0F;
            for (std::size_t d = 0; d < p.dim; ++d)
                dot += p.queries[row * p.dim + d] * keys[(block * p.dim + d) * kLanes + column];
            return dot;
        });
    }

    void scoreInt8Keys(const ScoreKeysParams& p) const override
    {
        const auto* keys = static_cast<const std::int8_t*>(p.keys);
        forEachScore(p, [&](std::size_t block, std::size_t column, std::size_t row) {
            std::int32_t dot = 0;
            for (std::size_t d = 0; d < p.dim; ++d) {
                const std::size_t at =
                    block * p.dim * kLanes + (d / 4 * kLanes + column) * 4 + d % 4;
                dot += p.queryCodes[row * p.dim + d] * keys[at];
            }
            return static_cast<float>(dot);
        });
    }

    void scoreFineKeys(const ScoreFineKeysParams& p) const override
    {
        for (std::size_t i = 0; i < p.count; ++i) {
            float score = 0.0F;
            for (std::size_t h = 0; h < p.heads; ++h) {
                std::int32_t dot = 0;
                for (std::size_t d = 0; d < p.dim; ++d)
                    dot += p.query[h * p.dim + d] * p.keys[i][d];
                score += static_cast<float>(std::max(0, dot)) * p.weights[h];
            }
            p.scores[i] = score * p.scales[i];
        }
    }

    void project(const ProjectParams& p) const override
    {
        for (std::size_t c = 0; c < p.count; ++c) {
            std::int32_t dot = 0;
            for (std::size_t d = 0; d < p.dim; ++d)
                dot += p.x[d] * p.directions[c * p.dim + d];
            p.out[c] = static_cast<float>(dot);
        }
    }

    void pool(const PoolParams& p) const override
    {
        for (std::size_t c = 0; c < p.channels; ++c) {
            float largest = -INFINITY;
            for (std::size_t s = 0; s < p.numSlots; ++s)
                largest = std::max(largest, p.gates[s][c]);
            float sum = 0.0F;
            float value = 0.0F;
            for (std::size_t s = 0; s < p.numSlots; ++s) {
                const float weight = std::exp(p.gates[s][c] - largest);
                sum += weight;
                value += weight * p.values[s][c];
            }
            p.out[c] = value / sum;
        }
    }

    void hcPost(const HcPostParams& p) const override
    {
        for (std::size_t d = 0; d < p.dim; ++d) {
            float mixed[4] = {};
            for (std::size_t k = 0; k < 4; ++k) {
                mixed[k] = p.post[k] * p.f[d];
                for (std::size_t j = 0; j < 4; ++j)
                    mixed[k] += p.combine[j * 4 + k] * p.streams[j * p.dim + d];
            }
            for (std::size_t k = 0; k < 4; ++k)
                p.streams[k * p.dim + d] = mixed[k];
        }
    }

    void rmsNorm(const float* x, const float* weight, std::size_t dim, float eps,
                 float* out) const override
    {
        const float mean = sumOfSquares(x, dim) / static_cast<float>(dim);
        const float factor = 1.0F / std::sqrt(mean + eps);
        for (std::size_t d = 0; d < dim; ++d)
            out[d] = x[d] * factor * (weight != nullptr ? weight[d] : 1.0F);
    }

    void swiglu(const float* gate, const float* up, std::size_t dim, float limit, float weight,
                float* out) const override
    {
        for (std::size_t d = 0; d < dim; ++d) {
            const float g = limit > 0.0F ? std::min(gate[d], limit) : gate[d];
            const float u = limit > 0.0F ? std::clamp(up[d], -limit, limit) : up[d];
            out[d] = g / (1.0F + std::exp(-g)) * u * weight;
        }
    }

    void weightedSum4(const float* streams, const float* weights, std::size_t dim,
                      float* out) const override
    {
        for (std::size_t d = 0; d < dim; ++d) {
            float sum = 0.0F;
            for (std::size_t i = 0; i < 4; ++i)
                sum += weights[i] * streams[i * dim + d];
            out[d] = sum;
        }
    }

    std::size_t keepAbove(const float* scores, std::size_t count, float threshold,
                          std::uint32_t base, float* keptScores,
                          std::uint32_t* keptRows) const override
    {
        std::size_t kept = 0;
        for (std::size_t i = 0; i < count; ++i) {
            if (scores[i] > threshold) {
                keptScores[kept] = scores[i];
                keptRows[kept++] = base + static_cast<std::uint32_t>(i);
            }
        }
        return kept;
    }

    float selectBest(float* scores, std::uint32_t* rows, std::size_t count,
                     std::size_t k) const override
    {
        std::vector<float> sorted(scores, scores + count);
        const auto kth = sorted.begin() + static_cast<std::ptrdiff_t>(k - 1);
        std::nth_element(sorted.begin(), kth, sorted.end(), std::greater<>());
        const float least = *kth;
        const auto above = static_cast<std::size_t>(
            std::count_if(scores, scores + count, [&](float s) { return s > least; }));
        std::size_t equals = k - above;
        std::size_t kept = 0;
        for (std::size_t i = 0; i < count; ++i) {
            if (scores[i] < least || (scores[i] == least && equals == 0))
                continue;
            equals -= scores[i] == least ? 1 : 0;
            scores[kept] = scores[i];
            rows[kept++] = rows[i];
        }
        return least;
    }

    [[nodiscard]] float sumOfSquares(const float* x, std::size_t dim) const override
    {
        float sum = 0.0F;
        for (std::size_t d = 0; d < dim; ++d)
            sum += x[d] * x[d];
        return sum;
    }

private:
    /// `dot(block, column, queryRow)` gives q_h . key without the key's scale.
    template <typename Dot>
    static void forEachScore(const ScoreKeysParams& p, Dot dot)
    {
        for (std::size_t query = 0; query < p.numQueries; ++query) {
            for (std::size_t key = 0; key < p.numBlocks * kLanes; ++key) {
                float score = 0.0F;
                for (std::size_t h = 0; h < p.heads; ++h) {
                    const std::size_t row = query * p.heads + h;
                    score += std::max(0.0F, dot(key / kLanes, key % kLanes, row)) * p.weights[row];
                }
                if (p.keyScales != nullptr)
                    score *= p.keyScales[key];
                p.scores[query * p.scoreStride + key] = score;
            }
        }
    }
};

} // namespace

const Kernels& referenceKernels()
{
    static const ReferenceKernels kernels;
    return kernels;
}

} // namespace engine
