// SPDX-License-Identifier: GPL-3.0-or-later
#include "text/utf8.h"

#include <string>

#include <QTest>

using engine::nextUtf8Unit;
using engine::Utf8Unit;
using engine::validUtf8Prefix;

class TestUtf8 : public QObject
{
    Q_OBJECT

private slots:
    void everyCharacterIsOne();
    void everyBeginningOfOneIsUnfinished();
    void allPairsAndTriplesAgreeWithTheDecodedValue();
    void prefixEndsAtTheFirstFault();
};

namespace {

/// Straight from the definition of UTF-8.
std::string encoded(unsigned value)
{
    const auto tail = [&](unsigned shift) {
        return static_cast<char>(0x80U | ((value >> shift) & 0x3FU));
    };
    if (value < 0x80) {
        return {static_cast<char>(value)};
    }
    if (value < 0x800) {
        return {static_cast<char>(0xC0U | (value >> 6U)), tail(0)};
    }
    if (value < 0x10000) {
        return {static_cast<char>(0xE0U | (value >> 12U)), tail(6), tail(0)};
    }
    return {static_cast<char>(0xF0U | (value >> 18U)), tail(12), tail(6), tail(0)};
}

bool isSurrogate(unsigned value)
{
    return value >= 0xD800 && value <= 0xDFFF;
}

} // namespace

void TestUtf8::everyCharacterIsOne()
{
    for (unsigned value = 0; value < 0x1FFFFF; ++value) {
        const std::string bytes = encoded(value);
        const Utf8Unit unit = nextUtf8Unit(bytes + "x");
        const bool isCharacter = value <= 0x10FFFF && !isSurrogate(value);
        QCOMPARE(unit.kind == Utf8Unit::Kind::character, isCharacter);
        if (isCharacter) {
            QCOMPARE(unit.length, bytes.size());
        } else {
            QCOMPARE(unit.length, std::size_t{1}); // already the second byte was impossible
        }
    }
}

void TestUtf8::everyBeginningOfOneIsUnfinished()
{
    for (unsigned value = 0x80; value <= 0x10FFFF; ++value) {
        const std::string bytes = encoded(value);
        for (std::size_t length = 1; length < bytes.size() && !isSurrogate(value); ++length) {
            const Utf8Unit unit = nextUtf8Unit(std::string_view(bytes).substr(0, length));
            QCOMPARE(unit.kind, Utf8Unit::Kind::unfinished);
            QCOMPARE(unit.length, length);
        }
    }
}

void TestUtf8::allPairsAndTriplesAgreeWithTheDecodedValue()
{
    for (unsigned bytes = 0; bytes < 0x1000000; ++bytes) {
        const std::string text = {static_cast<char>(bytes >> 16U), static_cast<char>(bytes >> 8U),
                                  static_cast<char>(bytes)};
        const unsigned lead = bytes >> 16U;
        const unsigned pair = ((lead & 0x1FU) << 6U) | ((bytes >> 8U) & 0x3FU);
        const unsigned triple =
            ((lead & 0xFU) << 12U) | (((bytes >> 8U) & 0x3FU) << 6U) | (bytes & 0x3FU);
        // It is a character exactly if writing the decoded value again gives these bytes.
        const bool expected = lead < 0x80 || text.starts_with(encoded(pair)) ||
                              (triple >= 0x800 && !isSurrogate(triple) && text == encoded(triple));
        if ((nextUtf8Unit(text).kind == Utf8Unit::Kind::character) != expected) {
            QFAIL(qPrintable(QString::number(bytes, 16)));
        }
    }
}

void TestUtf8::prefixEndsAtTheFirstFault()
{
    QCOMPARE(validUtf8Prefix(""), std::size_t{0});
    QCOMPARE(validUtf8Prefix("\x80"), std::size_t{0});
    for (std::size_t before = 0; before < 40; ++before) {
        const std::string ascii(before, 'a');
        QCOMPARE(validUtf8Prefix(ascii), before);
        QCOMPARE(validUtf8Prefix(ascii + "你好" + ascii), 2 * before + 6);
        QCOMPARE(validUtf8Prefix(ascii + "é\xFF" + ascii), before + 2);
        QCOMPARE(validUtf8Prefix(ascii + "\xE4\xBD"), before);
    }
}

QTEST_GUILESS_MAIN(TestUtf8)
#include "tst_utf8.moc"
