// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstddef>
#include <optional>
#include <vector>

#include "evidence.h"

namespace answering {

/// Follows which of the passages being read answers, and knows when that is certain.
///
/// A passage that was read scores its located score plus ln(found), so what is still unread scores
/// at most its located score. The leader is the best among the passages that are taken for answers;
/// it is settled as soon as it scores no less than anything unread could. What is shown of a
/// settled leader is never taken back.
class LeadingPassage
{
public:
    /// Evidence of each passage before it is read (`found` is ignored), in the order of reading.
    explicit LeadingPassage(std::vector<Evidence> passages);

    void opened(std::size_t passage, double found);

    /// The leader, once it is settled.
    [[nodiscard]] std::optional<std::size_t> settled() const;

    /// Passages that were opened, those taken for answers first, then by score; ties keep the order
    /// of reading. The first one is the settled leader if there is one.
    [[nodiscard]] std::vector<std::size_t> ranking() const;

    [[nodiscard]] double score(std::size_t passage) const;
    [[nodiscard]] bool isAnswer(std::size_t passage) const;
    [[nodiscard]] const Evidence& evidence(std::size_t passage) const
    {
        return m_evidence[passage];
    }

private:
    [[nodiscard]] bool comesBefore(std::size_t left, std::size_t right) const;

    std::vector<Evidence> m_evidence;
    std::vector<bool> m_isOpened;
};

} // namespace answering
