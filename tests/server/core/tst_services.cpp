#include "common/ids.h"
#include "server/core/names.h"
#include "server/core/securitylog.h"
#include "tests/server/core/corefixture.h"

#include <QSignalSpy>

using namespace rookery;
using namespace rookery::core;
using namespace rookery::test;

namespace {

const QString password = QStringLiteral("correct horse");

} // namespace

class ServicesTest : public QObject
{
    Q_OBJECT
private:
    static AccountsOptions withoutLogInLimit()
    {
        AccountsOptions options;
        options.limits.loginsPerMinute = 0;
        options.guests = true;
        return options;
    }
    Result<User> registerUser(CoreFixture &core, const QString &name, const QString &secret)
    {
        return answerOf<User>([&](auto *context, auto done) {
            core.accounts->registerUser(name, secret, m_client, context, done);
        });
    }
    Result<LogIn> logIn(CoreFixture &core, const QString &name, const QString &secret)
    {
        return answerOf<LogIn>(
            [&](auto *context, auto done) { core.accounts->logIn(name, secret, m_client, context, done); });
    }

    const ClientInfo m_client{
        QStringLiteral("192.0.2.1"), QStringLiteral("192.0.2.1"), QStringLiteral("test")};
    CoreFixture m_core{withoutLogInLimit()};

private Q_SLOTS:
    void registrationRefuses_data()
    {
        QTest::addColumn<QString>("name");
        QTest::addColumn<QString>("secret");
        QTest::addColumn<ErrorCode>("code");
        QTest::addColumn<QString>("field");
        const QString username = QStringLiteral("username");
        QTest::newRow("empty name") << QString() << password << ErrorCode::InvalidField << username;
        QTest::newRow("one letter") << QStringLiteral("a") << password << ErrorCode::InvalidField << username;
        QTest::newRow("too long") << QString(33, u'a') << password << ErrorCode::InvalidField << username;
        QTest::newRow("white space") << QStringLiteral("ann lee") << password << ErrorCode::InvalidField
                                     << username;
        QTest::newRow("short password") << QStringLiteral("anna") << QStringLiteral("1234567")
                                        << ErrorCode::InvalidField << QStringLiteral("password");
        QTest::newRow("long password") << QStringLiteral("anna") << QString(1025, u'x')
                                       << ErrorCode::InvalidField << QStringLiteral("password");
        QTest::newRow("taken") << QStringLiteral("taken") << password << ErrorCode::NameTaken << username;
        QTest::newRow("the name for a password") << QStringLiteral("annabelle") << QStringLiteral("AnnaBelle")
                                                 << ErrorCode::InvalidField << QStringLiteral("password");
        for (const char *common : {"password", "12345678", "PassWord1", "iloveyou", "trustno1"})
            QTest::newRow(common) << QStringLiteral("anna") << QString::fromLatin1(common)
                                  << ErrorCode::InvalidField << QStringLiteral("password");
        for (const char16_t bad : {u'\u0007', u'\u0085', u'\u200b', u'\u2028', u'\ue000', u'\u0378'})
            QTest::addRow("U+%04X in the password", unsigned(bad))
                << QStringLiteral("anna") << password + QChar(bad) << ErrorCode::InvalidField
                << QStringLiteral("password");
        for (const char *reserved : {"admin", "Admin", "adrnin", "SYSTEM", "moderator", "root", "guest",
                 "guest-1a2b3c", "GUEST-x", "support"})
            QTest::newRow(reserved) << QString::fromLatin1(reserved) << password << ErrorCode::NameTaken
                                    << username;
        QTest::newRow("taken in another case")
            << QStringLiteral("TAKEN") << password << ErrorCode::NameTaken << username;
    }
    /// THREATS 42, 43.
    void registrationRefuses()
    {
        QFETCH(QString, name);
        QFETCH(QString, secret);
        QFETCH(ErrorCode, code);
        QFETCH(QString, field);
        if (code == ErrorCode::NameTaken) {
            const auto taken = registerUser(m_core, QStringLiteral("taken"), password);
            QVERIFY(taken.ok() || taken.error().code == ErrorCode::NameTaken);
        }
        const auto user = registerUser(m_core, name, secret);
        QVERIFY(!user);
        QCOMPARE(user.error().code, code);
        QCOMPARE(user.error().field, field);
        QVERIFY(!user.error().detail.isEmpty());
    }

