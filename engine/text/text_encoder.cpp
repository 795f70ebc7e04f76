// SPDX-License-Identifier: GPL-3.0-or-later
#include "text/text_encoder.h"

#include <span>
#include <utility>

#include "text/utf8.h"

namespace engine {

TextEncoder::TextEncoder(TextSplitter splitter, WordMerger merger, WordTable wholeWords)
    : m_splitter(std::move(splitter)), m_merger(std::move(merger)),
      m_wholeWords(std::move(wholeWords))
{
}

void TextEncoder::encode(std::string_view text, Scratch& scratch, std::vector<TokenId>& out) const
{
    const char* end = text.data() + text.size();
    while (!text.empty()) {
        const std::size_t valid = validUtf8Prefix(text);
        m_splitter.split(text.substr(0, valid), scratch.split,
                         [&](std::string_view word) { encodeWord(word, end, scratch, out); });
        text.remove_prefix(valid);
        if (!text.empty()) {
            // Merging stray bytes would make tokens that hold bytes of no character at all.
            const std::size_t stray = nextUtf8Unit(text).length;
            for (const char byte : text.substr(0, stray)) {
                out.push_back(m_merger.byteToken(byte));
            }
            text.remove_prefix(stray);
        }
    }
}

void TextEncoder::encodeWord(std::string_view word, const char* readableEnd, Scratch& scratch,
                             std::vector<TokenId>& out) const
{
    if (word.size() > WordCache::kMaxWordBytes) {
        encodeUncached(word, scratch, out);
        return;
    }
    const WordCache::Key key = WordCache::keyOf(word, readableEnd);
    if (scratch.cache.append(key, out)) {
        return;
    }
    const std::size_t before = out.size();
    encodeUncached(word, scratch, out);
    scratch.cache.store(key, std::span(out).subspan(before));
}

void TextEncoder::encodeUncached(std::string_view word, Scratch& scratch,
                                 std::vector<TokenId>& out) const
{
    if (!m_wholeWords.empty()) {
        if (const auto found = m_wholeWords.find(word); found != m_wholeWords.end()) {
            out.push_back(found->second);
            return;
        }
    }
    // Only a word of 4 GiB is ever cut here.
    for (; word.size() > WordMerger::kMaxWordBytes; word.remove_prefix(WordMerger::kMaxWordBytes)) {
        m_merger.encode(word.substr(0, WordMerger::kMaxWordBytes), scratch.merge, out);
    }
    m_merger.encode(word, scratch.merge, out);
}

} // namespace engine
