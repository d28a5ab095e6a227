// SPDX-License-Identifier: GPL-3.0-or-later
#include "client/models/roomlistmodel.h"

#include <QAbstractItemModelTester>
#include <QRandomGenerator>
#include <QSignalSpy>
#include <QTest>

using namespace rookery;
using namespace rookery::client;

namespace {

enum RoomItemRole { RoomId = Qt::UserRole + 1, Kind, Unread };

Room named(const char *name, RoomKind kind = RoomKind::Public)
{
    return {QStringLiteral("id-") + QString::fromUtf8(name), QString::fromUtf8(name), kind,
        QStringLiteral("e"), 0, Role::Member};
}

Room direct(const char *other)
{
    Room room{QStringLiteral("d-") + QString::fromUtf8(other), {}, RoomKind::Direct, QStringLiteral("e"), 0,
        Role::Member};
    room.peers = {User{QStringLiteral("u-me"), QStringLiteral("me")},
        User{QStringLiteral("u-") + QString::fromUtf8(other), QString::fromUtf8(other)}};
    return room;
}

QStringList titles(const RoomListModel &model)
{
    QStringList titles;
    for (int row = 0; row < model.rowCount(); ++row)
        titles.append(model.index(row).data().toString());
    return titles;
}

QStringList list(std::initializer_list<const char *> texts)
{
    QStringList result;
    for (const char *text : texts)
        result.append(QString::fromUtf8(text));
    return result;
}

} // namespace

class TestRoomListModel : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    /// THREATS 45
    void controlCharactersAreReplaced()
    {
        RoomListModel model({RoomId, Kind, Unread}, QStringLiteral("u-me"));
        model.setRooms({named("a\xc2\x9b"
                              "31m\nb"),
            direct("\xc2\x85"
                   "eve")});
        QCOMPARE(titles(model),
            list({"a\xef\xbf\xbd"
                  "31m b",
                "\xef\xbf\xbd"
                "eve"}));
    }

    void theLobbyThenRoomsThenDirectMessages()
    {
        RoomListModel model({RoomId, Kind, Unread}, QStringLiteral("u-me"));
        QAbstractItemModelTester tester(&model, QAbstractItemModelTester::FailureReportingMode::QtTest);
        model.setRooms({direct("zoe"), named("room10"), named("Room2", RoomKind::Private), direct("Bob"),
            named("lobby")});
        QCOMPARE(titles(model), list({"lobby", "Room2", "room10", "Bob", "zoe"}));
        model.upsert(named("aviary"));
        model.upsert(direct("carl"));
        QCOMPARE(titles(model), list({"lobby", "aviary", "Room2", "room10", "Bob", "carl", "zoe"}));
        model.remove(QStringLiteral("id-room10"));
        model.remove(QStringLiteral("nowhere"));
        QCOMPARE(titles(model), list({"lobby", "aviary", "Room2", "Bob", "carl", "zoe"}));
        // A private room called lobby is not the lobby.
        Room other = named("lobby", RoomKind::Private);
        other.id = QStringLiteral("other");
        model.upsert(other);
        QCOMPARE(titles(model), list({"lobby", "aviary", "lobby", "Room2", "Bob", "carl", "zoe"}));
        QCOMPARE(model.index(2).data(Kind).toInt(), int(RoomKind::Private));
    }

    void directRoomsAreCalledAfterTheOther()
    {
        RoomListModel model({RoomId, Kind, Unread}, QStringLiteral("u-me"));
        QCOMPARE(model.title(direct("bob")), QStringLiteral("bob"));
        Room self = direct("bob");
        self.peers.removeLast();
        QCOMPARE(model.title(self), QStringLiteral("me"));
        self.peers.clear();
        QVERIFY(model.title(self).isEmpty());
    }

    void aRenamedRoomMovesAndKeepsItsCount()
    {
        RoomListModel model({RoomId, Kind, Unread}, QStringLiteral("u-me"));
        QAbstractItemModelTester tester(&model, QAbstractItemModelTester::FailureReportingMode::QtTest);
        model.setRooms({named("a"), named("b"), named("c")});
        model.setUnread(QStringLiteral("id-a"), 7);
        QSignalSpy moved(&model, &QAbstractItemModel::rowsMoved);
        Room renamed = named("a");
        renamed.name = QStringLiteral("d");
        model.upsert(renamed);
        QCOMPARE(titles(model), list({"b", "c", "d"}));
        QCOMPARE(moved.size(), 1);
        QCOMPARE(model.index(2).data(Unread).toInt(), 7);
        // The same again changes nothing that anybody need paint.
        QSignalSpy changed(&model, &QAbstractItemModel::dataChanged);
        model.upsert(renamed);
        model.setUnread(QStringLiteral("id-a"), 7);
        QCOMPARE(changed.size(), 0);
    }

    void randomChangesKeepTheOrder()
    {
        RoomListModel model({RoomId, Kind, Unread}, QStringLiteral("u-me"));
        QAbstractItemModelTester tester(&model, QAbstractItemModelTester::FailureReportingMode::QtTest);
        QRandomGenerator random(7);
        for (int i = 0; i < 400; ++i) {
            Room room = named("x");
            room.id = QString::number(random.bounded(20));
            room.name = QString::number(random.bounded(30));
            if (random.bounded(4) == 0)
                model.remove(room.id);
            else
                model.upsert(room);
            RoomListModel fresh({RoomId, Kind, Unread}, QStringLiteral("u-me"));
            QList<Room> rooms;
            for (int row = 0; row < model.rowCount(); ++row) {
                Room shown = named("x");
                shown.id = model.index(row).data(RoomId).toString();
                shown.name = model.index(row).data().toString();
                rooms.append(shown);
            }
            fresh.setRooms(rooms);
            QCOMPARE(titles(model), titles(fresh));
        }
    }
};

QTEST_GUILESS_MAIN(TestRoomListModel)
#include "tst_roomlistmodel.moc"
