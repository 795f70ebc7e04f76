// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "answering/passage_reader.h"

namespace answering {

/// The words of a question with their weights, looked for in short texts. Words are compared by
/// their first letters without case, so that endings do not count.
class WordWeights
{
public:
    explicit WordWeights(std::span<const WeightedWord> words);

    /// Share of the words' weight that a text holds, 0 to 1; 0 without words.
    [[nodiscard]] double shareIn(std::string_view text) const;

private:
    struct Stem
    {
        std::u32string begin;
        double weight = 0.0;
    };

    std::vector<Stem> m_stems;
    double m_total = 0.0;
};

} // namespace answering
