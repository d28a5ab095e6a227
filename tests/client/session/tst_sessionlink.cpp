// SPDX-License-Identifier: GPL-3.0-or-later
// Rooms, members, unread counts and the state of the link, as the wire drives them.

#include "client/sentences/sentences.h"
#include "tests/client/session/sessionwire.h"

#include "client/session/messagetext.h"

#include <QDir>
#include <QSignalSpy>
#include <QTest>

using namespace rookery;
using namespace rookery::client;

namespace {

QString rooms(std::initializer_list<QString> list)
{
    return QStringList(list).join(u',');
}

} // namespace

class TestSessionLink : public QObject
{
    Q_OBJECT
    /// A session that has a message of each of so many rooms in its cache and is about to say hello again;
    /// what the server's hello has for rooms. Empty: a room was not asked for.
    static QString comeBackTo(SessionWire &wire, int count)
    {
        QStringList list;
        for (int i = 0; i < count; ++i)
            list.append(SessionWire::roomJson(QStringLiteral("00000000-0000-4000-8000-%1").arg(i, 12), 3));
        wire.start();
        wire.greet(list.join(u','));
        // Each is asked for; never are more than a few waited for.
        for (int i = 0; i < count; ++i) {
            if (!QTest::qWaitFor([&] { return wire.transport()->hasSent(QStringLiteral("subscribe")); }))
                return {};
            wire.other(wire.subscribed(3).value(QLatin1String("room")).toString(), 4);
        }
        wire.core().flushCache();
        wire.start();
        return list.join(u',');
    }

private Q_SLOTS:
    void theFirstStartSubscribesToEveryRoomForLiveEvents()
    {
        SessionWire wire;
        wire.start();
        QCOMPARE(wire.core().linkState(), LinkState::Connecting);
        QCOMPARE(wire.transport()->url().toString(), QStringLiteral("ws://chat.example.org:80/ws/v1"));
        QCOMPARE(wire.transport()->token(), QByteArray("token"));
        const QJsonObject hello =
            wire.greet(rooms({SessionWire::roomJson(r1, 900), SessionWire::roomJson(r2, 0)}));
        QVERIFY(hello.value(QLatin1String("resume")).toArray().isEmpty());
        QCOMPARE(wire.core().linkState(), LinkState::Connected);
        QCOMPARE(wire.titles(), (QStringList{QStringLiteral("room-r1"), QStringLiteral("room-r2")}));
        // What was said before one ever came here is not unread, and not asked for.
        QCOMPARE(wire.unread(QStringLiteral("room-r1")), 0);
        const QJsonObject request = wire.subscribed(900);
        QVERIFY(!request.contains(QLatin1String("seq")));
        wire.other(r1, 901);
        QTRY_COMPARE(wire.unread(QStringLiteral("room-r1")), 1);
    }

    void theCacheShowsEverythingBeforeTheServerAnswers()
    {
        SessionWire wire;
        wire.start();
        wire.greet(rooms({SessionWire::roomJson(r1, 0), SessionWire::directJson(QStringLiteral("d1"), 0)}));
        wire.subscribed(0);
        wire.subscribed(0);
        for (int seq = 1; seq <= 3; ++seq)
            wire.other(r1, seq);
        wire.core().setActiveRoom(QStringLiteral("d1"));
        QTRY_COMPARE(wire.unread(QStringLiteral("room-r1")), 3);
        wire.start();
        QCOMPARE(wire.titles(), (QStringList{QStringLiteral("room-r1"), QStringLiteral("bob")}));
        QCOMPARE(wire.core().roomTitle(QStringLiteral("d1")), QStringLiteral("bob"));
        QCOMPARE(wire.unread(QStringLiteral("room-r1")), 3);
        QCOMPARE(wire.rows(), QStringLiteral("1 2 3"));
        QVERIFY(wire.rest()->waiting().isEmpty());
        // And resumes from there.
        const QJsonObject hello = wire.greet(rooms({SessionWire::roomJson(r1, 5)}));
        QCOMPARE(hello.value(QLatin1String("resume")).toArray(),
            QJsonArray{frame(R"({"room":"r1","epoch":"e1","seq":3})")});
        wire.resumed(r1, 5);
        wire.other(r1, 4);
        wire.other(r1, 5);
        QTRY_COMPARE(wire.rows(), QStringLiteral("1 2 3 4 5"));
        // Of the direct room the user is no member any more.
        QCOMPARE(wire.titles(), QStringList{QStringLiteral("room-r1")});
    }

