// SPDX-License-Identifier: GPL-3.0-or-later
#include <QTest>

#include "block_check.h"
#include "ingest/position.h"
#include "ingest/read_document.h"
#include "sample_folder.h"

using namespace std::string_literals;
using ingest::BlockKind;
using ingest::readDocument;

namespace {

/// "outer; outer/inner": the outline in one line.
QString outlineOf(const ingest::Document& document)
{
    QStringList entries;
    QStringList open;
    for (const auto& entry : document.maps.outline) {
        open.resize(static_cast<qsizetype>(entry.level));
        open.append(QString::fromStdString(entry.title));
        entries.append(open.join(QLatin1Char('/')));
    }
    return entries.join(QLatin1String("; "));
}

} // namespace

class TestSourceCode : public QObject
{
    Q_OBJECT

private slots:
    void knowsLanguages_data();
    void knowsLanguages();
    void findsDefinitions_data();
    void findsDefinitions();
    void beginsBlocksWithTheirComments();
    void cutsClassesAtMethods();
    void cutsLongPieces();
    void namesTheDefinitionAround();
    void isByteExact();
};

void TestSourceCode::knowsLanguages_data()
{
    QTest::addColumn<QString>("name");
    QTest::addColumn<QString>("text");
    QTest::addColumn<QString>("language");
    QTest::newRow("C") << "a.c"
                       << "int a;\n"
                       << "C";
    QTest::newRow("C header") << "a.h"
                              << "int a;\n"
                              << "C";
    QTest::newRow("C++ header") << "a.h"
                                << "#pragma once\nnamespace a {}\n"
                                << "C++";
    QTest::newRow("upper case") << "A.PY"
                                << "a = 1\n"
                                << "Python";
    QTest::newRow("by its name") << "CMakeLists.txt"
                                 << "project(a)\n"
                                 << "CMake";
    QTest::newRow("name before a dot") << "Dockerfile.dev"
                                       << "FROM x\n"
                                       << "Dockerfile";
    QTest::newRow("by #!") << "run"
                           << "#!/usr/bin/env -S python3.11 -u\nprint()\n"
                           << "Python";
    QTest::newRow("by #! with a path") << "run"
                                       << "#!/bin/bash\necho\n"
                                       << "Shell";
    QTest::newRow("Rust") << "a.rs"
                          << "fn a() {}\n"
                          << "Rust";
    QTest::newRow("Objective-C") << "a.m"
                                 << "#import <a.h>\n"
                                 << "Objective-C";
    QTest::newRow("MATLAB") << "a.m"
                            << "function a()\nend\n"
                            << "MATLAB";
    QTest::newRow("no language") << "README"
                                 << "Words.\n"
                                 << "";
}

void TestSourceCode::knowsLanguages()
{
    QFETCH(QString, name);
    QFETCH(QString, text);
    QFETCH(QString, language);
    const SampleFolder folder;
    const auto document = readDocument(folder.write(name.toStdString(), text.toStdString()));
    QVERIFY(document);
    QCOMPARE(QString::fromStdString(document->language), language);
    QCOMPARE(document->maps.format,
             language.isEmpty() ? ingest::Format::plainText : ingest::Format::sourceCode);
    QCOMPARE(document->title, name.toStdString());
}

void TestSourceCode::findsDefinitions_data()
{
    QTest::addColumn<QString>("name");
    QTest::addColumn<QString>("text");
    QTest::addColumn<QString>("outline");
    QTest::newRow("C") << "a.c"
                       << R"(#include <a.h>
#define MAX(a, b) ((a) > (b) ? (a) : (b)) {
static int table[] = { 1, 2 };
struct point { int x; };
typedef struct { int y; } line;
enum color { red };
static struct point *find(const char *s)
{
    if (s) { return 0; }
    char c = '{';
}
int
main(void) {
}
)"
                       << "point; line; color; find; main";
    QTest::newRow("C with branches that open the same brace") << "a.c"
                                                              << R"(
#ifdef A
int f(int a) {
#else
int f(void) {
#endif
}
#if 0
int never(void) {
#endif
int g(void) { }
)"
                                                              << "f; g";
    QTest::newRow("C++")
        << "a.cpp"
        << R"(namespace a::b {
class API Widget final : public Base<int>
{
public:
    explicit Widget(int x) : m_x{x}, m_y(2) {}
    ~Widget() override = default;
    [[nodiscard]] int size() const noexcept { return m_x; }
    bool operator==(const Widget& other) const { return true; }
    template <typename T> T get() { return T{}; }
private:
    int m_x = 0;
};
enum class Kind : int { one };
}
auto Widget::run(std::function<void()> f) -> int {
    auto g = [&] { return R"x(})x"; };
    return 1'000;
}
TEST(Suite, name) { }
)"
        << "Widget; Widget/Widget; Widget/size; Widget/operator==; Widget/get; Kind; Widget::run; "
           "TEST(Suite, name)";
    QTest::newRow("Python") << "a.py"
                            << R"(import os

