// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstddef>
#include <functional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "engine/tokenizer.h"
#include "text/text_splitter.h"
#include "text/word_cache.h"
#include "text/word_merger.h"

namespace engine {

/// Any bytes to tokens: cut into words, each word looked up in the cache or merged.
///
/// Thread rule: const and shared; each thread brings its own Scratch.
class TextEncoder final
{
public:
    struct Scratch
    {
        SplitScratch split;
        WordMerger::Scratch merge;
        WordCache cache;
    };

    struct BytesHash
    {
        using is_transparent = void;
        std::size_t operator()(std::string_view bytes) const
        {
            return std::hash<std::string_view>()(bytes);
        }
    };
    using WordTable = std::unordered_map<std::string, TokenId, BytesHash, std::equal_to<>>;

    /// `wholeWords`: tokens that a word becomes without any merging; empty for most tokenizers.
    TextEncoder(TextSplitter splitter, WordMerger merger, WordTable wholeWords);

    /// Appends the tokens of `text` to `out`. Bytes that are no UTF-8 become one token each, and
    /// the text before and after them is encoded as if it stood alone.
    void encode(std::string_view text, Scratch& scratch, std::vector<TokenId>& out) const;

private:
    void encodeWord(std::string_view word, const char* readableEnd, Scratch& scratch,
                    std::vector<TokenId>& out) const;
    void encodeUncached(std::string_view word, Scratch& scratch, std::vector<TokenId>& out) const;

    TextSplitter m_splitter;
    WordMerger m_merger;
    WordTable m_wholeWords;
};

} // namespace engine
