// SPDX-License-Identifier: GPL-3.0-or-later
// The publisher's sums where it defines them; products are summed in float64 and rounded to float32
// once for each defined part, so that no order of summation is left to choose.
#include <algorithm>
#include <cmath>
#include <vector>

#include "kernels/cpu/kernel_sets.h"

namespace engine {

namespace {

constexpr std::size_t kKeysAtATime = 64; ///< keys of attention between two changes of the maximum

float halved(float x)
{
    return toFloat(toBFloat16(x));
}

/// One output of W, [inputs].
void readOutput(const PackedMatrix& w, std::size_t output, float* out)
{
    const std::size_t panel = output / kPanelColumns;
    const std::size_t column = output % kPanelColumns;
    if (w.isFloat32()) {
        const float* at = w.floatPanel(panel) + column;
        for (std::size_t k = 0; k < w.inputs(); ++k)
            out[k] = at[k * kPanelColumns];
        return;
    }
    const BFloat16* at = w.halfPanel(panel) + column * 2;
    for (std::size_t k = 0; k < w.inputs(); ++k)
        out[k] = toFloat(at[(k / 2) * kPanelColumns * 2 + (k & 1U)]);
}

float dot(const float* a, const float* b, std::size_t count)
{
    double sum = 0.0;
    for (std::size_t k = 0; k < count; ++k)
        sum += static_cast<double>(a[k]) * static_cast<double>(b[k]);
    return static_cast<float>(sum);
}

/// Softmax over keys that come in pieces, as the publisher's kernel carries it: maximum, sum and
/// output are brought to the new maximum at each piece.
class RunningSoftmax
{
public:
    RunningSoftmax(std::size_t dim, bool halveProbabilities)
        : m_out(dim), m_halve(halveProbabilities)
    {
    }

    void add(const std::vector<const float*>& keys, const std::vector<float>& scores)
    {
        const float highest = std::max(m_top, *std::max_element(scores.begin(), scores.end()));
        const float shrink = std::exp(m_top - highest);
        double sum = 0.0;
        m_weights.resize(scores.size());
        for (std::size_t i = 0; i < scores.size(); ++i) {
            m_weights[i] = std::exp(scores[i] - highest);
            sum += static_cast<double>(m_weights[i]);
            if (m_halve)
                m_weights[i] = halved(m_weights[i]);
        }
        m_total = m_total * shrink + static_cast<float>(sum);
        for (std::size_t d = 0; d < m_out.size(); ++d) {
            double part = 0.0;
            for (std::size_t i = 0; i < keys.size(); ++i)
                part += static_cast<double>(m_weights[i]) * static_cast<double>(keys[i][d]);
            m_out[d] = m_out[d] * shrink + static_cast<float>(part);
        }
        m_top = highest;
    }

    void finish(float sink, float* out) const
    {
        const float total = m_total + std::exp(sink - m_top);
        for (std::size_t d = 0; d < m_out.size(); ++d)
            out[d] = m_out[d] / total;
    }

private:
    std::vector<float> m_out;
    std::vector<float> m_weights;
    bool m_halve;
    float m_top = -INFINITY;
    float m_total = 0.0F;
};

class ExactKernels final : public Kernels
{
public:
    explicit ExactKernels(bool halveProbabilities) : m_halve(halveProbabilities) {}

    [[nodiscard]] Isa isa() const override { return Isa::reference; }

    void matmul(const MatmulParams& p) const override
    {
        const PackedMatrix& w = *p.weights;
        const std::size_t block = p.sumBlock != 0 ? p.sumBlock : w.inputs();
        const std::size_t end = std::min(p.panelEnd * kPanelColumns, w.outputs());
        std::vector<float> output(w.inputs());
        for (std::size_t n = p.panelBegin * kPanelColumns; n < end; ++n) {
            readOutput(w, n, output.data());
            for (std::size_t r = 0; r < p.rows; ++r) {
                const float* x = p.x + r * p.xStride;
                float total = 0.0F;
                for (std::size_t k = 0; k < w.inputs(); k += block)
                    total += dot(x + k, output.data() + k, std::min(block, w.inputs() - k));
                p.y[r * p.yStride + n] = total;
            }
        }
    }

    void attend(const AttendParams& p) const override
    {
        AttendGroupParams group;
        group.q = p.q;
        group.heads = p.heads;
        group.numTokens = 1;
        group.rowStride = p.rowStride;
        std::vector<std::vector<float>> floats;
        std::vector<const void*> rows;
        for (const RowList& list : p.lists) {
            floats.push_back(asFloats(list, p.rowStride));
            for (std::size_t i = 0; i < list.count; ++i)
                rows.push_back(floats.back().data() + i * p.rowStride);
        }
        group.own[0] = rows.data();
        group.numOwn[0] = rows.size();
        group.sinks = p.sinks;
        group.scale = p.scale;
        group.out = p.out;
        attendGroup(group);
    }

