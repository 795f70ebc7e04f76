// SPDX-License-Identifier: GPL-3.0-or-later
#include "reader/code_lexer.h"

#include <QStringView>

namespace ui {
namespace {

class LineLexer final
{
public:
    LineLexer(const CodeLanguage& language, QStringView line, std::vector<CodeToken>* tokens)
        : m_language(language), m_line(line), m_tokens(tokens)
    {
    }

    LineState run(LineState state)
    {
        qsizetype at = 0;
        if (state > 0 && !finishOpen(state, at)) {
            return state;
        }
        if (at == 0 && directive()) {
            return 0;
        }
        while (at < m_line.size()) {
            if (const LineState open = step(at); open != 0) {
                return open;
            }
        }
        return 0;
    }

private:
    void add(qsizetype begin, qsizetype end, TokenKind kind)
    {
        if (m_tokens != nullptr && end > begin) {
            m_tokens->push_back({static_cast<int>(begin), static_cast<int>(end - begin), kind});
        }
    }

    [[nodiscard]] bool at(qsizetype position, const QString& what) const
    {
        return !what.isEmpty() && m_line.mid(position).startsWith(what);
    }

    /// The rest of what an earlier line opened. False: it stays open to the end of this line.
    bool finishOpen(LineState state, qsizetype& position)
    {
        const bool comment = state == 1;
        const QString& closer =
            comment ? m_language.blockEnd : m_language.multilineQuotes.at(state - 2);
        const qsizetype end = m_line.indexOf(closer);
        position = end < 0 ? m_line.size() : end + closer.size();
        add(0, position, comment ? TokenKind::comment : TokenKind::string);
        return end >= 0;
    }

    /// A line of the preprocessor, or a decorator. Comments after it are not told apart.
    bool directive()
    {
        if (m_language.directive.isNull()) {
            return false;
        }
        const qsizetype first = firstNonSpace();
        if (first >= m_line.size() || m_line.at(first) != m_language.directive) {
            return false;
        }
        const qsizetype comment = m_line.indexOf(QLatin1String("/*"), first);
        if (comment >= 0) {
            return false; // may open a comment: leave it to the ordinary rules
        }
        add(first, m_line.size(), TokenKind::directive);
        return true;
    }

    [[nodiscard]] qsizetype firstNonSpace() const
    {
        qsizetype first = 0;
        while (first < m_line.size() && m_line.at(first).isSpace()) {
            ++first;
        }
        return first;
    }

    LineState step(qsizetype& position)
    {
        const QChar c = m_line.at(position);
        if (c.isSpace()) {
            ++position;
            return 0;
        }
        if (at(position, m_language.blockBegin)) {
            return openBlock(position);
        }
        for (const QString& opener : m_language.lineComments) {
            if (at(position, opener)) {
                add(position, m_line.size(), TokenKind::comment);
                position = m_line.size();
                return 0;
            }
        }
        for (qsizetype i = 0; i < m_language.multilineQuotes.size(); ++i) {
            if (at(position, m_language.multilineQuotes.at(i))) {
                return openQuote(position, i);
            }
        }
        if (m_language.quotes.contains(c)) {
            quoted(position, c);
        } else if (c.isDigit()) {
            number(position);
        } else if (c.isLetter() || c == QLatin1Char('_')) {
            word(position);
        } else {
            ++position;
        }
        return 0;
    }

    LineState openBlock(qsizetype& position)
    {
        const qsizetype begin = position;
        const qsizetype end =
            m_line.indexOf(m_language.blockEnd, begin + m_language.blockBegin.size());
        position = end < 0 ? m_line.size() : end + m_language.blockEnd.size();
        add(begin, position, TokenKind::comment);
        return end < 0 ? 1 : 0;
    }

    LineState openQuote(qsizetype& position, qsizetype which)
    {
        const QString& quote = m_language.multilineQuotes.at(which);
        const qsizetype begin = position;
        const qsizetype end = m_line.indexOf(quote, begin + quote.size());
        position = end < 0 ? m_line.size() : end + quote.size();
        add(begin, position, TokenKind::string);
        return end < 0 ? static_cast<LineState>(2 + which) : 0;
    }

    void quoted(qsizetype& position, QChar quote)
    {
        const qsizetype begin = position++;
        while (position < m_line.size() && m_line.at(position) != quote) {
            position += m_line.at(position) == QLatin1Char('\\') ? 2 : 1;
        }
        position = std::min(position + 1, m_line.size());
        add(begin, position, TokenKind::string);
    }

    void number(qsizetype& position)
    {
        const qsizetype begin = position;
        while (position < m_line.size() &&
               (m_line.at(position).isLetterOrNumber() || m_line.at(position) == QLatin1Char('.') ||
                m_line.at(position) == QLatin1Char('_'))) {
            ++position;
        }
        add(begin, position, TokenKind::number);
    }

    void word(qsizetype& position)
    {
        const qsizetype begin = position;
        while (position < m_line.size() && (m_line.at(position).isLetterOrNumber() ||
                                            m_line.at(position) == QLatin1Char('_'))) {
            ++position;
        }
        if (m_tokens == nullptr) {
            return;
        }
        QString text = m_line.mid(begin, position - begin).toString();
        if (m_language.caseInsensitive) {
            text = text.toLower();
        }
        if (m_language.keywords.contains(text)) {
            add(begin, position, TokenKind::keyword);
        } else if (m_language.types.contains(text)) {
            add(begin, position, TokenKind::type);
        }
    }

    const CodeLanguage& m_language;
    QStringView m_line;
    std::vector<CodeToken>* m_tokens;
};

LineState lexMarkdown(const QString& line, LineState before, std::vector<CodeToken>* tokens)
{
    const auto whole = [&](TokenKind kind) {
        if (tokens != nullptr) {
            tokens->push_back({0, static_cast<int>(line.size()), kind});
        }
    };
    const QString trimmed = line.trimmed();
    const bool fence =
        trimmed.startsWith(QLatin1String("```")) || trimmed.startsWith(QLatin1String("~~~"));
    if (before != 0 || fence) {
        whole(fence ? TokenKind::comment : TokenKind::string);
        return fence ? (before == 0 ? 1 : 0) : before;
    }
    if (trimmed.startsWith(QLatin1Char('#'))) {
        whole(TokenKind::heading);
    } else if (trimmed.startsWith(QLatin1Char('>'))) {
        whole(TokenKind::comment);
    }
    return 0;
}

} // namespace

LineState lexLine(const CodeLanguage& language, const QString& line, LineState before,
                  std::vector<CodeToken>* tokens)
{
    if (language.markdown) {
        return lexMarkdown(line, before, tokens);
    }
    return LineLexer(language, line, tokens).run(before);
}

} // namespace ui
