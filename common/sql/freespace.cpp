// SPDX-License-Identifier: GPL-3.0-or-later
#include "common/sql/freespace.h"

#include <algorithm>
#include <bit>
#include <string_view>

namespace rookery::sql {

namespace {

using Bytes = std::span<const unsigned char>;

constexpr std::string_view magic("SQLite format 3\0", 16);
constexpr uint32_t largestPage = 65536;
constexpr uint32_t smallestUsable = 480;
constexpr size_t smallestCell = 4;

uint32_t twoBytes(Bytes bytes, size_t at)
{
    return uint32_t(bytes[at]) << 8 | bytes[at + 1];
}

uint32_t fourBytes(Bytes bytes, size_t at)
{
    return twoBytes(bytes, at) << 16 | twoBytes(bytes, at + 2);
}

/// How long the header of a b-tree page of this type is; 0: there is no such type.
size_t headerSize(unsigned char type)
{
    switch (type) {
    case 0x02: // interior page of an index
    case 0x05: // interior page of a table
        return 12;
    case 0x0a: // leaf of an index
    case 0x0d: // leaf of a table
        return 8;
    default:
        return 0;
    }
}

} // namespace

std::optional<DatabaseHeader> readDatabaseHeader(Bytes bytes)
{
    if (bytes.size() < DatabaseHeader::size || !std::equal(magic.begin(), magic.end(), bytes.begin()))
        return std::nullopt;
    DatabaseHeader header;
    header.pageSize = twoBytes(bytes, 16) == 1 ? largestPage : twoBytes(bytes, 16);
    header.usableSize = header.pageSize - std::min<uint32_t>(bytes[20], header.pageSize);
    header.pageCount = fourBytes(bytes, 28);
    header.hasPointerMaps = fourBytes(bytes, 52) != 0;
    // The count is that of this state of the file only if whoever changed the file last has set it.
    const bool isCounted = header.pageCount != 0 && fourBytes(bytes, 24) == fourBytes(bytes, 92);
    if (!std::has_single_bit(header.pageSize) || header.pageSize < smallestPage
        || header.usableSize < smallestUsable || !isCounted)
        return std::nullopt;
    return header;
}

Gap unallocatedSpace(Bytes page, uint64_t number, const DatabaseHeader &database)
{
    if (number == 0 || page.size() != database.pageSize || database.hasPointerMaps)
        return {};
    const size_t at = number == 1 ? DatabaseHeader::size : 0;
    const size_t size = headerSize(page[at]);
    if (size == 0)
        return {};
    // Overflow pages and pages of the free list begin with the number of a page. Its first byte can be that of a type
    // in a database of very many pages (of 4 KiB, from 128 GiB on for an index, from 832 GiB on for the rows).
    if (number != 1 && database.pageCount >= uint64_t(page[at]) << 24)
        return {};
    const size_t usable = database.usableSize;
    const size_t freeBlock = twoBytes(page, at + 1);
    const size_t cells = twoBytes(page, at + 3);
    const size_t cellPointers = at + size;
    const size_t content = twoBytes(page, at + 5) == 0 ? largestPage : twoBytes(page, at + 5);
    const size_t begin = cellPointers + 2 * cells;
    if (begin > content || content > usable)
        return {};
    const auto isInContent = [&](size_t offset) {
        return offset >= content && offset + smallestCell <= usable;
    };
    if (freeBlock != 0 && !isInContent(freeBlock))
        return {};
    for (size_t cell = 0; cell < cells; ++cell) {
        if (!isInContent(twoBytes(page, cellPointers + 2 * cell)))
            return {};
    }
    return {begin, content};
}

} // namespace rookery::sql
