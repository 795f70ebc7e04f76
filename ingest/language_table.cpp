// SPDX-License-Identifier: GPL-3.0-or-later
#include "language_table.h"

#include <algorithm>
#include <array>
#include <string>

#include "unicode.h"

namespace ingest {

namespace {

constexpr CommentStyle kSlashes{"//", "", "/*", "*/", "\"'"};
constexpr CommentStyle kSlashesBackquote{"//", "", "/*", "*/", "\"'`"};
constexpr CommentStyle kSlashesHash{"//", "#", "/*", "*/", "\"'"};
constexpr CommentStyle kHash{"#", "", "", "", "\"'"};
constexpr CommentStyle kPython{"#", "", "", "", "\"'", true};
constexpr CommentStyle kSlashesTriple{"//", "", "/*", "*/", "\"'", true};
constexpr CommentStyle kHashOnly{"#", "", "", "", ""};
constexpr CommentStyle kDashes{"--", "", "/*", "*/", "'"};
constexpr CommentStyle kLua{"--", "", "--[[", "]]", "\"'"};
constexpr CommentStyle kHaskell{"--", "", "{-", "-}", "\""};
constexpr CommentStyle kMl{"", "", "(*", "*)", "\""};
constexpr CommentStyle kPascal{"//", "", "(*", "*)", "'"};
constexpr CommentStyle kSemicolon{";", "", "", "", "\""};
constexpr CommentStyle kAssembler{"#", ";", "/*", "*/", "\""};
constexpr CommentStyle kPercent{"%", "", "", "", ""};
constexpr CommentStyle kBang{"!", "", "", "", "\"'"};
constexpr CommentStyle kApostrophe{"'", "", "", "", "\""};
constexpr CommentStyle kMarkup{"", "", "<!--", "-->", ""};
constexpr CommentStyle kStyleSheet{"", "", "/*", "*/", "\"'"};
constexpr CommentStyle kNone{};

constexpr auto kBraces = CodeFamily::braces;
constexpr auto kKeywords = CodeFamily::keywords;
constexpr auto kSections = CodeFamily::sections;
constexpr auto kLayout = CodeFamily::layout;

// An extension that several languages use stands where it is commonest.
constexpr std::array kLanguages = std::to_array<Language>({
    {"C", " c h ", "", " tcc ", kBraces, kSlashes, " struct union enum "},
    {"C++", " cpp cc cxx c++ hpp hh hxx h++ ipp tpp inl cppm ixx ino ", "", "", kBraces, kSlashes,
     " class struct union enum namespace concept "},
    {"CUDA", " cu cuh ", "", "", kBraces, kSlashes, " class struct union enum namespace "},
    {"Objective-C", " m mm ", "", "", kBraces, kSlashes, " struct union enum "},
    {"C#", " cs csx ", "", "", kBraces, kSlashesTriple,
     " class struct interface enum record namespace "},
    {"Java", " java ", "", "", kBraces, kSlashesTriple, " class interface enum record @interface "},
    {"Kotlin", " kt kts ", "", "", kBraces, kSlashesTriple, " class interface object fun "},
    {"Scala", " scala sc ", "", " scala ", kBraces, kSlashesTriple,
     " class trait object enum def "},
    {"Groovy", " groovy gradle ", " jenkinsfile ", " groovy ", kBraces, kSlashesTriple,
     " class interface enum trait "},
    {"JavaScript", " js mjs cjs jsx ", "", " node nodejs ", kBraces, kSlashesBackquote, " class "},
    {"TypeScript", " ts mts cts tsx ", "", " deno ts-node ", kBraces, kSlashesBackquote,
     " class interface enum namespace module "},
    {"Go", " go ", "", "", kBraces, kSlashesBackquote, " struct interface "},
    {"Rust", " rs ", "", "", kBraces, CommentStyle{"//", "", "/*", "*/", "\""},
     " struct enum union trait impl mod fn "},
    {"Swift", " swift ", "", " swift ", kBraces, kSlashesTriple,
     " class struct enum protocol extension actor func "},
    {"Dart", " dart ", "", "", kBraces, kSlashesTriple, " class mixin extension enum "},
    {"PHP", " php phtml ", "", " php ", kBraces, kSlashesHash,
     " class interface trait enum function "},
    {"D", " d di ", "", "", kBraces, kSlashesBackquote,
     " class struct union enum interface template "},
    {"Zig", " zig ", "", "", kBraces, CommentStyle{"//", "", "", "", "\""},
     " struct union enum fn "},
    {"Vala", " vala vapi ", "", "", kBraces, kSlashes, " class struct enum interface namespace "},
    {"Solidity", " sol ", "", "", kBraces, kSlashes,
     " contract library interface struct enum function modifier "},
    {"GLSL", " glsl vert frag comp geom tesc tese hlsl wgsl metal ", "", "", kBraces, kSlashes,
     " struct fn "},
    {"Protocol Buffers", " proto ", "", "", kBraces, kSlashes, " message enum service "},
    {"Thrift", " thrift ", "", "", kBraces, kSlashesHash, " struct union enum service exception "},
    {"Perl", " pl pm t ", "", " perl ", kBraces, kHash, " sub package "},
    {"AWK", " awk ", "", " awk gawk mawk ", kBraces, kHash, " function func "},
    {"QML", " qml ", "", "", kBraces, kSlashes, " function "},
    {"CSS", " css scss sass less ", "", "", kLayout, kStyleSheet, ""},
    {"Python", " py pyi pyw pyx pxd ", " sconstruct wscript ", " python python2 python3 ",
     kKeywords, kPython, " def class "},
    {"Starlark", " bzl star bazel ", " build workspace ", "", kKeywords, kPython, " def "},
    {"GDScript", " gd ", "", "", kKeywords, kPython, " func class "},
    {"Ruby", " rb rake gemspec ", " rakefile gemfile vagrantfile podfile ", " ruby ", kKeywords,
     kHash, " def class module "},
    {"Crystal", " cr ", "", "", kKeywords, kHash, " def class module struct macro "},
    {"Elixir", " ex exs ", "", " elixir ", kKeywords, kPython,
     " def defp defmodule defmacro defprotocol defimpl "},
    {"Lua", " lua ", "", " lua luajit ", kKeywords, kLua, " function "},
    {"Julia", " jl ", "", " julia ", kKeywords, kHashOnly,
     " function struct mutable abstract macro module "},
    {"Nim", " nim nims ", "", "", kKeywords, kHashOnly,
     " proc func method template macro iterator converter "},
    {"Shell", " sh bash zsh ksh dash bats ", " apkbuild pkgbuild ", " sh bash zsh ksh dash ",
     kKeywords, kHashOnly, " function "},
    {"Fish", " fish ", "", " fish ", kKeywords, kHashOnly, " function "},
    {"PowerShell", " ps1 psm1 psd1 ", "", " pwsh ", kKeywords, kHashOnly,
     " function filter class "},
    {"Tcl", " tcl ", "", " tclsh wish ", kKeywords, kHashOnly, " proc namespace "},
    {"R", " r rmd ", "", " rscript ", kLayout, kHash, ""},
    {"CMake", " cmake ", " cmakelists.txt ", "", kKeywords, kHashOnly, " function macro "},
    {"Make", " mk mak make ", " makefile gnumakefile ", " make ", kLayout, kHashOnly, ""},
    {"Meson", "", " meson.build meson_options.txt ", "", kLayout, kHash, ""},
    {"Dockerfile", " dockerfile ", " dockerfile containerfile ", "", kLayout, kHashOnly, ""},
    {"Nix", " nix ", "", "", kLayout, kHashOnly, ""},
    {"Terraform", " tf tfvars hcl ", "", "", kLayout, kSlashesHash, ""},
    {"SQL", " sql ", "", "", kSections, kDashes, " create "},
    {"Haskell", " hs lhs ", "", " runhaskell ", kKeywords, kHaskell,
     " module data newtype class instance type "},
    {"OCaml", " ml mli ", "", " ocaml ", kKeywords, kMl, " let module type class "},
    {"F#", " fs fsi fsx ", "", "", kKeywords, CommentStyle{"//", "", "(*", "*)", "\""},
     " let module type "},
    {"Elm", " elm ", "", "", kKeywords, kHaskell, " type port "},
    {"Erlang", " erl hrl ", "", " escript ", kLayout, kPercent, ""},
    {"Clojure", " clj cljs cljc edn ", "", "", kKeywords, kSemicolon,
     " (defn (def (defmacro (defn- (defprotocol (defrecord (defmulti (defmethod (deftype "},
    {"Lisp", " lisp lsp cl el ", "", " sbcl ", kKeywords, kSemicolon,
     " (defun (defmacro (defvar (defclass (defgeneric (defmethod (defstruct (defparameter "
     "(defcustom (defconst "},
    {"Scheme", " scm ss rkt ", "", " guile racket ", kKeywords, kSemicolon, " (define "},
    {"Pascal", " pas pp dpr lpr ", "", "", kSections, kPascal,
     " procedure function constructor destructor unit program "},
    {"Ada", " adb ads ", "", "", kSections, CommentStyle{"--", "", "", "", "\""},
     " procedure function package "},
    {"Fortran", " f f77 f90 f95 f03 f08 for ", "", "", kSections, kBang,
     " subroutine function module program "},
    {"COBOL", " cob cbl cpy ", "", "", kLayout, kNone, ""},
    {"Visual Basic", " vb bas vbs ", "", "", kSections, kApostrophe, " sub function class module "},
    {"MATLAB", " mat-m octave ", "", " octave ", kSections, kPercent, " function classdef "},
    {"Verilog", " v sv svh vh ", "", "", kSections, kSlashes,
     " module interface package class function task "},
    {"VHDL", " vhd vhdl ", "", "", kSections, CommentStyle{"--", "", "", "", "\""},
     " entity architecture package process "},
    {"Assembly", " s asm nasm ", "", "", kLayout, kAssembler, ""},
    {"TeX", " tex sty cls ltx bib dtx ", "", "", kLayout, kPercent, ""},
    {"Vim script", " vim ", " .vimrc ", "", kSections, kNone, " function function! "},
    {"Batch", " bat cmd ", "", "", kLayout, kNone, ""},
    {"HTML", " html htm xhtml vue svelte astro ", "", "", kLayout, kMarkup, ""},
    {"XML", " xml xsd xsl xslt svg ui qrc plist csproj vcxproj wsdl rss dtd ", "", "", kLayout,
     kMarkup, ""},
    {"JSON", " json jsonc json5 geojson ipynb jsonl ", "", "", kLayout, kNone, ""},
    {"YAML", " yaml yml ", "", "", kLayout, kHashOnly, ""},
    {"TOML", " toml ", "", "", kLayout, kHashOnly, ""},
    {"INI", " ini cfg conf properties desktop service editorconfig ", "", "", kLayout, kSemicolon,
     ""},
    {"GraphQL", " graphql gql ", "", "", kBraces, kHashOnly,
     " type interface enum input union scalar "},
    {"Diff", " diff patch ", "", "", kLayout, kNone, ""},
    {"Linker script", " ld lds ", "", "", kLayout, kSlashes, ""},
    {"Device tree", " dts dtsi ", "", "", kLayout, kSlashes, ""},
    {"Kconfig", "", " kconfig ", "", kSections, kHashOnly, " config menuconfig menu "},
    {"Yacc", " y yy ypp l ll lex ", "", "", kLayout, kSlashes, ""},
    {"M4", " m4 ac am in ", " configure.ac ", "", kLayout, kHashOnly, ""},
});

/// "python3" of "#!/usr/bin/env -S python3.11 -u".
std::string programOf(std::string_view head)
{
    if (!head.starts_with("#!"))
        return {};
    std::string_view line = head.substr(2, std::min(head.find('\n'), head.size()) - 2);
    while (!(line = trimmed(line)).empty()) {
        std::string_view word = line.substr(0, std::min(line.find_first_of(" \t\r"), line.size()));
        line.remove_prefix(word.size());
        word.remove_prefix(std::min(word.rfind('/') + 1, word.size()));
        if (word == "env" || word.starts_with('-') || word.find('=') != std::string_view::npos)
            continue;
        return lowerCased(word.substr(0, word.find('.')));
    }
    return {};
}

/// A header belongs to C++ when its first lines use what C does not have.
bool looksLikeCpp(std::string_view head)
{
    constexpr std::array<std::string_view, 8> kSigns{
        "\nnamespace ", "\nclass ", "\ntemplate",        "std::",
        "\nusing ",     "public:",  "#include <string>", "constexpr "};
    return std::any_of(kSigns.begin(), kSigns.end(), [head](std::string_view sign) {
        return head.find(sign) != std::string_view::npos;
    });
}

const Language* named(std::string_view name)
{
    const auto* const found =
        std::find_if(kLanguages.begin(), kLanguages.end(),
                     [name](const Language& language) { return language.name == name; });
    return found == kLanguages.end() ? nullptr : found;
}

} // namespace

std::span<const Language> languages()
{
    return kLanguages;
}

bool isListed(std::string_view list, std::string_view word)
{
    if (word.empty() || word.find(' ') != std::string_view::npos)
        return false;
    for (std::size_t at = list.find(word); at != std::string_view::npos;
         at = list.find(word, at + 1)) {
        if (at > 0 && list[at - 1] == ' ' && at + word.size() < list.size() &&
            list[at + word.size()] == ' ')
            return true;
    }
    return false;
}

const Language* findLanguage(const std::filesystem::path& path, std::string_view head)
{
    const std::string name = lowerCased(path.filename().string());
    for (const Language& language : kLanguages) {
        if (isListed(language.fileNames, name))
            return &language;
    }
    std::string extension = lowerCased(path.extension().string());
    if (!extension.empty())
        extension.erase(0, 1);
    for (const Language& language : kLanguages) {
        if (!isListed(language.extensions, extension))
            continue;
        if (extension == "h" && looksLikeCpp(head))
            return named("C++");
        if (extension == "m" && head.find("@interface") == std::string_view::npos &&
            head.find("#import") == std::string_view::npos &&
            head.find("@implementation") == std::string_view::npos)
            return named("MATLAB");
        return &language;
    }
    // "Dockerfile.dev", "Makefile.am": the part before the dot is the name.
    const std::string stem = name.substr(0, name.find('.'));
    if (stem == "dockerfile" || stem == "makefile" || stem == "kconfig") {
        for (const Language& language : kLanguages) {
            if (isListed(language.fileNames, stem))
                return &language;
        }
    }
    const std::string program = programOf(head);
    for (const Language& language : kLanguages) {
        if (isListed(language.programs, program))
            return &language;
    }
    return nullptr;
}

} // namespace ingest