    void helloFitsIntoAFrameAndTheOtherRoomsFollow()
    {
        SessionWire wire;
        const QString list = comeBackTo(wire, 900);
        QVERIFY(!list.isEmpty());
        const QJsonObject hello = wire.greet(list);
        const qsizetype points = hello.value(QLatin1String("resume")).toArray().size();
        QCOMPARE(points, 400);
        QVERIFY(toJson(hello).size() < 64 * 1024);
        for (qsizetype i = points; i < 900; ++i) {
            QTRY_VERIFY(wire.transport()->hasSent(QStringLiteral("subscribe")));
            const QJsonObject request = wire.subscribed(4);
            QCOMPARE(request.value(QLatin1String("seq")).toInt(), 4);
            QVERIFY(request.contains(QLatin1String("epoch")));
        }
        QVERIFY(!wire.transport()->hasSent(QStringLiteral("subscribe")));
    }

    void draftsOutliveTheSession()
    {
        SessionWire wire;
        wire.start();
        wire.core().saveDraft(r1, QStringLiteral("half a word"));
        wire.core().saveDraft(r2, QStringLiteral("gone"));
        wire.core().saveDraft(r2, {});
        wire.start();
        QCOMPARE(wire.core().drafts(), (QHash<QString, QString>{{r1, QStringLiteral("half a word")}}));
        // Not to be in the room any more is no reason to lose it.
        wire.greet(SessionWire::roomJson(r1, 0));
        wire.say(QStringLiteral(R"({"type":"room_removed","room":"r1"})"));
        wire.start();
        QCOMPARE(wire.core().drafts().size(), 1);
    }

    void aHelloThatIsTooBigIsNotSaidAgain()
    {
        SessionWire wire;
        QVERIFY(!comeBackTo(wire, 100).isEmpty());
        // A server whose operator allows frames of 4 KiB.
        qsizetype last = 101;
        for (int attempt = 0; attempt < 10; ++attempt) {
            QTRY_VERIFY(wire.transport() && wire.transport()->isOpened() && !wire.transport()->isClosed());
            wire.transport()->accept();
            const QJsonObject hello = wire.transport()->takeSent(QStringLiteral("hello"));
            last = hello.value(QLatin1String("resume")).toArray().size();
            if (toJson(hello).size() <= 4096)
                break;
            wire.transport()->drop(1009);
            wire.core().reconnectNow();
        }
        QVERIFY(last > 0 && last < 40);
    }

    /// A kept log-in whose token the keyring has not given yet: what is cached is there, and can be answered.
    void theCacheIsShownBeforeThereIsAToken()
    {
        SessionWire wire;
        wire.start();
        wire.greet(SessionWire::roomJson(r1, 0));
        wire.subscribed(0);
        wire.other(r1, 1);
        QTRY_COMPARE(wire.rows(), QStringLiteral("1"));
        Account account = SessionWire::account();
        account.token.clear();
        wire.start(account);
        QCOMPARE(wire.titles(), QStringList{QStringLiteral("room-r1")});
        QCOMPARE(wire.rows(), QStringLiteral("1"));
        QVERIFY(wire.core().send(r1, QStringLiteral("hello"), nullptr));
        QCOMPARE(wire.rows(), QStringLiteral("1 phello"));
        QCOMPARE(wire.core().linkState(), LinkState::Connecting);
        QCOMPARE(inWords(wire.core().linkProblem()), QStringLiteral("Waiting for this computer's keyring."));
        wire.core().reconnectNow();
        QCOMPARE(wire.attempts(), 0); // nobody asks a server without a token
        wire.core().setToken("from the keyring");
        QCOMPARE(wire.attempts(), 1);
        QCOMPARE(wire.transport()->token(), QByteArray("from the keyring"));
        QCOMPARE(wire.rest()->token, QByteArray("from the keyring"));
        wire.core().setToken("again"); // once is enough
        QCOMPARE(wire.attempts(), 1);
        wire.greet(SessionWire::roomJson(r1, 1));
        wire.resumed(r1, 1);
        wire.ack(wire.sent(), 2);
        QTRY_COMPARE(wire.rows(), QStringLiteral("1 2"));
    }

