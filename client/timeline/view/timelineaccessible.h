// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QAccessibleWidget>

#include <map>

namespace rookery::client {

class TimelineView;

/// A TimelineView to a screen reader: a list with one item per loaded message, named "sender, time, text".
/// Items are made when they are asked for and follow their message when rows come and go.
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

/// Makes QAccessible use the above for every TimelineView; can be called any number of times.
void installTimelineAccessibility();

/// Tell screen readers, if there are any, what has changed.
void timelineRowsReset(TimelineView *view);
void timelineRowsInserted(TimelineView *view, int first, int count);
void timelineRowsChanged(TimelineView *view, int first, int count);
void timelineRowsRemoved(TimelineView *view, int first, int count);
void timelineRowFocused(TimelineView *view, int row);

} // namespace rookery::client
