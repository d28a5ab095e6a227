// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "client/timeline/layout/heightindex.h"

#include <vector>

namespace rookery::client {

struct RowSize
{
    int height = 0;
    int bodyTop = 0; ///< top of the message body, below separators and header
};

/// Lays a row out on demand.
class RowMeter
{
public:
    virtual ~RowMeter() = default;
    virtual RowSize measure(int row) = 0;
};

/// Decides which rows are visible and where. It keeps an anchor still: the body of one row at one place in
/// the viewport. So rows that are inserted above it, change their height or lose their header do not move the
/// text that is being read. At the end it stays at the end instead. Only visible rows are ever measured.
///
/// Coordinates are pixels of the viewport; "offset" is the distance of the viewport's top from the content's
/// top, in the (partly estimated) heights of HeightIndex.
/// top, in the (partly estimated) heights of HeightIndex.
class RowPlacer
{
public:
    struct Placed
    {
        int row = 0;
        int top = 0;
        int height = 0;
    };

    explicit RowPlacer(RowMeter *meter);

    void reset(int count);
    void insert(int first, int count);
    void remove(int first, int count);
    /// Invalidates the heights of these rows.
    void change(int first, int count);
    /// Invalidates all heights, after a change of width or font.
    void changeAll();

    int count() const { return m_index.size(); }
    void setViewportHeight(int height);
    /// Space above row 0, for the bar that is shown while older messages are loaded.
    void setTopSpace(int height);
    int topSpace() const { return m_topSpace; }
    void setBottomSpace(int height) { m_bottomSpace = height; }
    void setEstimate(int height) { m_index.setEstimate(height); }

    /// Finds the visible rows again; call it after any of the above, before reading the results below.
    void place();
    const std::vector<Placed> &visible() const { return m_visible; }
    /// Bottom of the space above row 0; negative if it is above the viewport.
    int contentTop() const;

    bool atEnd() const { return m_atEnd; }
    void scrollToEnd();
    void scrollToTop();
    /// Positive towards newer messages.
    void scrollBy(int dy);
    void scrollToOffset(qint64 offset);
    /// Scrolls as little as needed to show the row. A row taller than the viewport is shown from its start,
    /// unless a part of it is visible already.
    void ensureVisible(int row);

    qint64 offset() const;
    qint64 contentHeight() const { return m_topSpace + m_index.total() + m_bottomSpace; }

private:
    RowSize measured(int row);
    void fillFrom(int row, int top);
    void fillFromEnd();
    void chooseAnchor();

    RowMeter *m_meter;
    HeightIndex m_index;
    std::vector<Placed> m_visible;
    int m_viewport = 0;
    int m_topSpace = 0;
    int m_bottomSpace = 0;
    bool m_atEnd = true;
    int m_anchor = 0; ///< row
    int m_anchorY = 0; ///< of its body
    int m_anchorHeight =
        0; ///< of its body when the anchor was chosen, while it starts above the viewport; or 0
};

} // namespace rookery::client