    void aLogInWithoutATokenCanBeEnded()
    {
        SessionWire wire;
        Account account = SessionWire::account();
        account.token.clear();
        wire.start(account);
        QVERIFY(!wire.core().isLogInRefused());
        wire.core().endLogIn(Problem(Problem::KeyringLocked));
        QCOMPARE(wire.core().linkState(), LinkState::Ended);
        QVERIFY(wire.core().isLogInRefused());
        QCOMPARE(
            inWords(wire.core().linkProblem()), QStringLiteral("This computer's keyring was not unlocked."));
        wire.core().setToken("too late");
        QCOMPARE(wire.attempts(), 0);
    }

    void onlyARefusedTokenIsALogInRefused_data()
    {
        QTest::addColumn<int>("code");
        QTest::addColumn<bool>("isRefused");
        QTest::newRow("unauthorized") << 4001 << true;
        QTest::newRow("policy") << 1008 << false;
        QTest::newRow("lost") << 1006 << false;
    }
    void onlyARefusedTokenIsALogInRefused()
    {
        QFETCH(int, code);
        SessionWire wire;
        wire.start();
        wire.greet(SessionWire::roomJson(r1, 0));
        bool isRefused = false;
        connect(&wire.core(), &Session::linkStateChanged, this,
            [&] { isRefused = wire.core().isLogInRefused(); });
        wire.transport()->drop(quint16(code));
        QTEST(isRefused, "isRefused");
        QTEST(wire.core().isLogInRefused(), "isRefused");
        // The cache outlives the log-in.
        wire.start();
        QCOMPARE(wire.titles(), QStringList{QStringLiteral("room-r1")});
    }

    void onlyLiveMessagesOfOthersAreAnnounced()
    {
        SessionWire wire;
        wire.start();
        QSignalSpy arrived(&wire.core(), &Session::messageArrived);
        wire.greet(SessionWire::roomJson(r1, 0));
        wire.subscribed(0);
        wire.other(r1, 1);
        wire.event(r1, 2, QStringLiteral("ada"), QStringLiteral("c"), QStringLiteral("mine, from elsewhere"));
        QTRY_COMPARE(arrived.size(), 1);
        QCOMPARE(arrived.constFirst(), (QVariantList{r1, QStringLiteral("bob"), QStringLiteral("t1")}));
        wire.transport()->drop();
        wire.greet(SessionWire::roomJson(r1, 4));
        wire.resumed(r1, 4);
        for (int seq = 3; seq <= 5; ++seq)
            wire.other(r1, seq);
        QTRY_COMPARE(arrived.size(), 2);
        QCOMPARE(arrived.constLast().at(2).toString(), QStringLiteral("t5"));
    }

    void unreadCounts()
    {
        SessionWire wire;
        wire.start();
        wire.greet(rooms({SessionWire::roomJson(r1, 0), SessionWire::roomJson(r2, 0)}));
        wire.subscribed(0);
        wire.subscribed(0);
        wire.core().setActiveRoom(r1);
        wire.other(r1, 1);
        wire.other(r2, 1);
        wire.other(r2, 2);
        QTRY_COMPARE(wire.unread(QStringLiteral("room-r2")), 2);
        QCOMPARE(wire.unread(QStringLiteral("room-r1")), 0);
        // To have written, from whatever device, is to have read.
        wire.event(r2, 3, QStringLiteral("ada"), QStringLiteral("c"), QStringLiteral("hi"));
        wire.other(r2, 4);
        QTRY_COMPARE(wire.unread(QStringLiteral("room-r2")), 1);
        wire.core().setActiveRoom({});
        wire.other(r1, 2);
        QTRY_COMPARE(wire.unread(QStringLiteral("room-r1")), 1);
        wire.core().setActiveRoom(r2);
        QCOMPARE(wire.unread(QStringLiteral("room-r2")), 0);
        wire.start();
        QCOMPARE(wire.unread(QStringLiteral("room-r1")), 1);
        QCOMPARE(wire.unread(QStringLiteral("room-r2")), 0);
    }

    /// What is on the screen is not read for that alone.
    void aRoomThatIsShownIsNotRead()
    {
        SessionWire wire;
        wire.start();
        wire.greet(SessionWire::roomJson(r1, 0));
        wire.subscribed(0);
        wire.core().setShownRoom(r1);
        wire.other(r1, 1);
        QTRY_COMPARE(wire.unread(QStringLiteral("room-r1")), 1);
        wire.core().setActiveRoom(r1);
        QCOMPARE(wire.unread(QStringLiteral("room-r1")), 0);
    }