    /// RFC 8265: `pässwörd` typed on one keyboard is the one typed on another.
    void passwordsAreComparedNormalised()
    {
        const QString composed = QStringLiteral("p\u00e4ssw\u00f6rd eins");
        const QString decomposed = QStringLiteral("pa\u0308sswo\u0308rd\u00a0eins");
        QVERIFY(registerUser(m_core, QStringLiteral("composed"), composed).ok());
        QVERIFY(logIn(m_core, QStringLiteral("composed"), decomposed).ok());
        QVERIFY(registerUser(m_core, QStringLiteral("decomposed"), decomposed).ok());
        QVERIFY(logIn(m_core, QStringLiteral("decomposed"), composed).ok());
        const auto other = logIn(m_core, QStringLiteral("composed"), composed.toUpper());
        QVERIFY(!other && other.error().code == ErrorCode::BadCredentials);

        const auto session = logIn(m_core, QStringLiteral("decomposed"), composed);
        QVERIFY(answerOf<Nothing>([&](auto *context, auto answer) {
            m_core.accounts->changePassword(session->principal, decomposed,
                QStringLiteral("a\u0308 new\u2003secret"), m_client, context, answer);
        }).ok());
        QVERIFY(logIn(m_core, QStringLiteral("decomposed"), QStringLiteral("\u00e4 new secret")).ok());
    }
    /// Hashes of before are of the bytes that were typed, also of what is refused now.
    void passwordsOfBeforeGoOnWorking()
    {
        int number = 0;
        for (const QString &typed : {QStringLiteral("pa\u0308sswo\u0308rd\u00a0eins"),
                 QStringLiteral("\U0001f469\u200d\U0001f4bb secret"), QStringLiteral("password"),
                 QStringLiteral("tab\tin between")}) {
            const QString name = QStringLiteral("veteran%1").arg(++number);
            const auto hash = answerOf<QString>(
                [&](auto *context, auto done) { m_core.hasher.hash(typed, context, done); });
            QVERIFY(hash.ok());
            QVERIFY(answerOf<User>([&](auto *context, auto done) {
                m_core.store->createUser({newId(), name, skeletonOf(name), *hash, false, {}}, context, done);
            }).ok());
            QVERIFY2(logIn(m_core, name, typed).ok(), qUtf8Printable(typed));
            QVERIFY(!logIn(m_core, name, typed + u'x').ok());
        }
    }

    /// A clock that is a month ahead for one boot logs nobody out for good.
    void aWrongClockDeletesNoLogIn()
    {
        SessionTable table;
        const QDateTime now = QDateTime::currentDateTimeUtc();
        const User ann{newId(), QStringLiteral("ann"), false};
        table.insert(QStringLiteral("s"), {ann, now.addDays(30)});
        QVERIFY(table.takeExpired(now).isEmpty());
        const QDateTime ahead = now.addDays(31);
        QVERIFY(!table.find(QStringLiteral("s"), ann.id, ahead));
        QCOMPARE(table.takeExpired(ahead), QStringList{QStringLiteral("s")});
        QVERIFY(table.takeExpired(ahead).isEmpty());
        QVERIFY(table.takeExpired(now).isEmpty());
        QVERIFY(table.find(QStringLiteral("s"), ann.id, now).has_value());
        QCOMPARE(table.takeExpired(ahead), QStringList{QStringLiteral("s")});
        table.takeExpired(now.addDays(30 + 91));
        QVERIFY(!table.find(QStringLiteral("s"), ann.id, now));
    }

    /// THREATS 48.
    void securityLines()
    {
        QCOMPARE(
            securityLine(SecurityEvent::LogInFailed, QStringLiteral("ann"), QStringLiteral("192.0.2.1"), {}),
            QStringLiteral("category=security event=login_failed account=\"ann\" network=\"192.0.2.1\""));
        QCOMPARE(securityLine(SecurityEvent::RateLimited, QStringLiteral("a\"\n\u009b\u202e\u00e4"), {},
                     QStringLiteral("x\\")),
            QStringLiteral(
                "category=security event=rate_limited account=\"a\\\"\\u{a}\\u{9b}\\u{202e}\u00e4\" "
                "network=\"\" detail=\"x\\\\\""));
    }

