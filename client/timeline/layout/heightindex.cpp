// SPDX-License-Identifier: GPL-3.0-or-later
#include "client/timeline/layout/heightindex.h"

#include <algorithm>
#include <bit>

namespace rookery::client {

void HeightIndex::reset(int count)
{
    m_heights.assign(size_t(count), 0);
    rebuild();
}

void HeightIndex::forgetHeights()
{
    qint64 sum = 0;
    qint64 known = 0;
    for (int &height : m_heights) {
        if (height > 0) {
            sum += height;
            ++known;
        }
        height = 0;
    }
    if (known > 0)
        m_estimate = int(std::max<qint64>(1, sum / known));
    rebuild();
}

void HeightIndex::insert(int first, int count)
{
    const bool atEnd = first == size();
    m_heights.insert(m_heights.begin() + first, size_t(count), 0);
    if (!atEnd || count > 64) {
        rebuild();
        return;
    }
    // Messages arrive one by one at the end; rebuilding for each would cost O(n).
    for (int row = first; row < first + count; ++row) {
        const size_t node = size_t(row) + 1;
        const size_t low = node & (~node + 1);
        const qint64 before = top(row) - top(int(node - low));
        m_sums.push_back(before + m_estimate);
    }
}

void HeightIndex::remove(int first, int count)
{
    m_heights.erase(m_heights.begin() + first, m_heights.begin() + first + count);
    rebuild();
}

void HeightIndex::setHeight(int row, int height)
{
    const int before = this->height(row);
    m_heights[size_t(row)] = height;
    const qint64 change = this->height(row) - before;
    if (change == 0)
        return;
    for (size_t node = size_t(row) + 1; node < m_sums.size(); node += node & (~node + 1))
        m_sums[node] += change;
}

void HeightIndex::setEstimate(int height)
{
    m_estimate = std::max(1, height);
    rebuild();
}

qint64 HeightIndex::top(int row) const
{
    qint64 sum = 0;
    for (size_t node = size_t(row); node > 0; node &= node - 1)
        sum += m_sums[node];
    return sum;
}

int HeightIndex::rowAt(qint64 y) const
{
    if (m_heights.empty())
        return -1;
    size_t node = 0;
    for (size_t step = std::bit_floor(m_heights.size()); step > 0; step /= 2) {
        if (node + step < m_sums.size() && m_sums[node + step] <= y) {
            node += step;
            y -= m_sums[node];
        }
    }
    return int(std::min(node, m_heights.size() - 1));
}

void HeightIndex::rebuild()
{
    m_sums.assign(m_heights.size() + 1, 0);
    for (size_t node = 1; node < m_sums.size(); ++node) {
        m_sums[node] += height(int(node) - 1);
        const size_t parent = node + (node & (~node + 1));
        if (parent < m_sums.size())
            m_sums[parent] += m_sums[node];
    }
}

} // namespace rookery::client
