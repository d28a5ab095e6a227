// SPDX-License-Identifier: GPL-3.0-or-later
#include "client/timeline/layout/rowplacer.h"

#include <algorithm>

namespace rookery::client {

RowPlacer::RowPlacer(RowMeter *meter)
    : m_meter(meter)
{ }

void RowPlacer::reset(int count)
{
    m_index.reset(count);
    m_visible.clear();
    m_atEnd = true;
    m_anchor = 0;
    m_anchorY = 0;
    m_anchorHeight = 0;
}

void RowPlacer::insert(int first, int count)
{
    if (first <= m_anchor && m_index.size() > 0)
        m_anchor += count;
    m_index.insert(first, count);
}

void RowPlacer::remove(int first, int count)
{
    m_index.remove(first, count);
    if (m_anchor >= first + count)
        m_anchor -= count;
    else if (m_anchor >= first)
        m_anchor = std::max(0, std::min(first, m_index.size() - 1));
}

void RowPlacer::change(int first, int count)
{
    for (int row = first; row < first + count && row < m_index.size(); ++row)
        m_index.setHeight(row, 0);
}

void RowPlacer::changeAll()
{
    m_index.forgetHeights();
}

void RowPlacer::setViewportHeight(int height)
{
    m_viewport = height;
}

void RowPlacer::setTopSpace(int height)
{
    m_topSpace = height;
}

RowSize RowPlacer::measured(int row)
{
    const RowSize size = m_meter->measure(row);
    m_index.setHeight(row, size.height);
    return size;
}

void RowPlacer::fillFromEnd()
{
    m_visible.clear();
    int top = m_viewport - m_bottomSpace;
    for (int row = m_index.size() - 1; row >= 0 && top > 0; --row) {
        const int height = measured(row).height;
        top -= height;
        m_visible.push_back({row, top, height});
    }
    std::reverse(m_visible.begin(), m_visible.end());
}

void RowPlacer::fillFrom(int row, int top)
{
    m_visible.clear();
    // Back to the first row that reaches into the viewport …
    while (row > 0 && top > 0) {
        --row;
        top -= measured(row).height;
    }
    // … but no further down than where the first row belongs, otherwise no row would be visible …
    if (row == 0)
        top = std::min(top, m_topSpace);
    // … and on to the last visible row.
    for (; row < m_index.size() && top < m_viewport; ++row) {
        const int height = measured(row).height;
        if (top + height > 0)
            m_visible.push_back({row, top, height});
        top += height;
    }
}

void RowPlacer::place()
{
    if (m_index.size() == 0) {
        m_visible.clear();
        m_atEnd = true;
        return;
    }
    if (!m_atEnd) {
        m_anchor = std::clamp(m_anchor, 0, m_index.size() - 1);
        const RowSize size = measured(m_anchor);
        int y = m_anchorY;
        if (m_anchorHeight > 0) // a body that starts above the viewport: keep the same part of it visible
            y = int(qint64(y) * (size.height - size.bodyTop) / m_anchorHeight);
        fillFrom(m_anchor, y - size.bodyTop);
        const bool endSeen = m_visible.empty()
            || (m_visible.back().row == m_index.size() - 1
                && m_visible.back().top + m_visible.back().height <= m_viewport - m_bottomSpace);
        m_atEnd = endSeen;
    }
    if (m_atEnd)
        fillFromEnd();
    chooseAnchor();
}

void RowPlacer::chooseAnchor()
{
    if (m_visible.empty())
        return;
    for (const Placed &placed : m_visible) {
        const int bodyTop = m_meter->measure(placed.row).bodyTop;
        const int y = placed.top + bodyTop;
        const bool last = placed.row == m_visible.back().row;
        if (y >= 0 || last) {
            m_anchor = placed.row;
            m_anchorY = y;
            m_anchorHeight = y < 0 ? std::max(1, placed.height - bodyTop) : 0;
            return;
        }
    }
}

int RowPlacer::contentTop() const
{
    if (m_visible.empty() || m_visible.front().row != 0)
        return m_visible.empty() ? m_viewport - m_bottomSpace : -1;
    return m_visible.front().top;
}

void RowPlacer::scrollToEnd()
{
    m_atEnd = true;
    place();
}

void RowPlacer::scrollToTop()
{
    if (m_index.size() == 0)
        return;
    // Not by offset: if the estimates are too low, everything would seem to be visible.
    m_atEnd = false;
    m_anchor = 0;
    m_anchorY = m_topSpace + m_meter->measure(0).bodyTop;
    m_anchorHeight = 0;
    place();
}

void RowPlacer::scrollBy(int dy)
{
    if (dy == 0 || m_visible.empty() || (m_atEnd && dy > 0))
        return;
    if (std::abs(dy) > 4 * std::max(1, m_viewport)) {
        scrollToOffset(offset() + dy);
        return;
    }
    if (m_atEnd && contentTop() >= m_topSpace && m_visible.front().row == 0)
        return; // everything is visible
    // Starts from the top row, whatever the anchor, so that the distance to it is at most the step.
    const Placed first = m_visible.front();
    m_atEnd = false;
    m_anchor = first.row;
    m_anchorY = first.top + m_meter->measure(first.row).bodyTop - dy;
    m_anchorHeight = 0;
    place();
}

void RowPlacer::scrollToOffset(qint64 offset)
{
    if (m_index.size() == 0)
        return;
    offset = std::max<qint64>(0, offset);
    if (offset >= contentHeight() - m_viewport) {
        scrollToEnd();
        return;
    }
    const int row = offset < m_topSpace ? 0 : m_index.rowAt(offset - m_topSpace);
    const int within = int(offset - m_topSpace - m_index.top(row)); // within its estimated height
    m_atEnd = false;
    m_anchor = row;
    m_anchorY = m_meter->measure(row).bodyTop - within;
    m_anchorHeight = 0;
    place();
}

void RowPlacer::ensureVisible(int row)
{
    if (row < 0 || row >= m_index.size() || m_viewport <= 0)
        return;
    const int lastBottom = m_viewport - m_bottomSpace;
    for (const Placed &placed : m_visible) {
        if (placed.row != row)
            continue;
        const int bottom = placed.top + placed.height;
        if (placed.height >= m_viewport && placed.top < m_viewport && bottom > 0)
            return;
        if (placed.top < 0)
            scrollBy(placed.top);
        else if (bottom > lastBottom)
            scrollBy(std::min(bottom - lastBottom, placed.top));
        return;
    }
    const bool above = m_visible.empty() || row < m_visible.front().row;
    const RowSize size = m_meter->measure(row);
    m_atEnd = false;
    m_anchor = row;
    m_anchorY = (above || size.height >= m_viewport ? 0 : lastBottom - size.height) + size.bodyTop;
    m_anchorHeight = 0;
    place();
}

qint64 RowPlacer::offset() const
{
    if (m_visible.empty())
        return 0;
    const Placed &first = m_visible.front();
    const qint64 end = std::max<qint64>(0, contentHeight() - m_viewport);
    if (m_atEnd)
        return end;
    return std::clamp<qint64>(
        m_topSpace + m_index.top(first.row) - first.top, 0, std::max<qint64>(0, end - 1));
}

} // namespace rookery::client
