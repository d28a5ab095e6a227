// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/server/store/conformance.h"

namespace storetest {

namespace {

SessionRecord newSession(const User &user, int secondsLeft)
{
    const QDateTime now = QDateTime::currentDateTimeUtc();
    return SessionRecord{newId(), user, now.addSecs(-60), now.addSecs(secondsLeft),
        QStringLiteral("curl/8.0 'quoted' \"twice\""), QStringLiteral("::1")};
}

QStringList idsOf(const QList<SessionRecord> &sessions)
{
    QStringList ids;
    for (const SessionRecord &session : sessions)
        ids.append(session.id);
    ids.sort();
    return ids;
}

} // namespace

void UserConformance::userIsFoundByIdThenByName()
{
    const NewUser ann = newUser(QStringLiteral("Ann"));
    VALUE_OR_FAIL(made, store().createUser(ann));
    QCOMPARE(made, (User{ann.id, QStringLiteral("Ann"), false}));

    VALUE_OR_FAIL(byId, store().findUser(ann.id, QString()));
    QCOMPARE(byId, made);
    VALUE_OR_FAIL(byName, store().findUser(QStringLiteral("ann"), QStringLiteral("ann")));
    QCOMPARE(byName, made);
    VALUE_OR_FAIL(idFirst, store().findUser(ann.id.toUpper(), QStringLiteral("somebody")));
    QCOMPARE(idFirst, made);

    REFUSED(store().findUser(newId(), QStringLiteral("bob")), ErrorCode::NotFound);
    REFUSED(store().findUser(QString(), QString()), ErrorCode::NotFound);
}

void UserConformance::nameIsTakenBySkeleton()
{
    VALUE_OR_FAIL(made, store().createUser(newUser(QStringLiteral("Ann"))));
    REFUSED(store().createUser(newUser(QStringLiteral("aNN"))), ErrorCode::NameTaken);
    NewUser alike = newUser(QStringLiteral("aann"));
    alike.lookalike = QStringLiteral("like ann");
    QVERIFY(store().createUser(alike).ok());
    NewUser other = newUser(QStringLiteral("annn"));
    other.lookalike = alike.lookalike;
    REFUSED(store().createUser(other), ErrorCode::NameTaken);
    other.lookalike = QStringLiteral("like nobody");
    QVERIFY(store().createUser(other).ok());
    VALUE_OR_FAIL(found, store().findUser({}, QStringLiteral("ann")));
    QCOMPARE(found, made);
}

void UserConformance::guestTakesANameAndHasNoPassword()
{
    NewUser guest = newUser(QStringLiteral("guest-7"));
    guest.guest = true;
    guest.passwordHash = QString();
    VALUE_OR_FAIL(made, store().createUser(guest));
    QVERIFY(made.guest);
    VALUE_OR_FAIL(credentials, store().findCredentials(guest.skeleton));
    QVERIFY(credentials.passwordHash.isEmpty());
    QVERIFY(credentials.user.guest);
    REFUSED(store().createUser(newUser(QStringLiteral("guest-7"))), ErrorCode::NameTaken);
}

void UserConformance::firstRoomComesWithTheUserOrNotAtAll()
{
    VALUE_OR_FAIL(lobby, store().createRoom(newRoom(QStringLiteral("lobby"))));
    NewUser ann = newUser(QStringLiteral("Ann"));
    ann.firstRoom = lobby.id;
    VALUE_OR_FAIL(made, store().createUser(ann));
    VALUE_OR_FAIL(members, store().membersOf(lobby.id));
    QCOMPARE(members, QList<User>{made});

    NewUser bob = newUser(QStringLiteral("Bob"));
    bob.firstRoom = newId();
    REFUSED(store().createUser(bob), ErrorCode::NotFound);
    REFUSED(store().findUser(bob.id, QString()), ErrorCode::NotFound);
}

void UserConformance::credentials()
{
    const NewUser ann = newUser(QStringLiteral("Ann"));
    VALUE_OR_FAIL(made, store().createUser(ann));
    VALUE_OR_FAIL(found, store().findCredentials(ann.skeleton));
    QCOMPARE(found.user, made);
    QCOMPARE(found.passwordHash, ann.passwordHash);
    REFUSED(store().findCredentials(QStringLiteral("bob")), ErrorCode::NotFound);
    REFUSED(store().findCredentials(QString()), ErrorCode::NotFound);
}

void UserConformance::hostileNames_data()
{
    QTest::addColumn<QString>("name");
    QTest::newRow("sql") << QStringLiteral("'; DROP TABLE users; --");
    QTest::newRow("quotes") << QStringLiteral("a'b\"c`d[e]");
    QTest::newRow("byte order mark") << QString(QChar(0xfeff)) + QStringLiteral("ann");
    QTest::newRow("placeholders") << QStringLiteral("?1 :name @p $x");
    QTest::newRow("patterns") << QStringLiteral("%_*?[a-z]\\");
    QTest::newRow("beyond the first plane") << QString::fromUtf8("\xf0\x9f\xa6\x85 \xf0\x9d\x94\x84");
}

void UserConformance::hostileNames()
{
    QFETCH(QString, name);
    const NewUser user = newUser(name);
    VALUE_OR_FAIL(plain, store().createUser(newUser(QStringLiteral("a"))));
    VALUE_OR_FAIL(made, store().createUser(user));
    QCOMPARE(made.name, name);
    VALUE_OR_FAIL(found, store().findUser({}, user.skeleton));
    QCOMPARE(found, made);
    REFUSED(store().createUser(newUser(name)), ErrorCode::NameTaken);
}

void UserConformance::unstorableNamesAreRefused()
{
    // What a database might put in the place of what it cannot store.
    for (const QString &name :
        {QStringLiteral("a?b"), QStringLiteral("a") + QChar(0xfffd) + QStringLiteral("b")})
        QVERIFY(store().createUser(newUser(name)).ok());
    for (const QString &name : unstorable()) {
        REFUSED(store().createUser(newUser(name)), ErrorCode::InvalidField);
        NewUser lookalike = newUser(QStringLiteral("bob"));
        lookalike.lookalike = name;
        REFUSED(store().createUser(lookalike), ErrorCode::InvalidField);
        REFUSED(store().findUser(name, name), ErrorCode::NotFound);
        REFUSED(store().findCredentials(name), ErrorCode::NotFound);
    }
}

void UserConformance::unstorableSessionsAreRefused()
{
    VALUE_OR_FAIL(ann, store().createUser(newUser(QStringLiteral("ann"))));
    for (const QString &text : unstorable()) {
        SessionRecord session = newSession(ann, 3600);
        session.client = text;
        REFUSED(store().createSession(session), ErrorCode::InvalidField);
        session.client.clear();
        session.address = text;
        REFUSED(store().createSession(session), ErrorCode::InvalidField);
    }
}

void UserConformance::sessionsOfAUser()
{
    VALUE_OR_FAIL(ann, store().createUser(newUser(QStringLiteral("Ann"))));
    VALUE_OR_FAIL(bob, store().createUser(newUser(QStringLiteral("Bob"))));
    const SessionRecord first = newSession(ann, 3600);
    const SessionRecord second = newSession(ann, 7200);
    const SessionRecord other = newSession(bob, 3600);
    for (const SessionRecord &session : {first, second, other})
        QVERIFY(store().createSession(session).ok());

    VALUE_OR_FAIL(anns, store().sessionsOf(ann.id));
    QStringList expected{first.id, second.id};
    expected.sort();
    QCOMPARE(idsOf(anns), expected);
    VALUE_OR_FAIL(bobs, store().sessionsOf(bob.id));
    QCOMPARE(bobs.size(), 1);
    QCOMPARE(bobs.first().user, bob);
    QCOMPARE(bobs.first().client, other.client);
    QCOMPARE(bobs.first().address, other.address);
    QCOMPARE(bobs.first().createdAt, other.createdAt);
    QCOMPARE(bobs.first().expiresAt, other.expiresAt);
    QCOMPARE(bobs.first().expiresAt.timeSpec(), Qt::UTC);
    VALUE_OR_FAIL(all, store().keptSessions());
    QCOMPARE(all.size(), 3);
    VALUE_OR_FAIL(nobodys, store().sessionsOf(newId()));
    QVERIFY(nobodys.isEmpty());

    // In the place of others; those of somebody else stay.
    const SessionRecord third = newSession(ann, 3600);
    QVERIFY(store().createSession(third, {}, {first.id, other.id}).ok());
    VALUE_OR_FAIL(left, store().sessionsOf(ann.id));
    expected = {second.id, third.id};
    expected.sort();
    QCOMPARE(idsOf(left), expected);
    QCOMPARE(store().sessionsOf(bob.id)->size(), 1);
    QCOMPARE(store().sessionsOf(ann.id, 1)->size(), 1);
    REFUSED(store().createSession(newSession(ann, 60), QStringLiteral("an older hash"), {second.id}),
        ErrorCode::BadCredentials);
    QCOMPARE(store().sessionsOf(ann.id)->size(), 2);
}

void UserConformance::expiredSessionsAreNotAnswered()
{
    VALUE_OR_FAIL(ann, store().createUser(newUser(QStringLiteral("Ann"))));
    const SessionRecord expired = newSession(ann, -1);
    const SessionRecord live = newSession(ann, 3600);
    QVERIFY(store().createSession(expired).ok());
    QVERIFY(store().createSession(live).ok());
    for (int round = 0; round < 2; ++round) {
        // It is kept, for a clock that is wrong today.
        VALUE_OR_FAIL(all, store().keptSessions());
        QStringList both{live.id, expired.id};
        both.sort();
        QCOMPARE(idsOf(all), both);
        VALUE_OR_FAIL(anns, store().sessionsOf(ann.id));
        QCOMPARE(idsOf(anns), QStringList{live.id});
        REFUSED(store().deleteSession(ann.id, expired.id), ErrorCode::NotFound);
        reopen();
    }
}

void UserConformance::sessionIsDeletedByItsOwnerOnly()
{
    VALUE_OR_FAIL(ann, store().createUser(newUser(QStringLiteral("Ann"))));
    VALUE_OR_FAIL(bob, store().createUser(newUser(QStringLiteral("Bob"))));
    const SessionRecord session = newSession(ann, 3600);
    QVERIFY(store().createSession(session).ok());
    REFUSED(store().deleteSession(bob.id, session.id), ErrorCode::NotFound);
    REFUSED(store().deleteSession(ann.id, newId()), ErrorCode::NotFound);
    QVERIFY(store().deleteSession(ann.id, session.id).ok());
    REFUSED(store().deleteSession(ann.id, session.id), ErrorCode::NotFound);
    VALUE_OR_FAIL(all, store().keptSessions());
    QVERIFY(all.isEmpty());
}

void UserConformance::sessionOfNobodyIsRefused()
{
    REFUSED(store().createSession(newSession(User{newId(), QStringLiteral("Ann"), false}, 60)),
        ErrorCode::NotFound);
}

void UserConformance::changedPasswordEndsTheOtherSessions()
{
    VALUE_OR_FAIL(ann, store().createUser(newUser(QStringLiteral("Ann"))));
    VALUE_OR_FAIL(bob, store().createUser(newUser(QStringLiteral("Bob"))));
    const SessionRecord kept = newSession(ann, 3600);
    const SessionRecord first = newSession(ann, 3600);
    const SessionRecord second = newSession(ann, 3600);
    const SessionRecord expired = newSession(ann, -1);
    const SessionRecord other = newSession(bob, 3600);
    for (const SessionRecord &session : {kept, first, second, expired, other})
        QVERIFY(store().createSession(session).ok());

    const QString newHash = QStringLiteral("$argon2id$another");
    VALUE_OR_FAIL(ended, store().changePassword(ann.id, passwordHashOf(ann.name), newHash, kept.id));
    QStringList expected{first.id, second.id, expired.id};
    expected.sort();
    ended.sort();
    QCOMPARE(ended, expected);
    reopen();
    VALUE_OR_FAIL(all, store().keptSessions());
    expected = {kept.id, other.id};
    expected.sort();
    QCOMPARE(idsOf(all), expected);
    VALUE_OR_FAIL(credentials, store().findCredentials(QStringLiteral("ann")));
    QCOMPARE(credentials.passwordHash, newHash);
    VALUE_OR_FAIL(bobs, store().findCredentials(QStringLiteral("bob")));
    QCOMPARE(bobs.passwordHash, passwordHashOf(bob.name));
}

void UserConformance::passwordIsChangedFromTheCurrentOneOnly()
{
    VALUE_OR_FAIL(ann, store().createUser(newUser(QStringLiteral("Ann"))));
    const SessionRecord kept = newSession(ann, 3600);
    const SessionRecord other = newSession(ann, 3600);
    QVERIFY(store().createSession(kept).ok());
    QVERIFY(store().createSession(other).ok());
    const QString hash = passwordHashOf(ann.name);
    const QString newHash = QStringLiteral("$argon2id$another");
    REFUSED(store().changePassword(ann.id, newHash, newHash, kept.id), ErrorCode::BadCredentials);
    REFUSED(store().changePassword(newId(), hash, newHash, kept.id), ErrorCode::BadCredentials);
    REFUSED(store().changePassword(ann.id, hash, newHash, newId()), ErrorCode::Unauthorized);
    // Nothing of what was refused is there.
    VALUE_OR_FAIL(credentials, store().findCredentials(QStringLiteral("ann")));
    QCOMPARE(credentials.passwordHash, hash);
    VALUE_OR_FAIL(all, store().keptSessions());
    QCOMPARE(all.size(), 2);
}

void UserConformance::noSessionByAnOldPassword()
{
    VALUE_OR_FAIL(ann, store().createUser(newUser(QStringLiteral("Ann"))));
    const SessionRecord kept = newSession(ann, 3600);
    QVERIFY(store().createSession(kept).ok());
    const QString newHash = QStringLiteral("$argon2id$another");
    QVERIFY(store().changePassword(ann.id, passwordHashOf(ann.name), newHash, kept.id).ok());
    REFUSED(store().createSession(newSession(ann, 3600)), ErrorCode::BadCredentials);
    QVERIFY(store().createSession(newSession(ann, 3600), newHash).ok());
}

void UserConformance::sessionIsFoundUntilItEnds()
{
    VALUE_OR_FAIL(ann, store().createUser(newUser(QStringLiteral("Ann"))));
    const SessionRecord session = newSession(ann, 3600);
    const SessionRecord expired = newSession(ann, -1);
    const SessionRecord other = newSession(ann, 3600);
    for (const SessionRecord &each : {session, expired, other})
        QVERIFY(store().createSession(each).ok());
    VALUE_OR_FAIL(found, store().findSession(session.id));
    QCOMPARE(found.session.id, session.id);
    QCOMPARE(found.session.user, ann);
    QCOMPARE(found.session.expiresAt, session.expiresAt);
    QCOMPARE(found.head, 0);
    REFUSED(store().findSession(expired.id), ErrorCode::NotFound);
    REFUSED(store().findSession(newId()), ErrorCode::NotFound);
    QVERIFY(store().deleteSession(ann.id, session.id).ok());
    REFUSED(store().findSession(session.id), ErrorCode::NotFound);
    QCOMPARE(store().findSession(other.id)->head, 1);
}

void UserConformance::endedSessionsAreInTheControlLog()
{
    VALUE_OR_FAIL(ann, store().createUser(newUser(QStringLiteral("Ann"))));
    VALUE_OR_FAIL(bob, store().createUser(newUser(QStringLiteral("Bob"))));
    VALUE_OR_FAIL(nothing, store().controlAfter(0));
    QVERIFY(nothing.ended.isEmpty());
    QCOMPARE(nothing.head, 0);
    QCOMPARE(nothing.upTo, 0);
    QVERIFY(!nothing.epoch.isEmpty());

    const SessionRecord first = newSession(ann, 3600);
    const SessionRecord second = newSession(ann, 3600);
    const SessionRecord third = newSession(ann, 3600);
    const SessionRecord bobs = newSession(bob, 3600);
    for (const SessionRecord &session : {first, second, bobs})
        QVERIFY(store().createSession(session).ok());
    QVERIFY(store().deleteSession(ann.id, first.id).ok());
    // What ends nothing is not in it.
    REFUSED(store().deleteSession(ann.id, first.id), ErrorCode::NotFound);
    REFUSED(store().deleteSession(ann.id, bobs.id), ErrorCode::NotFound);
    REFUSED(store().createSession(newSession(ann, 60), QStringLiteral("an older hash"), {second.id}),
        ErrorCode::BadCredentials);
    QVERIFY(store().createSession(third, {}, {second.id, bobs.id, newId()}).ok());
    const SessionRecord fourth = newSession(ann, 3600);
    QVERIFY(store().createSession(fourth).ok());
    const QString hash = passwordHashOf(ann.name);
    REFUSED(store().changePassword(ann.id, hash, QStringLiteral("new"), newId()), ErrorCode::Unauthorized);
    QVERIFY(store().changePassword(ann.id, hash, QStringLiteral("new"), fourth.id).ok());

    const QList<EndedSession> expected{{1, first.id, SessionEnd::Revoked},
        {2, second.id, SessionEnd::Surplus}, {3, third.id, SessionEnd::PasswordChanged}};
    for (int round = 0; round < 2; ++round) {
        VALUE_OR_FAIL(page, store().controlAfter(0));
        QCOMPARE(page.ended, expected);
        QCOMPARE(page.head, 3);
        QCOMPARE(page.upTo, 3);
        QCOMPARE(page.purged, 0);
        reopen();
    }
}

void UserConformance::controlLogIsReadInParts()
{
    VALUE_OR_FAIL(ann, store().createUser(newUser(QStringLiteral("Ann"))));
    QStringList ids;
    for (int i = 0; i < 5; ++i) {
        const SessionRecord session = newSession(ann, 3600);
        QVERIFY(store().createSession(session).ok());
        QVERIFY(store().deleteSession(ann.id, session.id).ok());
        ids.append(session.id);
    }
    QStringList read;
    QList<qint64> ends;
    for (qint64 after = 0; after < 5;) {
        VALUE_OR_FAIL(page, store().controlAfter(after, 2));
        for (const EndedSession &ended : std::as_const(page.ended))
            read.append(ended.sessionId);
        QVERIFY(page.upTo > after);
        QCOMPARE(page.head, 5);
        after = page.upTo;
        ends.append(after);
    }
    QCOMPARE(read, ids);
    QCOMPARE(ends, (QList<qint64>{2, 4, 5}));
    VALUE_OR_FAIL(end, store().controlAfter(5));
    QVERIFY(end.ended.isEmpty());
    QCOMPARE(end.upTo, 5);
}

void UserConformance::usersAndSessionsOutliveARestart()
{
    VALUE_OR_FAIL(ann, store().createUser(newUser(QStringLiteral("Ann"))));
    const SessionRecord session = newSession(ann, 3600);
    QVERIFY(store().createSession(session).ok());
    reopen();
    VALUE_OR_FAIL(found, store().findUser(ann.id, {}));
    QCOMPARE(found, ann);
    VALUE_OR_FAIL(all, store().keptSessions());
    QCOMPARE(idsOf(all), QStringList{session.id});
    REFUSED(store().createUser(newUser(QStringLiteral("ann"))), ErrorCode::NameTaken);
}

} // namespace storetest