    void aDirectRoomThatOpensIsNews()
    {
        SessionWire wire;
        wire.start();
        QSignalSpy arrived(&wire.core(), &Session::messageArrived);
        wire.greet(SessionWire::roomJson(r1, 0));
        wire.subscribed(0);
        wire.say(QStringLiteral(R"({"type":"room_added","room":%1})")
                     .arg(SessionWire::directJson(QStringLiteral("d1"), 1)));
        QCOMPARE(wire.titles(), (QStringList{QStringLiteral("room-r1"), QStringLiteral("bob")}));
        QCOMPARE(wire.unread(QStringLiteral("bob")), 1);
        const QJsonObject request = wire.subscribed(1);
        QCOMPARE(request.value(QLatin1String("seq")).toInt(-1), 0);
        wire.other(QStringLiteral("d1"), 1);
        QTRY_COMPARE(arrived.size(), 1);
        QTRY_COMPARE(wire.rows(QStringLiteral("d1")), QStringLiteral("1"));
    }

    void aRoomThatEndsTakesEverythingWithIt_data()
    {
        QTest::addColumn<QString>("frame");
        QTest::newRow("room_removed") << QStringLiteral(R"({"type":"room_removed","room":"r1"})");
        QTest::newRow("subscription refused") << QStringLiteral(
            R"({"type":"error","room":"r1","error":"There is no such room.","code":"not_found"})");
    }
    void aRoomThatEndsTakesEverythingWithIt()
    {
        QFETCH(QString, frame);
        SessionWire wire;
        wire.start();
        wire.greet(rooms({SessionWire::roomJson(r1, 0), SessionWire::roomJson(r2, 0)}));
        wire.subscribed(0);
        wire.other(r1, 1);
        QTRY_COMPARE(wire.rows(), QStringLiteral("1"));
        QVERIFY(wire.core().send(r1, QStringLiteral("x"), nullptr));
        QSignalSpy removed(&wire.core(), &Session::roomRemoved);
        wire.say(frame);
        QCOMPARE(removed.size(), 1);
        QCOMPARE(wire.titles(), QStringList{QStringLiteral("room-r2")});
        // The view may still hold the timeline; it shows nothing.
        QCOMPARE(wire.rows(), QString());
        Problem problem;
        QVERIFY(!wire.core().send(r1, QStringLiteral("x"), &problem));
        QVERIFY(bool(problem));
        wire.start();
        QCOMPARE(wire.titles(), QStringList{QStringLiteral("room-r2")});
        QCOMPARE(wire.rows(), QString());
    }

    void membersComeAndGo()
    {
        SessionWire wire;
        wire.start();
        wire.greet(SessionWire::roomJson(r1, 0));
        QAbstractItemModel *members = wire.core().members(r1);
        QCOMPARE(members->rowCount(), 0);
        const QJsonObject request = wire.transport()->takeSent(QStringLiteral("subscribe"));
        wire.say(QStringLiteral(R"({"type":"subscribed","ref":"%1","room":%2,"members":[)"
                                R"({"user":{"id":"u-ada","username":"ada"},"member":true,"online":true},)"
                                R"({"user":{"id":"u-bob","username":"bob"},"member":true,"online":false}]})")
                     .arg(request.value(QLatin1String("ref")).toString(), SessionWire::roomJson(r1, 0)));
        QCOMPARE(members->rowCount(), 2);
        wire.say(QStringLiteral(
            R"({"type":"member","room":"r1","user":{"id":"u-eve","username":"eve"},"member":false,"online":true})"));
        QCOMPARE(members->rowCount(), 3);
        QCOMPARE(members->index(1, 0).data().toString(), QStringLiteral("eve"));
        QVERIFY(members->index(1, 0).data(Chat::OnlineRole).toBool());
        wire.say(QStringLiteral(
            R"({"type":"member","room":"r1","user":{"id":"u-eve","username":"eve"},"member":false,"online":false})"));
        QCOMPARE(members->rowCount(), 2);
    }

