// SPDX-License-Identifier: GPL-3.0-or-later
#include "word_tokenizer.h"

#include <new>
#include <string>
#include <vector>

#include <sqlite3.h>

#include "character_rules.h"
#include "sqlite/failure.h"
#include "utf8.h"

namespace storage {

namespace {

/// Longer runs (encoded data) are cut: they are no words, but must not make the index large.
constexpr std::size_t kMaxWordBytes = 128;

/// The word that is being gathered.
class Run final
{
public:
    [[nodiscard]] bool isEmpty() const { return m_word.empty(); }
    [[nodiscard]] bool takesAccents() const { return m_takesAccents; }

    void add(const CharacterRule& rule, std::size_t begin, std::size_t end)
    {
        m_end = end;
        m_takesAccents = rule.takesAccents;
        if (m_word.size() >= kMaxWordBytes)
            return;
        m_characters.push_back({m_word.size(), begin, rule.letterCase});
        appendCharacter(m_word, rule.folded);
    }
    void extend(std::size_t end) { m_end = end; }

    /// Gives out the word and its parts, and is empty again. False when the visitor stopped.
    bool flush(TokenizeFor purpose, const WordVisitor& visit)
    {
        if (isEmpty())
            return true;
        bool goOn = visit({m_word, m_characters.front().begin, m_end, false, false});
        if (goOn && purpose == TokenizeFor::index)
            goOn = flushParts(visit);
        m_word.clear();
        m_characters.clear();
        return goOn;
    }

private:
    struct Character
    {
        std::size_t at = 0; ///< in m_word
        std::size_t begin = 0;
        LetterCase letterCase = LetterCase::none;
    };

    /// "commitReading" parts before R, "HTTPServer" before S.
    [[nodiscard]] bool isPartBegin(std::size_t i) const
    {
        const auto caseAt = [this](std::size_t at) { return m_characters[at].letterCase; };
        if (caseAt(i) != LetterCase::upper)
            return false;
        return caseAt(i - 1) == LetterCase::lower ||
               (caseAt(i - 1) == LetterCase::upper && i + 1 < m_characters.size() &&
                caseAt(i + 1) == LetterCase::lower);
    }

    bool flushParts(const WordVisitor& visit) const
    {
        std::size_t first = 0;
        for (std::size_t i = 1; i <= m_characters.size(); ++i) {
            const bool atEnd = i == m_characters.size();
            if (!atEnd && !isPartBegin(i))
                continue;
            if (atEnd && first == 0)
                return true; // one part: the word itself
            const std::size_t end = atEnd ? m_word.size() : m_characters[i].at;
            const std::size_t begin = m_characters[first].at;
            if (!visit({std::string_view{m_word}.substr(begin, end - begin),
                        m_characters[first].begin, atEnd ? m_end : m_characters[i].begin, true,
                        false}))
                return false;
            first = i;
        }
        return true;
    }

    std::string m_word;
    std::vector<Character> m_characters;
    std::size_t m_end = 0;
    bool m_takesAccents = false;
};

using TokenSink = int (*)(void*, int, const char*, int, int, int);

int createTokenizer(void*, const char**, int, Fts5Tokenizer** out)
{
    // It has no state; FTS5 only wants something that is not null.
    static char nothing = 0;
    *out = reinterpret_cast<Fts5Tokenizer*>(&nothing);
    return SQLITE_OK;
}

void deleteTokenizer(Fts5Tokenizer*) {}

int tokenize(Fts5Tokenizer*, void* context, int flags, const char* text, int size, TokenSink sink)
{
    const TokenizeFor purpose =
        (flags & FTS5_TOKENIZE_QUERY) != 0 ? TokenizeFor::query : TokenizeFor::index;
    int code = SQLITE_OK;
    try {
        forEachWord({text, static_cast<std::size_t>(size)}, purpose, [&](const IndexWord& word) {
            code = sink(context, word.atSamePlace ? FTS5_TOKEN_COLOCATED : 0, word.word.data(),
                        static_cast<int>(word.word.size()), static_cast<int>(word.begin),
                        static_cast<int>(word.end));
            return code == SQLITE_OK;
        });
    } catch (const std::bad_alloc&) {
        return SQLITE_NOMEM; // SQLite is C: no exception may pass through it
    }
    return code;
}

} // namespace

void forEachWord(std::string_view text, TokenizeFor purpose, const WordVisitor& visit)
{
    Run run;
    for (std::size_t at = 0; at < text.size();) {
        const std::size_t begin = at;
        const char32_t character = nextCharacter(text, at);
        const std::size_t end = at;
        const CharacterRule rule =
            character == kInvalidCharacter ? CharacterRule{} : ruleFor(character);
        switch (rule.kind) {
        case CharacterKind::word:
            run.add(rule, begin, end);
            break;
        case CharacterKind::accent:
            if (!run.isEmpty() && run.takesAccents())
                run.extend(end);
            else if (!run.isEmpty())
                run.add(rule, begin, end);
            break;
        case CharacterKind::separator:
            if (!run.flush(purpose, visit))
                return;
            break;
        case CharacterKind::unspaced: {
            if (!run.flush(purpose, visit))
                return;
            std::string word;
            appendCharacter(word, rule.folded);
            if (!visit({word, begin, end, false, true}))
                return;
            break;
        }
        }
    }
    run.flush(purpose, visit);
}

fts5_api& fts5Of(Database& database)
{
    // FTS5 hands its functions out through a pointer bound to a SELECT.
    fts5_api* api = nullptr;
    sqlite3_stmt* statement = nullptr;
    if (sqlite3_prepare_v2(database.handle(), "SELECT fts5(?1)", -1, &statement, nullptr) ==
        SQLITE_OK) {
        sqlite3_bind_pointer(statement, 1, static_cast<void*>(&api), "fts5_api_ptr", nullptr);
        sqlite3_step(statement);
    }
    sqlite3_finalize(statement);
    if (api == nullptr)
        raise(ErrorCode::io, "this SQLite library has no full-text index (FTS5)");
    return *api;
}

void registerWordTokenizer(Database& database)
{
    fts5_api& api = fts5Of(database);
    fts5_tokenizer functions = {createTokenizer, deleteTokenizer, tokenize};
    const int code = api.xCreateTokenizer(&api, "lectern", nullptr, &functions, nullptr);
    if (code != SQLITE_OK)
        database.raiseSqlite(code, "to register the word tokenizer");
}

} // namespace storage
