// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QSet>
#include <QString>
#include <QStringList>

#include <vector>

namespace ui {

/// The lexical table of a language: enough to tell comments, strings, numbers and keywords apart.
/// The same facts that a KSyntaxHighlighting definition gives, so that it can take over where it is
/// installed.
struct CodeLanguage
{
    QString name; ///< "cpp"
    QStringList suffixes;
    QStringList fileNames; ///< whole names without a suffix: "CMakeLists.txt"
    QSet<QString> keywords;
    QSet<QString> types;
    QStringList lineComments;
    QString blockBegin; ///< of a comment over several lines; empty: none
    QString blockEnd;
    QString quotes;               ///< characters that open and close a string on one line
    QStringList multilineQuotes;  ///< """ and the like
    QChar directive;              ///< '#' of the preprocessor, '@' of decorators; null: none
    bool caseInsensitive = false; ///< SQL, CMake
    bool markdown = false;        ///< headings and fences rather than words
};

[[nodiscard]] const std::vector<CodeLanguage>& codeLanguages();

/// By name, else by the file's name; null: no table, shown plain.
[[nodiscard]] const CodeLanguage* findLanguage(const QString& name, const QString& path);

} // namespace ui
