// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstddef>
#include <optional>
#include <vector>

#include "evidence.h"

namespace answering {

/// A passage to read. `promise` is what speaks for it before: its score cannot become larger.
struct PromisingPassage
{
    Evidence evidence; ///< `found` is ignored
    double promise = 0.0;
};

/// Follows which of the passages being read answers, and knows when that is certain.
///
/// A passage that was read scores its promise plus ln(found), so what is still unread scores at
/// most its promise. The leader is the best among the passages that are taken for answers;
/// it is settled as soon as it scores no less than anything unread could. What is shown of a
/// settled leader is never taken back.
class LeadingPassage
{
public:
    /// The passages in the order of reading.
    explicit LeadingPassage(std::vector<PromisingPassage> passages);

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
        return m_passages[passage].evidence;
    }

private:
    [[nodiscard]] bool comesBefore(std::size_t left, std::size_t right) const;

    std::vector<PromisingPassage> m_passages;
    std::vector<bool> m_isOpened;
};

} // namespace answering