    void aLogInGivesATokenThatLastsUntilItIsRevoked()
    {
        const auto user = registerUser(m_core, QStringLiteral("lena"), password);
        QVERIFY(user.ok());
        const auto first = logIn(m_core, QStringLiteral("Lena"), password);
        const auto second = logIn(m_core, QStringLiteral("lena"), password);
        QVERIFY(first.ok() && second.ok());
        const auto principal = m_core.accounts->authenticate(first->token);
        QVERIFY(principal.ok());
        QCOMPARE(principal->user, *user);

        const auto sessions = answerOf<QList<SessionInfo>>(
            [&](auto *context, auto done) { m_core.accounts->sessions(*principal, context, done); });
        QVERIFY(sessions.ok());
        QCOMPARE(sessions->size(), 2);
        QCOMPARE(
            std::count_if(sessions->begin(), sessions->end(), [](const SessionInfo &s) { return s.current; }),
            1);

        QSignalSpy revoked(m_core.accounts, &Accounts::sessionEnded);
        const auto done = answerOf<Nothing>([&](auto *context, auto answer) {
            m_core.accounts->revoke(*principal, second->principal.sessionId, {}, context, answer);
        });
        QVERIFY(done.ok());
        QCOMPARE(revoked.size(), 1);
        QVERIFY(!m_core.accounts->authenticate(second->token));
        QVERIFY(m_core.accounts->authenticate(first->token).ok());
    }

    /// THREATS 13: what is hashed is answered later, from the event loop; this comes from within the call.
    void aHugePasswordIsRefusedBeforeAnyHash_data()
    {
        QTest::addColumn<QString>("secret");
        QTest::newRow("5 MB") << QString(5'000'000, u'a');
        QTest::newRow("one byte too many") << QString(1025, u'a');
        QTest::newRow("one byte too many, in two-byte characters") << QString(513, u'\u00e4');
    }
    void aHugePasswordIsRefusedBeforeAnyHash()
    {
        QFETCH(QString, secret);
        const Principal ann = m_core.newUser(QStringLiteral("huge") + QString::number(secret.size()));
        QStringList refused;
        const auto expect = [&](auto &&result) {
            QVERIFY(!result);
            QCOMPARE(result.error().code, ErrorCode::InvalidField);
            refused.append(result.error().field);
        };
        m_core.accounts->registerUser(
            QStringLiteral("newcomer"), secret, {}, this, [&](const Result<User> &user) { expect(user); });
        m_core.accounts->logIn(
            ann.user.name, secret, {}, this, [&](const Result<core::LogIn> &logIn) { expect(logIn); });
        m_core.accounts->changePassword(
            ann, secret, password, {}, this, [&](const Result<Nothing> &changed) { expect(changed); });
        m_core.accounts->changePassword(
            ann, password, secret, {}, this, [&](const Result<Nothing> &changed) { expect(changed); });
        QCOMPARE(refused.join(u','), QStringLiteral("password,password,current,new"));
    }

    /// THREATS 7.
    void anOldPasswordOpensNothing()
    {
        const QString fresh = QStringLiteral("battery staple");
        QVERIFY(registerUser(m_core, QStringLiteral("changer"), password).ok());
        const auto kept = logIn(m_core, QStringLiteral("changer"), password);
        const auto other = logIn(m_core, QStringLiteral("changer"), password);
        QVERIFY(kept.ok() && other.ok());
        QSignalSpy ended(m_core.accounts, &Accounts::sessionEnded);
        const auto change = [&](const QString &current, const QString &next) {
            return answerOf<Nothing>([&](auto *context, auto answer) {
                m_core.accounts->changePassword(kept->principal, current, next, {}, context, answer);
            });
        };
        const auto wrong = change(fresh, password);
        QVERIFY(!wrong);
        QCOMPARE(wrong.error().code, ErrorCode::Forbidden);
        QCOMPARE(wrong.error().field, QStringLiteral("current"));
        QVERIFY(ended.isEmpty());
        QVERIFY(change(password, fresh).ok());
        QCOMPARE(ended.size(), 1);
        QCOMPARE(ended.first().first().toString(), other->principal.sessionId);
        QVERIFY(m_core.accounts->authenticate(kept->token).ok());
        QVERIFY(!m_core.accounts->authenticate(other->token));
        QVERIFY(!logIn(m_core, QStringLiteral("changer"), password));
        QVERIFY(logIn(m_core, QStringLiteral("changer"), fresh).ok());
        // A session that is over changes nothing any more.
        QVERIFY(answerOf<Nothing>([&](auto *context, auto answer) {
            m_core.accounts->revoke(kept->principal, kept->principal.sessionId, {}, context, answer);
        }).ok());
        const auto late = change(fresh, password);
        QVERIFY(!late);
        QCOMPARE(late.error().code, ErrorCode::Unauthorized);
    }

