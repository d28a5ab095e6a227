// SPDX-License-Identifier: GPL-3.0-or-later
#include "common/sql/freespace.h"

#include <QRandomGenerator>
#include <QTest>

#include <algorithm>
#include <vector>

using namespace rookery::sql;

namespace {

using Page = std::vector<unsigned char>;

constexpr unsigned char interiorIndex = 0x02;
constexpr unsigned char interiorTable = 0x05;
constexpr unsigned char leafIndex = 0x0a;
constexpr unsigned char leafTable = 0x0d;

void put(Page &bytes, size_t at, uint32_t value, int size)
{
    for (int i = 0; i < size; ++i)
        bytes.at(at + size_t(i)) = static_cast<unsigned char>(value >> 8 * (size - 1 - i));
}

Page headerBytes()
{
    constexpr std::string_view magic("SQLite format 3\0", 16);
    Page bytes(DatabaseHeader::size, 0);
    std::copy(magic.begin(), magic.end(), bytes.begin());
    put(bytes, 16, 4096, 2);
    put(bytes, 24, 7, 4); // change counter
    put(bytes, 28, 100, 4); // pages
    put(bytes, 92, 7, 4); // the counter when the pages were counted
    return bytes;
}

DatabaseHeader database(uint32_t pageSize = 4096, uint32_t reserved = 0)
{
    return {pageSize, pageSize - reserved, 100, false};
}

/// A b-tree page whose cells lie one behind the other from `content` on, 20 bytes apart.
Page btree(unsigned char type, int cells, uint32_t content, size_t size = 4096, size_t at = 0)
{
    Page page(size, 0xee);
    page.at(at) = type;
    put(page, at + 1, 0, 2);
    put(page, at + 3, uint32_t(cells), 2);
    put(page, at + 5, content, 2);
    const size_t pointers = at + (type == leafIndex || type == leafTable ? 8 : 12);
    for (int cell = 0; cell < cells; ++cell)
        put(page, pointers + 2 * size_t(cell), content + 20 * uint32_t(cell), 2);
    return page;
}

} // namespace

Q_DECLARE_METATYPE(rookery::sql::Gap)

/// Where a page of an SQLite file holds nothing: bytes there are overwritten, so that one too many is lost data.
class TestFreeSpace : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void header_data();
    void header();
    void gap_data();
    void gap();
    void neverOverData();
};

void TestFreeSpace::header_data()
{
    QTest::addColumn<Page>("bytes");
    QTest::addColumn<bool>("isRead");
    QTest::addColumn<uint32_t>("pageSize");
    QTest::addColumn<uint32_t>("usableSize");
    const auto row = [](const char *name, size_t at, uint32_t value, int size, uint32_t pageSize,
                         uint32_t usable) {
        Page bytes = headerBytes();
        put(bytes, at, value, size);
        QTest::newRow(name) << bytes << (pageSize != 0) << pageSize << usable;
    };
    row("as usual", 16, 4096, 2, 4096, 4096);
    row("smallest pages", 16, 512, 2, 512, 512);
    row("largest pages", 16, 1, 2, 65536, 65536);
    row("reserved bytes", 20, 32, 1, 4096, 4064);
    row("not SQLite", 0, 's', 1, 0, 0);
    row("no page size", 16, 0, 2, 0, 0);
    row("small pages", 16, 256, 2, 0, 0);
    row("no power of two", 16, 3000, 2, 0, 0);
    row("no pages", 28, 0, 4, 0, 0);
    row("pages counted by nobody", 92, 6, 4, 0, 0);
    Page bytes = headerBytes();
    put(bytes, 16, 512, 2);
    put(bytes, 20, 33, 1);
    QTest::newRow("reserved too much") << bytes << false << 0U << 0U;
    bytes = headerBytes();
    bytes.pop_back();
    QTest::newRow("cut off") << bytes << false << 0U << 0U;
    QTest::newRow("empty") << Page() << false << 0U << 0U;
}

void TestFreeSpace::header()
{
    QFETCH(Page, bytes);
    QFETCH(bool, isRead);
    QFETCH(uint32_t, pageSize);
    QFETCH(uint32_t, usableSize);
    const auto header = readDatabaseHeader(bytes);
    QCOMPARE(header.has_value(), isRead);
    if (!header)
        return;
    QCOMPARE(header->pageSize, pageSize);
    QCOMPARE(header->usableSize, usableSize);
    QCOMPARE(header->pageCount, 100U);
    QVERIFY(!header->hasPointerMaps);
    put(bytes, 52, 3, 4);
    QVERIFY(readDatabaseHeader(bytes)->hasPointerMaps);
}