@decorated(
    x=1)
class A(Base):
    """def no():
    """
    def one(self):
        def inner():
            pass
        return "def two():"

    async def two(
        self,
    ):
        pass

def three(): pass
x = 1
)"
                            << "A; A/one; A/one/inner; A/two; three";
    QTest::newRow("Java") << "A.java"
                          << R"(package a;
@Entity(name = "x")
public class A<T> extends B implements C {
    private final int[] x = {1};
    static { init(); }
    public A(int x) { this.x = x; }
    @Override public <U> Map<String, U> get(List<U> l) throws E { if (a) { } return null; }
    interface Inner { void f(); }
    enum Kind { ONE { int g() { return 1; } }; int h() { return 2; } }
    record Pair(int a, int b) { }
}
)"
                          << "A; A/A; A/get; A/Inner; A/Kind; A/Kind/h; A/Pair";
    QTest::newRow("JavaScript") << "a.js"
                                << R"(import x from 'y'
const re = /[{/]'/g, s = `a ${b} {`
function one(a) { return () => { } }
export default class Foo extends Bar {
  constructor() { super() }
  static async two() { if (x) { } }
}
const three = async (a) => {
}
exports.four = function () {
}
if (x) { y() }
)"
                                << "one; Foo; Foo/constructor; Foo/two; three; exports.four";
    QTest::newRow("TypeScript") << "a.ts"
                                << R"(export interface A { b: string }
@Component({ selector: 'x' })
export class C implements A {
  private b: string = "x"
  get(a: { x: number }): Map<string, number> {
    return new Map()
  }
}
export async function load(x?: string): Promise<void> {
}
enum E { a }
)"
                                << "A; C; C/get; load; E";
    QTest::newRow("Go") << "a.go"
                        << R"(package a
import "fmt"
type Point struct {
	X int
}
type Shape interface { Area() float64 }
func New(x int) *Point { return &Point{x} }
func (p *Point) Move(
	dx int,
) error {
	go func() { fmt.Println(`}`) }()
	return nil
}
)"
                        << "Point; Shape; New; Move";
    QTest::newRow("Rust") << "a.rs"
                          << R"(use a::{b, c};
#[derive(Debug)]
pub struct Point<'a> { x: &'a str }
impl<'a> fmt::Display for Point<'a> {
    fn fmt(&self, f: &mut Formatter) -> Result { match x { _ => {} } }
}
pub(crate) enum Kind { A { x: i32 }, B }
mod tests {
    #[test]
    fn works() { let s = r#"}"#; let c = '{'; }
}
)"
                          << "Point; impl fmt::Display for Point; impl fmt::Display for Point/fmt; "
                             "Kind; tests; tests/works";
    QTest::newRow("Ruby") << "a.rb"
                          << R"(module A
  class B < C
    def one(x)
      x.each do |y|
      end
    end

    def self.two?
    end
  end
end
)"
                          << "A; A/B; A/B/one; A/B/self.two?";
    QTest::newRow("shell") << "a.sh"
                           << "f() {\n  echo\n}\nfunction g {\n  echo }\n}\ng\n"
                           << "f; g";
    QTest::newRow("Lua") << "a.lua"
                         << "local function f(x)\n  return x\nend\nfunction M.g()\nend\n"
                         << "f; M.g";
    QTest::newRow("SQL") << "a.sql"
                         << "CREATE TABLE orders (\n id int\n);\n\ncreate view v as select 1;\n"
                         << "TABLE orders; view v as select 1;";
    QTest::newRow("Haskell") << "a.hs"
                             << "module A where\n\nmain :: IO ()\nmain = do\n  x\n\ndata T = A\n"
                             << "A; main; T";
    QTest::newRow("C# with regions") << "a.cs"
                                     << R"(namespace N {
#region x
public class A : B {
    public int X { get; set; }
    public void Run() { }
}
#endregion
}
)"
                                     << "A; A/Run";
    QTest::newRow("Kotlin") << "a.kt"
                            << R"(data class P(val x: Int) {
    fun move(d: Int): P {
        return P(x + d)
    }
}
fun main() {
}
)"
                            << "P; P/move; main";
}