    void anExpiredSessionEnds()
    {
        AccountsOptions brief = withoutLogInLimit();
        brief.tokenLifetime = std::chrono::seconds(1);
        CoreFixture core(brief);
        QVERIFY(registerUser(core, QStringLiteral("brief"), password).ok());
        const auto session = logIn(core, QStringLiteral("brief"), password);
        QVERIFY(session.ok());
        QVERIFY(core.accounts->authenticate(session->token).ok());
        QTRY_VERIFY(!core.accounts->authenticate(session->token));
        QSignalSpy ended(core.accounts, &Accounts::sessionEnded);
        core.accounts->forgetExpired();
        QCOMPARE(ended.size(), 1);
        QCOMPARE(ended.first().first().toString(), session->principal.sessionId);
    }

    void nobodyRevokesASessionOfSomebodyElse()
    {
        QVERIFY(registerUser(m_core, QStringLiteral("owner"), password).ok());
        const auto owner = logIn(m_core, QStringLiteral("owner"), password);
        QVERIFY(owner.ok());
        const Principal thief = m_core.newUser(QStringLiteral("thief"));
        const auto done = answerOf<Nothing>([&](auto *context, auto answer) {
            m_core.accounts->revoke(thief, owner->principal.sessionId, {}, context, answer);
        });
        QVERIFY(!done);
        QCOMPARE(done.error().code, ErrorCode::NotFound);
        QVERIFY(m_core.accounts->authenticate(owner->token).ok());
    }

    void wrongPasswordAndUnknownUserReadTheSame()
    {
        QVERIFY(registerUser(m_core, QStringLiteral("known"), password).ok());
        const auto wrong = logIn(m_core, QStringLiteral("known"), QStringLiteral("wrong password"));
        const auto unknown = logIn(m_core, QStringLiteral("unknown"), QStringLiteral("wrong password"));
        QVERIFY(!wrong && !unknown);
        QCOMPARE(wrong.error().code, ErrorCode::BadCredentials);
        QCOMPARE(unknown.error().code, ErrorCode::BadCredentials);
        QCOMPARE(wrong.error().detail, unknown.error().detail);
    }

    void logInsAreLimited()
    {
        AccountsOptions options;
        options.limits.loginsPerMinute = 3;
        CoreFixture core(options);
        QVERIFY(registerUser(core, QStringLiteral("slow"), password).ok());
        for (int i = 0; i < 3; ++i)
            QCOMPARE(logIn(core, QStringLiteral("slow"), QStringLiteral("wrong password")).error().code,
                ErrorCode::BadCredentials);
        const auto limited = logIn(core, QStringLiteral("slow"), password);
        QVERIFY(!limited);
        QCOMPARE(limited.error().code, ErrorCode::RateLimited);
        QVERIFY(limited.error().retryAfter.count() > 0);
    }

    /// A guest is a user in the database, and costs whoever makes one nothing but a handshake.
    void guestsAreLimited()
    {
        AccountsOptions options = withoutLogInLimit();
        options.limits.guestsPerMinute = 2;
        CoreFixture core(options);
        const auto admit = [&core](const ClientInfo &client) {
            return answerOf<Principal>(
                [&](auto *context, auto done) { core.accounts->admitGuest(client, context, done); });
        };
        QVERIFY(admit(m_client).ok());
        QVERIFY(admit(m_client).ok());
        const auto limited = admit(m_client);
        QVERIFY(!limited);
        QCOMPARE(limited.error().code, ErrorCode::RateLimited);
        const QString elsewhere = QStringLiteral("2001:db8::/64");
        QVERIFY(admit({QStringLiteral("2001:db8::1"), elsewhere, {}}).ok());
        QVERIFY(admit({QStringLiteral("2001:db8::2"), elsewhere, {}}).ok());
        QVERIFY(!admit({QStringLiteral("2001:db8::3"), elsewhere, {}}));
    }

    void sessionsOutliveARestart()
    {
        QVERIFY(registerUser(m_core, QStringLiteral("stayer"), password).ok());
        const auto session = logIn(m_core, QStringLiteral("stayer"), password);
        QVERIFY(session.ok());
        SharedState shared(withoutLogInLimit().limits);
        Accounts again(m_core.store.get(), &m_core.hasher, &m_core.signer, &shared, withoutLogInLimit());
        QVERIFY(!again.authenticate(session->token));
        QVERIFY(answerOf<Nothing>([&](auto *context, auto done) {
            shared.sessions.load(m_core.store.get(), context, done);
        }).ok());
        QVERIFY(again.authenticate(session->token).ok());
    }