void TestFreeSpace::gap_data()
{
    QTest::addColumn<Page>("page");
    QTest::addColumn<uint64_t>("number");
    QTest::addColumn<DatabaseHeader>("header");
    QTest::addColumn<Gap>("gap");
    const auto row = [](const char *name, const Page &page, Gap gap, DatabaseHeader header = database(),
                         uint64_t number = 2) { QTest::newRow(name) << page << number << header << gap; };
    row("leaf of a table", btree(leafTable, 10, 3000), {28, 3000});
    row("leaf of an index", btree(leafIndex, 10, 3000), {28, 3000});
    row("interior of a table", btree(interiorTable, 10, 3000), {32, 3000});
    row("interior of an index", btree(interiorIndex, 10, 3000), {32, 3000});
    row("empty", btree(leafTable, 0, 4096), {8, 4096});
    row("full", btree(leafTable, 10, 28), {28, 28});
    row("first page", btree(leafTable, 10, 3000, 4096, 100), {128, 3000}, database(), 1);
    row("first page as another one", btree(leafTable, 10, 3000, 4096, 100), {});
    row("reserved bytes", btree(leafTable, 0, 4064), {8, 4064}, database(4096, 32));
    row("cells in reserved bytes", btree(leafTable, 0, 4096), {}, database(4096, 32));
    row("64 KiB", btree(leafTable, 0, 0, 65536), {8, 65536}, database(65536));
    row("64 KiB with cells", btree(leafTable, 100, 60000, 65536), {208, 60000}, database(65536));
    row("no content in 4 KiB", btree(leafTable, 0, 0), {});
    for (const int type : {0x00, 0x01, 0x03, 0x0b, 0x0c, 0x0e, 0x0f, 0x3c, 0xff}) {
        Page page = btree(leafTable, 10, 3000);
        page[0] = static_cast<unsigned char>(type);
        QTest::addRow("type %d", type) << page << uint64_t(2) << database() << Gap{};
    }
    row("too many cells",
        [] {
            Page page = btree(leafTable, 10, 3000);
            put(page, 3, 1497, 2);
            return page;
        }(),
        {});
    row("65535 cells",
        [] {
            Page page = btree(leafTable, 10, 3000);
            put(page, 3, 65535, 2);
            return page;
        }(),
        {});
    row("content behind the end", btree(leafTable, 0, 4097), {});
    const auto withCell = [](uint32_t cell) {
        Page page = btree(leafTable, 10, 3000);
        put(page, 8, cell, 2);
        return page;
    };
    row("a cell before the content", withCell(2999), {});
    row("a cell in the header", withCell(0), {});
    row("a cell at the end", withCell(4092), {28, 3000});
    row("a cell over the end", withCell(4093), {});
    row("a cell behind the end", withCell(65535), {});
    const auto withFreeBlock = [](uint32_t block) {
        Page page = btree(leafTable, 10, 3000);
        put(page, 1, block, 2);
        return page;
    };
    row("a free block", withFreeBlock(3500), {28, 3000});
    row("a free block before the content", withFreeBlock(2000), {});
    row("a free block over the end", withFreeBlock(4094), {});
    DatabaseHeader other = database();
    other.hasPointerMaps = true;
    row("pointer maps", btree(leafTable, 10, 3000), {}, other);
    row("another page size", btree(leafTable, 10, 3000), {}, database(8192));
    row("page 0", btree(leafTable, 10, 3000), {}, database(), 0);
    // An overflow page of so large a database could begin so, with the number of the next one.
    for (const unsigned char type : {interiorIndex, interiorTable, leafIndex, leafTable}) {
        const size_t begin = type == leafIndex || type == leafTable ? 28 : 32;
        other = database();
        other.pageCount = (uint32_t(type) << 24) - 1;
        QTest::addRow("type %d, as many pages as can be", type)
            << btree(type, 10, 3000) << uint64_t(2) << other << Gap{begin, 3000};
        ++other.pageCount;
        QTest::addRow("type %d, one page more", type)
            << btree(type, 10, 3000) << uint64_t(2) << other << Gap{};
    }
}

void TestFreeSpace::gap()
{
    QFETCH(Page, page);
    QFETCH(uint64_t, number);
    QFETCH(DatabaseHeader, header);
    QFETCH(Gap, gap);
    const Gap found = unallocatedSpace(page, number, header);
    QCOMPARE(found.begin, gap.begin);
    QCOMPARE(found.end, gap.end);
}

void TestFreeSpace::neverOverData()
{
    QRandomGenerator random(4711);
    int gaps = 0;
    for (int round = 0; round < 200'000; ++round) {
        const size_t size = size_t(512) << random.bounded(3);
        Page page(size);
        for (unsigned char &byte : page)
            byte = static_cast<unsigned char>(random.bounded(256));
        const uint64_t number = 1 + random.bounded(2);
        const size_t at = number == 1 ? DatabaseHeader::size : 0;
        // Often enough what a page looks like.
        static constexpr std::array types{interiorIndex, interiorTable, leafIndex, leafTable};
        const int cells = int(random.bounded(4));
        if (random.bounded(4) != 0) {
            page[at] = types.at(random.bounded(quint32(types.size())));
            put(page, at + 1, random.bounded(2) * random.bounded(quint32(size)), 2);
            put(page, at + 3, uint32_t(cells), 2);
            put(page, at + 5, random.bounded(quint32(size)), 2);
            for (size_t cell = 0; cell < size_t(cells); ++cell)
                put(page, at + 8 + 2 * cell, random.bounded(quint32(size)), 2);
        }
        const Gap gap = unallocatedSpace(page, number, database(uint32_t(size)));
        QVERIFY(gap.begin <= gap.end && gap.end <= size);
        if (gap.isEmpty())
            continue;
        ++gaps;
        const size_t pointers = at + (page[at] == leafIndex || page[at] == leafTable ? 8 : 12);
        const size_t count = size_t(page[at + 3]) << 8 | page[at + 4];
        QVERIFY(gap.begin >= pointers + 2 * count);
        for (size_t cell = 0; cell < count; ++cell) {
            const size_t pointer = pointers + 2 * cell;
            QVERIFY((size_t(page[pointer]) << 8 | page[pointer + 1]) >= gap.end);
        }
        std::fill(page.begin() + qsizetype(gap.begin), page.begin() + qsizetype(gap.end), 0);
        QVERIFY(unallocatedSpace(page, number, database(uint32_t(size))) == gap);
    }
    QVERIFY(gaps > 1000);
}

QTEST_GUILESS_MAIN(TestFreeSpace)
#include "tst_freespace.moc"
