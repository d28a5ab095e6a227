// SPDX-License-Identifier: GPL-3.0-or-later
#include "client/timeline/layout/layoutcache.h"

namespace rookery::client {

MessageLayout *LayoutCache::find(int row) const
{
    const auto found = m_layouts.find(row);
    return found == m_layouts.end() ? nullptr : found->second.get();
}

MessageLayout *LayoutCache::put(int row, std::unique_ptr<MessageLayout> layout)
{
    return (m_layouts[row] = std::move(layout)).get();
}

void LayoutCache::insertRows(int first, int count)
{
    std::map<int, std::unique_ptr<MessageLayout>> moved;
    for (auto &[row, layout] : m_layouts)
        moved.emplace_hint(moved.end(), row >= first ? row + count : row, std::move(layout));
    m_layouts = std::move(moved);
}

void LayoutCache::removeRows(int first, int count)
{
    std::map<int, std::unique_ptr<MessageLayout>> moved;
    for (auto &[row, layout] : m_layouts) {
        if (row < first || row >= first + count)
            moved.emplace_hint(moved.end(), row >= first ? row - count : row, std::move(layout));
    }
    m_layouts = std::move(moved);
}

void LayoutCache::trim(int first, int last)
{
    while (m_layouts.size() > limit) {
        const int before = first - m_layouts.begin()->first;
        const int after = m_layouts.rbegin()->first - last;
        if (before <= 0 && after <= 0)
            return;
        m_layouts.erase(before > after ? m_layouts.begin() : std::prev(m_layouts.end()));
    }
}

} // namespace rookery::client