    void guestsSpeakInRoomsOnly()
    {
        const auto guest = answerOf<Principal>(
            [&](auto *context, auto done) { m_core.accounts->admitGuest(m_client, context, done); });
        QVERIFY(guest.ok());
        QVERIFY(guest->user.guest);
        m_core.openRoom(m_core.newUser(QStringLiteral("host")), QStringLiteral("open-house"));
        const Room room = m_core.openRoom(*guest, QStringLiteral("open-house"));
        QVERIFY(m_core.send(*guest, room, QStringLiteral("hi")).ok());
        const auto direct = answerOf<Sent>([&](auto *context, auto done) {
            m_core.messages->sendDirect(*guest, QStringLiteral("anybody"), {QStringLiteral("psst"), {}},
                QStringLiteral("message"), QStringLiteral("receiverId"), context, done);
        });
        QVERIFY(!direct);
        QCOMPARE(direct.error().code, ErrorCode::Forbidden);

        // Nor does anybody write to them: their rows could not go any more (THREATS 37).
        const Principal account = m_core.newUser(QStringLiteral("friend-of-guests"));
        const auto answer = answerOf<Sent>([&](auto *context, auto done) {
            m_core.messages->sendDirect(account, guest->user.name, {QStringLiteral("psst"), {}},
                QStringLiteral("message"), QStringLiteral("receiverId"), context, done);
        });
        QVERIFY(!answer);
        QCOMPARE(answer.error().code, ErrorCode::Forbidden);
        QCOMPARE(answer.error().field, QStringLiteral("receiverId"));
        const auto opened = answerOf<Room>([&](auto *context, auto done) {
            m_core.rooms->openDirect(account, guest->user.id, context, done);
        });
        QVERIFY(!opened);
        QCOMPARE(opened.error().code, ErrorCode::Forbidden);
        QCOMPARE(opened.error().field, QStringLiteral("user"));

        CoreFixture closed;
        const auto refused = answerOf<Principal>(
            [&](auto *context, auto done) { closed.accounts->admitGuest(m_client, context, done); });
        QVERIFY(!refused);
        QCOMPARE(refused.error().code, ErrorCode::Unauthorized);
    }

    /// THREATS 37. A room costs whoever makes it nothing but a handshake, and stays. A hidden room is
    /// answered like one that is not there.
    void guestsMakeNoRooms()
    {
        const auto guest = answerOf<Principal>(
            [&](auto *context, auto done) { m_core.accounts->admitGuest(m_client, context, done); });
        QVERIFY(guest.ok());
        const Principal owner = m_core.newUser(QStringLiteral("owner-of-hidden"));
        QVERIFY(answerOf<Room>([&](auto *context, auto done) {
            m_core.rooms->create(owner, QStringLiteral("hidden"), RoomKind::Private, context, done);
        }).ok());

        QList<Error> refusals;
        for (const auto &name : {QStringLiteral("brand-new"), QStringLiteral("hidden")}) {
            const auto opened = answerOf<Room>(
                [&](auto *context, auto done) { m_core.rooms->open(*guest, name, context, done); });
            QVERIFY(!opened);
            refusals.append(opened.error());
        }
        QCOMPARE(refusals[0].code, ErrorCode::NotFound);
        QCOMPARE(refusals[1].code, ErrorCode::NotFound);
        QCOMPARE(refusals[0].detail, refusals[1].detail);
        const auto made = answerOf<Room>([&](auto *context, auto done) {
            m_core.rooms->find(owner, QStringLiteral("brand-new"), context, done);
        });
        QVERIFY(!made);
        QCOMPARE(made.error().code, ErrorCode::NotFound);

        const auto created = answerOf<Room>([&](auto *context, auto done) {
            m_core.rooms->create(*guest, QStringLiteral("brand-new"), RoomKind::Public, context, done);
        });
        QVERIFY(!created);
        QCOMPARE(created.error().code, ErrorCode::Forbidden);
        const auto direct = answerOf<Room>([&](auto *context, auto done) {
            m_core.rooms->openDirect(*guest, owner.user.name, context, done);
        });
        QVERIFY(!direct);
        QCOMPARE(direct.error().code, ErrorCode::Forbidden);
    }

