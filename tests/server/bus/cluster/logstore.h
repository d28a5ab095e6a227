// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "tests/support/unusedstore.h"

#include <QMetaObject>

#include <functional>

namespace rookery::test {

/// The log of one room, as a store that answers in the next turn of the event loop.
class LogStore final : public UnusedStore
{
public:
    static QString room() { return QStringLiteral("den"); }

    void findRoom(
        QString id, QString /*skeleton*/, QString /*userId*/, QObject *context, Done<Room> done) override
    {
        Room found;
        found.id = id;
        found.epoch = QStringLiteral("epoch");
        later(context, [done, found] { done(found); });
    }
    void page(store::PageQuery query, QObject *context, Done<Page> done) override
    {
        ++pages;
        Page page;
        page.lastSeq = events.size();
        page.events = events.mid(query.after.value_or(0), query.limit);
        later(context, [done, page] { done(page); });
    }
    void heads(QStringList roomIds, QObject *context, Done<QHash<QString, qint64>> done) override
    {
        ++headsAsked;
        QHash<QString, qint64> heads;
        if (roomIds.contains(room()))
            heads.insert(room(), events.size());
        later(context, [done, heads] { done(heads); });
    }
    QString identity() const override { return QStringLiteral("log"); }

    QList<RoomEvent> events;
    int pages = 0;
    int headsAsked = 0;

private:
    static void later(QObject *context, std::function<void()> work)
    {
        QMetaObject::invokeMethod(context, std::move(work), Qt::QueuedConnection);
    }
};

} // namespace rookery::test
