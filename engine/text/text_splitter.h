// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <string_view>
#include <utility>
#include <vector>

#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>

#include "engine/error.h"
#include "text/split_rules.h"

namespace engine {

/// Working memory of PCRE2: match data and the stack of compiled patterns.
class SplitScratch final
{
public:
    SplitScratch();

private:
    friend class TextSplitter;
    struct Free
    {
        void operator()(pcre2_match_data* p) const { pcre2_match_data_free(p); }
        void operator()(pcre2_match_context* p) const { pcre2_match_context_free(p); }
        void operator()(pcre2_jit_stack* p) const { pcre2_jit_stack_free(p); }
    };
    std::unique_ptr<pcre2_jit_stack, Free> m_stack;
    std::unique_ptr<pcre2_match_context, Free> m_context;
    std::unique_ptr<pcre2_match_data, Free> m_matchData;
};

/// Cuts text into the words that are encoded one by one, by the rules of a tokenizer.json: each
/// rule cuts every piece that the one before left, and sees nothing beyond that piece.
///
/// Thread rule: const and shared; each thread brings its own SplitScratch.
class TextSplitter final
{
public:
    [[nodiscard]] static Result<TextSplitter> create(const std::vector<SplitRule>& rules);

    /// Calls `sink(std::string_view)` for each word, in order; joined they are `text` again.
    /// `text` must be well-formed UTF-8. Should a match run out of memory, the rest of its piece
    /// stays uncut: text is never lost.
    template <typename Sink>
    void split(std::string_view text, SplitScratch& scratch, Sink&& sink) const
    {
        if (!text.empty()) {
            splitFrom(0, text, scratch, sink);
        }
    }

private:
    struct FreeCode
    {
        void operator()(pcre2_code* p) const { pcre2_code_free(p); }
    };
    struct Rule
    {
        std::unique_ptr<pcre2_code, FreeCode> code;
        bool compiled = false; ///< to machine code; some systems forbid it
    };
    struct Match
    {
        std::size_t begin = 0;
        std::size_t end = 0;
    };

    explicit TextSplitter(std::vector<Rule> rules) : m_rules(std::move(rules)) {}

    template <typename Sink>
    void splitFrom(std::size_t ruleIndex, std::string_view piece, SplitScratch& scratch,
                   Sink& sink) const
    {
        if (ruleIndex == m_rules.size()) {
            sink(piece);
            return;
        }
        std::size_t done = 0;
        std::size_t from = 0;
        while (from < piece.size()) {
            const auto match = find(m_rules[ruleIndex], piece, from, scratch);
            if (!match) {
                break;
            }
            if (match->begin > done) {
                splitFrom(ruleIndex + 1, piece.substr(done, match->begin - done), scratch, sink);
            }
            if (match->end > match->begin) {
                splitFrom(ruleIndex + 1, piece.substr(match->begin, match->end - match->begin),
                          scratch, sink);
            }
            done = match->end;
            // An empty match is a cut, nothing more; the next one is looked for a character later.
            from = match->end > match->begin ? match->end : afterCharacter(piece, match->end);
        }
        if (done < piece.size()) {
            splitFrom(ruleIndex + 1, piece.substr(done), scratch, sink);
        }
    }

    [[nodiscard]] static std::size_t afterCharacter(std::string_view text, std::size_t at);
    [[nodiscard]] static std::optional<Match> find(const Rule& rule, std::string_view piece,
                                                   std::size_t from, SplitScratch& scratch);

    std::vector<Rule> m_rules;
};

} // namespace engine