    void aRoomIsMadeAtFirstUseUnlessTheOperatorSaysOtherwise()
    {
        RoomsOptions strict;
        strict.createOnFirstUse = false;
        CoreFixture core({}, strict);
        const Principal ann = core.newUser(QStringLiteral("ann"));
        const auto missing = answerOf<Room>(
            [&](auto *context, auto done) { core.rooms->open(ann, QStringLiteral("new"), context, done); });
        QVERIFY(!missing);
        QCOMPARE(missing.error().code, ErrorCode::NotFound);
        const auto made = answerOf<Room>([&](auto *context, auto done) {
            core.rooms->create(ann, QStringLiteral("new"), RoomKind::Public, context, done);
        });
        QVERIFY(made.ok());
        QVERIFY(made->member);
        QCOMPARE(core.openRoom(ann, QStringLiteral("new")).id, made->id);
        const auto again = answerOf<Room>([&](auto *context, auto done) {
            core.rooms->create(ann, QStringLiteral("new"), RoomKind::Private, context, done);
        });
        QCOMPARE(again.error().code, ErrorCode::NameTaken);
    }

    void roomNames_data()
    {
        QTest::addColumn<QString>("name");
        QTest::addColumn<bool>("good");
        QTest::newRow("letters, digits, - and _") << QStringLiteral("room_name-2") << true;
        QTest::newRow("another script") << QStringLiteral("комната") << true;
        QTest::newRow("decomposed") << QStringLiteral("cafe\u0301") << true;
        QTest::newRow("64 characters") << QString(64, u'x') << true;
        QTest::newRow("65 characters") << QString(65, u'x') << false;
        QTest::newRow("empty") << QString() << false;
        QTest::newRow("space") << QStringLiteral("a b") << false;
        QTest::newRow("slash") << QStringLiteral("a/b") << false;
        QTest::newRow("dots") << QStringLiteral("..") << false;
        QTest::newRow("bidi override") << QStringLiteral("a\u202eb") << false;
        QTest::newRow("form of an id") << newId() << false;
    }
    void roomNames()
    {
        QFETCH(QString, name);
        QFETCH(bool, good);
        const Principal ann = m_core.newUser(QStringLiteral("namer"));
        const auto room =
            answerOf<Room>([&](auto *context, auto done) { m_core.rooms->open(ann, name, context, done); });
        QCOMPARE(room.ok(), good);
        if (good)
            QCOMPARE(room->name, name.normalized(QString::NormalizationForm_C));
        else
            QCOMPARE(room.error().code, ErrorCode::InvalidField);
    }

    void everybodyStartsInTheLobby()
    {
        const Principal ann = m_core.newUser(QStringLiteral("starter"));
        const auto page = answerOf<store::RoomsPage>(
            [&](auto *context, auto done) { m_core.rooms->list(ann, {}, context, done); });
        QVERIFY(page.ok());
        QCOMPARE(page->rooms.size(), 1);
        QCOMPARE(page->rooms.first().name, QString(lobbyName));
    }

    void aPrivateRoomIsSeenByMembersOnly()
    {
        const Principal ann = m_core.newUser(QStringLiteral("keeper"));
        const Principal bob = m_core.newUser(QStringLiteral("visitor"));
        const auto made = answerOf<Room>([&](auto *context, auto done) {
            m_core.rooms->create(ann, QStringLiteral("den"), RoomKind::Private, context, done);
        });
        QVERIFY(made.ok());
        const auto seenByBob = [&](const QString &idOrName) {
            return answerOf<Room>(
                [&](auto *context, auto done) { m_core.rooms->find(bob, idOrName, context, done); });
        };
        QCOMPARE(seenByBob(made->id).error().code, ErrorCode::NotFound);
        QCOMPARE(seenByBob(QStringLiteral("den")).error().detail,
            seenByBob(QStringLiteral("void")).error().detail);
        const auto joined = answerOf<Room>(
            [&](auto *context, auto done) { m_core.rooms->join(bob, made->id, context, done); });
        QCOMPARE(joined.error().code, ErrorCode::NotFound);

        const auto invited = answerOf<Invited>([&](auto *context, auto done) {
            m_core.invitations->invite(ann, made->id, QStringLiteral("visitor"), context, done);
        });
        QVERIFY(invited.ok());
        QVERIFY(invited->invited);
        QVERIFY(!invited->member.member);
        // Invited is not in (THREATS 34).
        QCOMPARE(seenByBob(made->id).error().code, ErrorCode::NotFound);
        const auto accepted = answerOf<Room>(
            [&](auto *context, auto done) { m_core.rooms->join(bob, made->id, context, done); });
        QVERIFY(accepted.ok());
        QVERIFY(seenByBob(made->id).ok());
        const auto left = answerOf<Nothing>(
            [&](auto *context, auto done) { m_core.rooms->leave(bob, made->id, context, done); });
        QVERIFY(left.ok());
        QVERIFY(!seenByBob(made->id));
    }

