// SPDX-License-Identifier: GPL-3.0-or-later
// THREATS 34: an invitation is no membership, there are only so many, and one can refuse an inviter.

#include "tests/server/store/storefixture.h"
#include "tests/server/store/storetest.h"

#include <QCoreApplication>

using namespace storetest;

class TestInvitations : public QObject
{
    Q_OBJECT
public:
    explicit TestInvitations(StoreFixture *fixture)
        : m_fixture(fixture)
    { }

private Q_SLOTS:
    void init();
    void cleanup() { m_store.reset(); }

    void acceptedByJoining();
    void nobodyElseComesIn();
    void oneForARoomAndAUser();
    void declined();
    void withdrawnByWhoInvited();
    void withdrawnByWhoMay();
    void whoLeavesInvitesNobody();
    void boundsAreKept_data();
    void boundsAreKept();
    void aFullListMakesRoom();
    void pages();
    void refusingAnInviter();
    void directMessagesOfWhoIsBlocked();
    void roomsOfOneUserAreBounded();
    void namesThatLookAlike();
    void olderRoomsAreComparedToo();

private:
    void open(const QString &rules = QStringLiteral("1"));
    Waiting store() { return Waiting(m_store.get()); }
    User user(const char *name);
    Room room(const char *name, const User &creator, RoomKind kind = RoomKind::Private);
    bool isMember(const Room &room, const User &user);

    StoreFixture *m_fixture;
    std::unique_ptr<Store> m_store;
    User m_ann;
    User m_bob;
    User m_cid;
    Room m_den; ///< Ann's
};

void TestInvitations::open(const QString &rules)
{
    StoreOptions options;
    options.names = {rules, [](const QString &name) { return name.toCaseFolded(); },
        [](const QString &name) { return QStringLiteral("like ") + name.left(1); }};
    m_store = m_fixture->open(options);
    QVERIFY(m_store);
}

void TestInvitations::init()
{
    m_fixture->wipe();
    open();
    m_ann = user("ann");
    m_bob = user("bob");
    m_cid = user("cid");
    m_den = room("den", m_ann);
}

User TestInvitations::user(const char *name)
{
    const auto made = store().createUser(newUser(QString::fromLatin1(name)));
    return made ? *made : User();
}

Room TestInvitations::room(const char *name, const User &creator, RoomKind kind)
{
    const QString text = QString::fromLatin1(name);
    const auto made = store().createRoom(newRoom(text, kind, creator.id));
    return made ? *made : Room();
}

bool TestInvitations::isMember(const Room &room, const User &user)
{
    const auto members = store().membersOf(room.id);
    return members && members->contains(user);
}

void TestInvitations::acceptedByJoining()
{
    VALUE_OR_FAIL(invited, store().invite(m_den, m_ann, m_bob));
    QVERIFY(invited.created);
    QVERIFY(!invited.member);
    QCOMPARE(invited.open.invited, m_bob);
    const Invitation &invitation = invited.open.invitation;
    QCOMPARE(invitation.roomId, m_den.id);
    QCOMPARE(invitation.roomName, m_den.name);
    QCOMPARE(invitation.inviter, m_ann);
    QVERIFY(!isMember(m_den, m_bob));
    VALUE_OR_FAIL(byName, store().findInvitation({}, QStringLiteral("den"), m_bob));
    QCOMPARE(byName, invitation);
    VALUE_OR_FAIL(rooms, store().roomsOf(m_bob.id));
    QVERIFY(rooms.isEmpty());

    VALUE_OR_FAIL(joined, store().joinRoom(m_den.id, m_bob.id));
    QVERIFY(joined.changed);
    QCOMPARE(joined.ended.size(), 1);
    QCOMPARE(joined.ended[0].invitation, invitation);
    QVERIFY(isMember(m_den, m_bob));
    REFUSED(store().findInvitation(m_den.id, {}, m_bob), ErrorCode::NotFound);
    VALUE_OR_FAIL(again, store().invite(m_den, m_ann, m_bob));
    QVERIFY(again.member);
    QVERIFY(!again.created);
}