    void linkStates()
    {
        SessionWire wire;
        wire.start();
        QSignalSpy changed(&wire.core(), &Session::linkStateChanged);
        wire.transport()->drop(1006, QStringLiteral("Cannot reach chat.example.org: connection refused."));
        QCOMPARE(wire.core().linkState(), LinkState::Waiting);
        QCOMPARE(inWords(wire.core().linkProblem()),
            QStringLiteral("Cannot reach chat.example.org: connection refused."));
        QVERIFY(wire.core().nextAttempt().isValid());
        wire.core().reconnectNow();
        QCOMPARE(wire.core().linkState(), LinkState::Connecting);
        wire.greet(QString());
        QCOMPARE(wire.core().linkState(), LinkState::Connected);
        wire.transport()->drop();
        wire.core().reconnectNow();
        QCOMPARE(wire.core().linkState(), LinkState::Reconnecting);
        wire.greet(QString());
        QVERIFY(changed.size() >= 6);
    }

    void anEndedLogInEndsTheSession_data()
    {
        QTest::addColumn<bool>("overHttp");
        QTest::newRow("closed with 4001") << false;
        QTest::newRow("401") << true;
    }
    void anEndedLogInEndsTheSession()
    {
        QFETCH(bool, overHttp);
        SessionWire wire;
        wire.start();
        wire.greet(SessionWire::roomJson(r1, 10));
        if (overHttp) {
            wire.core().timeline(r1);
            wire.rest()->refuse({ErrorCode::Unauthorized, QStringLiteral("No.")});
        } else {
            wire.transport()->drop(4001, QStringLiteral("This log-in is no longer good. Log in again."));
        }
        QCOMPARE(wire.core().linkState(), LinkState::Ended);
        QCOMPARE(inWords(wire.core().linkProblem()),
            QStringLiteral("This log-in is no longer good. Log in again."));
        wire.core().reconnectNow();
        QCOMPARE(wire.attempts(), 1);
    }

    void roomsOneAsksForAreThereWithTheAnswer()
    {
        SessionWire wire;
        wire.start();
        wire.greet(QString());
        QString made;
        wire.core().createRoom(QStringLiteral(" birds "), true, this,
            [&made](const Outcome<Room> &room) { made = room ? room->id : inWords(room.error()); });
        QCOMPARE(wire.rest()->waiting(), QStringList{QStringLiteral("POST rooms")});
        // The frame may come first; the room is there once.
        wire.say(QStringLiteral(R"({"type":"room_added","room":%1})").arg(SessionWire::roomJson(r1, 0)));
        wire.rest()->answer({{QStringLiteral("room"), frame(SessionWire::roomJson(r1, 0))}});
        QCOMPARE(made, r1);
        QCOMPARE(wire.titles(), QStringList{QStringLiteral("room-r1")});
        QVERIFY(wire.transport()->hasSent(QStringLiteral("subscribe")));
        wire.core().joinRoom(QStringLiteral("a/b"), this,
            [&made](const Outcome<Room> &room) { made = room ? room->id : inWords(room.error()); });
        QCOMPARE(wire.rest()->waiting(), QStringList{QStringLiteral("POST rooms/a%2Fb/join")});
        wire.rest()->refuse(
            {ErrorCode::NotFound, QStringLiteral("There is no such room."), QStringLiteral("name")});
        QCOMPARE(made, QStringLiteral("There is no such room."));
        wire.core().joinRoom(QStringLiteral("  "), this,
            [&made](const Outcome<Room> &room) { made = room ? room->id : room.error().field; });
        QTRY_COMPARE(made, QStringLiteral("name"));
        bool left = false;
        wire.core().leaveRoom(r1, this, [&left](const Outcome<Nothing> &result) { left = result.ok(); });
        wire.rest()->answer({});
        QVERIFY(left);
        QVERIFY(wire.titles().isEmpty());
    }

    void nobodyIsAnsweredWhoIsGoneButTheRoomIsThere()
    {
        SessionWire wire;
        wire.start();
        wire.greet(QString());
        bool called = false;
        auto dialog = std::make_unique<QObject>();
        wire.core().createRoom(QStringLiteral("birds"), false, dialog.get(),
            [&called](const Outcome<Room> &) { called = true; });
        dialog.reset();
        wire.rest()->answer({{QStringLiteral("room"), frame(SessionWire::roomJson(r1, 0))}});
        QVERIFY(!called);
        QCOMPARE(wire.titles().size(), 1);
    }

