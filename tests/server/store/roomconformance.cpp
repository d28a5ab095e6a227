// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/server/store/conformance.h"

#include "common/pagebounds.h"

namespace storetest {

namespace {

/// Behind every id there is. Ids of one millisecond are in no order, so whatever is to be the last of them is
/// made after awaitNextMillisecond().
const QString idOfLater = QStringLiteral("ffffffff-ffff-7000-8000-000000000000");

void awaitNextMillisecond()
{
    const qint64 now = QDateTime::currentMSecsSinceEpoch();
    QTRY_VERIFY(QDateTime::currentMSecsSinceEpoch() > now);
}

QStringList namesOf(const QList<Room> &rooms)
{
    QStringList names;
    for (const Room &room : rooms)
        names.append(room.name);
    return names;
}

} // namespace

void RoomConformance::creatorIsTheFirstMember()
{
    VALUE_OR_FAIL(ann, store().createUser(newUser(QStringLiteral("Ann"))));
    VALUE_OR_FAIL(room, store().createRoom(newRoom(QStringLiteral("Tea"), RoomKind::Private, ann.id)));
    QVERIFY(isId(room.id));
    QVERIFY(isId(room.epoch));
    QCOMPARE(room.name, QStringLiteral("Tea"));
    QCOMPARE(room.kind, RoomKind::Private);
    QCOMPARE(room.lastSeq, 0);
    QVERIFY(room.isMember());
    QVERIFY(room.peers.isEmpty());
    VALUE_OR_FAIL(members, store().membersOf(room.id));
    QCOMPARE(members, QList<User>{ann});

    VALUE_OR_FAIL(nobodys, store().createRoom(newRoom(QStringLiteral("Lobby"))));
    QVERIFY(!nobodys.isMember());
    QCOMPARE(nobodys.epoch, room.epoch);
    REFUSED(store().createRoom(newRoom(QStringLiteral("x"), RoomKind::Public, newId())), ErrorCode::NotFound);
    REFUSED(store().findRoom({}, QStringLiteral("x")), ErrorCode::NotFound);
}

void RoomConformance::nameIsTakenBySkeleton()
{
    VALUE_OR_FAIL(room, store().createRoom(newRoom(QStringLiteral("Tea"))));
    REFUSED(store().createRoom(newRoom(QStringLiteral("TEA"), RoomKind::Private)), ErrorCode::NameTaken);
    VALUE_OR_FAIL(found, store().findRoom({}, QStringLiteral("tea")));
    QCOMPARE(found, room);
}

void RoomConformance::roomsWithoutANameDoNotCollide()
{
    VALUE_OR_FAIL(first, store().createRoom(NewRoom{{}, {}, RoomKind::Private, {}}));
    VALUE_OR_FAIL(second, store().createRoom(NewRoom{{}, {}, RoomKind::Private, {}}));
    QVERIFY(first.id != second.id);
    REFUSED(store().findRoom({}, {}), ErrorCode::NotFound);
}

void RoomConformance::openMakesARoomOnce()
{
    VALUE_OR_FAIL(ann, store().createUser(newUser(QStringLiteral("Ann"))));
    VALUE_OR_FAIL(bob, store().createUser(newUser(QStringLiteral("Bob"))));
    const NewRoom wish = newRoom(QStringLiteral("Tea"), RoomKind::Public, ann.id);
    VALUE_OR_FAIL(first, store().openRoom(wish, ann.id));
    QVERIFY(first.created);
    QVERIFY(first.room.isMember());
    VALUE_OR_FAIL(second, store().openRoom(newRoom(QStringLiteral("tea"), RoomKind::Public, bob.id), bob.id));
    QVERIFY(!second.created);
    QVERIFY(!second.room.isMember());
    QCOMPARE(second.room.id, first.room.id);
    QCOMPARE(second.room.name, QStringLiteral("Tea"));

    // Asked for many times at once, one of them makes it.
    QObject context;
    QStringList ids;
    int created = 0;
    for (int i = 0; i < 50; ++i) {
        m_store->openRoom(newRoom(QStringLiteral("Coffee")), {}, &context, [&](Result<OpenedRoom> opened) {
            QVERIFY(opened.ok());
            ids.append(opened->room.id);
            created += opened->created ? 1 : 0;
        });
    }
    QTRY_COMPARE(ids.size(), 50);
    QCOMPARE(created, 1);
    QCOMPARE(ids.removeDuplicates(), 49);
}

void RoomConformance::openAnswersTheRoomThereIsWhateverItsKind()
{
    VALUE_OR_FAIL(ann, store().createUser(newUser(QStringLiteral("Ann"))));
    VALUE_OR_FAIL(made, store().createRoom(newRoom(QStringLiteral("Tea"), RoomKind::Private, ann.id)));
    VALUE_OR_FAIL(opened, store().openRoom(newRoom(QStringLiteral("Tea"), RoomKind::Public), ann.id));
    QVERIFY(!opened.created);
    QCOMPARE(opened.room, made);
}

void RoomConformance::roomIsFoundByIdThenByName()
{
    VALUE_OR_FAIL(ann, store().createUser(newUser(QStringLiteral("Ann"))));
    VALUE_OR_FAIL(tea, store().createRoom(newRoom(QStringLiteral("Tea"), RoomKind::Public, ann.id)));
    VALUE_OR_FAIL(coffee, store().createRoom(newRoom(QStringLiteral("Coffee"))));
    VALUE_OR_FAIL(byId, store().findRoom(tea.id, QStringLiteral("coffee"), ann.id));
    QCOMPARE(byId, tea);
    VALUE_OR_FAIL(byName, store().findRoom(newId(), QStringLiteral("coffee"), ann.id));
    QCOMPARE(byName, coffee);
    VALUE_OR_FAIL(byNobody, store().findRoom(tea.id, {}));
    QVERIFY(!byNobody.isMember());
    REFUSED(store().findRoom(newId(), QStringLiteral("cocoa")), ErrorCode::NotFound);
}

void RoomConformance::directRoomIsOneInEitherOrder()
{
    VALUE_OR_FAIL(ann, store().createUser(newUser(QStringLiteral("Ann"))));
    VALUE_OR_FAIL(bob, store().createUser(newUser(QStringLiteral("Bob"))));
    VALUE_OR_FAIL(first, store().openDirectRoom(bob, ann));
    QVERIFY(first.created);
    VALUE_OR_FAIL(second, store().openDirectRoom(ann, bob));
    QVERIFY(!second.created);
    QCOMPARE(second.room, first.room);
    QCOMPARE(first.room.kind, RoomKind::Direct);
    QVERIFY(first.room.name.isEmpty());
    QVERIFY(first.room.isMember());
    QCOMPARE(first.room.peers.size(), 2);
    QVERIFY(first.room.peers.contains(ann));
    QVERIFY(first.room.peers.contains(bob));
    VALUE_OR_FAIL(members, store().membersOf(first.room.id));
    QCOMPARE(members, (QList<User>{ann, bob}));
}

void RoomConformance::directRoomsOpenedAtOnceAreOne()
{
    VALUE_OR_FAIL(ann, store().createUser(newUser(QStringLiteral("Ann"))));
    VALUE_OR_FAIL(bob, store().createUser(newUser(QStringLiteral("Bob"))));
    QObject context;
    QStringList ids;
    int created = 0;
    for (int i = 0; i < 20; ++i) {
        m_store->openDirectRoom(
            i % 2 ? ann : bob, i % 2 ? bob : ann, &context, [&](Result<OpenedRoom> opened) {
                QVERIFY(opened.ok());
                ids.append(opened->room.id);
                created += opened->created ? 1 : 0;
            });
    }
    QTRY_COMPARE(ids.size(), 20);
    QCOMPARE(created, 1);
    QCOMPARE(ids.removeDuplicates(), 19);
}

void RoomConformance::directRoomWithOneself()
{
    VALUE_OR_FAIL(ann, store().createUser(newUser(QStringLiteral("Ann"))));
    VALUE_OR_FAIL(first, store().openDirectRoom(ann, ann));
    VALUE_OR_FAIL(second, store().openDirectRoom(ann, ann));
    QCOMPARE(second.room, first.room);
    QCOMPARE(first.room.peers, QList<User>{ann});
    VALUE_OR_FAIL(members, store().membersOf(first.room.id));
    QCOMPARE(members, QList<User>{ann});
}

void RoomConformance::directRoomWithNobodyIsRefused()
{
    VALUE_OR_FAIL(ann, store().createUser(newUser(QStringLiteral("Ann"))));
    const User nobody{newId(), QStringLiteral("Nobody"), false};
    REFUSED(store().openDirectRoom(ann, nobody), ErrorCode::NotFound);
    REFUSED(store().openDirectRoom(nobody, ann), ErrorCode::NotFound);
    VALUE_OR_FAIL(rooms, store().roomsOf(ann.id));
    QVERIFY(rooms.isEmpty());
}

void RoomConformance::roomsOfAUser()
{
    VALUE_OR_FAIL(ann, store().createUser(newUser(QStringLiteral("Ann"))));
    VALUE_OR_FAIL(bob, store().createUser(newUser(QStringLiteral("Bob"))));
    VALUE_OR_FAIL(tea, store().createRoom(newRoom(QStringLiteral("Tea"), RoomKind::Public, ann.id)));
    VALUE_OR_FAIL(den, store().createRoom(newRoom(QStringLiteral("Den"), RoomKind::Private, ann.id)));
    VALUE_OR_FAIL(bobs, store().createRoom(newRoom(QStringLiteral("Bobs"), RoomKind::Private, bob.id)));
    VALUE_OR_FAIL(direct, store().openDirectRoom(bob, ann));

    VALUE_OR_FAIL(rooms, store().roomsOf(ann.id));
    QCOMPARE(rooms.size(), 3);
    for (const Room &expected : {tea, den, direct.room})
        QVERIFY2(rooms.contains(expected), qPrintable(expected.name));
    VALUE_OR_FAIL(nobodys, store().roomsOf(newId()));
    QVERIFY(nobodys.isEmpty());
}

/// THREATS 35.
void RoomConformance::roomsOfAUserArePaged()
{
    VALUE_OR_FAIL(ann, store().createUser(newUser(QStringLiteral("Ann"))));
    VALUE_OR_FAIL(bob, store().createUser(newUser(QStringLiteral("Bob"))));
    VALUE_OR_FAIL(cid, store().createUser(newUser(QStringLiteral("Cid"))));
    QStringList expected;
    for (int i = 0; i < 12; ++i) {
        VALUE_OR_FAIL(room,
            store().createRoom(newRoom(
                QStringLiteral("room-%1").arg(i * 5 % 12), RoomKind::Private, i % 4 == 3 ? bob.id : ann.id)));
        if (room.isMember() && i % 4 != 3)
            expected.append(room.id);
    }
    // Rooms without a name, whose order must be total all the same.
    VALUE_OR_FAIL(direct, store().openDirectRoom(ann, bob));
    awaitNextMillisecond();
    VALUE_OR_FAIL(other, store().openDirectRoom(ann, cid));
    expected += {direct.room.id, other.room.id};

    QStringList found;
    QString after;
    do {
        VALUE_OR_FAIL(page, store().roomsPage({ann.id, after, 3}));
        QVERIFY(page.rooms.size() == 3 || page.next.isEmpty());
        for (const Room &room : page.rooms) {
            found.append(room.id);
            QVERIFY(room.isMember());
        }
        after = page.next;
    } while (!after.isEmpty() && found.size() < 100);
    QCOMPARE(found, expected);
    VALUE_OR_FAIL(exact, store().roomsPage({ann.id, {}, 11}));
    QCOMPARE(exact.rooms.size(), 11);
    QVERIFY(exact.next.isEmpty());

    // What is asked for besides comes first, if it is the user's.
    VALUE_OR_FAIL(bobs, store().roomsOf(bob.id));
    VALUE_OR_FAIL(
        with, store().roomsPage({ann.id, {}, 2, {other.room.id, newId(), expected[0], bobs[0].id}}));
    QStringList ids;
    for (const Room &room : with.rooms)
        ids.append(room.id);
    QCOMPARE(ids, QStringList({other.room.id, expected[0], expected[1]}));
    QCOMPARE(with.next, expected[1]);
    REFUSED(store().roomsPage({ann.id, QStringLiteral("tea"), 3}), ErrorCode::InvalidField);
    // Whether there is such a room is not said.
    VALUE_OR_FAIL(behind, store().roomsPage({ann.id, idOfLater, 3}));
    QVERIFY(behind.rooms.isEmpty() && behind.next.isEmpty());

    // A room that is left or comes between two pages moves no other.
    VALUE_OR_FAIL(before, store().roomsPage({ann.id, {}, 4}));
    QVERIFY(store().setMember(before.rooms[1].id, ann.id, false).ok());
    QVERIFY(store().setMember(before.rooms[3].id, ann.id, false).ok());
    VALUE_OR_FAIL(added, store().createRoom(newRoom(QStringLiteral("A-first"), RoomKind::Private, ann.id)));
    VALUE_OR_FAIL(rest, store().roomsPage({ann.id, before.next, 100}));
    ids.clear();
    for (const Room &room : rest.rooms)
        ids.append(room.id);
    QCOMPARE(ids, expected.mid(4) + QStringList{added.id});

    VALUE_OR_FAIL(foundDirect, store().findDirectRoom(bob, ann));
    QCOMPARE(foundDirect.id, direct.room.id);
    QVERIFY(foundDirect.isMember());
    REFUSED(store().findDirectRoom(bob, cid), ErrorCode::NotFound);
}

/// THREATS 35.
void RoomConformance::membersArePagedAndCounted()
{
    VALUE_OR_FAIL(ann, store().createUser(newUser(QStringLiteral("Zann"))));
    VALUE_OR_FAIL(room, store().createRoom(newRoom(QStringLiteral("Tea"), RoomKind::Public, ann.id)));
    QList<User> expected{ann};
    for (int i = 0; i < 7; ++i) {
        awaitNextMillisecond();
        NewUser one = newUser(QStringLiteral("User%1").arg(9 - i));
        if (i % 2 == 0)
            one.firstRoom = room.id;
        VALUE_OR_FAIL(user, store().createUser(one));
        if (i % 2 == 1) {
            VALUE_OR_FAIL(joined, store().setMember(room.id, user.id, true));
            VALUE_OR_FAIL(again, store().setMember(room.id, user.id, true));
            QVERIFY(joined.changed && !again.changed);
        }
        expected.append(user);
    }
    QList<User> found;
    QString after;
    do {
        VALUE_OR_FAIL(page, store().membersPage({room.id, after, 3}));
        QCOMPARE(page.count, 8);
        found += page.users;
        after = page.next;
    } while (!after.isEmpty() && found.size() < 100);
    QCOMPARE(found, expected);

    // Who leaves between two pages is missing, and nobody else.
    VALUE_OR_FAIL(first, store().membersPage({room.id, {}, 4}));
    QVERIFY(store().setMember(room.id, expected[3].id, false).ok());
    QVERIFY(store().setMember(room.id, expected[3].id, false).ok());
    VALUE_OR_FAIL(second, store().membersPage({room.id, first.next, 4}));
    QCOMPARE(second.users, expected.mid(4));
    QVERIFY(second.next.isEmpty());
    QCOMPARE(second.count, 7);
    VALUE_OR_FAIL(counted, store().membersPage({room.id, {}, 0}));
    QCOMPARE(counted.count, 7);
    QVERIFY(counted.users.isEmpty());
    REFUSED(store().membersPage({room.id, QStringLiteral("Ann"), 3}), ErrorCode::InvalidField);
    VALUE_OR_FAIL(behind, store().membersPage({room.id, idOfLater, 3}));
    QVERIFY(behind.users.isEmpty() && behind.next.isEmpty());
}

void RoomConformance::firstMembersOfManyRooms()
{
    VALUE_OR_FAIL(ann, store().createUser(newUser(QStringLiteral("Ann"))));
    VALUE_OR_FAIL(tea, store().createRoom(newRoom(QStringLiteral("Tea"), RoomKind::Public, ann.id)));
    VALUE_OR_FAIL(den, store().createRoom(newRoom(QStringLiteral("Den"), RoomKind::Private, ann.id)));
    VALUE_OR_FAIL(empty, store().createRoom(newRoom(QStringLiteral("Coffee"))));
    for (int i = 0; i < 5; ++i) {
        VALUE_OR_FAIL(user, store().createUser(newUser(QStringLiteral("User%1").arg(i))));
        QVERIFY(store().setMember(tea.id, user.id, true).ok());
    }
    const QStringList asked{den.id, tea.id, newId(), empty.id, QStringLiteral("no id")};
    for (const int limit : {2, 6, 100}) {
        using Pages = QHash<QString, MembersPage>;
        VALUE_OR_FAIL(pages, await<Pages>([&](auto *context, auto done) {
            m_store->firstMembersOf(asked, limit, context, done);
        }));
        QCOMPARE(pages.size(), 3);
        for (const QString &id : {tea.id, den.id, empty.id}) {
            VALUE_OR_FAIL(expected, store().membersPage({id, {}, limit}));
            QVERIFY(pages.contains(id));
            QCOMPARE(pages[id].users, expected.users);
            QCOMPARE(pages[id].roles, expected.roles);
            QCOMPARE(pages[id].next, expected.next);
            QCOMPARE(pages[id].count, expected.count);
        }
    }
}

void RoomConformance::membership()
{
    VALUE_OR_FAIL(ann, store().createUser(newUser(QStringLiteral("Ann"))));
    VALUE_OR_FAIL(bob, store().createUser(newUser(QStringLiteral("Bob"))));
    VALUE_OR_FAIL(room, store().createRoom(newRoom(QStringLiteral("Tea"), RoomKind::Public, ann.id)));

    VALUE_OR_FAIL(joined, store().setMember(room.id, bob.id, true));
    QVERIFY(joined.changed);
    QVERIFY(joined.room.isMember());
    QCOMPARE(joined.room.id, room.id);
    QCOMPARE(joined.user, bob);
    VALUE_OR_FAIL(again, store().setMember(room.id, bob.id, true));
    QVERIFY(!again.changed);
    QVERIFY(again.room.isMember());
    VALUE_OR_FAIL(both, store().membersOf(room.id));
    QCOMPARE(both, (QList<User>{ann, bob}));

    VALUE_OR_FAIL(left, store().setMember(room.id, bob.id, false));
    QVERIFY(left.changed);
    QVERIFY(!left.room.isMember());
    VALUE_OR_FAIL(leftAgain, store().setMember(room.id, bob.id, false));
    QVERIFY(!leftAgain.changed);
    VALUE_OR_FAIL(one, store().membersOf(room.id));
    QCOMPARE(one, QList<User>{ann});

    // Who may leave a direct room is the caller's business; its peers stay who they are.
    VALUE_OR_FAIL(direct, store().openDirectRoom(ann, bob));
    VALUE_OR_FAIL(gone, store().setMember(direct.room.id, ann.id, false));
    QVERIFY(gone.changed);
    QVERIFY(!gone.room.isMember());
    QCOMPARE(gone.room.peers.size(), 2);
}

void RoomConformance::membershipOfNobody()
{
    VALUE_OR_FAIL(ann, store().createUser(newUser(QStringLiteral("Ann"))));
    VALUE_OR_FAIL(room, store().createRoom(newRoom(QStringLiteral("Tea"))));
    REFUSED(store().setMember(newId(), ann.id, true), ErrorCode::NotFound);
    REFUSED(store().setMember(room.id, newId(), true), ErrorCode::NotFound);
    VALUE_OR_FAIL(members, store().membersOf(newId()));
    QVERIFY(members.isEmpty());
}

void RoomConformance::directoryIsPaged()
{
    VALUE_OR_FAIL(ann, store().createUser(newUser(QStringLiteral("Ann"))));
    VALUE_OR_FAIL(secret, store().createRoom(newRoom(QStringLiteral("room-00"), RoomKind::Private, ann.id)));
    QStringList expected;
    for (int i = 1; i <= 25; ++i) {
        // Made in no order.
        const QString name = QStringLiteral("room-%1").arg((i * 7) % 25 + 1, 2, 10, QLatin1Char('0'));
        VALUE_OR_FAIL(room, store().createRoom(newRoom(name, RoomKind::Public, i % 2 ? ann.id : QString())));
        expected.append(name);
    }
    expected.sort();

    QStringList found;
    QString after;
    int pages = 0;
    do {
        VALUE_OR_FAIL(part, store().publicRooms({}, after, 10, ann.id));
        QVERIFY(part.rooms.size() <= 10);
        found += namesOf(part.rooms);
        after = part.next;
        ++pages;
        QVERIFY(pages < 10);
    } while (!after.isEmpty());
    QCOMPARE(found, expected);
    QCOMPARE(pages, 3);

    VALUE_OR_FAIL(whole, store().publicRooms({}, {}, 25, ann.id));
    QCOMPARE(whole.rooms.size(), 25);
    QVERIFY(whole.next.isEmpty());
    int member = 0;
    for (const Room &room : whole.rooms)
        member += room.isMember() ? 1 : 0;
    QCOMPARE(member, 13);
}

/// Nor does the place where a page ends show the name of such a room.
void RoomConformance::directoryHidesRoomsFromTheBanned()
{
    VALUE_OR_FAIL(ann, store().createUser(newUser(QStringLiteral("Ann"))));
    VALUE_OR_FAIL(bob, store().createUser(newUser(QStringLiteral("Bob"))));
    for (int i = 0; i < 6; ++i) {
        VALUE_OR_FAIL(
            room, store().createRoom(newRoom(QStringLiteral("room-%1").arg(i), RoomKind::Public, ann.id)));
        if (i % 2 == 0)
            QVERIFY(store().setRole({room.id, ann, bob.id, Role::Banned, {}}).ok());
    }
    const auto walk = [this](const QString &query, const User &viewer, bool banned) {
        QStringList seen;
        QString after;
        do {
            const auto page = store().publicRooms(query, after, 1, viewer.id, banned);
            if (!page)
                return QStringList();
            seen += namesOf(page->rooms);
            after = page->next;
            if (!after.isEmpty())
                seen.append(u'>' + after);
        } while (!after.isEmpty() && seen.size() < 30);
        return seen;
    };
    QCOMPARE(walk({}, bob, false),
        (QStringList{QStringLiteral("room-1"), QStringLiteral(">room-1"), QStringLiteral("room-3"),
            QStringLiteral(">room-3"), QStringLiteral("room-5")}));
    QVERIFY(walk(QStringLiteral("room-2"), bob, false).filter(QStringLiteral("room-2")).isEmpty());
    QCOMPARE(walk({}, ann, false).size(), 11);
    QCOMPARE(walk({}, bob, true), walk({}, ann, false));
    VALUE_OR_FAIL(shown, store().publicRooms(QStringLiteral("room-2"), {}, 10, bob.id, true));
    QCOMPARE(shown.rooms.size(), 1);
    QCOMPARE(shown.rooms[0].role, Role::Banned);
    QVERIFY(store().setRole({shown.rooms[0].id, ann, bob.id, Role::None, {}}).ok());
    QVERIFY(walk({}, bob, false).contains(QStringLiteral("room-2")));
}

void RoomConformance::abandonedPrivateRoomsGiveUpTheirNames_data()
{
    QTest::addColumn<bool>("byRole");
    QTest::newRow("left") << false;
    QTest::newRow("none") << true;
}

/// Nobody can come back to a private room that its last member has left, so it keeps no name from others.
void RoomConformance::abandonedPrivateRoomsGiveUpTheirNames()
{
    QFETCH(const bool, byRole);
    VALUE_OR_FAIL(ann, store().createUser(newUser(QStringLiteral("Ann"))));
    VALUE_OR_FAIL(bob, store().createUser(newUser(QStringLiteral("Bob"))));
    VALUE_OR_FAIL(cid, store().createUser(newUser(QStringLiteral("Cid"))));
    const auto leave = [&](const Room &room, const User &user) {
        return byRole ? store().setRole({room.id, user, user.id, Role::None, {}})
                      : store().setMember(room.id, user.id, false);
    };
    const auto named = [](const char *name, RoomKind kind, const User &creator) {
        NewRoom room = newRoom(QLatin1String(name), kind, creator.id);
        room.lookalike = QLatin1String(name).toString().replace(u'l', u'1');
        return room;
    };
    VALUE_OR_FAIL(room, store().createRoom(named("pool", RoomKind::Private, ann)));
    QVERIFY(store().append(newMessage(room, ann, QStringLiteral("deep"))).ok());
    QVERIFY(store()
                .changeRoom({room.id, ann, newId(),
                    RoomChange::Name{QStringLiteral("lake"), QStringLiteral("lake"), QStringLiteral("1ake")},
                    {}, {}})
                .ok());
    QVERIFY(store().invite(room, ann, bob).ok());
    QVERIFY(store().joinRoom(room.id, bob.id).ok());
    QVERIFY(store().invite(room, bob, cid).ok());

    // As long as somebody can enter, the names are kept.
    QVERIFY(leave(room, ann).ok());
    for (const char *name : {"pool", "lake"})
        REFUSED(store().createRoom(named(name, RoomKind::Public, ann)), ErrorCode::NameTaken);
    VALUE_OR_FAIL(last, leave(room, bob));
    QCOMPARE(last.room.name, QStringLiteral("lake"));
    QCOMPARE(last.ended.size(), 1);
    REFUSED(store().joinRoom(room.id, cid.id), ErrorCode::NotFound);

    for (const char *name : {"lake", "pool"}) {
        REFUSED(store().findRoom({}, QLatin1String(name), ann.id), ErrorCode::NotFound);
        VALUE_OR_FAIL(next, store().createRoom(named(name, RoomKind::Public, cid)));
        QVERIFY(next.id != room.id);
    }
    VALUE_OR_FAIL(page, store().page({room.id, {}, 0, 10}));
    QCOMPARE(page.events[0].text(), QStringLiteral("deep"));

    // Whoever wants to can join a public room, so it keeps its name.
    VALUE_OR_FAIL(open, store().createRoom(named("hall", RoomKind::Public, ann)));
    QVERIFY(leave(open, ann).ok());
    REFUSED(store().createRoom(named("hall", RoomKind::Public, bob)), ErrorCode::NameTaken);
    REFUSED(store().createRoom(named("hal1", RoomKind::Public, bob)), ErrorCode::NameTaken);
}

void RoomConformance::directorySearch_data()
{
    QTest::addColumn<QString>("query");
    QTest::addColumn<QStringList>("expected");
    QTest::newRow("everything") << QString()
                                << QStringList{QStringLiteral("100%"), QStringLiteral("a_b"),
                                       QStringLiteral("axb"), QStringLiteral("Tea-Room"),
                                       QString::fromUtf8("\xd0\x9a\xd0\x9e\xd0\xa8\xd0\x9a\xd0\x98")};
    QTest::newRow("inside, other case") << QStringLiteral("A-rOO") << QStringList{QStringLiteral("Tea-Room")};
    QTest::newRow("percent is a percent") << QStringLiteral("%") << QStringList{QStringLiteral("100%")};
    QTest::newRow("underscore is one") << QStringLiteral("a_b") << QStringList{QStringLiteral("a_b")};
    QTest::newRow("case of another script")
        << QString::fromUtf8("\xd0\xba\xd0\xbe\xd1\x88")
        << QStringList{QString::fromUtf8("\xd0\x9a\xd0\x9e\xd0\xa8\xd0\x9a\xd0\x98")};
    QTest::newRow("quote") << QStringLiteral("'") << QStringList();
    for (const QString &text : unstorable())
        QTest::addRow("unstorable, %d characters", int(text.size())) << text << QStringList();
}

void RoomConformance::directorySearch()
{
    QFETCH(QString, query);
    QFETCH(QStringList, expected);
    for (const QString &name : {QStringLiteral("Tea-Room"), QStringLiteral("100%"), QStringLiteral("a_b"),
             QStringLiteral("axb"), QString::fromUtf8("\xd0\x9a\xd0\x9e\xd0\xa8\xd0\x9a\xd0\x98")})
        QVERIFY(store().createRoom(newRoom(name)).ok());
    VALUE_OR_FAIL(found, store().publicRooms(query, {}, 50));
    QCOMPARE(namesOf(found.rooms), expected);
    QVERIFY(found.next.isEmpty());
}

/// THREATS 36: one search looks at so many names and no more, and going on finds what there is.
void RoomConformance::directorySearchLooksAtSoManyNames()
{
    QObject context;
    int made = 0;
    const int count = pages::directoryRows + 500;
    for (int i = 0; i < count; ++i)
        m_store->createRoom(newRoom(QStringLiteral("room-%1").arg(i, 5, 10, QLatin1Char('0'))), &context,
            [&made](const Result<Room> &room) { made += room.ok(); });
    QTRY_COMPARE_WITH_TIMEOUT(made, count, 60'000);
    const QString last = QStringLiteral("%1").arg(count - 1, 5, 10, QLatin1Char('0'));
    VALUE_OR_FAIL(first, store().publicRooms(last, {}, 50));
    QVERIFY(first.rooms.isEmpty());
    QVERIFY(!first.next.isEmpty());
    VALUE_OR_FAIL(second, store().publicRooms(last, first.next, 50));
    QCOMPARE(namesOf(second.rooms), QStringList{QStringLiteral("room-") + last});
    QVERIFY(second.next.isEmpty());
    VALUE_OR_FAIL(nothing, store().publicRooms(QStringLiteral("nowhere"), first.next, 50));
    QVERIFY(nothing.rooms.isEmpty());
    QVERIFY(nothing.next.isEmpty());
}

void RoomConformance::roomsOutliveARestart()
{
    VALUE_OR_FAIL(ann, store().createUser(newUser(QStringLiteral("Ann"))));
    VALUE_OR_FAIL(bob, store().createUser(newUser(QStringLiteral("Bob"))));
    VALUE_OR_FAIL(tea, store().createRoom(newRoom(QStringLiteral("Tea"), RoomKind::Public, ann.id)));
    VALUE_OR_FAIL(direct, store().openDirectRoom(ann, bob));
    reopen();
    VALUE_OR_FAIL(found, store().findRoom(tea.id, {}, ann.id));
    QCOMPARE(found, tea); // its epoch, too: the history is the same
    VALUE_OR_FAIL(reopened, store().openDirectRoom(ann, bob));
    QVERIFY(!reopened.created);
    QCOMPARE(reopened.room, direct.room);
}

} // namespace storetest
