// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

namespace engine {

/// The k best rows with equal scores falling as they do in the reference's float32 pass.
///
/// Rows on which no head is positive all score exactly 0, so ties at the edge of the top k are
/// common, and a row more or less moves logits by a percent. The reference leaves their order
/// to torch.topk; on the CPU that is a selection over all `entries` rows of the pass (invisible
/// ones at minus infinity) with the standard library's nth_element, or partial_sort from 64 k
/// entries on. Golden vectors are only comparable with the same choice; sessions use
/// StreamTopK, where the lower row wins.
inline void referenceTopK(const std::vector<float>& visibleScores, std::size_t entries,
                          std::size_t k, std::vector<std::uint32_t>& rows)
{
    std::vector<std::pair<float, std::uint32_t>> queue(std::max(entries, visibleScores.size()));
    for (std::size_t i = 0; i < queue.size(); ++i)
        queue[i] = {i < visibleScores.size() ? visibleScores[i] : -INFINITY,
                    static_cast<std::uint32_t>(i)};
    k = std::min(k, queue.size());
    const auto better = [](const auto& a, const auto& b) {
        return (std::isnan(a.first) && !std::isnan(b.first)) || a.first > b.first;
    };
    const auto kth = queue.begin() + static_cast<std::ptrdiff_t>(k);
    if (k * 64 <= queue.size())
        std::partial_sort(queue.begin(), kth, queue.end(), better);
    else if (k > 0)
        std::nth_element(queue.begin(), kth - 1, queue.end(), better);
    rows.clear();
    for (std::size_t i = 0; i < k; ++i) {
        if (queue[i].second < visibleScores.size())
            rows.push_back(queue[i].second);
    }
    std::sort(rows.begin(), rows.end());
}

} // namespace engine