    void logOutLeavesNothing_data()
    {
        QTest::addColumn<bool>("reachable");
        QTest::newRow("the server answers") << true;
        QTest::newRow("there is no network") << false;
    }
    void logOutLeavesNothing()
    {
        QFETCH(bool, reachable);
        SessionWire wire;
        wire.start();
        wire.greet(SessionWire::roomJson(r1, 0));
        wire.subscribed(0);
        wire.other(r1, 1);
        QTRY_COMPARE(wire.rows(), QStringLiteral("1"));
        bool done = false;
        wire.core().logOut(this, [&done](const Outcome<Nothing> &result) { done = result.ok(); });
        QCOMPARE(wire.rest()->waiting(), QStringList{QStringLiteral("POST logout")});
        if (reachable)
            wire.rest()->answer({});
        else
            wire.rest()->refuse(
                {ErrorCode::Internal, QStringLiteral("Cannot reach it."), QStringLiteral("server")});
        QVERIFY(done);
        QCOMPARE(wire.core().linkState(), LinkState::Ended);
        wire.stop();
        QVERIFY(
            QDir(wire.cacheDirectory()).entryList(QDir::Files | QDir::Dirs | QDir::NoDotAndDotDot).isEmpty());
    }

    /// A server's own limit counts from its hello on, and still without it.
    void theServersLimitCounts()
    {
        SessionWire wire;
        wire.start();
        QCOMPARE(wire.core().limits().messageCharacters, 4'000);
        wire.greet(SessionWire::roomJson(r1, 0), QStringLiteral(R"(,"limits":{"message_characters":5})"));
        wire.subscribed(0);
        QCOMPARE(wire.core().limits().messageCharacters, 5);
        Problem problem;
        QVERIFY(!wire.core().send(r1, QStringLiteral("longer"), &problem));
        QVERIFY2(inWords(problem).contains(QStringLiteral("at most 5")), qPrintable(inWords(problem)));
        QVERIFY(wire.core().send(r1, QStringLiteral("short"), &problem));
        wire.transport()->drop(1006);
        QCOMPARE(wire.core().limits().messageCharacters, 5);
    }

    /// An admin's role in a room does not say what they may do there.
    void anAdminIsKnownByHello()
    {
        SessionWire wire;
        wire.start();
        QCOMPARE(wire.core().serverRole(), ServerRole::User);
        wire.greet(SessionWire::roomJson(r1, 0), QStringLiteral(R"(,"admin":true)"));
        wire.subscribed(0);
        QCOMPARE(wire.core().serverRole(), ServerRole::Admin);
        QVERIFY(may(wire.core().actor(r1), Action::SetName));
        QVERIFY(!may(wire.core().actor(QStringLiteral("unknown")), Action::Read));
        wire.transport()->drop(1006);
        QVERIFY(may(wire.core().actor(r1), Action::SetName));
        wire.greet(SessionWire::roomJson(r1, 0));
        QCOMPARE(wire.core().serverRole(), ServerRole::User);
        QVERIFY(!may(wire.core().actor(r1), Action::SetTopic));
    }

    void messageText_data()
    {
        QTest::addColumn<QString>("typed");
        QTest::addColumn<QString>("sent");
        QTest::newRow("plain") << QStringLiteral("hello") << QStringLiteral("hello");
        QTest::newRow("trailing") << QStringLiteral("hello \n\n") << QStringLiteral("hello");
        QTest::newRow("empty lines first") << QStringLiteral("\n  \n  code") << QStringLiteral("  code");
        QTest::newRow("empty") << QString() << QString();
        QTest::newRow("white") << QStringLiteral(" \n\t \u00a0") << QString();
        QTest::newRow("longest") << QString(4'000, u'x') << QString(4'000, u'x');
        QTest::newRow("too long") << QString(4'001, u'x') << QString();
        const QString emoji = QString::fromUtf8("\xf0\x9f\x90\xa6");
        QTest::newRow("code points, not units") << emoji.repeated(4'000) << emoji.repeated(4'000);
        QTest::newRow("too many code points") << emoji.repeated(4'001) << QString();
    }
    void messageText()
    {
        QFETCH(QString, typed);
        QFETCH(QString, sent);
        const auto checked = checkMessageText(typed, 4'000);
        QCOMPARE(checked.ok(), !sent.isEmpty());
        if (checked)
            QCOMPARE(*checked, sent);
        else
            QVERIFY(inWords(checked.error()).endsWith(u'.'));
    }
};

QTEST_GUILESS_MAIN(TestSessionLink)
#include "tst_sessionlink.moc"
