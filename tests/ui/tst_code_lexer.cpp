// SPDX-License-Identifier: GPL-3.0-or-later
#include "reader/code_lexer.h"

#include <QTest>

using namespace ui;

namespace {

/// "keyword:return number:42", the tokens of one line with their text.
QString shown(const CodeLanguage& language, const QString& line, LineState before = 0,
              LineState* after = nullptr)
{
    static const QStringList names{QStringLiteral("comment"), QStringLiteral("string"),
                                   QStringLiteral("number"),  QStringLiteral("keyword"),
                                   QStringLiteral("type"),    QStringLiteral("directive"),
                                   QStringLiteral("heading")};
    std::vector<CodeToken> tokens;
    const LineState state = lexLine(language, line, before, &tokens);
    if (after != nullptr) {
        *after = state;
    }
    QStringList parts;
    for (const CodeToken& token : tokens) {
        parts << names.at(static_cast<int>(token.kind)) + QLatin1Char(':') +
                     line.mid(token.begin, token.length);
    }
    return parts.join(QLatin1Char(' '));
}

} // namespace

class TestCodeLexer final : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void lines_are_cut_into_tokens_data()
    {
        QTest::addColumn<QString>("language");
        QTest::addColumn<QString>("line");
        QTest::addColumn<QString>("tokens");
        QTest::newRow("cpp return") << "cpp"
                                    << "  return f(42); // done"
                                    << "keyword:return number:42 comment:// done";
        QTest::newRow("cpp string with escape") << "cpp"
                                                << "auto s = \"a \\\" // b\";"
                                                << "type:auto string:\"a \\\" // b\"";
        QTest::newRow("cpp directive") << "cpp"
                                       << "#include <map>"
                                       << "directive:#include <map>";
        QTest::newRow("cpp comment in the line") << "cpp"
                                                 << "int /* x */ y"
                                                 << "type:int comment:/* x */";
        QTest::newRow("unclosed string ends with its line") << "cpp"
                                                            << "char c = \"abc"
                                                            << "type:char string:\"abc";
        QTest::newRow("python") << "python"
                                << "def f(x): # note"
                                << "keyword:def comment:# note";
        QTest::newRow("python triple quotes") << "python"
                                              << "s = \"\"\"a\"\"\" + 1"
                                              << "string:\"\"\"a\"\"\" number:1";
        QTest::newRow("sql ignores case") << "sql"
                                          << "SELECT a FROM b"
                                          << "keyword:SELECT keyword:FROM";
        QTest::newRow("identifiers are left alone") << "cpp"
                                                    << "returned forx 2x"
                                                    << "number:2x";
        QTest::newRow("markdown heading") << "markdown"
                                          << "## Title"
                                          << "heading:## Title";
        QTest::newRow("empty") << "cpp"
                               << ""
                               << "";
    }
    void lines_are_cut_into_tokens()
    {
        QFETCH(QString, language);
        QFETCH(QString, line);
        QFETCH(QString, tokens);
        const CodeLanguage* found = findLanguage(language, QString());
        QVERIFY(found != nullptr);
        QCOMPARE(shown(*found, line), tokens);
    }

    void what_opens_on_one_line_goes_on_in_the_next()
    {
        const CodeLanguage& cpp = *findLanguage(QStringLiteral("cpp"), QString());
        LineState state = 0;
        QCOMPARE(shown(cpp, QStringLiteral("a /* b"), 0, &state), QStringLiteral("comment:/* b"));
        QVERIFY(state != 0);
        QCOMPARE(shown(cpp, QStringLiteral("# no directive"), state, &state),
                 QStringLiteral("comment:# no directive"));
        QCOMPARE(shown(cpp, QStringLiteral("c */ int"), state, &state),
                 QStringLiteral("comment:c */ type:int"));
        QCOMPARE(state, 0);
        const CodeLanguage& python = *findLanguage(QStringLiteral("python"), QString());
        QCOMPARE(shown(python, QStringLiteral("x = '''one"), 0, &state),
                 QStringLiteral("string:'''one"));
        QCOMPARE(shown(python, QStringLiteral("two \"\"\" ''' if"), state, &state),
                 QStringLiteral("string:two \"\"\" ''' keyword:if"));
    }

    void following_the_state_needs_no_tokens()
    {
        for (const CodeLanguage& language : codeLanguages()) {
            LineState with = 0;
            LineState without = 0;
            for (const char* line :
                 {"a /* b \"c\" ", "''' x `", "<!-- \"\"\" */ -->", "```", "#x"}) {
                std::vector<CodeToken> tokens;
                with = lexLine(language, QLatin1String(line), with, &tokens);
                without = lexLine(language, QLatin1String(line), without, nullptr);
                QCOMPARE(with, without);
                for (const CodeToken& token : tokens) {
                    QVERIFY(token.begin >= 0 &&
                            token.begin + token.length <= static_cast<int>(qstrlen(line)));
                }
            }
        }
    }

    void languages_are_found_by_file_data()
    {
        QTest::addColumn<QString>("path");
        QTest::addColumn<QString>("language");
        QTest::newRow("header") << "/a/b.h"
                                << "cpp";
        QTest::newRow("upper case") << "/a/B.PY"
                                    << "python";
        QTest::newRow("whole name") << "/a/CMakeLists.txt"
                                    << "cmake";
        QTest::newRow("makefile") << "Makefile"
                                  << "make";
        QTest::newRow("unknown") << "/a/notes.txt"
                                 << "";
        QTest::newRow("no suffix") << "/a/README"
                                   << "";
    }
    void languages_are_found_by_file()
    {
        QFETCH(QString, path);
        QFETCH(QString, language);
        const CodeLanguage* found = findLanguage(QString(), path);
        QCOMPARE(found == nullptr ? QString() : found->name, language);
    }
};

QTEST_GUILESS_MAIN(TestCodeLexer)
#include "tst_code_lexer.moc"
