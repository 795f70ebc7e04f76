// SPDX-License-Identifier: GPL-3.0-or-later
#include "leading_passage.h"

#include <algorithm>
#include <cmath>
#include <utility>

namespace answering {

LeadingPassage::LeadingPassage(std::vector<PromisingPassage> passages)
    : m_passages(std::move(passages)), m_isOpened(m_passages.size(), false)
{
}

void LeadingPassage::opened(std::size_t passage, double found)
{
    m_passages[passage].evidence.found = found;
    m_isOpened[passage] = true;
}

double LeadingPassage::score(std::size_t passage) const
{
    constexpr double kLeastFound = 1e-9; // ln stays finite
    const auto& read = m_passages[passage];
    return read.promise + std::log(std::max(read.evidence.found, kLeastFound));
}

bool LeadingPassage::isAnswer(std::size_t passage) const
{
    return m_isOpened[passage] && answering::isAnswer(m_passages[passage].evidence);
}

bool LeadingPassage::comesBefore(std::size_t left, std::size_t right) const
{
    const bool leftAnswers = isAnswer(left);
    if (leftAnswers != isAnswer(right)) {
        return leftAnswers;
    }
    return score(left) > score(right);
}

std::vector<std::size_t> LeadingPassage::ranking() const
{
    std::vector<std::size_t> order;
    for (std::size_t i = 0; i < m_passages.size(); ++i) {
        if (m_isOpened[i]) {
            order.push_back(i);
        }
    }
    std::stable_sort(order.begin(), order.end(),
                     [&](std::size_t a, std::size_t b) { return comesBefore(a, b); });
    return order;
}

std::optional<std::size_t> LeadingPassage::settled() const
{
    const auto order = ranking();
    if (order.empty() || !isAnswer(order.front())) {
        return std::nullopt;
    }
    const double best = score(order.front());
    for (std::size_t i = 0; i < m_passages.size(); ++i) {
        // An unread passage that stands earlier would win a tie.
        const double bound = m_passages[i].promise;
        if (!m_isOpened[i] && (bound > best || (bound == best && i < order.front()))) {
            return std::nullopt;
        }
    }
    return order.front();
}

} // namespace answering
