// SPDX-License-Identifier: GPL-3.0-or-later
#include "code_mask.h"

#include <algorithm>

#include "unicode.h"

namespace ingest {

namespace {

/// Bounds the search for a regular expression's end; minified files have lines of megabytes.
constexpr std::size_t kLongestPattern = 1000;

bool isWordByte(char byte)
{
    return isAsciiLetter(byte) || isAsciiDigit(byte) || byte == '_' ||
           static_cast<unsigned char>(byte) >= 0x80U;
}

/// Walks over a text once and blanks comments and strings.
class Masker final
{
public:
    Masker(std::string_view text, const Language& language)
        : m_text(text), m_style(language.comments), m_language(language), m_code(text)
    {
        m_comment.resize(text.size(), false);
        m_isScript = language.name == "JavaScript" || language.name == "TypeScript";
        m_hashNeedsSpace = language.comments.line == "#";
    }

    void run()
    {
        while (m_at < m_text.size()) {
            if (!skipComment() && !skipString() && !skipPattern())
                ++m_at;
        }
    }

    [[nodiscard]] std::string takeCode() { return std::move(m_code); }
    [[nodiscard]] bool isComment(std::size_t at) const { return m_comment[at]; }

private:
    /// Of a string one quote stays: something stands there, which may end a statement.
    void blank(std::size_t end, bool comment)
    {
        end = std::min(end, m_text.size());
        if (!comment && m_at < end) {
            m_code[m_at] = '"';
            ++m_at;
        }
        for (; m_at < end; ++m_at) {
            if (m_text[m_at] != '\n')
                m_code[m_at] = ' ';
            m_comment[m_at] = comment;
        }
    }

    [[nodiscard]] bool startsWith(std::string_view mark) const
    {
        return !mark.empty() && m_text.substr(m_at, mark.size()) == mark;
    }

    [[nodiscard]] std::size_t endOf(std::string_view mark, std::size_t from) const
    {
        const std::size_t at = m_text.find(mark, from);
        return at == std::string_view::npos ? m_text.size() : at + mark.size();
    }

    bool skipComment()
    {
        // Before the line comment: Lua's block begins with its line mark.
        if (startsWith(m_style.blockBegin)) {
            blank(endOf(m_style.blockEnd, m_at + m_style.blockBegin.size()), true);
            return true;
        }
        if (!startsWith(m_style.line) && !startsWith(m_style.line2))
            return false;
        // "$#" and "${#list}" are no comments.
        if (m_text[m_at] == '#' && m_hashNeedsSpace && m_at > 0 && !isAsciiSpace(m_text[m_at - 1]))
            return false;
        blank(std::min(m_text.find('\n', m_at), m_text.size()), true);
        return true;
    }

    bool skipString()
    {
        const char quote = m_text[m_at];
        if (m_style.quotes.find(quote) == std::string_view::npos)
            return false;
        const char before = m_at > 0 ? m_text[m_at - 1] : ' ';
        if (quote == '"' && before == 'R' && skipRawString())
            return true;
        if (m_language.name == "Rust" && (before == 'r' || before == '#') && skipRustRawString())
            return true;
        // 1'000 and, in Rust or Haskell, a name like x'.
        if (quote == '\'' && isWordByte(before) && before != 'L' && before != 'u' && before != 'U')
            return false;
        const std::string triple(3, quote);
        if (m_style.tripleQuotes && startsWith(triple)) {
            blank(endOf(triple, m_at + 3), false);
            return true;
        }
        std::size_t end = m_at + 1;
        while (end < m_text.size() && m_text[end] != quote) {
            if (m_text[end] == '\n' && quote != '`')
                break; // an apostrophe, or a string that the compiler would refuse
            end += m_text[end] == '\\' && (quote != '`' || m_isScript) ? 2U : 1U;
        }
        blank(end + 1, false);
        return true;
    }

    /// R"mark( ... )mark"
    bool skipRawString()
    {
        const std::size_t open = m_text.find('(', m_at);
        if (open == std::string_view::npos || open - m_at > 17)
            return false;
        const std::string close =
            ")" + std::string(m_text.substr(m_at + 1, open - m_at - 1)) + "\"";
        blank(endOf(close, open), false);
        return true;
    }

    /// r#" ... "#
    bool skipRustRawString()
    {
        std::size_t hashes = 0;
        while (hashes < m_at && m_text[m_at - hashes - 1] == '#')
            ++hashes;
        if (m_at < hashes + 1 || m_text[m_at - hashes - 1] != 'r')
            return false;
        blank(endOf("\"" + std::string(hashes, '#'), m_at + 1), false);
        return true;
    }

