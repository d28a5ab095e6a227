// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <algorithm>
#include <utility>

namespace rookery::client {

/// A text selection that may span many rows.
class TimelineSelection
{
public:
    struct Point
    {
        int row = 0;
        int position = 0;
        auto operator<=>(const Point &) const = default;
    };

    bool isEmpty() const { return m_fixed == m_moving; }
    void clear() { m_fixed = m_moving = {}; }
    void start(Point point) { m_fixed = m_moving = point; }
    void extendTo(Point point) { m_moving = point; }
    void set(Point from, Point to)
    {
        m_fixed = from;
        m_moving = to;
    }
    Point first() const { return std::min(m_fixed, m_moving); }
    Point last() const { return std::max(m_fixed, m_moving); }

    /// The selected range of a row with this many characters, as start and end; equal if nothing is selected.
    std::pair<int, int> of(int row, int length) const
    {
        if (isEmpty() || row < first().row || row > last().row)
            return {0, 0};
        const int from = row == first().row ? std::min(first().position, length) : 0;
        const int to = row == last().row ? std::min(last().position, length) : length;
        return {from, to};
    }

    void insertRows(int row, int count)
    {
        for (Point *point : {&m_fixed, &m_moving}) {
            if (point->row >= row)
                point->row += count;
        }
    }
    /// The selection is cleared if one of its ends is removed.
    void removeRows(int row, int count)
    {
        for (Point *point : {&m_fixed, &m_moving}) {
            if (point->row >= row && point->row < row + count) {
                clear();
                return;
            }
        }
        for (Point *point : {&m_fixed, &m_moving}) {
            if (point->row >= row)
                point->row -= count;
        }
    }

private:
    Point m_fixed;
    Point m_moving;
};

} // namespace rookery::client
