// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QtGlobal>

#include <vector>

namespace rookery::client {

/// The heights of all rows, measured or estimated, with sums in O(log n). The scroll bar is drawn from it, so
/// a wrong estimate moves the bar, never the text.
class HeightIndex
{
public:
    int size() const { return int(m_heights.size()); }

    /// Forgets everything; then there are `count` unmeasured rows.
    void reset(int count);
    /// Forgets all measured heights, after a change of width; their mean becomes the estimate.
    void forgetHeights();
    void insert(int first, int count);
    void remove(int first, int count);

    /// 0: unknown again.
    void setHeight(int row, int height);
    int height(int row) const { return m_heights[size_t(row)] > 0 ? m_heights[size_t(row)] : m_estimate; }
    int estimate() const { return m_estimate; }
    void setEstimate(int height);

    /// The sum of the heights of rows 0…row-1.
    qint64 top(int row) const;
    qint64 total() const { return top(size()); }
    /// The row that covers `y`, clamped to the existing rows; -1 without rows.
    int rowAt(qint64 y) const;

private:
    void rebuild();

    std::vector<int> m_heights; ///< 0: not measured
    std::vector<qint64> m_sums = {0}; ///< Fenwick tree over the heights, 1-based
    int m_estimate = 44;
};

} // namespace rookery::client
