// SPDX-License-Identifier: GPL-3.0-or-later
#include "answering/request_kind.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <span>
#include <string>

namespace answering {

namespace {

/// Lower case, words separated by one space, other ASCII punctuation than the apostrophe left out.
std::string plainWords(std::string_view text)
{
    std::string words;
    for (const char c : text) {
        const auto byte = static_cast<unsigned char>(c);
        if (byte >= 0x80U || std::isalnum(byte) != 0 || c == '\'') {
            words.push_back(static_cast<char>(std::tolower(byte)));
        } else if (!words.empty() && words.back() != ' ') {
            words.push_back(' ');
        }
    }
    if (!words.empty() && words.back() == ' ') {
        words.pop_back();
    }
    return words;
}

bool startsWithWord(std::string_view text, std::string_view word)
{
    return text.starts_with(word) && (text.size() == word.size() || text[word.size()] == ' ');
}

bool startsWithAny(std::string_view text, std::span<const std::string_view> phrases)
{
    return std::any_of(phrases.begin(), phrases.end(),
                       [&](std::string_view phrase) { return startsWithWord(text, phrase); });
}

bool isAnyOf(std::string_view text, std::span<const std::string_view> phrases)
{
    return std::find(phrases.begin(), phrases.end(), text) != phrases.end();
}

/// Words of courtesy before what is asked for.
std::string_view withoutCourtesy(std::string_view words)
{
    static constexpr std::array<std::string_view, 20> kCourtesy = {"please",
                                                                   "can you",
                                                                   "could you",
                                                                   "would you",
                                                                   "will you",
                                                                   "i want you to",
                                                                   "now",
                                                                   "i'd like you to",
                                                                   "i would like you to",
                                                                   "help me to",
                                                                   "help me",
                                                                   "let's",
                                                                   "ok",
                                                                   "hey",
                                                                   "kindly",
                                                                   "you should",
                                                                   "also",
                                                                   "and",
                                                                   "then",
                                                                   "i need you to"};
    for (bool again = true; again;) {
        again = false;
        for (const auto phrase : kCourtesy) {
            if (words.size() > phrase.size() && startsWithWord(words, phrase)) {
                words.remove_prefix(phrase.size() + 1);
                again = true;
            }
        }
    }
    return words;
}

constexpr std::array<std::string_view, 21> kSummarise = {"summarise",
                                                         "summarize",
                                                         "sum up",
                                                         "recap",
                                                         "tl dr",
                                                         "tldr",
                                                         "give me a summary",
                                                         "give a summary",
                                                         "give me an overview",
                                                         "give an overview",
                                                         "give me the gist",
                                                         "a summary of",
                                                         "summary of",
                                                         "an overview of",
                                                         "overview of",
                                                         "make a summary",
                                                         "make me a summary",
                                                         "write a summary",
                                                         "write me a summary",
                                                         "list the key points",
                                                         "list the main points"};

constexpr std::array<std::string_view, 4> kWhatAbout = {"what is", "what's", "what are",
                                                        "tell me what"};
constexpr std::array<std::string_view, 15> kWholes = {
    "this",         "it",           "this book", "the book",        "this document",
    "the document", "this text",    "the text",  "this paper",      "the paper",
    "this file",    "this project", "this code", "these documents", "my documents"};

constexpr std::array<std::string_view, 3> kTranslate = {"translate", "a translation of",
                                                        "give me a translation"};

constexpr std::array<std::string_view, 5> kCompare = {"compare", "contrast", "make a comparison",
                                                      "give me a comparison", "a comparison of"};

constexpr std::array<std::string_view, 12> kWrite = {
    "write",  "draft",    "compose",   "rewrite",    "rephrase", "paraphrase",
    "reword", "refactor", "proofread", "brainstorm", "invent",   "make up"};
/// Verbs that ask for a text only with one of kThings after them.
constexpr std::array<std::string_view, 8> kMake = {"make",    "create",  "generate", "give me",
                                                   "produce", "prepare", "suggest",  "design"};
constexpr std::array<std::string_view, 22> kThings = {
    "list",   "table", "essay",  "poem",    "story",    "letter",       "email", "report",
    "test",   "tests", "quiz",   "outline", "function", "presentation", "plan",  "timeline",
    "script", "joke",  "review", "diagram", "title",    "questions"};

constexpr std::array<std::string_view, 26> kChat = {"hi",
                                                    "hello",
                                                    "hey",
                                                    "hello there",
                                                    "hi there",
                                                    "good morning",
                                                    "good evening",
                                                    "good afternoon",
                                                    "thanks",
                                                    "thank you",
                                                    "many thanks",
                                                    "thanks a lot",
                                                    "bye",
                                                    "goodbye",
                                                    "how are you",
                                                    "who are you",
                                                    "what are you",
                                                    "what can you do",
                                                    "what can i ask",
                                                    "how do you work",
                                                    "ok",
                                                    "test",
                                                    "help",
                                                    "who made you",
                                                    "are you an ai",
                                                    "are you there"};

bool asksWhatItIsAbout(std::string_view words)
{
    if (!words.ends_with(" about") || !startsWithAny(words, kWhatAbout)) {
        return false;
    }
    words.remove_suffix(6);
    return std::any_of(kWholes.begin(), kWholes.end(), [&](std::string_view whole) {
        return words.size() > whole.size() && words.ends_with(whole) &&
               words[words.size() - whole.size() - 1] == ' ';
    });
}

bool asksToMake(std::string_view words)
{
    const auto verb = std::find_if(kMake.begin(), kMake.end(), [&](std::string_view candidate) {
        return startsWithWord(words, candidate);
    });
    if (verb == kMake.end() || words.size() <= verb->size()) {
        return false;
    }
    words.remove_prefix(verb->size() + 1);
    for (int skipped = 0; skipped < 3 && !words.empty(); ++skipped) {
        if (startsWithAny(words, kThings)) {
            return true;
        }
        const std::size_t space = words.find(' ');
        words.remove_prefix(space == std::string_view::npos ? words.size() : space + 1);
    }
    return startsWithAny(words, kThings);
}

} // namespace

RequestKind classifyRequest(std::string_view text)
{
    const std::string plain = plainWords(text);
    if (plain.empty()) {
        return RequestKind::empty;
    }
    if (isAnyOf(plain, kChat)) {
        return RequestKind::chat;
    }
    const auto words = withoutCourtesy(plain);
    if (startsWithAny(words, kSummarise) || asksWhatItIsAbout(words)) {
        return RequestKind::summarise;
    }
    if (startsWithAny(words, kTranslate)) {
        return RequestKind::translate;
    }
    if (startsWithAny(words, kCompare)) {
        return RequestKind::compare;
    }
    if (startsWithAny(words, kWrite) || asksToMake(words)) {
        return RequestKind::write;
    }
    return RequestKind::question;
}

} // namespace answering