void TestInvitations::nobodyElseComesIn()
{
    VALUE_OR_FAIL(invited, store().invite(m_den, m_ann, m_bob));
    REFUSED(store().joinRoom(m_den.id, m_cid.id), ErrorCode::NotFound);
    REFUSED(store().joinRoom(newId(), m_bob.id), ErrorCode::NotFound);
    REFUSED(store().joinRoom(m_den.id, newId()), ErrorCode::NotFound);
    REFUSED(store().invite(m_den, m_bob, m_cid), ErrorCode::NotFound); // invited is not a member
    REFUSED(store().invite(m_den, m_ann, User{newId(), {}, false}), ErrorCode::NotFound);
    const Room hall = room("hall", m_ann, RoomKind::Public);
    VALUE_OR_FAIL(joined, store().joinRoom(hall.id, m_cid.id));
    QVERIFY(joined.changed);
}

void TestInvitations::oneForARoomAndAUser()
{
    VALUE_OR_FAIL(first, store().invite(m_den, m_ann, m_bob));
    VALUE_OR_FAIL(in, store().setMember(m_den.id, m_cid.id, true));
    VALUE_OR_FAIL(second, store().invite(m_den, m_cid, m_bob));
    QVERIFY(first.created);
    QVERIFY(!second.created);
    QCOMPARE(second.open.invitation, first.open.invitation);
}

void TestInvitations::declined()
{
    VALUE_OR_FAIL(invited, store().invite(m_den, m_ann, m_bob));
    VALUE_OR_FAIL(ended, store().declineInvitation(m_den.id, m_bob, false));
    QCOMPARE(ended.size(), 1);
    QCOMPARE(ended[0].invitation, invited.open.invitation);
    REFUSED(store().declineInvitation(m_den.id, m_bob, false), ErrorCode::NotFound);
    REFUSED(store().joinRoom(m_den.id, m_bob.id), ErrorCode::NotFound);
    VALUE_OR_FAIL(again, store().invite(m_den, m_ann, m_bob)); // not refused for good
    QVERIFY(again.created);
}

void TestInvitations::withdrawnByWhoInvited()
{
    VALUE_OR_FAIL(in, store().setMember(m_den.id, m_cid.id, true));
    VALUE_OR_FAIL(invited, store().invite(m_den, m_ann, m_bob));
    REFUSED(store().withdrawInvitation(m_den, m_bob, m_cid), ErrorCode::NotFound);
    VALUE_OR_FAIL(ended, store().withdrawInvitation(m_den, m_bob, m_ann));
    QCOMPARE(ended.invited, m_bob);
    REFUSED(store().withdrawInvitation(m_den, m_bob, m_ann), ErrorCode::NotFound);
    REFUSED(store().joinRoom(m_den.id, m_bob.id), ErrorCode::NotFound);
}

void TestInvitations::withdrawnByWhoMay()
{
    VALUE_OR_FAIL(in, store().setMember(m_den.id, m_cid.id, true));
    VALUE_OR_FAIL(invited, store().invite(m_den, m_cid, m_bob));
    QList<std::pair<RoomKind, Role>> asked;
    const auto owners = [&asked](RoomKind kind, Role role) {
        asked.append({kind, role});
        return role == Role::Owner ? std::nullopt
                                   : std::optional(Error{ErrorCode::Forbidden, QStringLiteral("no")});
    };
    REFUSED(store().withdrawInvitation(m_den, m_bob, m_bob, owners), ErrorCode::NotFound);
    VALUE_OR_FAIL(ended, store().withdrawInvitation(m_den, m_bob, m_ann, owners));
    QCOMPARE(ended.invitation, invited.open.invitation);
    REFUSED(store().withdrawInvitation(m_den, m_bob, m_ann, owners), ErrorCode::NotFound);
    // Of one's own nobody is asked.
    VALUE_OR_FAIL(again, store().invite(m_den, m_cid, m_bob));
    VALUE_OR_FAIL(own, store().withdrawInvitation(m_den, m_bob, m_cid, owners));
    QCOMPARE(asked, (QList<std::pair<RoomKind, Role>>{{m_den.kind, Role::None}, {m_den.kind, Role::Owner}}));
}

