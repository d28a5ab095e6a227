// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QAccessibleWidget>

#include <map>

namespace rookery::client {

class TimelineView;

/// The accessible interface of a TimelineView: a list with one item per loaded message, named "sender, time,
/// text". Items are created on demand and follow their message when rows are inserted or removed.
class TimelineAccessible : public QAccessibleWidget
{
public:
    explicit TimelineAccessible(TimelineView *view);
    ~TimelineAccessible() override;

    int childCount() const override;
    QAccessibleInterface *child(int index) const override;
    int indexOfChild(const QAccessibleInterface *child) const override;
    QAccessibleInterface *childAt(int x, int y) const override;
    QAccessibleInterface *focusChild() const override;

    TimelineView *view() const;
    void insertRows(int first, int count);
    void removeRows(int first, int count);
    void reset();

private:
    QList<QWidget *> extras() const;

    mutable std::map<int, QAccessible::Id> m_rows;
};

/// Registers these interfaces with QAccessible for every TimelineView; may be called repeatedly.
void installTimelineAccessibility();

/// Notify screen readers, if any are active, of changes.
void timelineRowsReset(TimelineView *view);
void timelineRowsInserted(TimelineView *view, int first, int count);
void timelineRowsChanged(TimelineView *view, int first, int count);
void timelineRowsRemoved(TimelineView *view, int first, int count);
void timelineRowFocused(TimelineView *view, int row);

} // namespace rookery::client
