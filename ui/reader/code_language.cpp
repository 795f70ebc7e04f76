// SPDX-License-Identifier: GPL-3.0-or-later
#include "reader/code_language.h"

#include <QFileInfo>

namespace ui {
namespace {

QSet<QString> words(const char* list)
{
    const QStringList all = QString::fromLatin1(list).split(QLatin1Char(' '), Qt::SkipEmptyParts);
    return {all.begin(), all.end()};
}

QStringList list(const char* names)
{
    return QString::fromLatin1(names).split(QLatin1Char(' '), Qt::SkipEmptyParts);
}

CodeLanguage cLike(const char* name, const char* suffixes, const char* keywords, const char* types)
{
    CodeLanguage language;
    language.name = QString::fromLatin1(name);
    language.suffixes = list(suffixes);
    language.keywords = words(keywords);
    language.types = words(types);
    language.lineComments = list("//");
    language.blockBegin = QStringLiteral("/*");
    language.blockEnd = QStringLiteral("*/");
    language.quotes = QStringLiteral("\"'");
    return language;
}

CodeLanguage hashLike(const char* name, const char* suffixes, const char* keywords,
                      const char* types)
{
    CodeLanguage language;
    language.name = QString::fromLatin1(name);
    language.suffixes = list(suffixes);
    language.keywords = words(keywords);
    language.types = words(types);
    language.lineComments = list("#");
    language.quotes = QStringLiteral("\"'");
    return language;
}

CodeLanguage cpp()
{
    CodeLanguage language = cLike(
        "cpp", "c h cc cpp cxx hh hpp hxx ipp tpp cu cuh",
        "alignas alignof asm break case catch class co_await co_return co_yield concept const "
        "consteval constexpr constinit const_cast continue decltype default delete do dynamic_cast "
        "else enum explicit export extern false final for friend goto if import inline module "
        "mutable namespace new noexcept nullptr operator override private protected public "
        "register "
        "reinterpret_cast requires return sizeof static static_assert static_cast struct switch "
        "template this thread_local throw true try typedef typeid typename union using virtual "
        "volatile while NULL",
        "auto bool char char8_t char16_t char32_t double float int long short signed unsigned void "
        "wchar_t size_t ssize_t ptrdiff_t int8_t int16_t int32_t int64_t uint8_t uint16_t uint32_t "
        "uint64_t uintptr_t");
    language.directive = QLatin1Char('#');
    return language;
}

CodeLanguage python()
{
    CodeLanguage language = hashLike(
        "python", "py pyi pyx",
        "and as assert async await break case class continue def del elif else except finally for "
        "from global if import in is lambda match nonlocal not or pass raise return try while with "
        "yield None True False self",
        "bool bytes dict float frozenset int list object set str tuple type");
    language.multilineQuotes = list("\"\"\" '''");
    language.directive = QLatin1Char('@');
    return language;
}

CodeLanguage javaScript()
{
    CodeLanguage language = cLike(
        "javascript", "js jsx mjs cjs ts tsx",
        "abstract as async await break case catch class const continue debugger declare default "
        "delete do else enum export extends finally for from function get if implements import in "
        "instanceof interface let namespace new null of private protected public readonly return "
        "set static super switch this throw true false try type typeof undefined var void while "
        "with yield",
        "any bigint boolean never number object string symbol unknown");
    language.multilineQuotes = list("`");
    return language;
}

CodeLanguage markdown()
{
    CodeLanguage language;
    language.name = QStringLiteral("markdown");
    language.suffixes = list("md markdown mkd");
    language.markdown = true;
    return language;
}

CodeLanguage sql()
{
    CodeLanguage language = hashLike(
        "sql", "sql",
        "add all alter and as asc begin between by case check commit constraint create cross "
        "default "
        "delete desc distinct drop else end except exists foreign from full group having in index "
        "inner insert intersect into is join key left like limit not null offset on or order outer "
        "pragma primary references right rollback select set table then transaction trigger union "
        "unique update using values view virtual when where with",
        "blob char date decimal float int integer numeric real text timestamp varchar");
    language.lineComments = list("--");
    language.blockBegin = QStringLiteral("/*");
    language.blockEnd = QStringLiteral("*/");
    language.caseInsensitive = true;
    return language;
}

CodeLanguage cmake()
{
    CodeLanguage language = hashLike(
        "cmake", "cmake",
        "add_compile_options add_custom_command add_custom_target add_executable add_library "
        "add_subdirectory add_test cmake_minimum_required cmake_parse_arguments configure_file "
        "else "
        "elseif enable_testing endforeach endfunction endif endmacro endwhile find_library "
        "find_package find_program foreach function if include install list macro message option "
        "project return set set_property set_target_properties string target_compile_definitions "
        "target_compile_options target_include_directories target_link_libraries target_sources "
        "while",
        "private public interface on off true false and or not strequal");
    language.fileNames = list("CMakeLists.txt");
    language.quotes = QStringLiteral("\"");
    language.caseInsensitive = true;
    return language;
}

CodeLanguage markup()
{
    CodeLanguage language;
    language.name = QStringLiteral("xml");
    language.suffixes = list("xml html htm svg ui qrc xsd xsl");
    language.blockBegin = QStringLiteral("<!--");
    language.blockEnd = QStringLiteral("-->");
    language.quotes = QStringLiteral("\"");
    return language;
}

std::vector<CodeLanguage> allLanguages()
{
    std::vector<CodeLanguage> all{cpp(), python(), javaScript(), markdown(),
                                  sql(), cmake(),  markup()};
    all.push_back(cLike(
        "java", "java kt kts cs scala",
        "abstract as assert base break case catch class const continue default delegate do else "
        "enum extends false final finally for foreach fun if implements import in instanceof "
        "interface internal is namespace native new null object out override package private "
        "protected public readonly record ref return sealed static struct super switch "
        "synchronized "
        "this throw throws true try using val var virtual volatile when where while yield",
        "bool boolean byte char decimal double float int long short string void String"));
    all.push_back(cLike(
        "rust", "rs",
        "as async await break const continue crate dyn else enum extern false fn for if impl in "
        "let "
        "loop match mod move mut pub ref return self Self static struct super trait true type "
        "unsafe use where while",
        "bool char f32 f64 i8 i16 i32 i64 i128 isize str u8 u16 u32 u64 u128 usize String Vec "
        "Option Result Box"));
    all.back().quotes = QStringLiteral("\""); // ' also opens lifetimes
    all.push_back(cLike(
        "go", "go",
        "break case chan const continue default defer else fallthrough for func go goto if import "
        "interface map nil package range return select struct switch type var true false iota",
        "bool byte complex64 complex128 error float32 float64 int int8 int16 int32 int64 rune "
        "string uint uint8 uint16 uint32 uint64 uintptr any"));
    all.back().multilineQuotes = list("`");
    all.push_back(
        cLike("css", "css scss less", "important inherit initial none auto", "px em rem vh vw pt"));
    all.push_back(hashLike("shell", "sh bash zsh ksh",
                           "case do done elif else esac exit export fi for function if in local "
                           "readonly return select "
                           "set shift then trap unset until while",
                           "cd echo printf test"));
    all.push_back(
        hashLike("ruby", "rb gemspec",
                 "alias and begin break case class def do else elsif end ensure false for "
                 "if in module next nil not or redo rescue retry return self super then "
                 "true undef unless until when while yield",
                 "attr_accessor attr_reader require require_relative"));
    all.push_back(hashLike("perl", "pl pm",
                           "else elsif for foreach if last my next our package return sub unless "
                           "until use while",
                           ""));
    all.push_back(
        hashLike("config", "yaml yml toml ini cfg conf desktop", "true false null yes no", ""));
    all.back().lineComments = list("# ;");
    all.push_back(hashLike("make", "mk mak",
                           "define else endef endif ifdef ifeq ifndef ifneq "
                           "include",
                           ""));
    all.back().fileNames = list("Makefile GNUmakefile Dockerfile");
    CodeLanguage json;
    json.name = QStringLiteral("json");
    json.suffixes = list("json jsonl json5");
    json.keywords = words("true false null");
    json.quotes = QStringLiteral("\"");
    all.push_back(json);
    CodeLanguage lua = cLike("lua", "lua",
                             "and break do else elseif end false for function goto if in local nil "
                             "not or repeat return then true until while",
                             "");
    lua.lineComments = list("--");
    lua.blockBegin = QStringLiteral("--[[");
    lua.blockEnd = QStringLiteral("]]");
    all.push_back(lua);
    return all;
}

} // namespace

const std::vector<CodeLanguage>& codeLanguages()
{
    static const std::vector<CodeLanguage> languages = allLanguages();
    return languages;
}

const CodeLanguage* findLanguage(const QString& name, const QString& path)
{
    const QFileInfo file(path);
    const QString suffix = file.suffix().toLower();
    for (const CodeLanguage& language : codeLanguages()) {
        if ((!name.isEmpty() && language.name == name) ||
            language.fileNames.contains(file.fileName())) {
            return &language;
        }
    }
    for (const CodeLanguage& language : codeLanguages()) {
        if (language.suffixes.contains(name.isEmpty() ? suffix : name) ||
            (!suffix.isEmpty() && language.suffixes.contains(suffix))) {
            return &language;
        }
    }
    return nullptr;
}

} // namespace ui
