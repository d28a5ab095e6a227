// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/server/ws/wsfixture.h"

#include <QElapsedTimer>
#include <QTest>

using namespace rookery;
using namespace rookery::test;

namespace {

constexpr std::chrono::hours never{1};

WsOptions withRound(std::chrono::milliseconds round)
{
    WsOptions options;
    options.headRound = round;
    return options;
}

bool says(const QJsonObject &frame, const QString &what)
{
    return frame[QLatin1String("text")] == what || frame[QLatin1String("message")] == what
        || frame[QLatin1String("event")].toObject()[QLatin1String("text")] == what;
}

} // namespace

/// The last event of a quiet room, whose notice was lost on the way: a reader's socket gets it nevertheless.
class HeadCheckTest : public QObject
{
    Q_OBJECT
private:
    /// A socket of this user on one of the endpoints, which hears the room live.
    void listen(const WsFixture &m, WebSocketClient &socket, const Person &person, const QString &path,
        const Room &room)
    {
        if (path != QLatin1String("/ws/v1")) {
            QVERIFY(socket.open(
                m.url(path + (path == QLatin1String("/") ? QString() : room.name + u'/')), person.token));
            QTRY_VERIFY(m.core.hub->isOnlineIn(room.id, person.id()));
            return;
        }
        QVERIFY(m.openNative(socket, person.token));
        socket.send({{QStringLiteral("type"), QStringLiteral("subscribe")}, {QStringLiteral("ref"), 1},
            {QStringLiteral("room"), room.id}});
        QVERIFY(!socket.next(QStringLiteral("subscribed")).isEmpty());
    }
    static void saysIt(WebSocketClient &socket, const QString &what)
    {
        QVERIFY2(!socket.next([&](const QJsonObject &frame) { return says(frame, what); }).isEmpty(),
            qPrintable(what));
    }

private Q_SLOTS:
    void aLostLastEventReachesTheSocket_data()
    {
        QTest::addColumn<QString>("path");
        QTest::addColumn<bool>("saidBefore"); // something live
        for (const bool before : {false, true}) {
            const auto row = [before](const char *name, const char *path) {
                QTest::addRow("%s%s", name, before ? ", after others" : "")
                    << QString::fromLatin1(path) << before;
            };
            row("native", "/ws/v1");
            row("room", "/ws/chat/");
            row("lobby", "/");
        }
    }
    void aLostLastEventReachesTheSocket()
    {
        QFETCH(QString, path);
        QFETCH(bool, saidBefore);
        WsFixture m(withRound(std::chrono::milliseconds(200)));
        const Person ann = m.newPerson(QStringLiteral("ann"));
        const Person bob = m.newPerson(QStringLiteral("bob"));
        const Room room = path == QLatin1String("/") ? m.core.rooms->lobby()
                                                     : m.core.openRoom(ann.principal, m.newRoomName());
        WebSocketClient socket;
        listen(m, socket, bob, path, room);
        if (saidBefore) {
            QVERIFY(m.core.send(ann.principal, room, QStringLiteral("heard")));
            saysIt(socket, QStringLiteral("heard"));
        }
        m.core.bus.loseEvents(1);
        QVERIFY(m.core.send(ann.principal, room, QStringLiteral("lost")));
        QCOMPARE(m.core.bus.toLose(), 0);
        saysIt(socket, QStringLiteral("lost"));
        QVERIFY(m.core.send(ann.principal, room, QStringLiteral("live again")));
        saysIt(socket, QStringLiteral("live again"));
    }

