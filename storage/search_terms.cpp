// SPDX-License-Identifier: GPL-3.0-or-later
#include "storage/search.h"

#include <memory>
#include <set>

#include <sqlite3.h>
#include <unicode/ubrk.h>
#include <unicode/utext.h>

#include "sqlite/database.h"
#include "word_tokenizer.h"

namespace storage {

namespace {

/// The tokenizer of the index, porter above ours, outside of any session.
class IndexTokenizer final
{
public:
    IndexTokenizer()
    {
        registerWordTokenizer(m_memory);
        fts5_api& api = fts5Of(m_memory);
        void* userData = nullptr;
        const char* inner = "lectern";
        int code = api.xFindTokenizer(&api, "porter", &userData, &m_functions);
        if (code == SQLITE_OK)
            code = m_functions.xCreate(userData, &inner, 1, &m_porter);
        if (code != SQLITE_OK)
            m_memory.raiseSqlite(code, "to set up the word tokenizer");
    }
    ~IndexTokenizer() { m_functions.xDelete(m_porter); }
    IndexTokenizer(const IndexTokenizer&) = delete;
    IndexTokenizer& operator=(const IndexTokenizer&) = delete;

    /// The words that a term is in the index, with a blank after each.
    [[nodiscard]] std::string indexForm(std::string_view term) const
    {
        std::string form;
        const auto append = [](void* context, int, const char* word, int size, int, int) {
            auto& words = *static_cast<std::string*>(context);
            try {
                words.append(word, static_cast<std::size_t>(size)).append(1, ' ');
            } catch (const std::bad_alloc&) {
                return SQLITE_NOMEM;
            }
            return SQLITE_OK;
        };
        const int code = m_functions.xTokenize(m_porter, &form, FTS5_TOKENIZE_QUERY, term.data(),
                                               static_cast<int>(term.size()), append);
        if (code != SQLITE_OK)
            throw std::bad_alloc();
        return form;
    }

private:
    Database m_memory;
    fts5_tokenizer m_functions = {};
    Fts5Tokenizer* m_porter = nullptr;
};

/// Cuts a run of characters that are written without spaces into words, by ICU's dictionaries.
void cutUnspaced(std::string_view run, std::vector<std::string_view>& terms)
{
    UErrorCode status = U_ZERO_ERROR;
    const std::unique_ptr<UBreakIterator, void (*)(UBreakIterator*)> words(
        ubrk_open(UBRK_WORD, "", nullptr, 0, &status), ubrk_close);
    const std::unique_ptr<UText, UText* (*)(UText*)> text(
        utext_openUTF8(nullptr, run.data(), static_cast<std::int64_t>(run.size()), &status),
        utext_close);
    ubrk_setUText(words.get(), text.get(), &status);
    if (U_FAILURE(status)) {
        terms.push_back(run); // without dictionaries: the run as one phrase
        return;
    }
    std::int32_t begin = ubrk_first(words.get());
    for (std::int32_t end = ubrk_next(words.get()); end != UBRK_DONE;
         end = ubrk_next(words.get())) {
        terms.push_back(
            run.substr(static_cast<std::size_t>(begin), static_cast<std::size_t>(end - begin)));
        begin = end;
    }
}

bool followsApostrophe(std::string_view text, std::size_t begin)
{
    constexpr std::string_view kTypographic = "\u2019";
    const std::string_view before = text.substr(0, begin);
    return before.ends_with('\'') || before.ends_with(kTypographic);
}

/// The "s" of "Newton's" and the "t" of "don't" ask for nothing.
bool isEnglishTail(std::string_view text, const IndexWord& word)
{
    constexpr std::size_t kLongestTail = 2; // "ll", "re", "ve"
    return word.word.size() <= kLongestTail && word.begin > 0 &&
           followsApostrophe(text, word.begin);
}

std::vector<std::string_view> cutTerms(std::string_view question)
{
    std::vector<std::string_view> terms;
    std::size_t runBegin = 0;
    std::size_t runEnd = 0; // of the unspaced run at hand; empty: none
    const auto finishRun = [&] {
        if (runEnd > runBegin)
            cutUnspaced(question.substr(runBegin, runEnd - runBegin), terms);
        runBegin = runEnd = 0;
    };
    forEachWord(question, TokenizeFor::query, [&](const IndexWord& word) {
        if (word.isUnspaced && runEnd == word.begin && runEnd > runBegin) {
            runEnd = word.end;
        } else if (word.isUnspaced) {
            finishRun();
            runBegin = word.begin;
            runEnd = word.end;
        } else {
            finishRun();
            if (!isEnglishTail(question, word))
                terms.push_back(question.substr(word.begin, word.end - word.begin));
        }
        return true;
    });
    finishRun();
    return terms;
}

} // namespace

Result<std::vector<std::string>> searchTerms(std::string_view question)
{
    return guarded([&] {
        const IndexTokenizer tokenizer;
        std::set<std::string> seen;
        std::vector<std::string> terms;
        for (const std::string_view term : cutTerms(question)) {
            if (seen.insert(tokenizer.indexForm(term)).second)
                terms.emplace_back(term);
        }
        return terms;
    });
}

} // namespace storage