    void messagesAreChecked_data()
    {
        QTest::addColumn<QString>("text");
        QTest::addColumn<QString>("clientId");
        QTest::addColumn<int>("code"); // -1: accepted
        QTest::newRow("plain") << QStringLiteral("hello") << QString() << -1;
        QTest::newRow("4,000 characters beyond the first plane")
            << QStringLiteral("\U0001F426").repeated(4000) << QString() << -1;
        QTest::newRow("4,001") << QString(4001, u'x') << QString() << int(ErrorCode::MessageTooLong);
        QTest::newRow("empty") << QString() << QString() << int(ErrorCode::InvalidField);
        QTest::newRow("blank") << QStringLiteral(" \n\t ") << QString() << int(ErrorCode::InvalidField);
        QTest::newRow("lone surrogate")
            << QString(QChar(0xd800)) << QString() << int(ErrorCode::InvalidField);
        QTest::newRow("NUL") << QString(QChar(u'\0')) + QLatin1Char('x') << QString()
                             << int(ErrorCode::InvalidField);
        QTest::newRow("bad client id")
            << QStringLiteral("hello") << QStringLiteral("1") << int(ErrorCode::InvalidField);
        QTest::newRow("SQL and markup")
            << QStringLiteral("'; DROP TABLE events; -- <b>%s") << QString() << -1;
    }
    void messagesAreChecked()
    {
        QFETCH(QString, text);
        QFETCH(QString, clientId);
        QFETCH(int, code);
        const Principal ann = m_core.newUser(QStringLiteral("w%1").arg(++m_writers));
        const Room room = m_core.openRoom(ann, QStringLiteral("checked"));
        const auto sent =
            m_core.send(ann, room, text, clientId.isNull() ? std::nullopt : std::optional<QString>(clientId));
        QCOMPARE(sent.ok(), code == -1);
        if (sent)
            QCOMPARE(sent->event.text, text);
        else
            QCOMPARE(int(sent.error().code), code);
    }

    void messagesAreLimitedPerUser()
    {
        const Principal ann = m_core.newUser(QStringLiteral("chatty"));
        const Principal bob = m_core.newUser(QStringLiteral("quiet"));
        const Room room = m_core.openRoom(ann, QStringLiteral("busy"));
        std::optional<Error> refused;
        for (int i = 0; i < 200 && !refused; ++i) {
            const auto sent = m_core.send(ann, room, QStringLiteral("again"));
            if (!sent)
                refused = sent.error();
        }
        QVERIFY(refused);
        QCOMPARE(refused->code, ErrorCode::RateLimited);
        QVERIFY(m_core.send(bob, room, QStringLiteral("and I?")).ok());
    }

