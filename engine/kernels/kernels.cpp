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
    static thread_local AlignedArray<float> scores;
    for (std::size_t t = 0; t < p.numTokens; ++t) {
        AttendParams one;
        one.q = p.q + t * p.heads * p.rowStride;
        one.heads = p.heads;
        one.rowStride = p.rowStride;
        std::size_t list = 0;
        for (const SharedRows& shared : p.shared)
            one.lists[list++] = {shared.rows + shared.begin[t], shared.end[t] - shared.begin[t],
                                 shared.areBFloat16};
        one.lists[list] = {p.own[t], p.numOwn[t], p.ownAreBFloat16};
        one.sinks = p.sinks;
        one.scale = p.scale;
        const std::size_t scoreCount = p.heads * roundUp(one.numRows(), kLanes);
        if (scores.size() < scoreCount)
            scores.reset(2 * scoreCount);
        one.scores = scores.data();
        one.out = p.out + t * p.heads * p.rowStride;
        attend(one);
    }
}

} // namespace engine
