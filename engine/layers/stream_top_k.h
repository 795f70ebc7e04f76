// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "kernels/kernels.h"

namespace engine {

/// The k best of a stream of scores without keeping or sorting them all: scores below the k-th
/// best so far are dropped as they pass. Equal scores: the lower row wins.
class StreamTopK
{
public:
    void start(std::size_t k)
    {
        m_k = k;
        m_count = 0;
        m_threshold = -INFINITY;
        m_scores.resize(2 * k + kPiece + kLanes);
        m_rows.resize(m_scores.size());
    }

    /// Rows must come in ascending order.
    void add(const Kernels& kernels, const float* scores, std::size_t count, std::uint32_t firstRow)
    {
        for (std::size_t i = 0; i < count; i += kPiece) {
            const std::size_t piece = std::min(kPiece, count - i);
            m_count += kernels.keepAbove(scores + i, piece, m_threshold,
                                         firstRow + static_cast<std::uint32_t>(i),
                                         m_scores.data() + m_count, m_rows.data() + m_count);
            if (m_count >= 2 * m_k)
                shrink();
        }
    }

    /// The chosen rows, ascending.
    void finish(std::vector<std::uint32_t>& rows)
    {
        shrink();
        rows.assign(m_rows.begin(), m_rows.begin() + static_cast<std::ptrdiff_t>(m_count));
        std::sort(rows.begin(), rows.end());
    }

private:
    static constexpr std::size_t kPiece = 256;

    void shrink()
    {
        if (m_count <= m_k)
            return;
        m_order.resize(m_count);
        for (std::size_t i = 0; i < m_count; ++i)
            m_order[i] = {m_scores[i], m_rows[i]};
        const auto nth = m_order.begin() + static_cast<std::ptrdiff_t>(m_k);
        std::nth_element(m_order.begin(), nth - 1, m_order.end(), [](const Kept& a, const Kept& b) {
            return a.score != b.score ? a.score > b.score : a.row < b.row;
        });
        m_threshold = m_order[m_k - 1].score;
        for (std::size_t i = 0; i < m_k; ++i) {
            m_scores[i] = m_order[i].score;
            m_rows[i] = m_order[i].row;
        }
        m_count = m_k;
    }

    struct Kept
    {
        float score = 0.0F;
        std::uint32_t row = 0;
    };

    std::size_t m_k = 0;
    std::size_t m_count = 0;
    float m_threshold = 0.0F;
    std::vector<float> m_scores;
    std::vector<std::uint32_t> m_rows;
    std::vector<Kept> m_order;
};

} // namespace engine
