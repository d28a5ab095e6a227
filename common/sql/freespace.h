// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

namespace rookery::sql {

/// A page of an SQLite database is a power of two of bytes, from this on.
inline constexpr uint32_t smallestPage = 512;

/// What the first 100 bytes of an SQLite database say about its pages (sqlite.org/fileformat2.html, section 1.3).
struct DatabaseHeader
{
    static constexpr size_t size = 100;

    uint32_t pageSize = 0;
    uint32_t usableSize = 0; ///< of each page
    uint32_t pageCount = 0;
    bool hasPointerMaps = false; ///< auto-vacuum: some pages are tables of pages
};

/// None where the bytes are not the beginning of a database, or do not say how many pages it has.
std::optional<DatabaseHeader> readDatabaseHeader(std::span<const unsigned char> bytes);

/// A range of bytes in a page.
struct Gap
{
    size_t begin = 0;
    size_t end = 0; ///< behind the last byte

    bool isEmpty() const { return begin == end; }
    friend bool operator==(const Gap &, const Gap &) = default;
};

/// The unallocated space of a b-tree page (section 1.6 there): between its cell pointers and its cells. SQLite never
/// reads it, but leaves copies of rows in it that it has moved to other pages. Empty where the page is no b-tree page,
/// may be another kind of page, or is damaged. `number`: of the page, from 1.
Gap unallocatedSpace(std::span<const unsigned char> page, uint64_t number, const DatabaseHeader &database);

} // namespace rookery::sql