void TestInvitations::whoLeavesInvitesNobody()
{
    VALUE_OR_FAIL(invited, store().invite(m_den, m_ann, m_bob));
    VALUE_OR_FAIL(left, store().setMember(m_den.id, m_ann.id, false));
    QCOMPARE(left.ended.size(), 1);
    QCOMPARE(left.ended[0].invited, m_bob);
    REFUSED(store().joinRoom(m_den.id, m_bob.id), ErrorCode::NotFound);
}

void TestInvitations::boundsAreKept_data()
{
    QTest::addColumn<int>("ofInviter");
    QTest::addColumn<int>("ofPair");
    QTest::newRow("inviter") << 1 << 0;
    QTest::newRow("pair") << 0 << 1;
}

void TestInvitations::boundsAreKept()
{
    QFETCH(int, ofInviter);
    QFETCH(int, ofPair);
    const InvitationBounds bounds{ofInviter, ofPair, 0};
    const Room attic = room("attic", m_ann);
    const Room cellar = room("cellar", m_cid);
    VALUE_OR_FAIL(first, store().invite(m_den, m_ann, m_bob, bounds));
    const auto second = store().invite(attic, m_ann, m_bob, bounds);
    REFUSED(second, ErrorCode::RateLimited);
    QVERIFY(second.error().retryAfter.count() > 0);
    // Only who is past the bound is refused.
    QCOMPARE(store().invite(attic, m_ann, m_cid, bounds).ok(), !ofInviter);
    QVERIFY(store().invite(cellar, m_cid, m_bob, bounds).ok());
    // What is answered gives the place back.
    VALUE_OR_FAIL(ended, store().declineInvitation(m_den.id, m_bob, false));
    if (!ofInviter)
        QVERIFY(store().invite(attic, m_ann, m_bob, bounds).ok());
}

/// Two hundred from one network kept every friend's out.
void TestInvitations::aFullListMakesRoom()
{
    const InvitationBounds bounds{0, 0, 4};
    const QString networkOfMany = QStringLiteral("192.0.2.1");
    const QString other = QStringLiteral("192.0.2.2");
    const auto invited = [&](const char *name, const User &inviter, const QString &network) {
        const auto made = store().invite(room(name, inviter), inviter, m_bob, bounds, network);
        return made && made->ended.size() == 1 ? made->ended[0].invitation.roomName
            : made && made->ended.isEmpty()    ? QString()
                                               : QStringLiteral("refused");
    };
    const User dan = user("dan");
    // The oldest of all is of somebody who has sent one only.
    QCOMPARE(invited("friend", m_cid, other), QString());
    QCOMPARE(invited("many-1", m_ann, networkOfMany), QString());
    QCOMPARE(invited("many-2", dan, networkOfMany), QString());
    QCOMPARE(invited("many-3", dan, networkOfMany), QString());
    // The network with the most, the new one included; the inviter with the most in it; the oldest.
    QCOMPARE(invited("many-4", m_ann, networkOfMany), QStringLiteral("many-1"));
    QCOMPARE(invited("late-friend", user("eve"), other), QStringLiteral("many-2"));
    QCOMPARE(invited("many-5", dan, networkOfMany), QStringLiteral("many-3"));
    // Where none has more than others, the oldest; where no network is known, as of before, by the inviter.
    QCOMPARE(invited("unknown-1", m_ann, {}), QStringLiteral("friend"));
    QCOMPARE(invited("unknown-2", m_ann, {}), QStringLiteral("unknown-1"));
    VALUE_OR_FAIL(page, store().invitationsOf(m_bob));
    QCOMPARE(page.invitations.size(), 4);
    REFUSED(store().findInvitation({}, QStringLiteral("unknown-1"), m_bob), ErrorCode::NotFound);
    REFUSED(store().joinRoom(m_den.id, m_bob.id), ErrorCode::NotFound);
}

