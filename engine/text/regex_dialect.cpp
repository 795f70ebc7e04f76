// SPDX-License-Identifier: GPL-3.0-or-later
#include "text/regex_dialect.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <optional>

#include <fmt/format.h>

namespace engine {

namespace {

// Unicode's White_Space, in full. PCRE2's own \s has U+180E beside it, which lost the property.
constexpr std::string_view kSpace = R"(\t-\r \x{85}\x{A0}\x{1680}\x{2000}-\x{200A})"
                                    R"(\x{2028}\x{2029}\x{202F}\x{205F}\x{3000})";
// Everything else, for use inside a class, where a set cannot be negated.
constexpr std::string_view kNotSpace =
    R"(\x{0}-\x{8}\x{E}-\x{1F}\x{21}-\x{84}\x{86}-\x{9F}\x{A1}-\x{167F}\x{1681}-\x{1FFF})"
    R"(\x{200B}-\x{2027}\x{202A}-\x{202E}\x{2030}-\x{205E}\x{2060}-\x{2FFF}\x{3001}-\x{10FFFF})";
// PCRE2 10.42 leaves marks and connecting punctuation out of \w and takes every number in.
constexpr std::string_view kWord = R"(\p{L}\p{M}\p{Nd}\p{Pc})";
constexpr std::string_view kHexDigit = "0-9A-Fa-f";

/// Escapes that mean the same in both; those that are no letter do so anyway.
constexpr std::string_view kSharedEscapes = "dDpPtnrfaexAzZ";
/// What may follow "(?".
constexpr std::array<std::string_view, 8> kSharedGroups = {":",  "=",  "!",  ">",
                                                           "<=", "<!", "i:", "i)"};

bool isAsciiLetter(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

class Rewriter final
{
public:
    explicit Rewriter(std::string_view pattern) : m_pattern(pattern) {}

    Result<std::string> run()
    {
        while (m_at < m_pattern.size()) {
            const std::optional<std::string> refused = m_inClass ? stepInClass() : step();
            if (refused) {
                return fail(ErrorCode::unsupported,
                            fmt::format("{} at byte {} of `{}`", *refused, m_at, m_pattern));
            }
        }
        return m_result;
    }

private:
    /// Each step takes one element; it gives back what it cannot do, if so.
    std::optional<std::string> step()
    {
        const char c = m_pattern[m_at];
        if (c == '\\') {
            return stepEscape();
        }
        if (c == '(') {
            return stepGroup();
        }
        if (c == '[') {
            openClass();
            return std::nullopt;
        }
        if (c == '}' && rest().substr(1).starts_with('+')) {
            return "`}+`, which is possessive in one dialect and not in the other,";
        }
        copy(1);
        return std::nullopt;
    }

    std::optional<std::string> stepInClass()
    {
        const char c = m_pattern[m_at];
        if (c == '\\') {
            return stepEscape();
        }
        if (c == '[' || rest().starts_with("&&")) {
            return "a class inside a class";
        }
        m_inClass = c != ']';
        copy(1);
        return std::nullopt;
    }

    std::optional<std::string> stepEscape()
    {
        if (m_at + 1 == m_pattern.size()) {
            return "a lone `\\`";
        }
        const char c = m_pattern[m_at + 1];
        switch (c) {
        case 's':
            return replaceBySet(kSpace);
        case 'w':
            return replaceBySet(kWord);
        case 'h':
            return replaceBySet(kHexDigit);
        case 'S':
            return m_inClass ? replaceBySet(kNotSpace) : replaceByNegatedSet(kSpace);
        case 'W':
            return replaceByNegatedSet(kWord);
        case 'H':
            return replaceByNegatedSet(kHexDigit);
        case 'v':
            return replace(R"(\x{B})");
        default:
            break;
        }
        if (isAsciiLetter(c) && kSharedEscapes.find(c) == std::string_view::npos) {
            return fmt::format("`\\{}`", c);
        }
        copy(2);
        // The braces of \p{L} or \x{20} belong to it: they count nothing.
        if ((c == 'p' || c == 'P' || c == 'x') && rest().starts_with('{')) {
            copy(std::min(rest().find('}'), rest().size() - 1) + 1);
        }
        return std::nullopt;
    }

    std::optional<std::string> stepGroup()
    {
        const std::string_view after = rest().substr(1);
        if (after.starts_with('*')) {
            return "`(*`";
        }
        if (!after.starts_with('?')) {
            copy(1);
            return std::nullopt;
        }
        for (const std::string_view kind : kSharedGroups) {
            if (after.substr(1).starts_with(kind)) {
                copy(2 + kind.size());
                return std::nullopt;
            }
        }
        return fmt::format("a group of the kind `({}`", after.substr(0, 2));
    }

    void openClass()
    {
        m_inClass = true;
        copy(1);
        if (rest().starts_with('^')) {
            copy(1);
        }
        if (rest().starts_with(']')) { // first in a class it stands for itself
            copy(1);
        }
    }

    std::optional<std::string> replaceBySet(std::string_view set)
    {
        return replace(m_inClass ? std::string(set) : fmt::format("[{}]", set));
    }

    std::optional<std::string> replaceByNegatedSet(std::string_view set)
    {
        if (m_inClass) {
            return "a negated set inside a class";
        }
        return replace(fmt::format("[^{}]", set));
    }

    std::optional<std::string> replace(std::string_view with)
    {
        m_result += with;
        m_at += 2;
        return std::nullopt;
    }

    void copy(std::size_t count)
    {
        m_result += m_pattern.substr(m_at, count);
        m_at += count;
    }

    [[nodiscard]] std::string_view rest() const { return m_pattern.substr(m_at); }

    std::string_view m_pattern;
    std::size_t m_at = 0;
    bool m_inClass = false;
    std::string m_result;
};

} // namespace

Result<std::string> pcreFromOniguruma(std::string_view pattern)
{
    return Rewriter(pattern).run();
}

} // namespace engine
