// SPDX-License-Identifier: GPL-3.0-or-later
#include "literal_quote.h"

#include <algorithm>

#include "read_text.h"

namespace answering {

ByteRange literalQuote(std::string_view passage, bool isCode, const WordWeights& words)
{
    const auto read = makeReadText(passage, isCode);
    ByteRange best;
    double bestShare = -1.0;
    for (const auto& unit : read.units) {
        const double share =
            words.shareIn(std::string_view(read.text).substr(unit.begin, unit.size()));
        if (share > bestShare) {
            bestShare = share;
            best = read.toPassage(unit);
        }
    }
    return best;
}

double bestSentenceShare(std::string_view passage, bool isCode, const WordWeights& words)
{
    const auto read = makeReadText(passage, isCode);
    double best = 0.0;
    for (const auto& unit : read.units) {
        best = std::max(best,
                        words.shareIn(std::string_view(read.text).substr(unit.begin, unit.size())));
    }
    return best;
}

} // namespace answering