void TestInvitations::pages()
{
    QStringList newestFirst;
    for (const char *name : {"r1", "r2", "r3", "r4", "r5"}) {
        VALUE_OR_FAIL(invited, store().invite(room(name, m_ann), m_ann, m_bob));
        newestFirst.prepend(invited.open.invitation.roomName);
    }
    QStringList read;
    std::optional<qint64> before;
    int pages = 0;
    do {
        VALUE_OR_FAIL(page, store().invitationsOf(m_bob, before, 2));
        QVERIFY(page.invitations.size() <= 2);
        for (const Invitation &invitation : page.invitations)
            read.append(invitation.roomName);
        before = page.next.isEmpty() ? std::nullopt : std::optional(page.next.toLongLong());
        ++pages;
    } while (before && pages < 10);
    QCOMPARE(read, newestFirst);
    QCOMPARE(pages, 3);
    VALUE_OR_FAIL(others, store().invitationsOf(m_cid));
    QVERIFY(others.invitations.isEmpty());
}

void TestInvitations::refusingAnInviter()
{
    const Room attic = room("attic", m_ann);
    const Room cellar = room("cellar", m_cid);
    QVERIFY(store().invite(m_den, m_ann, m_bob).ok());
    QVERIFY(store().invite(attic, m_ann, m_bob).ok());
    QVERIFY(store().invite(cellar, m_cid, m_bob).ok());
    VALUE_OR_FAIL(ended, store().declineInvitation(m_den.id, m_bob, true));
    QCOMPARE(ended.size(), 2); // all of hers
    VALUE_OR_FAIL(left, store().invitationsOf(m_bob));
    QCOMPARE(left.invitations.size(), 1);
    REFUSED(store().invite(m_den, m_ann, m_bob), ErrorCode::Forbidden);
    REFUSED(store().openDirectRoom(m_ann, m_bob), ErrorCode::Forbidden);
    QVERIFY(store().openDirectRoom(m_bob, m_ann).ok());
    QVERIFY(store().openDirectRoom(m_ann, m_bob).ok()); // which is there now
    VALUE_OR_FAIL(blocked, store().blockedBy(m_bob));
    QCOMPARE(blocked.users, QList<User>{m_ann});
    QVERIFY(store().blockedBy(m_ann)->users.isEmpty());

    QVERIFY(store().setBlocked(m_bob, m_ann, false).ok());
    QVERIFY(store().invite(m_den, m_ann, m_bob).ok());
    VALUE_OR_FAIL(endedAgain, store().setBlocked(m_bob, m_ann, true));
    QCOMPARE(endedAgain.size(), 1);
    REFUSED(store().setBlocked(m_bob, User{newId(), {}, false}, true), ErrorCode::NotFound);
    QVERIFY(store().setBlocked(m_bob, m_cid, true).ok());
    VALUE_OR_FAIL(first, store().blockedBy(m_bob, {}, 1));
    QCOMPARE(first.users.size(), 1);
    VALUE_OR_FAIL(second, store().blockedBy(m_bob, first.next, 1));
    QCOMPARE(second.users.size(), 1);
    QVERIFY(second.next.isEmpty());
    QVERIFY(first.users != second.users);
}

