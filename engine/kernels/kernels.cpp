// SPDX-License-Identifier: GPL-3.0-or-later
#include "kernels/kernels.h"

namespace engine {

void Kernels::matmulMany(const MatmulParams* parts, std::size_t count) const
{
    for (std::size_t i = 0; i < count; ++i)
        matmul(parts[i]);
}

void Kernels::attendGroup(const AttendGroupParams& p) const
{
    static thread_local std::vector<const void*> rows;
    static thread_local AlignedArray<float> scores;
    for (std::size_t t = 0; t < p.numTokens; ++t) {
        rows.clear();
        for (const SharedRows& shared : p.shared)
            rows.insert(rows.end(), shared.rows + shared.begin[t], shared.rows + shared.end[t]);
        rows.insert(rows.end(), p.own[t], p.own[t] + p.numOwn[t]);
        const std::size_t scoreCount = p.heads * roundUp(rows.size(), kLanes);
        if (scores.size() < scoreCount)
            scores.reset(2 * scoreCount);
        AttendParams one;
        one.q = p.q + t * p.heads * p.rowStride;
        one.heads = p.heads;
        one.rowStride = p.rowStride;
        one.rows = rows.data();
        one.numRows = rows.size();
        one.rowsAreBFloat16 = p.rowsAreBFloat16;
        one.sinks = p.sinks;
        one.scale = p.scale;
        one.scores = scores.data();
        one.out = p.out + t * p.heads * p.rowStride;
        attend(one);
    }
}

} // namespace engine