    /// Each list starts a piece of its own: the publisher's list of keys keeps a place for every
    /// token of the window, which is a multiple of 64, and the compressed rows follow.
    void attendGroup(const AttendGroupParams& p) const override
    {
        for (std::size_t t = 0; t < p.numTokens; ++t) {
            std::vector<std::vector<float>> lists;
            for (const SharedRows& shared : p.shared)
                lists.push_back(asFloats({shared.rows + shared.begin[t],
                                          shared.end[t] - shared.begin[t], shared.areBFloat16},
                                         p.rowStride));
            lists.push_back(asFloats({p.own[t], p.numOwn[t], p.ownAreBFloat16}, p.rowStride));
            for (std::size_t h = 0; h < p.heads; ++h) {
                const std::size_t at = (t * p.heads + h) * p.rowStride;
                RunningSoftmax softmax(p.rowStride, m_halve);
                for (const auto& list : lists)
                    addList(p, p.q + at, list, softmax);
                softmax.finish(p.sinks[h], p.out + at);
            }
        }
    }

    /// Every stage in bfloat16 (reference section 2.6).
    void scoreFloatKeys(const ScoreKeysParams& p) const override
    {
        const auto* keys = static_cast<const float*>(p.keys);
        std::vector<float> key(p.dim);
        for (std::size_t i = 0; i < p.numBlocks * kLanes; ++i) {
            const float* at = keys + i / kLanes * p.dim * kLanes + i % kLanes;
            for (std::size_t d = 0; d < p.dim; ++d)
                key[d] = at[d * kLanes];
            for (std::size_t query = 0; query < p.numQueries; ++query) {
                double sum = 0.0;
                for (std::size_t h = 0; h < p.heads; ++h) {
                    const std::size_t row = query * p.heads + h;
                    const float score = halved(dot(p.queries + row * p.dim, key.data(), p.dim));
                    sum += static_cast<double>(halved(std::max(0.0F, score) * p.weights[row]));
                }
                p.scores[query * p.scoreStride + i] = halved(static_cast<float>(sum));
            }
        }
    }

    void rmsNorm(const float* x, const float* weight, std::size_t dim, float eps,
                 float* out) const override
    {
        const float mean = static_cast<float>(squares(x, dim) / static_cast<double>(dim));
        const float factor = 1.0F / std::sqrt(mean + eps);
        for (std::size_t d = 0; d < dim; ++d)
            out[d] = x[d] * factor * (weight != nullptr ? weight[d] : 1.0F);
    }
    [[nodiscard]] float sumOfSquares(const float* x, std::size_t dim) const override
    {
        return static_cast<float>(squares(x, dim));
    }

    // Nothing to define: float32 element by element, or sums of four.
    void scoreInt8Keys(const ScoreKeysParams& p) const override { m_plain.scoreInt8Keys(p); }
    void scoreFineKeys(const ScoreFineKeysParams& p) const override { m_plain.scoreFineKeys(p); }
    void project(const ProjectParams& p) const override { m_plain.project(p); }
    void pool(const PoolParams& p) const override { m_plain.pool(p); }
    void hcPost(const HcPostParams& p) const override { m_plain.hcPost(p); }
    void swiglu(const float* gate, const float* up, std::size_t dim, float limit, float weight,
                float* out) const override
    {
        m_plain.swiglu(gate, up, dim, limit, weight, out);
    }
    void weightedSum4(const float* streams, const float* weights, std::size_t dim,
                      float* out) const override
    {
        m_plain.weightedSum4(streams, weights, dim, out);
    }
    std::size_t keepAbove(const float* scores, std::size_t count, float threshold,
                          std::uint32_t base, float* keptScores,
                          std::uint32_t* keptRows) const override
    {
        return m_plain.keepAbove(scores, count, threshold, base, keptScores, keptRows);
    }
    float selectBest(float* scores, std::uint32_t* rows, std::size_t count,
                     std::size_t k) const override
    {
        return m_plain.selectBest(scores, rows, count, k);
    }

private:
    static double squares(const float* x, std::size_t dim)
    {
        double sum = 0.0;
        for (std::size_t d = 0; d < dim; ++d)
            sum += static_cast<double>(x[d]) * static_cast<double>(x[d]);
        return sum;
    }

    static std::vector<float> asFloats(const RowList& list, std::size_t rowStride)
    {
        std::vector<float> out(list.count * rowStride);
        for (std::size_t i = 0; i < list.count; ++i) {
            for (std::size_t d = 0; d < rowStride; ++d)
                out[i * rowStride + d] =
                    list.areBFloat16 ? toFloat(static_cast<const BFloat16*>(list.rows[i])[d])
                                     : static_cast<const float*>(list.rows[i])[d];
        }
        return out;
    }

    static void addList(const AttendGroupParams& p, const float* q, const std::vector<float>& list,
                        RunningSoftmax& softmax)
    {
        const std::size_t count = list.size() / p.rowStride;
        std::vector<const float*> keys;
        std::vector<float> scores;
        for (std::size_t begin = 0; begin < count; begin += kKeysAtATime) {
            keys.clear();
            scores.clear();
            for (std::size_t i = begin; i < std::min(begin + kKeysAtATime, count); ++i) {
                keys.push_back(list.data() + i * p.rowStride);
                scores.push_back(dot(q, keys.back(), p.rowStride) * p.scale);
            }
            softmax.add(keys, scores);
        }
    }

    const Kernels& m_plain = referenceKernels();
    bool m_halve;
};

} // namespace

const Kernels& exactKernels()
{
    static const ExactKernels kernels(true);
    return kernels;
}

const Kernels& exactKernelsWithPlainProbabilities()
{
    static const ExactKernels kernels(false);
    return kernels;
}

} // namespace engine