void TestSourceCode::findsDefinitions()
{
    QFETCH(QString, name);
    QFETCH(QString, text);
    QFETCH(QString, outline);
    const SampleFolder folder;
    const auto document = readDocument(folder.write(name.toStdString(), text.toStdString()));
    QVERIFY(document);
    QCOMPARE(outlineOf(*document), outline);
    QCOMPARE(brokenPromise(*document), std::string());
}

void TestSourceCode::beginsBlocksWithTheirComments()
{
    const SampleFolder folder;
    const auto document = readDocument(folder.write("a.cpp", R"(#include <a>

#include <b>

// About nothing.

/// Adds.
/// Twice.
template <typename T>
T add(T a)
{

    return a + a;
}
int sub(int a) { return -a; }
)"));
    QVERIFY(document);
    QCOMPARE(document->maps.blocks.size(), std::size_t{5});
    QCOMPARE(document->maps.blocks[2].kind, BlockKind::code);
    QCOMPARE(blockText(*document, 3).substr(0, 9), "/// Adds."s);
    QCOMPARE(document->maps.blocks[3].kind, BlockKind::definition);
    QVERIFY(blockText(*document, 3).ends_with("}"));
    QCOMPARE(blockText(*document, 4), "int sub(int a) { return -a; }"s);
}

void TestSourceCode::cutsClassesAtMethods()
{
    const SampleFolder folder;
    const auto document = readDocument(folder.write(
        "a.py", "class A:\n    x = 1\n\n    # About one.\n    def one(self):\n        pass\n\n"
                "    def two(self):\n        pass\n\ny = 2\n"));
    QVERIFY(document);
    QCOMPARE(document->maps.blocks.size(), std::size_t{4});
    QCOMPARE(blockText(*document, 0), "class A:\n    x = 1"s);
    QCOMPARE(blockText(*document, 1), "    # About one.\n    def one(self):\n        pass"s);
    QCOMPARE(document->maps.blocks[2].kind, BlockKind::definition);
    QCOMPARE(document->maps.blocks[3].kind, BlockKind::code);
}

void TestSourceCode::cutsLongPieces()
{
    std::string text = "int f(void)\n{\n";
    for (int i = 0; i < 200; ++i)
        text += i % 25 == 24 ? "\n" : "    call(" + std::to_string(i) + ");\n";
    text += "}\n";
    const SampleFolder folder;
    const auto document = readDocument(folder.write("a.c", text));
    QVERIFY(document);
    QVERIFY(document->maps.blocks.size() >= 4);
    QCOMPARE(document->maps.blocks[0].kind, BlockKind::definition);
    QCOMPARE(document->maps.blocks[1].kind, BlockKind::code);
    QCOMPARE(brokenPromise(*document), std::string());
    for (std::size_t i = 0; i < document->maps.blocks.size(); ++i) {
        const std::string piece = blockText(*document, i);
        QVERIFY(std::count(piece.begin(), piece.end(), '\n') <= 60);
        // The cuts are at the blank lines.
        const ingest::Offset begin = document->maps.blocks[i].textBegin;
        QVERIFY(i == 0 || document->text.substr(begin - 2, 2) == "\n\n");
    }
}

void TestSourceCode::namesTheDefinitionAround()
{
    const SampleFolder folder;
    const auto document = readDocument(folder.write(
        "a.cpp",
        "struct A {\n    int f() {\n        return 1;\n    }\n    int m_x;\n};\n\nint x;\n"));
    QVERIFY(document);
    const auto chapterAt = [&](const char* words) {
        const std::size_t at = document->text.find(words);
        return ingest::locate(document->maps, at, at + 1).chapter;
    };
    QCOMPARE(chapterAt("return"), "f"s);
    QCOMPARE(chapterAt("m_x"), "A"s);
    QCOMPARE(chapterAt("int x"), ""s);
    const auto position = ingest::locate(document->maps, 11, document->text.find("int m_x"));
    QCOMPARE(*position.lineBegin, 2U);
    QCOMPARE(position.lineEnd, 5U); // the indent before m_x
}

void TestSourceCode::isByteExact()
{
    const std::string text = "\tint a; \f\n\n\n  /* ü */\n#if x\n}}}{{{((\n";
    const SampleFolder folder;
    const auto document = readDocument(folder.write("a.c", text));
    QVERIFY(document);
    QCOMPARE(document->text, text);
    QCOMPARE(brokenPromise(*document), std::string());
}

QTEST_GUILESS_MAIN(TestSourceCode)
#include "tst_source_code.moc"
