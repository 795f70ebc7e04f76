// SPDX-License-Identifier: GPL-3.0-or-later
#include "definition_head.h"

#include <algorithm>
#include <array>
#include <vector>

#include "unicode.h"

namespace ingest {

namespace {

/// Longer heads are cut at the front; no declaration is that long.
constexpr std::size_t kLongestHead = 4096;
constexpr std::size_t kLongestName = 120;
/// After so many groups without an end, the text is no code: stop looking for ends.
constexpr std::size_t kMostUnclosed = 16;

struct Token
{
    enum class Kind
    {
        word,
        group, ///< (...), [...] or <...> with all that is in it
        sign
    };
    Kind kind = Kind::sign;
    std::string_view text;
    std::size_t at = 0;

    [[nodiscard]] bool isGroup(char open) const
    {
        return kind == Kind::group && text.front() == open;
    }
    [[nodiscard]] bool is(std::string_view wanted) const { return text == wanted; }
};

using Tokens = std::vector<Token>;

bool isWordByte(char byte)
{
    return isAsciiLetter(byte) || isAsciiDigit(byte) || byte == '_' || byte == '$' || byte == '@' ||
           static_cast<unsigned char>(byte) >= 0x80U;
}

/// End of the group that opens at `at`, or npos when it does not close. '<' closes only where
/// nothing stands between that a template argument cannot hold.
std::size_t groupEnd(std::string_view words, std::size_t at)
{
    const char open = words[at];
    const char close = open == '(' ? ')' : open == '[' ? ']' : '>';
    std::size_t depth = 0;
    for (std::size_t i = at; i < words.size(); ++i) {
        if (words[i] == open)
            ++depth;
        else if (words[i] == close && !(close == '>' && words[i - 1] == '-') && --depth == 0)
            return i + 1;
        else if (open == '<' && (words[i] == ';' || words[i] == '{'))
            return std::string_view::npos;
    }
    return std::string_view::npos;
}

Tokens split(std::string_view words)
{
    constexpr std::array<std::string_view, 8> kLongSigns{
        "::", "->", "=>", "==", "<=", ">=", "!=", ":="};
    Tokens tokens;
    std::size_t unclosed = 0;
    for (std::size_t at = 0; at < words.size();) {
        const char byte = words[at];
        if (isAsciiSpace(byte)) {
            ++at;
            continue;
        }
        Token token{Token::Kind::sign, words.substr(at, 1), at};
        const bool afterWord = !tokens.empty() && tokens.back().kind == Token::Kind::word;
        if (isWordByte(byte)) {
            std::size_t end = at;
            while (end < words.size() && isWordByte(words[end]))
                ++end;
            token = {Token::Kind::word, words.substr(at, end - at), at};
        } else if ((byte == '(' || byte == '[' || (byte == '<' && afterWord)) &&
                   unclosed < kMostUnclosed) {
            const std::size_t end = groupEnd(words, at);
            if (end == std::string_view::npos)
                ++unclosed;
            else
                token = {Token::Kind::group, words.substr(at, end - at), at};
        } else {
            for (const std::string_view sign : kLongSigns) {
                if (words.substr(at, 2) == sign)
                    token.text = words.substr(at, 2);
            }
        }
        at = token.at + token.text.size();
        tokens.push_back(token);
    }
    return tokens;
}

bool endsStatementsWithLines(const Language& language)
{
    constexpr std::string_view kNames = " Go JavaScript TypeScript Kotlin Swift Scala Groovy QML ";
    return isListed(kNames, language.name);
}

bool isCLike(const Language& language)
{
    constexpr std::string_view kNames = " C C++ CUDA Objective-C GLSL D ";
    return isListed(kNames, language.name);
}

bool isScript(const Language& language)
{
    return language.name == "JavaScript" || language.name == "TypeScript";
}

/// Whether a statement goes on across a line end between these two.
bool goesOn(const Token& before, const Token& after)
{
    constexpr std::string_view kWords =
        " extends implements with where permits throws in by and or ";
    const bool isEnd = before.is(">") || before.is("?") || before.is("!") || before.is("\"");
    if (before.kind == Token::Kind::sign && !isEnd)
        return true;
    if (after.kind == Token::Kind::word)
        return isListed(kWords, after.text);
    return true; // an operator, a dot, an argument list
}

/// Drops the statements before the last line end that ends one.
void cutAtLines(Tokens& tokens, std::string_view words)
{
    for (std::size_t i = tokens.size(); i-- > 1;) {
        const std::size_t end = tokens[i - 1].at + tokens[i - 1].text.size();
        const auto between = words.substr(end, tokens[i].at - end);
        if (between.find('\n') == std::string_view::npos || goesOn(tokens[i - 1], tokens[i]))
            continue;
        tokens.erase(tokens.begin(), tokens.begin() + static_cast<std::ptrdiff_t>(i));
        return;
    }
}

/// Tokens of what may stand at `first` before any declaration: an attribute, an annotation,
/// template parameters.
std::size_t decorationSize(const Tokens& tokens, std::size_t first)
{
    const auto at = [&tokens](std::size_t i) { return i < tokens.size() ? tokens[i] : Token{}; };
    const Token token = at(first);
    if (token.isGroup('['))
        return 1;
    if (token.is("#") && at(first + 1).isGroup('['))
        return 2;
    if (token.is("template") && at(first + 1).isGroup('<'))
        return 2;
    if (token.text.size() > 1 && token.text.front() == '@' && !token.is("@interface"))
        return at(first + 1).isGroup('(') ? 2U : 1U;
    return 0;
}

/// Tokens of an access label at `first`: "public:", "private slots:".
std::size_t labelSize(const Tokens& tokens, std::size_t first)
{
    constexpr std::string_view kWords =
        " public private protected signals slots Q_SIGNALS Q_SLOTS ";
    std::size_t size = 0;
    while (first + size < tokens.size() && isListed(kWords, tokens[first + size].text))
        ++size;
    const bool label = size > 0 && first + size < tokens.size() && tokens[first + size].is(":");
    return label ? size + 1 : 0;
}

/// Drops labels and decoration; returns where the definition begins, its decoration included.
std::size_t dropPrefix(Tokens& tokens)
{
    std::size_t begin = tokens.front().at;
    std::size_t first = 0;
    for (;;) {
        const std::size_t label = labelSize(tokens, first);
        const std::size_t size = label > 0 ? label : decorationSize(tokens, first);
        if (size == 0 || first + size >= tokens.size())
            break;
        first += size;
        if (label > 0)
            begin = tokens[first].at;
    }
    tokens.erase(tokens.begin(), tokens.begin() + static_cast<std::ptrdiff_t>(first));
    return begin;
}

bool isUpperMacro(std::string_view word)
{
    return word.size() > 1 && word.find_first_of("ABCDEFGHIJKLMNOPQRSTUVWXYZ") != word.npos &&
           word.find_first_of("abcdefghijklmnopqrstuvwxyz") == word.npos;
}

/// The qualified name whose last word is token `last`: "engine::Session::append", "~Session".
std::string qualifiedName(const Tokens& tokens, std::size_t last)
{
    std::size_t first = last;
    if (first > 0 && tokens[first - 1].is("~"))
        --first;
    while (first >= 2 && (tokens[first - 1].is("::") || tokens[first - 1].is(".")) &&
           (tokens[first - 2].kind == Token::Kind::word || tokens[first - 2].isGroup('<'))) {
        first -= tokens[first - 2].isGroup('<') && first >= 3 ? 3U : 2U;
        if (first > 0 && tokens[first - 1].is("~"))
            --first;
    }
    std::string name;
    for (std::size_t i = first; i <= last; ++i)
        name += tokens[i].text;
    return shortened(name, kLongestName);
}

std::string joined(const Tokens& tokens, std::size_t first)
{
    std::string name;
    for (std::size_t i = first; i < tokens.size(); ++i) {
        if (tokens[i].is("where"))
            break;
        if (tokens[i].isGroup('<'))
            continue;
        const bool wordy =
            tokens[i].kind == Token::Kind::word && !name.empty() && isWordByte(name.back());
        name += (wordy ? " " : "") + std::string(tokens[i].text);
    }
    return shortened(name, kLongestName);
}

HeadKind kindOfKeyword(std::string_view word, const Language& language)
{
    if (isListed(" namespace module package ", word))
        return HeadKind::scope;
    if (isListed(" fn fun func function def sub modifier ", word))
        return HeadKind::function;
    const bool plainEnum =
        isListed(" C C++ CUDA Objective-C Rust TypeScript Zig Thrift D GLSL ", language.name) ||
        language.name == "Protocol Buffers";
    if ((word == "enum" && plainEnum) || (language.name == "Go" && word != "func"))
        return HeadKind::function; // its body holds no definitions
    return HeadKind::type;
}

/// The name after a keyword: past groups, "class" after "enum", export macros, attributes.
std::string nameAfter(const Tokens& tokens, std::size_t keyword)
{
    const auto isWord = [&tokens](std::size_t at) {
        return at < tokens.size() && tokens[at].kind == Token::Kind::word;
    };
    std::size_t i = keyword + 1;
    while (i < tokens.size()) {
        const Token& token = tokens[i];
        const bool withGroup = i + 1 < tokens.size() && tokens[i + 1].isGroup('(');
        const std::size_t next = withGroup ? i + 2 : i + 1;
        const bool attribute =
            isUpperMacro(token.text) || token.is("alignas") || token.text.starts_with("__");
        if (token.kind == Token::Kind::group || token.is("class") || token.is("struct") ||
            token.is("&") || token.is("*"))
            ++i;
        else if (attribute && isWord(i) && isWord(next))
            i = next;
        else
            break;
    }
    if (!isWord(i))
        return {};
    std::size_t last = i;
    while (last + 2 < tokens.size() && (tokens[last + 1].is("::") || tokens[last + 1].is(".")) &&
           isWord(last + 2))
        last += 2;
    return qualifiedName(tokens, last);
}

DefinitionHead readType(const Tokens& tokens, const Language& language)
{
    for (std::size_t i = 0; i < tokens.size(); ++i) {
        if (tokens[i].isGroup('(') && isCLike(language))
            return {};
        if (tokens[i].kind != Token::Kind::word || !isListed(language.keywords, tokens[i].text))
            continue;
        const std::string_view word = tokens[i].text;
        if (i > 0 && tokens[i - 1].is("."))
            continue; // Foo.class
        DefinitionHead head{kindOfKeyword(word, language), {}, 0};
        if (isCLike(language)) {
            // "struct foo *find(int)" defines a function, "class ATTRIBUTE(x) Name" a class.
            for (std::size_t k = i + 2; k < tokens.size() && !tokens[k].is(":"); ++k) {
                const bool attribute = k == i + 2 || tokens[k - 1].text.starts_with("__") ||
                                       tokens[k - 1].is("alignas");
                if (tokens[k].isGroup('(') && !attribute)
                    return {};
            }
        }
        if (word == "impl")
            head.name = joined(tokens, i);
        else if (language.name == "Go" || language.name == "Zig")
            head.name = i >= 1 && tokens[i - 1].kind == Token::Kind::word
                            ? std::string(tokens[i - 1].text)
                        : i >= 2 ? std::string(tokens[i - 2].text)
                                 : std::string();
        if (head.name.empty())
            head.name = nameAfter(tokens, i);
        return head;
    }
    return {};
}

bool isControlWord(std::string_view word)
{
    constexpr std::string_view kWords =
        " if for while switch catch return sizeof do else try synchronized using lock foreach with "
        "unless until when match guard defer select go elseif elif throw new typeof fixed unsafe ";
    return isListed(kWords, word);
}

/// The index of the argument list that makes the head a function's, or the size.
std::size_t findArguments(const Tokens& tokens)
{
    constexpr std::string_view kTails =
        " noexcept __attribute__ alignas decltype throw requires __declspec explicit ";
    std::size_t best = tokens.size();
    for (std::size_t i = 1; i < tokens.size(); ++i) {
        const Token& before = tokens[i - 1];
        if (tokens[i].is("=") && !before.is("operator"))
            break;
        if (tokens[i].is(":") && best < tokens.size())
            break; // a constructor's initialisers
        if (!tokens[i].isGroup('('))
            continue;
        const bool named = before.kind == Token::Kind::word || before.isGroup('<') ||
                           (i >= 2 && tokens[i - 2].is("operator"));
        if (!named || isListed(kTails, before.text) || isControlWord(before.text))
            continue;
        if (best == tokens.size() || !isUpperMacro(before.text))
            best = i;
        if (i + 1 < tokens.size() && tokens[i + 1].is("->"))
            break;
    }
    return best;
}

/// const name = (...) => {, name: function (...) {, exports.name = async function () {
DefinitionHead readAssignedFunction(const Tokens& tokens)
{
    const auto equals = std::find_if(tokens.begin(), tokens.end(), [](const Token& token) {
        return token.is("=") || token.is(":");
    });
    if (equals == tokens.begin() || equals == tokens.end())
        return {};
    const bool isFunction =
        tokens.back().is("=>") ||
        std::any_of(equals, tokens.end(), [](const Token& token) { return token.is("function"); });
    const auto name = static_cast<std::size_t>(equals - tokens.begin()) - 1;
    if (!isFunction || tokens[name].kind != Token::Kind::word)
        return {};
    return {HeadKind::function, qualifiedName(tokens, name), 0};
}

DefinitionHead readScriptFunction(const Tokens& tokens, bool insideType)
{
    for (std::size_t i = 0; i < tokens.size(); ++i) {
        if (tokens[i].is("=") || tokens[i].is(":"))
            return readAssignedFunction(tokens);
        if (tokens[i].is("function")) {
            const std::size_t name = i + 1 < tokens.size() && tokens[i + 1].is("*") ? i + 2 : i + 1;
            const bool named = name < tokens.size() && tokens[name].kind == Token::Kind::word;
            return {HeadKind::function, named ? std::string(tokens[name].text) : "function", 0};
        }
        if (insideType && i > 0 && tokens[i].isGroup('(') &&
            tokens[i - 1].kind == Token::Kind::word && !isControlWord(tokens[i - 1].text))
            return {HeadKind::function, std::string(tokens[i - 1].text), 0};
    }
    return {};
}

DefinitionHead readFunction(const Tokens& tokens, const Language& language, bool insideType)
{
    const Token& first = tokens.front();
    if (isScript(language))
        return readScriptFunction(tokens, insideType);
    if (language.name == "Go" || language.name == "Swift") {
        const auto func = std::find_if(tokens.begin(), tokens.end(), [](const Token& token) {
            return token.is("func") || token.is("init") || token.is("deinit");
        });
        if (func == tokens.end())
            return {};
        if (!func->is("func"))
            return {HeadKind::function, std::string(func->text), 0};
        return {HeadKind::function,
                nameAfter(tokens, static_cast<std::size_t>(func - tokens.begin())), 0};
    }
    if (language.name == "Objective-C" && (first.is("-") || first.is("+")) && tokens.size() > 2)
        return {HeadKind::function, std::string(tokens[2].text), 0};
    constexpr std::string_view kByKeyword =
        " Rust Kotlin Scala PHP Zig Solidity Perl AWK QML Thrift GraphQL ";
    if (isListed(kByKeyword, language.name) || language.name == "Protocol Buffers" ||
        isControlWord(first.text))
        return {};
    const std::size_t arguments = findArguments(tokens);
    if (arguments >= tokens.size())
        return {};
    std::size_t name = arguments - 1;
    if (name > 0 && tokens[name].isGroup('<'))
        --name;
    // TEST(Suite, case) {
    if (name == 0 && isUpperMacro(tokens[0].text))
        return {
            HeadKind::function,
            shortened(simplified(std::string(tokens[0].text) + std::string(tokens[arguments].text)),
                      kLongestName),
            0};
    const auto operatorAt =
        std::find_if(tokens.begin(), tokens.begin() + static_cast<std::ptrdiff_t>(arguments),
                     [](const Token& token) { return token.is("operator"); });
    if (operatorAt != tokens.begin() + static_cast<std::ptrdiff_t>(arguments)) {
        std::string title =
            qualifiedName(tokens, static_cast<std::size_t>(operatorAt - tokens.begin()));
        for (auto token = operatorAt + 1;
             token != tokens.begin() + static_cast<std::ptrdiff_t>(arguments); ++token)
            title += (token->kind == Token::Kind::word ? " " : "") + std::string(token->text);
        return {HeadKind::function, title, 0};
    }
    return {HeadKind::function, qualifiedName(tokens, name), 0};
}

} // namespace

DefinitionHead readDefinitionHead(std::string_view words, const Language& language, bool insideType)
{
    const std::size_t cut = words.size() > kLongestHead ? words.size() - kLongestHead : 0;
    words.remove_prefix(cut);
    Tokens tokens = split(words);
    if (endsStatementsWithLines(language))
        cutAtLines(tokens, words);
    if (tokens.empty())
        return {};
    const std::size_t begin = dropPrefix(tokens) + cut;
    DefinitionHead head;
    if (tokens.size() == 2 && tokens[0].is("extern") && tokens[1].is("\"")) {
        head.kind = HeadKind::scope;
    } else if (isScript(language) && !tokens.front().is("class")) {
        head = readFunction(tokens, language, insideType);
        if (head.kind == HeadKind::none)
            head = readType(tokens, language);
    } else if (language.name == "Go" && tokens.front().is("func")) {
        head = readFunction(tokens, language, insideType);
    } else {
        head = readType(tokens, language);
        if (head.kind == HeadKind::none)
            head = readFunction(tokens, language, insideType);
    }
    head.begin = begin;
    return head;
}

} // namespace ingest
