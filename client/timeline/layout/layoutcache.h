// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "client/timeline/layout/messagelayout.h"

#include <map>
#include <memory>

namespace rookery::client {

/// The laid out rows, by row. Bounded: rows farthest from the visible ones are evicted first.
class LayoutCache
{
public:
    static constexpr size_t limit = 240;

    /// nullptr if the row is not cached.
    MessageLayout *find(int row) const;
    MessageLayout *put(int row, std::unique_ptr<MessageLayout> layout);

    void insertRows(int first, int count);
    void removeRows(int first, int count);
    void drop(int row) { m_layouts.erase(row); }
    void clear() { m_layouts.clear(); }
    /// Keeps at most `limit` rows, those nearest to `first`…`last`.
    void trim(int first, int last);
    size_t size() const { return m_layouts.size(); }

private:
    std::map<int, std::unique_ptr<MessageLayout>> m_layouts;
};

} // namespace rookery::client
