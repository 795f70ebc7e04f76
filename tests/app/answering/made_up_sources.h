// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <algorithm>
#include <cctype>
#include <cmath>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "answering/answer_sources.h"

/// Sources in memory: one passage a paragraph, words compared without case, BM25 as plain counts by
/// rarity, and index rows given by hand.
class MadeUpSources final : public answering::AnswerSources
{
public:
    void add(answering::DocumentId document, const std::vector<std::string>& paragraphs,
             bool isCode = false)
    {
        auto& text = m_texts[document];
        for (const auto& paragraph : paragraphs) {
            answering::SourcePassage passage;
            passage.document = document;
            passage.textBegin = static_cast<std::uint32_t>(text.size());
            text += paragraph;
            passage.textEnd = static_cast<std::uint32_t>(text.size());
            text += "\n\n";
            passage.tokens = {4 * m_passages.size(), 4 * m_passages.size() + 4};
            passage.isCode = isCode;
            m_passages.push_back(passage);
        }
    }

    /// Until heal(), texts are given out with a difference: a damaged cache.
    void corrupt(const std::string& from, const std::string& to) { m_corruption = {from, to}; }
    void heal() { m_corruption = {}; }

    std::vector<float> rows;

    answering::Result<std::span<const answering::SourcePassage>> passages() override
    {
        return std::span<const answering::SourcePassage>(m_passages);
    }

    answering::Result<std::string> documentText(answering::DocumentId document) override
    {
        std::string text = m_texts.at(document);
        const auto at = text.find(m_corruption.first);
        if (!m_corruption.first.empty() && at != std::string::npos) {
            text.replace(at, m_corruption.first.size(), m_corruption.second);
        }
        return text;
    }

    answering::Result<std::vector<std::string>> words(std::string_view text) override
    {
        std::vector<std::string> words;
        for (auto& word : wordsOf(text)) {
            if (std::find(words.begin(), words.end(), word) == words.end()) {
                words.push_back(std::move(word));
            }
        }
        return words;
    }

    answering::Result<answering::LexicalMatch> match(std::span<const std::string> asked) override
    {
        answering::LexicalMatch match;
        match.bm25.resize(m_passages.size(), 0.0);
        match.counts.resize(m_passages.size() * asked.size(), 0);
        for (std::size_t term = 0; term < asked.size(); ++term) {
            std::size_t with = 0;
            for (std::size_t i = 0; i < m_passages.size(); ++i) {
                const auto held = wordsOf(textOf(i));
                const auto count = std::count(held.begin(), held.end(), asked[term]);
                match.counts[i * asked.size() + term] = static_cast<std::uint32_t>(count);
                with += count > 0 ? 1U : 0U;
            }
            const double total = static_cast<double>(m_passages.size());
            const double n = static_cast<double>(with);
            const double idf = std::log(1.0 + (total - n + 0.5) / (n + 0.5));
            match.terms.push_back({asked[term], with, idf});
            for (std::size_t i = 0; i < m_passages.size(); ++i) {
                match.bm25[i] += match.counts[i * asked.size() + term] > 0 ? idf : 0.0;
            }
        }
        return match;
    }

    answering::Result<std::vector<float>> indexRowScores(const engine::IndexQuery&) override
    {
        return rows;
    }

    answering::Result<std::vector<std::size_t>> literalMatches(std::string_view text,
                                                               std::size_t limit) override
    {
        std::vector<std::size_t> found;
        for (std::size_t i = 0; i < m_passages.size() && found.size() < limit; ++i) {
            if (textOf(i).find(text) != std::string::npos) {
                found.push_back(i);
            }
        }
        return found;
    }

private:
    std::string textOf(std::size_t passage) const
    {
        const auto& place = m_passages[passage];
        return m_texts.at(place.document).substr(place.textBegin, place.textEnd - place.textBegin);
    }

    static std::vector<std::string> wordsOf(std::string_view text)
    {
        std::vector<std::string> words(1);
        for (const char c : text) {
            const auto byte = static_cast<unsigned char>(c);
            if (byte >= 0x80U || std::isalnum(byte) != 0) {
                words.back().push_back(static_cast<char>(std::tolower(byte)));
            } else if (!words.back().empty()) {
                words.emplace_back();
            }
        }
        if (words.back().empty()) {
            words.pop_back();
        }
        return words;
    }

    std::vector<answering::SourcePassage> m_passages;
    std::map<answering::DocumentId, std::string> m_texts;
    std::pair<std::string, std::string> m_corruption;
};
