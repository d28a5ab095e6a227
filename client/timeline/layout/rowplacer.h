// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "client/timeline/layout/heightindex.h"

#include <vector>

namespace rookery::client {

struct RowSize
{
    int height = 0;
    int bodyTop = 0; ///< where the message itself starts, below separators and header
};

/// Lays a row out when it is needed.
class RowMeter
{
public:
    virtual ~RowMeter() = default;
    virtual RowSize measure(int row) = 0;
};

/// Decides which rows are seen and where. What is kept still is an anchor: the body of one row at one place
/// in the viewport, so that rows that come above it, change their height or lose their header move nothing
/// that is being read. At the end it keeps to the end instead. Only rows that are seen are ever measured.
///
/// Coordinates are pixels of the viewport; "offset" is the distance of the viewport's top from the content's
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
    /// The heights of these rows are no longer known.
    void change(int first, int count);
    /// Another width or font: no height is known any more.
    void changeAll();

    int count() const { return m_index.size(); }
    void setViewportHeight(int height);
    /// Room above row 0, for what is shown while older messages are loaded.
    void setTopSpace(int height);
    int topSpace() const { return m_topSpace; }
    void setBottomSpace(int height) { m_bottomSpace = height; }
    void setEstimate(int height) { m_index.setEstimate(height); }

    /// Finds the visible rows anew; call it after any of the above, before reading what follows.
    void place();
    const std::vector<Placed> &visible() const { return m_visible; }
    /// Where the room above row 0 ends; past the viewport's top edge (negative) when it is not seen.
    int contentTop() const;

    bool atEnd() const { return m_atEnd; }
    void scrollToEnd();
    void scrollToTop();
    /// Positive towards the newer messages.
    void scrollBy(int dy);
    void scrollToOffset(qint64 offset);
    /// As little as is needed to see the row; a row taller than the viewport is shown from its start, unless
    /// a part of it is seen already.
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
