// SPDX-License-Identifier: GPL-3.0-or-later
#include "reading_prompt.h"

#include <algorithm>
#include <array>
#include <utility>

#include <fmt/format.h>

#include "sentences.h"
#include "text_cutter.h"

namespace answering {

Result<ReadingPrompt> ReadingPrompt::create(std::shared_ptr<const engine::Tokenizer> tokenizer)
{
    ReadingPrompt prompt;
    prompt.m_tokenizer = std::move(tokenizer);
    const auto& vocabulary = *prompt.m_tokenizer;
    const std::array<std::pair<std::string_view, engine::TokenId*>, 5> specials = {{
        {"<｜begin▁of▁sentence｜>", &prompt.m_begin},
        {"<｜end▁of▁sentence｜>", &prompt.m_end},
        {"<｜User｜>", &prompt.m_user},
        {"<｜Assistant｜>", &prompt.m_assistant},
        {"</think>", &prompt.m_endOfThought},
    }};
    for (const auto& [content, id] : specials) {
        const auto found = vocabulary.special(content);
        if (!found) {
            return fail(ErrorCode::badInput,
                        fmt::format("the model's tokenizer: wanted the special token {}, found "
                                    "none of that content",
                                    content));
        }
        *id = *found;
    }
    const auto mark = vocabulary.encode(">");
    const auto none = vocabulary.encode("Not found in the document.");
    prompt.m_blankLine = vocabulary.encode("\n\n");
    if (mark.size() != 1 || none.empty()) {
        return fail(
            ErrorCode::badInput,
            fmt::format("the model's tokenizer: wanted \">\" as one token, found {}", mark.size()));
    }
    prompt.m_quoteMark = mark.front();
    prompt.m_notFound = none.front();
    return prompt;
}

std::vector<engine::TokenId> ReadingPrompt::reading(std::string_view question,
                                                    std::string_view passage) const
{
    const auto asked = m_tokenizer->encode(question);
    const auto text = m_tokenizer->encode(passage);
    std::vector<engine::TokenId> ids = {m_begin, m_user};
    // Encoded part by part: the model learnt on a blank line that is a token of its own.
    ids.insert(ids.end(), asked.begin(), asked.end());
    ids.insert(ids.end(), m_blankLine.begin(), m_blankLine.end());
    ids.insert(ids.end(), text.begin(), text.end());
    ids.insert(ids.end(), m_blankLine.begin(), m_blankLine.end());
    ids.insert(ids.end(), asked.begin(), asked.end());
    ids.push_back(m_assistant);
    ids.push_back(m_endOfThought);
    return ids;
}

std::vector<engine::TokenId> ReadingPrompt::locating(std::string_view question) const
{
    const auto asked = m_tokenizer->encode(question);
    std::vector<engine::TokenId> ids = {m_begin, m_user};
    ids.insert(ids.end(), asked.begin(), asked.end());
    ids.push_back(m_assistant);
    ids.push_back(m_endOfThought);
    return ids;
}

std::string shortenedQuestion(std::string_view question, const engine::Tokenizer& tokenizer,
                              std::size_t maxTokens)
{
    const auto all = trimmed(question, {0, question.size()});
    question = question.substr(all.begin, all.size());
    const auto encoding = tokenizer.encodeWithOffsets(question);
    if (encoding.ids.size() <= maxTokens) {
        return std::string(question);
    }
    ByteRange kept{0, question.size()};
    const auto sentences = sentencesOf(question);
    const auto asks = std::find_if(sentences.rbegin(), sentences.rend(), [&](ByteRange sentence) {
        return question.substr(sentence.begin, sentence.size()).find('?') != std::string_view::npos;
    });
    if (asks != sentences.rend()) {
        kept = *asks;
    }
    kept = cutToTokens(question, kept, encoding, maxTokens, false).front();
    return std::string(question.substr(kept.begin, kept.size()));
}

} // namespace answering