    /// Somebody who comes in reads the lost event from the log; whoever was there before still misses it.
    void whoComesLaterHidesNothing()
    {
        WsFixture m(withRound(std::chrono::milliseconds(500)));
        const Person ann = m.newPerson(QStringLiteral("ann"));
        const Person bob = m.newPerson(QStringLiteral("bob"));
        const Room room = m.core.openRoom(ann.principal, m.newRoomName());
        WebSocketClient first;
        listen(m, first, bob, QStringLiteral("/ws/v1"), room);
        m.core.bus.loseEvents(1);
        QVERIFY(m.core.send(ann.principal, room, QStringLiteral("lost")));
        WebSocketClient second;
        QVERIFY(second.open(m.url(QStringLiteral("/ws/chat/") + room.name + u'/'), ann.token));
        saysIt(second, QStringLiteral("lost"));
        saysIt(first, QStringLiteral("lost"));
    }

    /// A bus that knows that it has lost something does not wait for the round.
    void hintsOfTheBusAreFollowedAtOnce_data()
    {
        QTest::addColumn<bool>("names");
        QTest::newRow("heads") << true;
        QTest::newRow("something was lost") << false;
    }
    void hintsOfTheBusAreFollowedAtOnce()
    {
        QFETCH(bool, names);
        WsFixture m(withRound(never));
        const Person ann = m.newPerson(QStringLiteral("ann"));
        const Person bob = m.newPerson(QStringLiteral("bob"));
        const Room room = m.core.openRoom(ann.principal, m.newRoomName());
        WebSocketClient socket;
        listen(m, socket, bob, QStringLiteral("/ws/v1"), room);
        m.core.bus.loseEvents(1);
        QVERIFY(m.core.send(ann.principal, room, QStringLiteral("lost")));
        if (names)
            m.core.bus.publish({bus::RoomHeads{{{room.id, 1}}}});
        else
            m.core.bus.publish({bus::NoticesLost{}});
        saysIt(socket, QStringLiteral("lost"));
    }

    /// The store decides: a hint of events that there are not changes nothing.
    void wrongHintsChangeNothing()
    {
        WsFixture m(withRound(never));
        const Person ann = m.newPerson(QStringLiteral("ann"));
        const Room room = m.core.openRoom(ann.principal, m.newRoomName());
        WebSocketClient socket;
        listen(m, socket, ann, QStringLiteral("/ws/v1"), room);
        m.core.bus.publish({bus::RoomHeads{{{room.id, 1'000'000}, {QStringLiteral("no room"), 7}}}});
        for (int i = 0; i < 20; ++i) {
            const QString what = QString::number(i);
            QVERIFY(m.core.send(ann.principal, room, what));
            saysIt(socket, what);
        }
    }

    /// Nothing but a figure: what the check of one quiet room costs.
    void whatARoomCosts()
    {
        CoreFixture m(WsOptions::withoutRates());
        const core::Principal ann = m.newUser(QStringLiteral("ann"));
        QStringList rooms;
        for (qsizetype i = 0; i < core::HeadCheck::mostRooms; ++i) {
            const auto room = answerOf<Room>([&](auto *context, auto done) {
                m.store->createRoom({QString(), QString(), RoomKind::Private, ann.user.id}, context, done);
            });
            QVERIFY(room);
            rooms.append(room->id);
        }
        Room last;
        last.id = rooms.last();
        QVERIFY(m.send(ann, last, QStringLiteral("text")));
        const auto heads = [&] {
            return answerOf<QHash<QString, qint64>>(
                [&](auto *context, auto done) { m.store->heads(rooms, context, done); });
        };
        QVERIFY(heads());
        QElapsedTimer clock;
        clock.start();
        static constexpr int rounds = 20;
        for (int i = 0; i < rounds; ++i) {
            const auto all = heads();
            QVERIFY(all);
            QCOMPARE(all->size(), rooms.size());
            QCOMPARE(all->value(rooms.last()), 1);
            QCOMPARE(all->value(rooms.first()), 0);
        }
        qInfo("%.2f microseconds for each room",
            double(clock.nsecsElapsed()) / 1000 / rounds / double(rooms.size()));
    }
};

QTEST_GUILESS_MAIN(HeadCheckTest)
#include "tst_headcheck.moc"