/// THREATS 34. Also in a direct room that is there already, and at once.
void TestInvitations::directMessagesOfWhoIsBlocked()
{
    VALUE_OR_FAIL(opened, store().openDirectRoom(m_ann, m_bob));
    const Room direct = opened.room;
    VALUE_OR_FAIL(own, store().openDirectRoom(m_bob, m_bob));
    const Room hall = room("hall", m_ann, RoomKind::Public);
    const NewMessage before = newMessage(direct, m_ann, QStringLiteral("hello"));
    QVERIFY(store().append(before).ok());
    QVERIFY(store().append(newMessage(direct, m_bob, QStringLiteral("go away"))).ok());

    QVERIFY(store().setBlocked(m_bob, m_ann, true).ok());
    const auto blocked = store().append(newMessage(direct, m_ann, QStringLiteral("but")));
    QVERIFY(!blocked.ok());
    QCOMPARE(blocked.error().code, ErrorCode::Forbidden);
    const auto blocking = store().append(newMessage(direct, m_bob, QStringLiteral("no")));
    QVERIFY(!blocking.ok());
    QCOMPARE(blocking.error().code, ErrorCode::Forbidden);
    QVERIFY(blocking.error().detail != blocked.error().detail);
    // Sent again because its answer was lost.
    VALUE_OR_FAIL(again, store().append(before));
    QVERIFY(again.duplicate);
    // Reading, and whatever concerns others.
    VALUE_OR_FAIL(page, store().page({direct.id, {}, {}, 10}));
    QCOMPARE(page.events.size(), 2);
    QVERIFY(store().append(newMessage(own.room, m_bob, QStringLiteral("note"))).ok());
    for (const User &user : {m_ann, m_bob})
        QVERIFY(store().append(newMessage(hall, user, QStringLiteral("all"))).ok());
    VALUE_OR_FAIL(third, store().openDirectRoom(m_ann, m_cid));
    QVERIFY(store().append(newMessage(third.room, m_ann, QStringLiteral("hello"))).ok());

    // Each by their own.
    QVERIFY(store().setBlocked(m_ann, m_bob, true).ok());
    QVERIFY(store().setBlocked(m_bob, m_ann, false).ok());
    REFUSED(store().append(newMessage(direct, m_bob, QStringLiteral("hello"))), ErrorCode::Forbidden);
    REFUSED(store().append(newMessage(direct, m_ann, QStringLiteral("hello"))), ErrorCode::Forbidden);
    QVERIFY(store().setBlocked(m_ann, m_bob, false).ok());
    for (const User &user : {m_ann, m_bob})
        QVERIFY(store().append(newMessage(direct, user, QStringLiteral("hello"))).ok());
}

void TestInvitations::roomsOfOneUserAreBounded()
{
    const Room hall = room("hall", m_ann, RoomKind::Public);
    const Room yard = room("yard", m_ann, RoomKind::Public);
    QVERIFY(store().openDirectRoom(m_ann, m_bob).ok()); // does not count
    QVERIFY(store().joinRoom(hall.id, m_bob.id, 1).ok());
    QVERIFY(store().joinRoom(hall.id, m_bob.id, 1).ok()); // in already
    REFUSED(store().joinRoom(yard.id, m_bob.id, 1), ErrorCode::Forbidden);
    NewRoom own{QStringLiteral("own"), QStringLiteral("own"), RoomKind::Public, m_bob.id};
    own.mostRooms = 1;
    REFUSED(store().createRoom(own), ErrorCode::Forbidden);
    QVERIFY(store().setMember(hall.id, m_bob.id, false).ok());
    QVERIFY(store().createRoom(own).ok());
}

/// THREATS 43.
void TestInvitations::namesThatLookAlike()
{
    NewRoom first{QStringLiteral("tea"), QStringLiteral("tea")};
    first.lookalike = QStringLiteral("t");
    QVERIFY(store().createRoom(first).ok());
    NewRoom second{QStringLiteral("tee"), QStringLiteral("tee")};
    second.lookalike = QStringLiteral("t");
    REFUSED(store().createRoom(second), ErrorCode::NameTaken);
    REFUSED(store().openRoom(second, m_bob.id), ErrorCode::NameTaken);
    VALUE_OR_FAIL(opened, store().openRoom(first, m_bob.id));
    QVERIFY(!opened.created);
    second.lookalike = QStringLiteral("other");
    QVERIFY(store().openRoom(second, m_bob.id).ok());
}

/// THREATS 43. A room that was made before names were compared so.
void TestInvitations::olderRoomsAreComparedToo()
{
    m_store.reset();
    open(QStringLiteral("2")); // fills in what m_den was made without
    NewRoom alike{QStringLiteral("d2"), QStringLiteral("d2")};
    alike.lookalike = QStringLiteral("like d");
    REFUSED(store().createRoom(alike), ErrorCode::NameTaken);
    // A room that has given up its name does not get it back by other rules.
    VALUE_OR_FAIL(left, store().setMember(m_den.id, m_ann.id, false));
    m_store.reset();
    open(QStringLiteral("3"));
    VALUE_OR_FAIL(made, store().createRoom(alike));
    QCOMPARE(made.name, alike.name);
}

int main(int argc, char **argv)
{
    const QCoreApplication application(argc, argv);
    return runOnEveryDatabase<TestInvitations>(argc, argv);
}

#include "tst_invitations.moc"
