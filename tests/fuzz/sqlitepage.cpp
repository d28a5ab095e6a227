// SPDX-License-Identifier: GPL-3.0-or-later
/// Pages of a damaged SQLite file: the bytes that are taken for unallocated (THREATS 47) lie within the page and are
/// neither its header, nor a cell pointer, nor anything a cell pointer or a free block points to; and overwriting them
/// changes nothing else about the page.

#include "common/sql/freespace.h"
#include "tests/fuzz/support/fuzz.h"

#include <algorithm>
#include <vector>

using namespace rookery;

namespace {

size_t twoBytes(const std::vector<unsigned char> &page, size_t at)
{
    return size_t(page[at]) << 8 | page[at + 1];
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const quint8 *data, size_t size)
{
    fuzz::Input input(data, size);
    const quint8 how = input.byte();
    sql::DatabaseHeader database;
    database.pageSize = 512U << (how % 8);
    database.usableSize = database.pageSize - input.byte() % 33;
    database.pageCount = quint32(input.byte()) << 24 | 100;
    database.hasPointerMaps = how >> 4 == 15;
    const uint64_t number = how & 0x08 ? 1 : 2;
    const size_t at = number == 1 ? sql::DatabaseHeader::size : 0;
    // The input is the beginning of the page and its end.
    const QByteArrayView rest = input.rest();
    const QByteArrayView head =
        rest.first(std::min(rest.size() / 2, qsizetype(database.pageSize / 2 - sql::DatabaseHeader::size)));
    const QByteArrayView tail =
        rest.last(std::min(rest.size() - rest.size() / 2, qsizetype(database.pageSize / 2)));
    std::vector<unsigned char> page(database.pageSize, 0xee);
    std::copy(head.begin(), head.end(), page.begin() + qsizetype(at));
    std::copy(tail.begin(), tail.end(), page.end() - tail.size());

    const sql::Gap gap = sql::unallocatedSpace(page, number, database);
    FUZZ_REQUIRE(gap.begin <= gap.end && gap.end <= database.usableSize);
    if (gap.isEmpty())
        return 0;
    const bool isLeaf = page[at] == 0x0a || page[at] == 0x0d;
    FUZZ_REQUIRE(isLeaf || page[at] == 0x02 || page[at] == 0x05);
    FUZZ_REQUIRE(!database.hasPointerMaps && (number == 1 || database.pageCount >> 24 < page[at]));
    const size_t pointers = at + (isLeaf ? 8 : 12);
    const size_t cells = twoBytes(page, at + 3);
    FUZZ_REQUIRE(gap.begin >= pointers + 2 * cells);
    for (size_t cell = 0; cell < cells; ++cell)
        FUZZ_REQUIRE(twoBytes(page, pointers + 2 * cell) >= gap.end);
    FUZZ_REQUIRE(twoBytes(page, at + 1) == 0 || twoBytes(page, at + 1) >= gap.end);
    std::fill(page.begin() + qsizetype(gap.begin), page.begin() + qsizetype(gap.end),
        static_cast<unsigned char>(0));
    FUZZ_REQUIRE(sql::unallocatedSpace(page, number, database) == gap);
    return 0;
}