    void nothingNewComesInWhileDeliveriesAreFarBehind()
    {
        const Principal ann = m_core.newUser(QStringLiteral("pusher"));
        const Room room = m_core.openRoom(ann, QStringLiteral("pushed"));
        m_core.bus.publish(std::vector<bus::Notice>(30'000, bus::SessionEnded{}));
        const auto refused = m_core.send(ann, room, QStringLiteral("too much"));
        QVERIFY(!refused);
        QCOMPARE(refused.error().code, ErrorCode::Overloaded);
        QVERIFY(refused.error().retryAfter.count() > 0);
        QTRY_VERIFY(!m_core.bus.isCongested());
        QVERIFY(m_core.send(ann, room, QStringLiteral("now")).ok());
    }

    void whatIsStoredIsPublishedThoughTheSenderHasGone()
    {
        const Principal ann = m_core.newUser(QStringLiteral("leaver"));
        const Principal bob = m_core.newUser(QStringLiteral("hearer"));
        struct Hearer : SessionListener
        {
            explicit Hearer(User who)
                : me(std::move(who))
            { }
            const User &user() const override { return me; }
            const QString &sessionId() const override { return id; }
            void publishDirect(const Broadcast &broadcast) override { heard.append(broadcast.event().text); }
            void membershipChanged(const Room &, bool) override { }
            void end(CloseCode, const QString &) override { }
            User me;
            QString id;
            QStringList heard;
        } hearer(bob.user);
        m_core.hub->addSession(&hearer);
        auto say = [&](const QString &text, QObject *context) {
            m_core.messages->sendDirect(ann, bob.user.name, {text, {}}, QStringLiteral("message"),
                QStringLiteral("receiverId"), context, [](const Result<Sent> &) {});
        };
        QObject stays;
        say(QStringLiteral("first"), &stays);
        QTRY_COMPARE(hearer.heard, QStringList{QStringLiteral("first")});
        const Room room = *answerOf<Room>(
            [&](auto *context, auto done) { m_core.rooms->openDirect(ann, bob.user.id, context, done); });
        {
            QObject goes;
            m_core.messages->send(ann, std::make_shared<const Room>(room), {QStringLiteral("second"), {}},
                QStringLiteral("message"), &goes, [](const Result<Sent> &) { QFAIL("the context is gone"); });
        }
        QTRY_COMPARE(hearer.heard, (QStringList{QStringLiteral("first"), QStringLiteral("second")}));
        m_core.hub->removeSession(&hearer);
    }

    /// Who makes rooms, joins and leaves in a loop has the server write for it and everybody else hear of it.
    void changesOfRoomsAreLimited()
    {
        AccountsOptions options = withoutLogInLimit();
        options.limits.messagesPerSecond = 1;
        options.limits.messagesBurst = 3;
        CoreFixture core(options);
        const auto outcome = [](const auto &result) {
            return result.ok() ? QStringLiteral("ok") : QString(codeText(result.error().code));
        };
        const QString refused = QString(codeText(ErrorCode::RateLimited));
        using Change = std::function<QString(const Principal &, const QString &)>;
        const auto roomCall = [&](auto call) {
            return [&core, call, outcome](const Principal &who, const QString &name) {
                return outcome(
                    answerOf<Room>([&](auto *c, auto done) { call(core.rooms, who, name, c, done); }));
            };
        };
        const Change open = roomCall([](Rooms *rooms, auto &&...rest) { rooms->open(rest...); });
        const Change join = roomCall([](Rooms *rooms, auto &&...rest) { rooms->join(rest...); });
        const Change direct = roomCall([](Rooms *rooms, auto &&...rest) { rooms->openDirect(rest...); });
        const Change create =
            roomCall([](Rooms *rooms, const Principal &who, const QString &name, auto &&...rest) {
                rooms->create(who, name, RoomKind::Public, rest...);
            });
        const Change leave = [&](const Principal &who, const QString &name) {
            return outcome(
                answerOf<Nothing>([&](auto *c, auto done) { core.rooms->leave(who, name, c, done); }));
        };
        const Change invite = [&](const Principal &who, const QString &) {
            return outcome(answerOf<Invited>([&](auto *c, auto done) {
                core.invitations->invite(who, QStringLiteral("lobby"), QStringLiteral("bystander"), c, done);
            }));
        };
        core.newUser(QStringLiteral("bystander"));
        const Principal owner = core.newUser(QStringLiteral("owner"));
        for (const char *room : {"one", "two", "three"})
            QVERIFY(!core.openRoom(owner, QString::fromLatin1(room)).id.isEmpty());

        // Each runs into the limit by itself; a new user each, whose bucket is full.
        const struct
        {
            const char *user;
            Change change;
            QStringList names;
        } cases[] = {
            {"opens", open, {QStringLiteral("a-%1"), QStringLiteral("b-%1"), QStringLiteral("c-%1")}},
            {"creates", create, {QStringLiteral("d-%1"), QStringLiteral("e-%1"), QStringLiteral("f-%1")}},
            {"invites", invite, {QString(), QString(), QString()}},
            {"writes", direct,
                {QStringLiteral("bystander"), QStringLiteral("bystander"), QStringLiteral("owner")}},
        };
        for (const auto &one : cases) {
            const Principal who = core.newUser(QString::fromLatin1(one.user));
            QString last;
            for (int i = 0; i < 100 && last != refused; ++i) {
                const QString name = one.names.at(i % 3);
                last = one.change(who, name.contains(u'%') ? name.arg(i) : name);
                QVERIFY2(last == refused || last == QLatin1String("ok"), qPrintable(last));
                QVERIFY(i >= 3 || last != refused);
            }
            QCOMPARE(last, refused);
            // What changes nothing is no change, however often.
            QCOMPARE(open(who, QStringLiteral("one")), QStringLiteral("ok"));
            QCOMPARE(join(who, QStringLiteral("lobby")), QStringLiteral("ok"));
            QCOMPARE(leave(who, QStringLiteral("one")), QStringLiteral("ok"));
        }
        const Principal restless = core.newUser(QStringLiteral("restless"));
        QString last;
        for (int i = 0; i < 100 && last != refused; ++i)
            last = i % 2 ? leave(restless, QStringLiteral("one")) : join(restless, QStringLiteral("one"));
        QCOMPARE(last, refused);
    }

private:
    int m_writers = 0;
};

QTEST_GUILESS_MAIN(ServicesTest)
#include "tst_services.moc"
