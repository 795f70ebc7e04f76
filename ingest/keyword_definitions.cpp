// SPDX-License-Identifier: GPL-3.0-or-later
#include "code_definitions.h"

#include <algorithm>

#include "unicode.h"

namespace ingest {

namespace {

constexpr std::string_view kModifiers =
    " local pub public private protected static async abstract export override pure recursive "
    "elemental impure or replace temporary temp unique generic virtual final rec overriding ";

bool isNameByte(char byte)
{
    return isAsciiLetter(byte) || isAsciiDigit(byte) || byte == '_' ||
           static_cast<unsigned char>(byte) >= 0x80U;
}

std::string_view firstWord(std::string_view line)
{
    return line.substr(0, std::min(line.find_first_of(" \t(:={"), line.size()));
}

/// "(defun" and the like keep their parenthesis in the keyword.
std::string_view firstLispWord(std::string_view line)
{
    return line.substr(0, std::min(line.find_first_of(" \t\n)"), line.size()));
}

/// From a keyword's line: "def name(self):" gives "name", "class A::B < C" gives "A::B".
std::string nameIn(std::string_view rest, const Language& language)
{
    rest = trimmed(rest);
    if (language.name == "SQL") // "TABLE orders", the kind says more than the name alone
        return simplified(rest.substr(0, std::min(rest.find('('), std::size_t{60})));
    const bool isLisp = language.comments.line == ";";
    // Pascal's and SQL's names may be qualified, Lisp's hold almost any sign.
    const std::string_view more = isLisp ? "-+*/<>=!?:.%&" : "._:!?=-";
    std::size_t end = 0;
    while (end < rest.size() &&
           (isNameByte(rest[end]) || more.find(rest[end]) != std::string_view::npos))
        ++end;
    while (end > 0 && !isLisp && (rest[end - 1] == ':' || rest[end - 1] == '='))
        --end;
    return shortened(rest.substr(0, end), 120);
}

/// The name that a line defines; empty when it defines none.
std::string definedName(std::string_view line, const Language& language)
{
    line = trimmed(line);
    const std::string_view whole = line;
    const bool isLisp = language.comments.line == ";";
    if (isLisp) {
        const std::string_view word = firstLispWord(line);
        return isListed(language.keywords, word) ? nameIn(line.substr(word.size()), language)
                                                 : std::string();
    }
    for (std::string_view word = firstWord(line); !word.empty(); word = firstWord(line)) {
        const std::string folded = lowerCased(word);
        const std::string_view rest = line.substr(word.size());
        if (isListed(language.keywords, folded)) {
            std::string_view next = trimmed(rest);
            // "mutable struct Name", "abstract type Name", "protected type Name"
            for (std::string_view kind : {"struct ", "type ", "class ", "body ", "eval ", "rec "}) {
                if (next.starts_with(kind))
                    next = trimmed(next.substr(kind.size()));
            }
            return nameIn(next, language);
        }
        if (!isListed(kModifiers, folded))
            break;
        line = trimmed(rest);
    }
    if (language.name == "Shell") {
        const std::size_t end = whole.find_first_of(" \t(");
        if (end != std::string_view::npos && end > 0 && isNameByte(whole.front()) &&
            trimmed(whole.substr(end)).starts_with("()"))
            return std::string(whole.substr(0, end));
    }
    return {};
}

/// "main :: IO ()": a signature in the first column.
std::string signatureName(std::string_view line, const Language& language)
{
    const bool haskell = language.name == "Haskell";
    if ((!haskell && language.name != "Elm") || line.empty() || !isNameByte(line.front()))
        return {};
    const std::string_view name = firstWord(line);
    const std::string_view rest = trimmed(line.substr(name.size()));
    const bool signature = haskell ? rest.starts_with("::") : rest.starts_with(": ");
    return signature ? std::string(name) : std::string();
}

/// Whether a line closes the body above it: "end", "}", "fi" ...
bool isCloser(std::string_view line)
{
    line = trimmed(line);
    if (line.empty())
        return false;
    if (line.front() == '}' || line.front() == ')' || line.front() == ']')
        return true;
    return startsWithFolded(line, "end") || line == "fi" || line == "done" || line == "esac";
}

class KeywordWalker final
{
public:
    KeywordWalker(const MaskedCode& masked, const std::vector<Offset>& lineBegins,
                  const Language& language)
        : m_masked(masked), m_lineBegins(lineBegins), m_language(language)
    {
    }

    std::vector<Definition> run()
    {
        for (std::size_t i = 0; i < m_lineBegins.size(); ++i) {
            const std::string_view line = m_masked.line(m_lineBegins, i);
            if (!trimmed(line).empty())
                take(i, line);
        }
        closeDownTo(0, m_lastCodeLine);
        return std::move(m_definitions);
    }

private:
    struct Open
    {
        std::size_t definition = 0;
        std::size_t indent = 0;
    };

    void take(std::size_t index, std::string_view line)
    {
        const std::size_t indent = indentOf(line);
        std::string name = definedName(line, m_language);
        if (name.empty())
            name = signatureName(line, m_language);
        if (m_language.family == CodeFamily::sections)
            takeSection(index, std::move(name));
        else
            takeNested(index, indent, std::move(name), isCloser(line));
        m_lastCodeLine = index;
    }

    void takeSection(std::size_t index, std::string name)
    {
        if (name.empty())
            return;
        if (!m_definitions.empty())
            m_definitions.back().lastLine = m_lastCodeLine;
        m_open.clear();
        m_open.push_back({m_definitions.size(), 0});
        m_definitions.push_back({std::move(name), 0, index, index, m_lineBegins[index]});
    }

    void takeNested(std::size_t index, std::size_t indent, std::string name, bool closer)
    {
        if (closer && !m_open.empty() && indent <= m_open.back().indent) {
            std::size_t keep = m_open.size();
            while (keep > 0 && m_open[keep - 1].indent > indent)
                --keep;
            // The closing line itself still belongs to what it closes.
            closeDownTo(keep, m_lastCodeLine);
            return;
        }
        std::size_t keep = m_open.size();
        while (keep > 0 && m_open[keep - 1].indent >= indent)
            --keep;
        closeDownTo(keep, m_lastCodeLine);
        if (name.empty())
            return;
        m_open.push_back({m_definitions.size(), indent});
        m_definitions.push_back({std::move(name), static_cast<std::uint32_t>(m_open.size() - 1),
                                 index, index, m_lineBegins[index]});
    }

    void closeDownTo(std::size_t keep, std::size_t lastLine)
    {
        while (m_open.size() > keep) {
            m_definitions[m_open.back().definition].lastLine = lastLine;
            m_open.pop_back();
        }
    }

    const MaskedCode& m_masked;
    const std::vector<Offset>& m_lineBegins;
    const Language& m_language;
    std::vector<Definition> m_definitions;
    std::vector<Open> m_open;
    std::size_t m_lastCodeLine = 0;
};

} // namespace

std::vector<Definition> findKeywordDefinitions(const MaskedCode& masked,
                                               const std::vector<Offset>& lineBegins,
                                               const Language& language)
{
    return KeywordWalker(masked, lineBegins, language).run();
}

} // namespace ingest