    /// A regular expression of JavaScript: after anything that cannot end an operand.
    bool skipPattern()
    {
        if (!m_isScript || m_text[m_at] != '/')
            return false;
        std::size_t before = m_at;
        while (before > 0 && (m_code[before - 1] == ' ' || m_code[before - 1] == '\t'))
            --before;
        if (before > 0 &&
            std::string_view("(,=:[!&|?{};+\n").find(m_code[before - 1]) == std::string_view::npos)
            return false;
        bool inClass = false;
        const std::size_t limit = std::min(m_text.size(), m_at + kLongestPattern);
        for (std::size_t at = m_at + 1; at < limit && m_text[at] != '\n'; ++at) {
            if (m_text[at] == '\\')
                ++at;
            else if (m_text[at] == '[')
                inClass = true;
            else if (m_text[at] == ']')
                inClass = false;
            else if (m_text[at] == '/' && !inClass) {
                blank(at + 1, false);
                return true;
            }
        }
        return false;
    }

    std::string_view m_text;
    CommentStyle m_style;
    const Language& m_language;
    std::string m_code;
    std::vector<bool> m_comment;
    std::size_t m_at = 0;
    bool m_isScript = false;
    bool m_hashNeedsSpace = false;
};

void blankLine(std::string& code, Offset begin, std::size_t end)
{
    for (std::size_t at = begin; at < end; ++at) {
        if (code[at] != '\n')
            code[at] = ' ';
    }
}

/// Blanks directives, and all branches of a condition but the first: two branches often open the
/// same brace. "#if 0" keeps the second.
class DirectiveMasker final
{
public:
    void take(std::string& code, Offset begin, std::size_t end)
    {
        const std::string_view line = trimmed(std::string_view(code).substr(begin, end - begin));
        const bool continued = m_continued;
        m_continued = false;
        if (!continued && !line.starts_with('#')) {
            if (isDead())
                blankLine(code, begin, end);
            return;
        }
        m_continued = line.ends_with('\\');
        if (!continued)
            follow(trimmed(line.substr(1)));
        blankLine(code, begin, end);
    }

private:
    void follow(std::string_view directive)
    {
        if (directive.starts_with("if")) {
            const bool never = directive == "if 0";
            m_open.push_back({never, !never});
        } else if (directive.starts_with("el") && !m_open.empty()) {
            m_open.back().isDead = m_open.back().hadLiveBranch;
            m_open.back().hadLiveBranch = true;
        } else if (directive.starts_with("endif") && !m_open.empty()) {
            m_open.pop_back();
        }
    }

    [[nodiscard]] bool isDead() const
    {
        return std::any_of(m_open.begin(), m_open.end(),
                           [](const Condition& condition) { return condition.isDead; });
    }

    struct Condition
    {
        bool isDead = false;
        bool hadLiveBranch = false;
    };

    std::vector<Condition> m_open;
    bool m_continued = false;
};

} // namespace

std::string_view MaskedCode::line(const std::vector<Offset>& lineBegins, std::size_t index) const
{
    const std::size_t begin = lineBegins[index];
    const std::size_t end = index + 1 < lineBegins.size() ? lineBegins[index + 1] : code.size();
    return std::string_view(code).substr(begin, end - begin);
}

MaskedCode maskCode(std::string_view text, const std::vector<Offset>& lineBegins,
                    const Language& language)
{
    Masker masker(text, language);
    masker.run();
    MaskedCode result;
    result.code = masker.takeCode();
    result.commentLines.resize(lineBegins.size(), false);
    const bool directives = hasPreprocessor(language);
    DirectiveMasker directiveMasker;
    for (std::size_t i = 0; i < lineBegins.size(); ++i) {
        const std::size_t end = i + 1 < lineBegins.size() ? lineBegins[i + 1] : text.size();
        const std::string_view code =
            trimmed(std::string_view(result.code).substr(lineBegins[i], end - lineBegins[i]));
        const std::size_t first = text.find_first_not_of(" \t\r\n\f\v", lineBegins[i]);
        result.commentLines[i] = code.empty() && first < end && masker.isComment(first);
        if (directives)
            directiveMasker.take(result.code, lineBegins[i], end);
    }
    return result;
}

std::size_t indentOf(std::string_view line)
{
    std::size_t columns = 0;
    for (const char byte : line) {
        if (byte == ' ')
            ++columns;
        else if (byte == '\t')
            columns += 8 - columns % 8;
        else
            break;
    }
    return columns;
}

bool hasPreprocessor(const Language& language)
{
    constexpr std::string_view kNames = " C C++ CUDA Objective-C GLSL C# ";
    return isListed(kNames, language.name);
}

} // namespace ingest
