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
/// best so far are dropped as they pass, and what was kept is thinned when the buffer is full.
/// Equal scores: the lower row wins.
class StreamTopK
{
public:
    void start(std::size_t k)
    {
        m_k = k;
        m_count = 0;
        m_threshold = -INFINITY;
        m_scores.resize(capacity() + kPiece + kLanes);
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
            if (m_count >= capacity())
                thin(kernels);
        }
    }

    /// Adds what `later` found among rows that come after those seen here.
    void addLater(const Kernels& kernels, StreamTopK& later)
    {
        const std::size_t more = later.thin(kernels);
        if (m_count + more > capacity())
            thin(kernels);
        std::copy_n(later.m_scores.data(), more, m_scores.data() + m_count);
        std::copy_n(later.m_rows.data(), more, m_rows.data() + m_count);
        m_count += more;
    }

    /// Drops all but the k best; gives how many there are. They may be looked at, rows ascending,
    /// and scored anew; the arrays have room for kLanes entries more.
    std::size_t thin(const Kernels& kernels)
    {
        if (m_count > m_k) {
            m_threshold = kernels.selectBest(m_scores.data(), m_rows.data(), m_count, m_k);
            m_count = m_k;
        }
        return m_count;
    }
    [[nodiscard]] float* scores() { return m_scores.data(); }
    [[nodiscard]] const std::uint32_t* rows() const { return m_rows.data(); }
    /// From now on fewer are wanted.
    void narrow(std::size_t k) { m_k = k; }

    /// The chosen rows, ascending.
    void finish(const Kernels& kernels, std::vector<std::uint32_t>& rows)
    {
        thin(kernels);
        rows.assign(m_rows.begin(), m_rows.begin() + static_cast<std::ptrdiff_t>(m_count));
    }

private:
    static constexpr std::size_t kPiece = 256;

    /// Thinning costs a few passes over the buffer, and until then the threshold is too low. Twice
    /// k was fastest: of n rows in no particular order about k ln(n / k) pass.
    [[nodiscard]] std::size_t capacity() const { return 2 * m_k; }

    std::size_t m_k = 0;
    std::size_t m_count = 0;
    float m_threshold = 0.0F;
    std::vector<float> m_scores;
    std::vector<std::uint32_t> m_rows;
};

} // namespace engine
