// SPDX-License-Identifier: GPL-3.0-or-later
// Pages that stand alone and pages that share a huge one behave alike.
#include <QtTest/QTest>

#include <algorithm>
#include <cstdint>
#include <vector>

#include "cache/key_store.h"
#include "cache/page_list.h"
#include "cache/row_store.h"

using namespace engine;

class TestPageList final : public QObject
{
    Q_OBJECT

private slots:
    void pages_data()
    {
        QTest::addColumn<int>("bytes");
        QTest::newRow("eight in a huge page") << (1 << 18);
        QTest::newRow("as large as one") << (2 << 20);
        QTest::newRow("of a size that does not divide it") << 3 * (1 << 18);
    }

    /// New pages are zero; none moves when others come or go; one that comes again can be written.
    void pages()
    {
        QFETCH(int, bytes);
        const auto elements = std::size_t(bytes) / sizeof(std::int16_t);
        constexpr std::size_t kPages = 21;
        PageList<std::int16_t> list(elements);
        std::vector<std::int16_t*> places;
        for (std::size_t i = 0; i < kPages; ++i) {
            list.add();
            places.push_back(list[i]);
            QVERIFY(std::all_of(list[i], list[i] + elements, [](auto x) { return x == 0; }));
            QCOMPARE(reinterpret_cast<std::uintptr_t>(list[i]) % 64, std::uintptr_t{0});
            std::fill_n(list[i], elements, std::int16_t(i + 1));
        }
        const auto holds = [&](std::size_t i) {
            return list[i] == places[i] && std::all_of(list[i], list[i] + elements, [&](auto x) {
                       return x == std::int16_t(i + 1);
                   });
        };
        for (std::size_t i = 0; i < kPages; ++i)
            QVERIFY(holds(i));
        for (const std::size_t count :
             {std::size_t{20}, std::size_t{13}, std::size_t{9}, std::size_t{8}, std::size_t{3}}) {
            list.shrink(count);
            QCOMPARE(list.size(), count);
            list.add();
            std::fill_n(list[count], elements, std::int16_t{-1});
            for (std::size_t i = 0; i < count; ++i)
                QVERIFY(holds(i));
            list.shrink(count);
        }
        list.shrink(0);
        QCOMPARE(list.size(), std::size_t{0});
        list.add();
        list[0][elements - 1] = 1;
    }

    /// Rows and keys past the pages that stand alone come back as they went in, also after a cut.
    void storesPastTheFirstPages()
    {
        constexpr std::size_t kDim = 128;
        constexpr std::size_t kCount = 11'000;
        RowStore rows(kDim, CacheFormat::compact);
        KeyStore keys(kDim, CacheFormat::compact);
        std::vector<float> row(kDim);
        const auto fill = [&](std::size_t i) {
            for (std::size_t d = 0; d < kDim; ++d)
                row[d] = float((i * 31 + d * 7) % 251) - 125.0F;
        };
        const auto append = [&](std::size_t begin, std::size_t end) {
            for (std::size_t i = begin; i < end; ++i) {
                fill(i);
                rows.append(row.data());
                keys.append(row.data());
            }
        };
        append(0, kCount);
        std::vector<std::byte> wantedRows(kCount * rows.packedRowBytes());
        std::vector<std::byte> wantedKeys(kCount * keys.packedRowBytes());
        rows.packRows(0, kCount, wantedRows.data());
        keys.packRows(0, kCount, wantedKeys.data());
        std::vector<float> found(kDim);
        for (std::size_t i = 0; i < kCount; i += 97) {
            fill(i);
            rows.readRow(i, found.data());
            QCOMPARE(found, row); // whole numbers below 256 are exact
        }
        rows.truncate(8'500);
        keys.truncate(8'500);
        append(8'500, kCount);
        std::vector<std::byte> foundRows(wantedRows.size());
        std::vector<std::byte> foundKeys(wantedKeys.size());
        rows.packRows(0, kCount, foundRows.data());
        keys.packRows(0, kCount, foundKeys.data());
        QVERIFY(foundRows == wantedRows);
        QVERIFY(foundKeys == wantedKeys);
    }
};

QTEST_GUILESS_MAIN(TestPageList)
#include "tst_page_list.moc"
