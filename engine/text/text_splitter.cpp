// SPDX-License-Identifier: GPL-3.0-or-later
#include "text/text_splitter.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <limits>
#include <new>
#include <string>

#include <fmt/format.h>

#include "text/regex_dialect.h"
#include "text/utf8.h"

namespace engine {

namespace {

// Split rules repeat single characters, which needs no stack at all; the room is for others.
constexpr std::size_t kFirstStackBytes = 32U << 10U;
constexpr std::size_t kMaxStackBytes = 1U << 20U;
constexpr std::uint32_t kMaxHeapKib = 64U << 10U; // PCRE2 counts in KiB

std::string compileMessage(int code)
{
    std::array<PCRE2_UCHAR, 256> text{};
    pcre2_get_error_message(code, text.data(), text.size());
    return {text.begin(), std::find(text.begin(), text.end(), PCRE2_UCHAR{0})};
}

} // namespace

SplitScratch::SplitScratch()
    : m_stack(pcre2_jit_stack_create(kFirstStackBytes, kMaxStackBytes, nullptr)),
      m_context(pcre2_match_context_create(nullptr)),
      m_matchData(pcre2_match_data_create(1, nullptr))
{
    if (!m_context || !m_matchData) {
        throw std::bad_alloc();
    }
    // Without a stack PCRE2 takes 32 KiB of the machine's.
    pcre2_jit_stack_assign(m_context.get(), nullptr, m_stack.get());
    // The limit on steps would cut long runs short; memory is what has to be bounded.
    pcre2_set_match_limit(m_context.get(), std::numeric_limits<std::uint32_t>::max());
    pcre2_set_heap_limit(m_context.get(), kMaxHeapKib);
}

Result<TextSplitter> TextSplitter::create(const std::vector<SplitRule>& rules)
{
    std::vector<Rule> compiled;
    for (const SplitRule& rule : rules) {
        const auto pattern =
            rule.literal ? Result<std::string>(rule.pattern) : pcreFromOniguruma(rule.pattern);
        if (!pattern) {
            return fail(pattern.error().code,
                        fmt::format("{}: wanted a regular expression that this program can follow, "
                                    "found {}",
                                    rule.key, pattern.error().message));
        }
        const std::uint32_t options =
            rule.literal ? PCRE2_UTF | PCRE2_LITERAL
                         : PCRE2_UTF | PCRE2_UCP | PCRE2_MULTILINE | PCRE2_NEVER_BACKSLASH_C;
        int error = 0;
        PCRE2_SIZE at = 0;
        std::unique_ptr<pcre2_code, FreeCode> code(
            pcre2_compile(reinterpret_cast<PCRE2_SPTR>(pattern->data()), pattern->size(), options,
                          &error, &at, nullptr));
        if (!code) {
            return fail(ErrorCode::badInput,
                        fmt::format("{}: wanted a regular expression, found `{}` ({})", rule.key,
                                    rule.pattern, compileMessage(error)));
        }
        const bool jit = pcre2_jit_compile(code.get(), PCRE2_JIT_COMPLETE) == 0;
        compiled.push_back({std::move(code), jit});
    }
    return TextSplitter(std::move(compiled));
}

std::size_t TextSplitter::afterCharacter(std::string_view text, std::size_t at)
{
    return at == text.size() ? at + 1 : at + nextUtf8Unit(text.substr(at)).length;
}

std::optional<TextSplitter::Match> TextSplitter::find(const Rule& rule, std::string_view piece,
                                                      std::size_t from, SplitScratch& scratch)
{
    const auto* subject = reinterpret_cast<PCRE2_SPTR>(piece.data());
    pcre2_match_data* data = scratch.m_matchData.get();
    pcre2_match_context* context = scratch.m_context.get();
    int found = 0;
    if (rule.compiled) {
        found = pcre2_jit_match(rule.code.get(), subject, piece.size(), from, 0, data, context);
    }
    if (!rule.compiled || found == PCRE2_ERROR_JIT_STACKLIMIT) {
        found = pcre2_match(rule.code.get(), subject, piece.size(), from,
                            PCRE2_NO_UTF_CHECK | PCRE2_NO_JIT, data, context);
    }
    if (found < 0) {
        return std::nullopt;
    }
    const PCRE2_SIZE* ends = pcre2_get_ovector_pointer(data);
    return Match{ends[0], ends[1]};
}

} // namespace engine
