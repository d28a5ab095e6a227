// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "client/timeline/timelinesource.h"

#include <QList>

namespace rookery::client {

/// A room's messages, set by the test; every request of the view is recorded.
class FakeTimeline : public TimelineSource
{
    Q_OBJECT
public:
    using TimelineSource::TimelineSource;

    static TimelineItem item(
        qint64 seq, const QString &text, const QString &sender = QStringLiteral("alice"));
    /// `count` messages of different heights by several users, the newest one of today.
    static QList<TimelineItem> items(int count, qint64 firstSeq = 1);

    int count() const override { return int(m_items.size()); }
    const TimelineItem &at(int row) const override { return m_items.at(row); }
    bool hasOlder() const override { return older; }
    bool isLoadingOlder() const override { return m_loading; }
    void loadOlder() override;
    void retry(const QString &clientId) override { retried.append(clientId); }
    void discard(const QString &clientId) override;

    void set(const QList<TimelineItem> &all);
    void append(const TimelineItem &one);
    /// Delivers the older page that was requested.
    void deliverOlder(const QList<TimelineItem> &page, bool more);
    void failOlder(const QString &sentence);
    void change(int row, const TimelineItem &one);
    void removeAt(int row);

    bool older = false;
    int olderAsked = 0;
    QStringList retried;
    QStringList discarded;

private:
    QList<TimelineItem> m_items;
    bool m_loading = false;
};

} // namespace rookery::client
