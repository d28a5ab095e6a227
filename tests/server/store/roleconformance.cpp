// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/server/store/conformance.h"

namespace storetest {

void RoleConformance::makeRoom(RoomKind kind)
{
    VALUE_OR_FAIL(ann, store().createUser(newUser(QStringLiteral("Ann"))));
    VALUE_OR_FAIL(room, store().createRoom(newRoom(QStringLiteral("Tea"), kind, ann.id)));
    m_ann = ann;
    m_room = room;
}

User RoleConformance::join(const QString &name)
{
    const auto user = store().createUser(newUser(name));
    const auto joined =
        user ? store().setMember(m_room.id, user->id, true) : Result<MembershipChange>(user.error());
    return joined && joined->changed ? *user : User();
}

Result<MembershipChange> RoleConformance::setRole(
    const User &actor, const User &user, Role role, const RoleRule &rule)
{
    return store().setRole({m_room.id, actor, user.id, role, rule});
}

QList<RoomEvent> RoleConformance::log()
{
    const auto page = store().page({m_room.id, {}, 0, 1000});
    return page ? page->events : QList<RoomEvent>();
}

Role RoleConformance::roleOf(const User &user)
{
    const auto room = store().findRoom(m_room.id, {}, user.id);
    return room ? room->role : Role::None;
}

void RoleConformance::creatorIsTheOwner()
{
    makeRoom();
    QCOMPARE(m_room.role, Role::Owner);
    VALUE_OR_FAIL(bob, store().createUser(newUser(QStringLiteral("Bob"))));
    VALUE_OR_FAIL(
        opened, store().openRoom(newRoom(QStringLiteral("Milk"), RoomKind::Public, bob.id), bob.id));
    QCOMPARE(opened.room.role, Role::Owner);
    VALUE_OR_FAIL(direct, store().openDirectRoom(m_ann, bob));
    QCOMPARE(direct.room.role, Role::Member);
    VALUE_OR_FAIL(nobodys, store().openRoom(newRoom(QStringLiteral("Lobby")), {}));
    VALUE_OR_FAIL(joined, store().joinRoom(nobodys.room.id, bob.id));
    QCOMPARE(joined.room.role, Role::Member);
    const User cid = join(QStringLiteral("Cid"));
    QVERIFY(setRole(m_ann, cid, Role::Moderator).ok());
    for (int round = 0; round < 2; ++round) {
        VALUE_OR_FAIL(members, store().membersPage({m_room.id, {}, 100}));
        QCOMPARE(members.users, (QList<User>{m_ann, cid}));
        QCOMPARE(members.roles, (QList<Role>{Role::Owner, Role::Moderator}));
        VALUE_OR_FAIL(rooms, store().roomsOf(m_ann.id));
        QCOMPARE(rooms.size(), 2);
        QCOMPARE(rooms[0].role, Role::Owner);
        QCOMPARE(rooms[1].role, Role::Member);
        reopen();
    }
}

void RoleConformance::membershipIsInTheLog()
{
    makeRoom();
    VALUE_OR_FAIL(bob, store().createUser(newUser(QStringLiteral("Bob"))));
    VALUE_OR_FAIL(joined, store().joinRoom(m_room.id, bob.id));
    QCOMPARE(joined.room.lastSeq, qint64(1));
    QVERIFY(!store().joinRoom(m_room.id, bob.id)->changed);
    QVERIFY(store().append(newMessage(m_room, bob, QStringLiteral("hello"))).ok());
    VALUE_OR_FAIL(left, store().setMember(m_room.id, bob.id, false));
    QVERIFY(left.changed);
    QVERIFY(!store().setMember(m_room.id, bob.id, false)->changed);
    for (int round = 0; round < 2; ++round) {
        const QList<RoomEvent> events = log();
        QCOMPARE(events.size(), 3);
        QCOMPARE(events[0].content, EventContent(MemberChanged{bob, Role::None, Role::Member}));
        QCOMPARE(events[0].sender, bob);
        QVERIFY(isId(events[0].clientId));
        QCOMPARE(events[2].content, EventContent(MemberChanged{bob, Role::Member, Role::None}));
        QCOMPARE(events[2].sender, bob);
        reopen();
    }
}

void RoleConformance::beginningsAreNot()
{
    makeRoom();
    NewUser dora = newUser(QStringLiteral("Dora"));
    dora.firstRoom = m_room.id;
    VALUE_OR_FAIL(user, store().createUser(dora));
    VALUE_OR_FAIL(direct, store().openDirectRoom(m_ann, user));
    QVERIFY(!store().openDirectRoom(user, m_ann)->created);
    QVERIFY(log().isEmpty());
    VALUE_OR_FAIL(page, store().page({direct.room.id, {}, {}, 50}));
    QCOMPARE(page.lastSeq, qint64(0));
    // The observer hears of them all the same.
    const std::vector<CommitNotice> notices = m_fixture->takeNotices();
    QCOMPARE(notices.size(), size_t(4));
    const QList<std::pair<QString, User>> expected{
        {m_room.id, m_ann}, {m_room.id, user}, {direct.room.id, m_ann}, {direct.room.id, user}};
    for (size_t i = 0; i < notices.size(); ++i) {
        const auto &joined = std::get<Joined>(notices[i]);
        QCOMPARE(joined.room.id, expected[qsizetype(i)].first);
        QCOMPARE(joined.user, expected[qsizetype(i)].second);
        QCOMPARE(joined.room.role, i == 0 ? Role::Owner : Role::Member);
        QCOMPARE(joined.room.epoch, m_room.epoch);
    }
    QCOMPARE(std::get<Joined>(notices[2]).room, direct.room);
}

void RoleConformance::rolesAreSet()
{
    makeRoom();
    const User bob = join(QStringLiteral("Bob"));
    Role before = Role::Member;
    qint64 seq = 1;
    for (const Role role : {Role::Moderator, Role::Owner, Role::Member, Role::None}) {
        VALUE_OR_FAIL(change, setRole(m_ann, bob, role));
        QVERIFY(change.changed);
        QCOMPARE(change.room.role, role);
        QCOMPARE(change.user, bob);
        QCOMPARE(roleOf(bob), role);
        const QList<RoomEvent> events = log();
        QCOMPARE(qint64(events.size()), ++seq);
        QCOMPARE(events.constLast().content, EventContent(MemberChanged{bob, before, role}));
        QCOMPARE(events.constLast().sender, m_ann);
        if (role != Role::None)
            QVERIFY(!setRole(m_ann, bob, role)->changed);
        QCOMPARE(qint64(log().size()), seq);
        before = role;
        reopen();
    }
    VALUE_OR_FAIL(members, store().membersOf(m_room.id));
    QCOMPARE(members, QList<User>{m_ann});
}

void RoleConformance::roleRuleIsToldTheFacts()
{
    makeRoom(RoomKind::Private);
    const User bob = join(QStringLiteral("Bob"));
    QList<RoleFacts> asked;
    const auto note = [&asked](const RoleFacts &facts) -> std::optional<Error> {
        asked.append(facts);
        return std::nullopt;
    };
    QVERIFY(setRole(m_ann, bob, Role::Owner, note).ok());
    QVERIFY(setRole(bob, bob, Role::Moderator, note).ok());
    QVERIFY(setRole(bob, m_ann, Role::Banned, note).ok());
    QVERIFY(setRole(bob, m_ann, Role::None, note).ok());
    const QList<std::pair<Role, Role>> roles{{Role::Owner, Role::Member}, {Role::Owner, Role::Owner},
        {Role::Moderator, Role::Owner}, {Role::Owner, Role::Banned}};
    const QList<int> owners{1, 2, 1, 1}; // bob has succeeded
    QCOMPARE(asked.size(), 4);
    for (int i = 0; i < 4; ++i) {
        QCOMPARE(asked[i].room, RoomKind::Private);
        QCOMPARE(asked[i].actor, roles[i].first);
        QCOMPARE(asked[i].before, roles[i].second);
        QCOMPARE(asked[i].self, i == 1);
        QCOMPARE(asked[i].owners, owners[i]);
    }
    const qsizetype events = log().size();
    const auto refuse = [](const RoleFacts &) { return Error{ErrorCode::Forbidden, QStringLiteral("no")}; };
    REFUSED(setRole(m_ann, bob, Role::None, refuse), ErrorCode::Forbidden);
    QCOMPARE(roleOf(bob), Role::Owner);
    QCOMPARE(log().size(), events);
}

void RoleConformance::rolesOfNobody()
{
    makeRoom();
    VALUE_OR_FAIL(bob, store().createUser(newUser(QStringLiteral("Bob"))));
    const User nobody{newId(), QStringLiteral("nobody"), false};
    for (const Role role : {Role::None, Role::Member, Role::Moderator, Role::Owner}) {
        REFUSED(setRole(m_ann, bob, role), ErrorCode::NotFound); // nobody becomes a member by it
        REFUSED(setRole(m_ann, nobody, role), ErrorCode::NotFound);
        REFUSED(setRole(nobody, m_ann, role), ErrorCode::NotFound);
        REFUSED(store().setRole({newId(), m_ann, m_ann.id, role, {}}), ErrorCode::NotFound);
    }
    REFUSED(setRole(m_ann, bob, Role::Invited), ErrorCode::InvalidField);
    QVERIFY(log().isEmpty());
    QCOMPARE(roleOf(m_ann), Role::Owner);
}

void RoleConformance::lastOwnerIsSucceeded_data()
{
    QTest::addColumn<bool>("moderator");
    QTest::addColumn<Role>("role");
    QTest::addColumn<bool>("others");
    for (const Role role : {Role::None, Role::Banned}) {
        QTest::addRow("by a moderator, %s", roleText(role).data()) << true << role << true;
        QTest::addRow("by a member, %s", roleText(role).data()) << false << role << true;
        QTest::addRow("by nobody, %s", roleText(role).data()) << false << role << false;
    }
}

void RoleConformance::lastOwnerIsSucceeded()
{
    QFETCH(bool, moderator);
    QFETCH(Role, role);
    QFETCH(bool, others);
    makeRoom();
    User next;
    if (others) {
        NewUser guest = newUser(QStringLiteral("guest-1"));
        guest.guest = true;
        guest.firstRoom = m_room.id;
        QVERIFY(store().createUser(guest).ok()); // has been there for longest, and is not asked
        const User bob = join(QStringLiteral("Bob"));
        const User cid = join(QStringLiteral("Cid"));
        const User dora = join(QStringLiteral("Dora"));
        next = moderator ? cid : bob;
        if (moderator)
            QVERIFY(setRole(m_ann, dora, Role::Moderator).ok() && setRole(m_ann, cid, Role::Moderator).ok());
    }
    const qsizetype before = log().size();
    if (role == Role::None)
        QVERIFY(store().setMember(m_room.id, m_ann.id, false)->changed);
    else
        QVERIFY(setRole(m_ann, m_ann, role).ok());
    const QList<RoomEvent> events = log().sliced(before);
    QCOMPARE(events.size(), others ? 2 : 1);
    QCOMPARE(events[0].content, EventContent(MemberChanged{m_ann, Role::Owner, role}));
    if (others) {
        const Role was = moderator ? Role::Moderator : Role::Member;
        QCOMPARE(events[1].content, EventContent(MemberChanged{next, was, Role::Owner}));
        QCOMPARE(events[1].sender, m_ann);
        QCOMPARE(roleOf(next), Role::Owner);
    }
    QCOMPARE(roleOf(m_ann), role);
}

void RoleConformance::oneOfTwoOwnersIsNot()
{
    makeRoom();
    const User bob = join(QStringLiteral("Bob"));
    const User cid = join(QStringLiteral("Cid"));
    QVERIFY(setRole(m_ann, cid, Role::Owner).ok());
    QVERIFY(store().setMember(m_room.id, m_ann.id, false).ok());
    QCOMPARE(roleOf(bob), Role::Member);
    QCOMPARE(roleOf(cid), Role::Owner);
    QCOMPARE(log().size(), 4);
    // Who steps down has named nobody: that is for the rule to allow.
    QVERIFY(setRole(cid, cid, Role::Member).ok());
    QCOMPARE(log().size(), 5);
    QCOMPARE(roleOf(bob), Role::Member);
}

void RoleConformance::bannedStayOut()
{
    makeRoom();
    VALUE_OR_FAIL(den, store().createRoom(newRoom(QStringLiteral("Den"), RoomKind::Private, m_ann.id)));
    const User bob = join(QStringLiteral("Bob"));
    VALUE_OR_FAIL(cid, store().createUser(newUser(QStringLiteral("Cid"))));
    for (const User &user : {bob, cid}) {
        VALUE_OR_FAIL(banned, setRole(m_ann, user, Role::Banned));
        QVERIFY(banned.changed);
        QCOMPARE(banned.room.role, Role::Banned);
        QVERIFY(!setRole(m_ann, user, Role::Banned)->changed);
    }
    QCOMPARE(log().last().content, EventContent(MemberChanged{cid, Role::None, Role::Banned}));
    reopen();
    VALUE_OR_FAIL(members, store().membersPage({m_room.id, {}, 100}));
    QCOMPARE(members.users, QList<User>{m_ann});
    QCOMPARE(members.count, qint64(1));
    const qsizetype events = log().size();
    for (const User &user : {bob, cid}) {
        QCOMPARE(roleOf(user), Role::Banned);
        REFUSED(store().joinRoom(m_room.id, user.id), ErrorCode::Forbidden);
        REFUSED(store().setMember(m_room.id, user.id, true), ErrorCode::Forbidden);
        REFUSED(store().invite(m_room, m_ann, user), ErrorCode::Forbidden);
        REFUSED(setRole(m_ann, user, Role::Member), ErrorCode::NotFound);
        QVERIFY(!store().setMember(m_room.id, user.id, false)->changed);
        QCOMPARE(roleOf(user), Role::Banned);
    }
    QCOMPARE(log().size(), events);
    // A private room is none for them.
    QVERIFY(store().setRole({den.id, m_ann, bob.id, Role::Banned, {}}).ok());
    REFUSED(store().joinRoom(den.id, bob.id), ErrorCode::NotFound);
}

void RoleConformance::banEndsInvitations()
{
    makeRoom(RoomKind::Private);
    const User bob = join(QStringLiteral("Bob"));
    VALUE_OR_FAIL(cid, store().createUser(newUser(QStringLiteral("Cid"))));
    VALUE_OR_FAIL(dora, store().createUser(newUser(QStringLiteral("Dora"))));
    QVERIFY(store().invite(m_room, bob, cid).ok());
    QVERIFY(store().invite(m_room, m_ann, dora).ok());
    VALUE_OR_FAIL(banned, setRole(m_ann, bob, Role::Banned));
    QCOMPARE(banned.ended.size(), 1);
    QCOMPARE(banned.ended[0].invited, cid);
    VALUE_OR_FAIL(kept, setRole(m_ann, dora, Role::Banned));
    QCOMPARE(kept.ended.size(), 1);
    QCOMPARE(kept.ended[0].invited, dora);
    for (const User &user : {cid, dora}) {
        REFUSED(store().findInvitation(m_room.id, {}, user), ErrorCode::NotFound);
        REFUSED(store().joinRoom(m_room.id, user.id), ErrorCode::NotFound);
    }
}

void RoleConformance::banIsLifted()
{
    makeRoom();
    const User bob = join(QStringLiteral("Bob"));
    QVERIFY(setRole(m_ann, bob, Role::Banned).ok());
    VALUE_OR_FAIL(lifted, setRole(m_ann, bob, Role::None));
    QVERIFY(lifted.changed);
    QCOMPARE(lifted.room.role, Role::None);
    QCOMPARE(log().last().content, EventContent(MemberChanged{bob, Role::Banned, Role::None}));
    REFUSED(setRole(m_ann, bob, Role::None), ErrorCode::NotFound); // there is none any more
    VALUE_OR_FAIL(joined, store().joinRoom(m_room.id, bob.id));
    QCOMPARE(joined.room.role, Role::Member); // not what it was before
}

void RoleConformance::senderIsJudgedWhenTheMessageIsStored()
{
    makeRoom(RoomKind::Private);
    const User bob = join(QStringLiteral("Bob"));
    NewMessage message = newMessage(m_room, bob, QStringLiteral("in time"));
    message.rule = [](RoomKind, Role role) {
        return isMember(role) ? std::nullopt
                              : std::optional(Error{ErrorCode::NotFound, QStringLiteral("no member")});
    };
    const auto send = [&](const QString &text) {
        NewMessage next = message;
        next.clientId = newId();
        next.text = text;
        return store().append(next);
    };
    VALUE_OR_FAIL(first, store().append(message));
    QVERIFY(send(QStringLiteral("once more")).ok());
    QVERIFY(setRole(m_ann, bob, Role::None)->changed);
    for (int round = 0; round < 2; ++round) {
        REFUSED(send(QStringLiteral("too late")), ErrorCode::NotFound);
        // What was stored before is answered as ever.
        VALUE_OR_FAIL(again, store().append(message));
        QVERIFY(again.duplicate);
        QCOMPARE(again.event.seq, first.event.seq);
        reopen();
    }
    QVERIFY(log().last().as<MemberChanged>());
}

void RoleConformance::bansAreListed()
{
    makeRoom();
    QVERIFY(store().bansOf({m_room.id, m_ann.id})->bans.isEmpty());
    VALUE_OR_FAIL(den, store().createRoom(newRoom(QStringLiteral("Den"), RoomKind::Private, m_ann.id)));
    const User mod = join(QStringLiteral("Mod"));
    QVERIFY(setRole(m_ann, mod, Role::Moderator).ok());
    QList<User> users;
    for (const char *name : {"Bob", "Cid", "Dora", "Eve", "Fay"}) {
        users.append(join(QLatin1String(name)));
        QVERIFY(!users.constLast().id.isEmpty());
    }
    const auto before = QDateTime::currentDateTimeUtc();
    // Not in the order in which they come.
    for (const int i : {3, 1, 4, 0, 2})
        QVERIFY(setRole(i == 1 ? mod : m_ann, users[i], Role::Banned)->changed);
    QVERIFY(store().setRole({den.id, m_ann, mod.id, Role::Banned, {}}).ok()); // of another room
    reopen();
    for (const int limit : {1, 2, 5, 100}) {
        QList<Ban> all;
        QString next;
        int pages = 0;
        do {
            VALUE_OR_FAIL(page, store().bansOf({m_room.id, m_ann.id, next, limit}));
            QVERIFY(page.bans.size() <= limit);
            all += page.bans;
            next = page.next;
        } while (!next.isEmpty() && ++pages < 10);
        QCOMPARE(all.size(), users.size());
        for (qsizetype i = 0; i < users.size(); ++i) {
            QCOMPARE(all[i].user, users[i]);
            QCOMPARE(all[i].by, i == 1 ? mod : m_ann);
            QVERIFY(all[i].at >= before.addMSecs(-1) && all[i].at <= QDateTime::currentDateTimeUtc());
            QCOMPARE(all[i].at.timeSpec(), Qt::UTC);
        }
    }
    // A place stays good when who stands there goes.
    VALUE_OR_FAIL(first, store().bansOf({m_room.id, m_ann.id, {}, 2}));
    QVERIFY(setRole(m_ann, users[1], Role::None).ok());
    VALUE_OR_FAIL(second, store().bansOf({m_room.id, m_ann.id, first.next, 2}));
    QCOMPARE(second.bans.size(), 2);
    QCOMPARE(second.bans[0].user, users[2]);
    VALUE_OR_FAIL(rest, store().bansOf({m_room.id, m_ann.id}));
    QCOMPARE(rest.bans.size(), 4);
    REFUSED(store().bansOf({newId(), m_ann.id}), ErrorCode::NotFound);
    const auto bad = store().bansOf({m_room.id, m_ann.id, QStringLiteral("no id")});
    QCOMPARE(bad.error().code, ErrorCode::InvalidField);
    QCOMPARE(bad.error().field, QStringLiteral("after"));
}

void RoleConformance::banRuleIsToldTheFacts()
{
    makeRoom(RoomKind::Private);
    const User bob = join(QStringLiteral("Bob"));
    const User cid = join(QStringLiteral("Cid"));
    QVERIFY(setRole(m_ann, cid, Role::Banned).ok());
    QList<std::pair<RoomKind, Role>> asked;
    const RoomRule rule = [&asked](RoomKind kind, Role role) -> std::optional<Error> {
        asked.append({kind, role});
        if (role == Role::Owner)
            return std::nullopt;
        return Error{ErrorCode::Forbidden, QStringLiteral("no")};
    };
    QCOMPARE(store().bansOf({m_room.id, m_ann.id, {}, 100, rule})->bans.size(), 1);
    REFUSED(store().bansOf({m_room.id, bob.id, {}, 100, rule}), ErrorCode::Forbidden);
    REFUSED(store().bansOf({m_room.id, cid.id, {}, 100, rule}), ErrorCode::Forbidden);
    REFUSED(store().bansOf({m_room.id, newId(), {}, 100, rule}), ErrorCode::Forbidden);
    QCOMPARE(asked,
        (QList<std::pair<RoomKind, Role>>{{RoomKind::Private, Role::Owner}, {RoomKind::Private, Role::Member},
            {RoomKind::Private, Role::Banned}, {RoomKind::Private, Role::None}}));
}

void RoleConformance::nameAndTopicAreChanged()
{
    makeRoom();
    QCOMPARE(m_room.topic, QString());
    RoomChange change{m_room.id, m_ann, newId(), {}, {}, {}};
    change.topic = QStringLiteral("What's in the pot; \"green\", since 9 \U0001f375");
    VALUE_OR_FAIL(first, store().changeRoom(change));
    QVERIFY(first.changed);
    QCOMPARE(first.room.topic, *change.topic);
    QCOMPARE(first.room.role, Role::Owner);
    QCOMPARE(first.room.lastSeq, qint64(1));
    change.clientId = newId();
    change.name =
        RoomChange::Name{QStringLiteral("Coffee"), QStringLiteral("coffee"), QStringLiteral("c0ffee")};
    VALUE_OR_FAIL(second, store().changeRoom(change));
    QCOMPARE(second.room.name, QStringLiteral("Coffee"));
    QCOMPARE(second.room.topic, *change.topic);
    change.clientId = newId();
    QVERIFY(!store().changeRoom(change)->changed);
    change.clientId = newId();
    change.name.reset();
    change.topic = QString();
    QVERIFY(store().changeRoom(change)->changed);
    for (int round = 0; round < 2; ++round) {
        const QList<RoomEvent> events = log();
        QCOMPARE(events.size(), 3);
        QCOMPARE(events[0].content,
            EventContent(RoomChanged{
                std::nullopt, QStringLiteral("What's in the pot; \"green\", since 9 \U0001f375")}));
        QCOMPARE(events[1].content, EventContent(RoomChanged{QStringLiteral("Coffee"), std::nullopt}));
        QCOMPARE(events[2].content, EventContent(RoomChanged{std::nullopt, QString()}));
        QCOMPARE(events[2].clientId, change.clientId);
        VALUE_OR_FAIL(found, store().findRoom({}, QStringLiteral("coffee"), m_ann.id));
        QCOMPARE(found.id, m_room.id);
        QCOMPARE(found.topic, QString());
        VALUE_OR_FAIL(former, store().findRoom({}, QStringLiteral("tea"), m_ann.id));
        QCOMPARE(former.id, m_room.id);
        VALUE_OR_FAIL(listed, store().publicRooms(QStringLiteral("COFF"), {}, 10));
        QCOMPARE(listed.rooms.size(), 1);
        reopen();
    }
}

void RoleConformance::namesStayUnique()
{
    makeRoom();
    NewRoom coffee = newRoom(QStringLiteral("Coffee"));
    coffee.lookalike = QStringLiteral("c0ffee");
    QVERIFY(store().createRoom(coffee).ok());
    const auto rename = [this](const QString &name, const QString &lookalike) {
        return store().changeRoom({m_room.id, m_ann, newId(),
            RoomChange::Name{name, name.toCaseFolded(), lookalike}, QStringLiteral("about it"), {}});
    };
    REFUSED(rename(QStringLiteral("COFFEE"), QStringLiteral("c0ffee")), ErrorCode::NameTaken);
    REFUSED(rename(QStringLiteral("COFFEE"), {}), ErrorCode::NameTaken);
    REFUSED(rename(QStringLiteral("C0ffee"), QStringLiteral("c0ffee")), ErrorCode::NameTaken);
    REFUSED(rename(QString(QChar(0xd800)), {}), ErrorCode::InvalidField);
    REFUSED(rename(QStringLiteral("a") + QChar(u'\0'), {}), ErrorCode::InvalidField);
    QVERIFY(log().isEmpty()); // nor has the topic changed
    VALUE_OR_FAIL(same, store().findRoom(m_room.id, {}, m_ann.id));
    QCOMPARE(same, m_room);
    // Its own name is nobody else's.
    VALUE_OR_FAIL(louder, rename(QStringLiteral("TEA"), QStringLiteral("tea")));
    QCOMPARE(louder.room.name, QStringLiteral("TEA"));
    // So is one that it had.
    QVERIFY(rename(QStringLiteral("Milk"), QStringLiteral("milk")).ok());
    reopen();
    NewRoom tea = newRoom(QStringLiteral("Tea"));
    REFUSED(store().createRoom(tea), ErrorCode::NameTaken);
    VALUE_OR_FAIL(opened, store().openRoom(tea, m_ann.id));
    QCOMPARE(opened.room.id, m_room.id);
    QVERIFY(!opened.created);
    NewRoom like = newRoom(QStringLiteral("Te4"));
    like.lookalike = QStringLiteral("tea");
    REFUSED(store().createRoom(like), ErrorCode::NameTaken);
    QVERIFY(rename(QStringLiteral("tea"), QStringLiteral("tea")).ok());
    for (int i = 0; i < mostFormerNames - 1; ++i)
        QVERIFY(rename(QStringLiteral("tea%1").arg(i), QStringLiteral("tea%1").arg(i)).ok());
    REFUSED(rename(QStringLiteral("tea-"), QStringLiteral("tea-")), ErrorCode::Forbidden);
    QVERIFY(rename(QStringLiteral("Milk"), QStringLiteral("milk")).ok());
}

void RoleConformance::roomChangeIsMadeOnce()
{
    makeRoom();
    RoomChange change{m_room.id, m_ann, newId(), {}, QStringLiteral("one"), {}};
    QVERIFY(store().changeRoom(change)->changed);
    RoomChange next{m_room.id, m_ann, newId(), {}, QStringLiteral("two"), {}};
    QVERIFY(store().changeRoom(next)->changed);
    for (int round = 0; round < 2; ++round) {
        VALUE_OR_FAIL(again, store().changeRoom(change));
        QVERIFY(!again.changed);
        QCOMPARE(again.room.topic, QStringLiteral("two"));
        reopen();
    }
    change.topic = QStringLiteral("three");
    REFUSED(store().changeRoom(change), ErrorCode::ClientIdReused);
    const NewMessage message = newMessage(m_room, m_ann, QStringLiteral("hello"));
    QVERIFY(store().append(message).ok());
    change.clientId = message.clientId;
    REFUSED(store().changeRoom(change), ErrorCode::ClientIdReused);
    QCOMPARE(log().size(), 3);
}

void RoleConformance::roomRuleIsToldTheFacts()
{
    makeRoom(RoomKind::Private);
    const User bob = join(QStringLiteral("Bob"));
    RoomChange change{m_room.id, bob, newId(), {}, QStringLiteral("one"), {}};
    QList<std::pair<RoomKind, Role>> asked;
    change.rule = [&asked](RoomKind kind, Role role) {
        asked.append({kind, role});
        return Error{ErrorCode::Forbidden, QStringLiteral("no")};
    };
    REFUSED(store().changeRoom(change), ErrorCode::Forbidden);
    QCOMPARE(asked, (QList<std::pair<RoomKind, Role>>{{RoomKind::Private, Role::Member}}));
    QCOMPARE(log().size(), 1);
    change.rule = {};
    change.roomId = newId();
    REFUSED(store().changeRoom(change), ErrorCode::NotFound);
    change.roomId = m_room.id;
    change.actor = User{newId(), QStringLiteral("nobody"), false};
    REFUSED(store().changeRoom(change), ErrorCode::NotFound);
}

void RoleConformance::directRoomsHaveNeither()
{
    makeRoom();
    VALUE_OR_FAIL(bob, store().createUser(newUser(QStringLiteral("Bob"))));
    VALUE_OR_FAIL(direct, store().openDirectRoom(m_ann, bob));
    for (const Role role : {Role::None, Role::Banned, Role::Moderator, Role::Owner})
        REFUSED(store().setRole({direct.room.id, m_ann, bob.id, role, {}}), ErrorCode::Forbidden);
    REFUSED(store().changeRoom({direct.room.id, m_ann, newId(), {}, QStringLiteral("us"), {}}),
        ErrorCode::Forbidden);
    VALUE_OR_FAIL(page, store().page({direct.room.id, {}, {}, 50}));
    QVERIFY(page.events.isEmpty());
}

void RoleConformance::observerHearsOfEverything()
{
    makeRoom();
    m_fixture->takeNotices();
    const User bob = join(QStringLiteral("Bob"));
    QObject context;
    int answers = 0;
    const auto count = [&answers](const auto &) { ++answers; };
    m_store->append(newMessage(m_room, bob, QStringLiteral("one")), &context, count);
    m_store->changeRoom({m_room.id, m_ann, newId(), {}, QStringLiteral("about it"), {}}, &context, count);
    m_store->createUser(newUser(QStringLiteral("bob")), &context, count); // refused: says nothing
    m_store->createRoom(newRoom(QStringLiteral("Milk"), RoomKind::Private, bob.id), &context, count);
    m_store->append(newMessage(m_room, m_ann, QStringLiteral("two")), &context, count);
    m_store->setRole({m_room.id, m_ann, bob.id, Role::Banned, {}}, &context, count);
    m_store->setMember(m_room.id, m_ann.id, false, &context, count);
    QTRY_COMPARE(answers, 7);
    const std::vector<CommitNotice> notices = m_fixture->takeNotices();
    const QList<RoomEvent> events = log();
    QCOMPARE(events.size(), 6);
    QList<RoomEvent> heard;
    for (size_t i = 0; i < notices.size(); ++i) {
        if (const auto *joined = std::get_if<Joined>(&notices[i])) {
            QCOMPARE(i, size_t(3)); // where the call stood
            QCOMPARE(joined->user, bob);
            QCOMPARE(joined->room.role, Role::Owner);
            continue;
        }
        const auto &committed = std::get<Committed>(notices[i]);
        heard.append(committed.event);
        QCOMPARE(committed.room->id, m_room.id);
        QCOMPARE(committed.room->role, Role::None);
        // The room as it is by then.
        QCOMPARE(committed.room->topic, i < 2 ? QString() : QStringLiteral("about it"));
    }
    QCOMPARE(heard, events);
}

} // namespace storetest
