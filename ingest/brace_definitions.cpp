// SPDX-License-Identifier: GPL-3.0-or-later
#include "code_definitions.h"

#include <algorithm>

#include "definition_head.h"
#include "unicode.h"

namespace ingest {

namespace {

constexpr std::size_t kNoDefinition = static_cast<std::size_t>(-1);
/// Code nests less deeply than this; what nests deeper is no code.
constexpr std::size_t kDeepest = 256;

struct Scope
{
    char open = '{';
    HeadKind kind = HeadKind::none;
    std::size_t definition = kNoDefinition;
    bool atLineBegin = false; ///< its statement begins in the first column
};

class BraceWalker final
{
public:
    BraceWalker(const MaskedCode& masked, const std::vector<Offset>& lineBegins,
                const Language& language)
        : m_code(masked.code), m_lineBegins(lineBegins), m_language(language)
    {
    }

    std::vector<Definition> run()
    {
        for (; m_at < m_code.size(); ++m_at)
            step(m_code[m_at]);
        for (const Scope& scope : m_scopes)
            endDefinition(scope);
        return std::move(m_definitions);
    }

private:
    void step(char byte)
    {
        if (byte == '\n') {
            ++m_line;
        } else if (byte == '{') {
            openBrace();
        } else if (byte == '}') {
            closeBrace();
        } else if (byte == '(' || byte == '[') {
            push({byte, HeadKind::none, kNoDefinition, false});
        } else if (byte == ')' || byte == ']') {
            const char open = byte == ')' ? '(' : '[';
            if (!m_scopes.empty() && m_scopes.back().open == open)
                m_scopes.pop_back();
        } else if (byte == ';' && looksInside()) {
            startStatement();
        }
    }

    /// Whether words here can make definitions: not in a function's body nor in parentheses.
    [[nodiscard]] bool looksInside() const
    {
        return m_scopes.empty() || (m_scopes.back().open == '{' && isTransparent(m_scopes.back()));
    }

    static bool isTransparent(const Scope& scope)
    {
        return scope.kind == HeadKind::scope || scope.kind == HeadKind::type;
    }

    void push(const Scope& scope)
    {
        if (m_scopes.size() < kDeepest)
            m_scopes.push_back(scope);
    }

    void startStatement()
    {
        m_headBegin = m_at + 1;
        m_lastFunction = kNoDefinition;
    }

    void openBrace()
    {
        Scope scope{'{', HeadKind::none, kNoDefinition, false};
        const bool isHead = looksInside();
        if (isHead) {
            const auto words = std::string_view(m_code).substr(m_headBegin, m_at - m_headBegin);
            const std::string_view content = trimmed(words);
            // A constructor's initialisers have braces of their own: ": a{1}, b{2} {".
            if (m_lastFunction != kNoDefinition && (content.empty() || content.front() == ','))
                scope = {'{', HeadKind::function, m_lastFunction, false};
            else
                scope = openDefinition(words);
        }
        push(scope);
        if (isHead)
            m_headBegin = m_at + 1;
    }

    Scope openDefinition(std::string_view words)
    {
        const bool insideType = !m_scopes.empty() && m_scopes.back().kind == HeadKind::type;
        DefinitionHead head = readDefinitionHead(words, m_language, insideType);
        const std::size_t begin = m_headBegin + head.begin;
        Scope scope{'{', head.kind, kNoDefinition, isLineBegin(begin)};
        if (head.kind != HeadKind::type && head.kind != HeadKind::function)
            return scope;
        const auto level = static_cast<std::uint32_t>(
            std::count_if(m_scopes.begin(), m_scopes.end(),
                          [](const Scope& outer) { return outer.definition != kNoDefinition; }));
        scope.definition = m_definitions.size();
        m_definitions.push_back({std::move(head.name), level, lineOf(begin), m_line, begin});
        return scope;
    }

    void closeBrace()
    {
        if (m_scopes.empty()) {
            startStatement();
            return;
        }
        // A brace in the first column closes what began there: a missed brace between, from a
        // macro or a string that was not understood, does not swallow the rest of the file.
        std::size_t closes = m_scopes.size() - 1;
        if (isLineBegin(m_at)) {
            const auto outer = std::find_if(m_scopes.rbegin(), m_scopes.rend(),
                                            [](const Scope& scope) { return scope.atLineBegin; });
            if (outer != m_scopes.rend() && outer->kind != HeadKind::scope)
                closes = static_cast<std::size_t>(m_scopes.rend() - outer) - 1;
        }
        while (closes > 0 && m_scopes[closes].open != '{')
            --closes;
        const Scope closed = m_scopes[closes];
        while (m_scopes.size() > closes) {
            endDefinition(m_scopes.back());
            m_scopes.pop_back();
        }
        if (!looksInside())
            return;
        startStatement();
        if (closed.kind == HeadKind::function)
            m_lastFunction = closed.definition;
        if (closed.definition != kNoDefinition && m_definitions[closed.definition].name.empty())
            m_definitions[closed.definition].name = trailingName();
    }

    void endDefinition(const Scope& scope)
    {
        if (scope.definition != kNoDefinition)
            m_definitions[scope.definition].lastLine = m_line;
    }

    /// typedef struct { ... } name;
    [[nodiscard]] std::string trailingName() const
    {
        const std::size_t end = std::min(m_code.find_first_of(";{}\n", m_at + 1), m_code.size());
        std::string_view words = trimmed(std::string_view(m_code).substr(m_at + 1, end - m_at - 1));
        words = words.substr(0, std::min(words.find_first_of(" ,=[("), words.size()));
        return shortened(words, 80);
    }

    [[nodiscard]] bool isLineBegin(std::size_t at) const
    {
        return at == 0 || m_code[at - 1] == '\n';
    }

    [[nodiscard]] std::size_t lineOf(std::size_t at) const
    {
        const auto next = std::upper_bound(m_lineBegins.begin(), m_lineBegins.end(), at);
        return static_cast<std::size_t>(next - m_lineBegins.begin()) - 1;
    }

    const std::string& m_code;
    const std::vector<Offset>& m_lineBegins;
    const Language& m_language;
    std::vector<Definition> m_definitions;
    std::vector<Scope> m_scopes;
    std::size_t m_at = 0;
    std::size_t m_line = 0;
    std::size_t m_headBegin = 0;
    std::size_t m_lastFunction = kNoDefinition; ///< the one whose braces just closed
};

} // namespace

std::vector<Definition> findBraceDefinitions(const MaskedCode& masked,
                                             const std::vector<Offset>& lineBegins,
                                             const Language& language)
{
    auto definitions = BraceWalker(masked, lineBegins, language).run();
    std::erase_if(definitions, [](const Definition& one) { return one.name.empty(); });
    return definitions;
}

} // namespace ingest
