// SPDX-License-Identifier: GPL-3.0-or-later
// GGUF files that are cut short, damaged, foreign or garbled: refused by name, and nothing crashes.
#include <QTemporaryDir>
#include <QtTest/QTest>

#include <random>

#include "engine/export_gguf.h"
#include "engine/model_tokenizer.h"
#include "gguf_files.h"
#include "model/gguf.h"
#include "model/model_files.h"

using namespace engine;

class TestDamagedGguf : public QObject
{
    Q_OBJECT

private slots:
    void initTestCase();
    void truncatedFilesAreRefused();
    void damagedFilesAreRefused();
    void foreignFilesAreNamed_data();
    void foreignFilesAreNamed();
    void garbledTokensAreRefused();

private:
    [[nodiscard]] std::filesystem::path path(const char* name) const
    {
        return m_folder.filePath(name).toStdString();
    }

    QTemporaryDir m_folder;
    std::vector<std::byte> m_whole; ///< a sound file
};

void TestDamagedGguf::initTestCase()
{
    QVERIFY(m_folder.isValid());
    const auto report = exportGguf(kTiny, path("compact.gguf"), GgufTypes::compact);
    QVERIFY2(report, report ? "" : report.error().message.c_str());
    m_whole = bytesOf(path("compact.gguf"));
}

void TestDamagedGguf::truncatedFilesAreRefused()
{
    const auto& bytes = m_whole;
    const auto whole = parseGguf(bytes);
    QVERIFY(whole);
    const std::size_t header =
        static_cast<std::size_t>(whole->tensors.front().bytes.data() - bytes.data());
    for (std::size_t size = 0; size < header; size += size < 400 ? 1 : 97)
        QVERIFY2(!parseGguf(std::span(bytes).first(size)), qPrintable(QString::number(size)));
    const auto missing = parseGguf(std::span(bytes).first(bytes.size() - 64));
    QVERIFY(!missing);
    QVERIFY2(missing.error().message.find("tensor output.weight") != std::string::npos,
             missing.error().message.c_str());
}

/// Bytes changed at random: an answer, whatever it is, and no crash.
void TestDamagedGguf::damagedFilesAreRefused()
{
    const auto& bytes = m_whole;
    const auto whole = parseGguf(bytes);
    const auto header =
        static_cast<std::size_t>(whole->tensors.front().bytes.data() - bytes.data());
    std::mt19937 generator(7);
    std::size_t refused = 0;
    for (int round = 0; round < 2000; ++round) {
        auto damaged = std::vector<std::byte>(
            bytes.begin(), bytes.begin() + static_cast<std::ptrdiff_t>(header + 4096));
        for (int i = 0; i < 3; ++i)
            damaged[generator() % header] = static_cast<std::byte>(generator());
        refused += parseGguf(damaged) ? 0U : 1U;
    }
    QVERIFY(refused > 1000);
}

void TestDamagedGguf::foreignFilesAreNamed_data()
{
    QTest::addColumn<QByteArray>("bytes");
    QTest::addColumn<QStringList>("wanted");
    const auto row = [](const char* name, const std::string& bytes, const QStringList& wanted) {
        QTest::newRow(name) << QByteArray::fromStdString(bytes) << wanted;
    };
    row("another architecture", headerOf("llama").bytes(),
        {"general.architecture", "wanted deepseek4", "found llama"});
    row("no sizes", headerOf("deepseek4").bytes(),
        {"deepseek4.embedding_length", "wanted a number", "found nothing"});
    std::string version = headerOf("deepseek4").bytes();
    version[4] = 1;
    row("version 1", version, {"version 2 or 3", "found 1"});
    GgufHeader odd = headerOf("deepseek4");
    odd.addTensor("token_embd.weight", DType::mxfp4, std::vector<std::size_t>{2, 33});
    row("a row that is no multiple of a block", odd.bytes() + std::string(256, '\0'),
        {"token_embd.weight", "multiple of 32", "found 33"});
    GgufHeader long_ = headerOf("deepseek4");
    long_.addTensor("token_embd.weight", DType::f32,
                    std::vector<std::size_t>{std::size_t{1} << 60, 8});
    row("a tensor larger than any file", long_.bytes(),
        {"token_embd.weight", "larger than the file"});
    GgufHeader nameless = headerOf("deepseek4");
    nameless.addTensor("", DType::f32, std::vector<std::size_t>{8});
    row("a tensor without a name", nameless.bytes() + std::string(32, '\0'),
        {"tensor 1 of the table", "wanted a name", "found none"});
    GgufHeader garbled = headerOf("deepseek4");
    garbled.addText("lectern.numerics", "fast\xD5");
    row("a text that is no UTF-8", garbled.bytes(), {"lectern.numerics", "wanted texts in UTF-8"});
    row("no GGUF at all", "safetensors?", {"wanted a GGUF file"});
}

void TestDamagedGguf::foreignFilesAreNamed()
{
    QFETCH(QByteArray, bytes);
    QFETCH(QStringList, wanted);
    const auto file = path("foreign.gguf");
    std::ofstream(file, std::ios::binary).write(bytes.constData(), bytes.size());
    const auto opened = openModelFiles(file);
    QVERIFY(!opened);
    for (const QString& part : wanted + QStringList{"foreign.gguf"})
        QVERIFY2(QString::fromStdString(opened.error().message).contains(part),
                 opened.error().message.c_str());
}

void TestDamagedGguf::garbledTokensAreRefused()
{
    for (const char* key : {"tokenizer.ggml.tokens", "tokenizer.ggml.merges"}) {
        GgufHeader header = headerOf("deepseek4");
        header.addText("tokenizer.ggml.model", "gpt2");
        header.addText("tokenizer.ggml.pre", "joyai-llm");
        for (const std::string name : {"tokenizer.ggml.tokens", "tokenizer.ggml.merges"})
            header.addTexts(name, std::vector<std::string>{"a b", key == name ? "c \xD5" : "c d"});
        std::ofstream(path("garbled.gguf"), std::ios::binary) << header.bytes();
        const auto found = openModelTokenizer(path("garbled.gguf"));
        QVERIFY(!found);
        const std::string wanted =
            std::string(key) + ": wanted texts in UTF-8, found other bytes at place 1";
        QVERIFY2(found.error().message.find(wanted) != std::string::npos,
                 found.error().message.c_str());
    }
}

QTEST_APPLESS_MAIN(TestDamagedGguf)
#include "tst_damaged_gguf.moc"
