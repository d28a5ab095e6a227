// SPDX-License-Identifier: GPL-3.0-or-later
// Whole conversations of real sessions over real sockets with a real daemon, which is killed in between.

#include "client/api/trust.h"
#include "client/sentences/sentences.h"
#include "client/session/session.h"
#include "client/session/sessionbackend.h"
#include "client/timeline/timelinesource.h"
#include "tests/support/testdaemon.h"
#include "tests/support/testuser.h"
#include "tests/wire/httpclient.h"

#include <QProcess>
#include <QSet>
#include <QSignalSpy>
#include <QTemporaryDir>
#include <QTest>
#include <QTimer>

#include <algorithm>
#include <cstdio>
#include <optional>

using namespace rookery;
using namespace rookery::client;

namespace {

const QString password = QStringLiteral("correct horse battery");
constexpr int patience = 30'000;

QStringList texts(Session &session, const QString &roomId)
{
    const TimelineSource *timeline = session.timeline(roomId);
    QStringList texts;
    for (int row = 0; row < timeline->count(); ++row)
        texts.append(timeline->at(row).text);
    return texts;
}

bool isSettled(Session &session, const QString &roomId)
{
    const TimelineSource *timeline = session.timeline(roomId);
    for (int row = 0; row < timeline->count(); ++row) {
        if (timeline->at(row).delivery != Delivery::Sent)
            return false;
    }
    return true;
}

/// Why a request failed, for the log of a test that expected it to succeed.
template <typename T>
QByteArray why(const std::optional<Outcome<T>> &answer)
{
    return !answer ? "no answer" : answer->ok() ? QByteArray() : inWords(answer->error()).toUtf8();
}

QStringList titles(Session &session)
{
    QStringList titles;
    for (int row = 0; row < session.rooms()->rowCount(); ++row)
        titles.append(session.rooms()->index(row, 0).data().toString());
    return titles;
}

} // namespace

class TestConversation : public QObject
{
    Q_OBJECT
private:
    /// Runs a request and waits for what it answers.
    template <typename T, typename Request>
    std::optional<Outcome<T>> ask(Request request)
    {
        std::optional<Outcome<T>> answer;
        request([&answer](Outcome<T> result) { answer = std::move(result); });
        [[maybe_unused]] const bool answered =
            QTest::qWaitFor([&answer] { return answer.has_value(); }, patience);
        return answer;
    }
    std::optional<Outcome<Account>> registerUser(rookery::test::TestDaemon &daemon, const QString &name)
    {
        return ask<Account>([&](client::Done<Account> reply) {
            m_authenticator.registerAccount(daemon.url().toString(), name, password, this, std::move(reply));
        });
    }

    bool registerBoth(rookery::test::TestDaemon &daemon, Account *ada, Account *bob)
    {
        const auto first = registerUser(daemon, QStringLiteral("ada"));
        const auto second = registerUser(daemon, QStringLiteral("bob"));
        if (!first || !first->ok() || !second || !second->ok()) {
            qWarning("%s, %s", why(first).constData(), why(second).constData());
            return false;
        }
        *ada = **first;
        *bob = **second;
        return true;
    }
    std::optional<Outcome<Room>> openDirect(Session &session, const QString &name)
    {
        return ask<Room>([&](client::Done<Room> reply) { session.openDirect(name, this, std::move(reply)); });
    }

    SessionBackend m_authenticator;

private Q_SLOTS:
    /// The daemon's own certificate: refused, looked at, trusted, and good for both ways to the server.
    void aSelfSignedServerIsTrustedByAPerson()
    {
        rookery::test::TestDaemon daemon({QStringLiteral("--listen"), QStringLiteral("https://127.0.0.1:0")});
        QVERIFY2(daemon.start(), daemon.log().constData());
        Trust trust;
        SessionBackend authenticator({}, &trust);
        const QString address = daemon.url(QStringLiteral("https")).toString();
        const auto registerAda = [&] {
            return ask<Account>([&](client::Done<Account> reply) {
                authenticator.registerAccount(
                    address, QStringLiteral("ada"), password, this, std::move(reply));
            });
        };
        const auto refused = registerAda();
        QVERIFY(refused && !refused->ok());
        QCOMPARE(refused->error().field, QStringLiteral("server"));
        const auto problem = authenticator.certificateProblem(address);
        QVERIFY(problem);
        QCOMPARE(problem->issuer, QStringLiteral("Rookery self-signed"));
        QVERIFY(!authenticator.trustCertificate(address, QStringLiteral("00:11")));
        QVERIFY(authenticator.trustCertificate(address, problem->fingerprint));
        const auto ada = registerAda();
        QVERIFY2(ada && ada->ok(), why(ada).constData());
        QTemporaryDir caches;
        Session session(**ada, caches.path(), &trust);
        QTRY_COMPARE_WITH_TIMEOUT(session.linkState(), LinkState::Connected, patience);
        QVERIFY(!session.certificateProblem());
        // Somebody who has not trusted it gets nowhere, and can see why.
        Trust nothing;
        QTemporaryDir otherCaches;
        Session other(**ada, otherCaches.path(), &nothing);
        QTRY_COMPARE_WITH_TIMEOUT(other.linkState(), LinkState::Waiting, patience);
        QVERIFY(other.certificateProblem());
        QCOMPARE(inWords(other.linkProblem()), inWords(*other.certificateProblem()));
        QVERIFY(!other.isLogInRefused());
    }

    void logInAndItsErrors()
    {
        rookery::test::TestDaemon daemon;
        QVERIFY2(daemon.start(), daemon.log().constData());
        const QString address = daemon.url().authority();
        const auto ada = registerUser(daemon, QStringLiteral("ada"));
        QVERIFY2(ada && ada->ok(), why(ada).constData());
        QCOMPARE((*ada)->user.name, QStringLiteral("ada"));
        QVERIFY(!(*ada)->token.isEmpty());

        const auto again = registerUser(daemon, QStringLiteral("ada"));
        QVERIFY(again && !again->ok());
        QCOMPARE(again->error().code, ErrorCode::NameTaken);
        QCOMPARE(again->error().field, QStringLiteral("username"));

        // As a person types it, without a scheme.
        const auto logIn = [&](const QString &server, const QString &name, const QString &secret) {
            return ask<Account>([&](client::Done<Account> reply) {
                m_authenticator.logIn(server, name, secret, this, std::move(reply));
            });
        };
        const auto good = logIn(address, QStringLiteral("ada"), password);
        QVERIFY(good && good->ok());
        QCOMPARE((*good)->user.id, (*ada)->user.id);

        const auto wrong = logIn(address, QStringLiteral("ada"), QStringLiteral("wrong password"));
        QVERIFY(wrong && !wrong->ok());
        QCOMPARE(wrong->error().code, ErrorCode::BadCredentials);
        QVERIFY(!wrong->error().field.isEmpty());
        const auto empty = logIn(address, QStringLiteral("ada"), QString());
        QVERIFY(empty && !empty->ok());
        QCOMPARE(empty->error().field, QStringLiteral("password"));
        const auto nowhere = logIn(QStringLiteral("ftp://x"), QStringLiteral("ada"), password);
        QVERIFY(nowhere && !nowhere->ok());
        QCOMPARE(nowhere->error().field, QStringLiteral("server"));
        daemon.kill();
        const auto dead = logIn(address, QStringLiteral("ada"), password);
        QVERIFY(dead && !dead->ok());
        QCOMPARE(dead->error().field, QStringLiteral("server"));
        QCOMPARE(inWords(dead->error()), QStringLiteral("Cannot reach %1: connection refused.").arg(address));
    }

    /// As a log-in is that was kept, before it is used again.
    void aLogInIsChecked()
    {
        rookery::test::TestDaemon daemon;
        QVERIFY2(daemon.start(), daemon.log().constData());
        const auto ada = registerUser(daemon, QStringLiteral("ada"));
        QVERIFY2(ada && ada->ok(), why(ada).constData());
        const auto check = [&] {
            return ask<Nothing>(
                [&](client::Done<Nothing> reply) { m_authenticator.check(**ada, this, std::move(reply)); });
        };
        const auto good = check();
        QVERIFY2(good && good->ok(), why(good).constData());
        {
            QTemporaryDir caches;
            Session session(**ada, caches.path());
            const auto loggedOut =
                ask<Nothing>([&](client::Done<Nothing> reply) { session.logOut(this, std::move(reply)); });
            QVERIFY2(loggedOut && loggedOut->ok(), why(loggedOut).constData());
        }
        const auto ended = check();
        QVERIFY(ended && !ended->ok());
        QCOMPARE(ended->error().code, ErrorCode::Unauthorized);
        QCOMPARE(inWords(ended->error()), QStringLiteral("This log-in is no longer good. Log in again."));
        daemon.kill();
        const auto dead = check();
        QVERIFY(dead && !dead->ok());
        QCOMPARE(dead->error().field, QStringLiteral("server"));
    }

    /// THREATS 34. What the client says to somebody who was blocked.
    void whoIsBlockedIsTold()
    {
        QTemporaryDir caches;
        rookery::test::TestDaemon daemon;
        QVERIFY2(daemon.start(), daemon.log().constData());
        Account adaAccount;
        Account bobAccount;
        QVERIFY(registerBoth(daemon, &adaAccount, &bobAccount));
        Session ada(adaAccount, caches.filePath(QStringLiteral("ada")));
        QTRY_COMPARE_WITH_TIMEOUT(ada.linkState(), LinkState::Connected, patience);
        const auto made = openDirect(ada, QStringLiteral("bob"));
        QVERIFY2(made && made->ok(), why(made).constData());
        const QString room = (*made)->id;
        const TimelineSource *timeline = ada.timeline(room);
        QVERIFY(ada.send(room, QStringLiteral("hello")));
        QTRY_VERIFY_WITH_TIMEOUT(timeline->count() == 1 && isSettled(ada, room), patience);

        QCOMPARE(
            rookery::test::request("PUT", daemon.url().resolved(QUrl(QStringLiteral("/api/v1/blocked/ada"))),
                {}, QString::fromLatin1(bobAccount.token))
                .status,
            204);
        QVERIFY(ada.send(room, QStringLiteral("are you there?")));
        QTRY_VERIFY_WITH_TIMEOUT(
            timeline->count() == 2 && timeline->at(1).delivery == Delivery::Failed, patience);
        QCOMPARE(
            inWords(timeline->at(1).failure), QStringLiteral("This user takes no direct messages from you."));
    }

    void twoTalkAndTheDaemonDiesInBetween()
    {
        QTemporaryDir caches;
        rookery::test::TestDaemon daemon(
            {}, {{QStringLiteral("ROOKERY_LIMITS_MESSAGES_PER_SECOND"), QStringLiteral("0")}});
        QVERIFY2(daemon.start(), daemon.log().constData());
        Account adaAccount;
        Account bobAccount;
        QVERIFY(registerBoth(daemon, &adaAccount, &bobAccount));
        auto ada = std::make_unique<Session>(adaAccount, caches.filePath(QStringLiteral("ada")));
        Session bob(bobAccount, caches.filePath(QStringLiteral("bob")));
        QTRY_COMPARE_WITH_TIMEOUT(ada->linkState(), LinkState::Connected, patience);
        QTRY_COMPARE_WITH_TIMEOUT(bob.linkState(), LinkState::Connected, patience);
        QCOMPARE(titles(*ada), QStringList{QStringLiteral("lobby")});

        const auto made = ask<Room>([&](client::Done<Room> reply) {
            ada->createRoom(QStringLiteral("birds"), false, this, std::move(reply));
        });
        QVERIFY2(made && made->ok(), why(made).constData());
        const QString room = (*made)->id;
        const auto joined = ask<Room>(
            [&](client::Done<Room> reply) { bob.joinRoom(QStringLiteral("birds"), this, std::move(reply)); });
        QVERIFY(joined && joined->ok());
        QCOMPARE(titles(bob), (QStringList{QStringLiteral("lobby"), QStringLiteral("birds")}));
        ada->timeline(room);
        bob.timeline(room);
        QTRY_COMPARE_WITH_TIMEOUT(ada->members(room)->rowCount(), 2, patience);

        QSignalSpy arrived(&bob, &Session::messageArrived);
        QVERIFY(ada->send(room, QStringLiteral("hello *bob*")));
        QTRY_COMPARE_WITH_TIMEOUT(arrived.size(), 1, patience);
        QCOMPARE(
            arrived.constFirst(), (QVariantList{room, QStringLiteral("ada"), QStringLiteral("hello *bob*")}));

        // Both go on talking while the daemon is killed and started again, twice.
        int said = 0;
        QStringList byAda{QStringLiteral("hello *bob*")};
        QStringList byBob;
        const auto talk = [&](int rounds) {
            for (int i = 0; i < rounds; ++i) {
                ++said;
                byAda.append(QStringLiteral("ada %1").arg(said));
                byBob.append(QStringLiteral("bob %1").arg(said));
                QVERIFY(ada->send(room, byAda.constLast()));
                QVERIFY(bob.send(room, byBob.constLast()));
                QCoreApplication::processEvents();
            }
        };
        for (int death = 0; death < 2; ++death) {
            talk(60);
            daemon.kill();
            talk(20);
            QTRY_COMPARE_WITH_TIMEOUT(ada->linkState(), LinkState::Waiting, patience);
            QVERIFY(!inWords(ada->linkProblem()).isEmpty());
            if (death == 1) {
                // And so is the client.
                ada.reset();
                ada = std::make_unique<Session>(adaAccount, caches.filePath(QStringLiteral("ada")));
                QVERIFY(ada->timeline(room)->count() > 0);
            }
            QVERIFY2(daemon.start(), daemon.log().constData());
            ada->reconnectNow();
            bob.reconnectNow();
        }
        talk(10);
        const auto byWhom = [](const QStringList &all, const char *name) {
            QStringList list;
            for (const QString &text : all) {
                if (text.startsWith(QLatin1String(name))
                    || (text.startsWith(QLatin1String("hello")) && name[0] == 'a'))
                    list.append(text);
            }
            return list;
        };
        const auto everything = [&](Session &session) {
            TimelineSource *timeline = session.timeline(room);
            if (timeline->hasOlder())
                timeline->loadOlder();
            // And that bob has joined.
            return !timeline->hasOlder() && timeline->count() == 1 + byAda.size() + byBob.size()
                && isSettled(session, room);
        };
        QTRY_VERIFY_WITH_TIMEOUT(everything(*ada), 60'000);
        QTRY_VERIFY_WITH_TIMEOUT(everything(bob), 60'000);
        QCOMPARE(texts(*ada, room), texts(bob, room));
        QCOMPARE(byWhom(texts(bob, room), "ada"), byAda);
        QCOMPARE(byWhom(texts(bob, room), "bob"), byBob);
        for (int row = 0; row < bob.timeline(room)->count(); ++row)
            QCOMPARE(bob.timeline(room)->at(row).seq, row + 1);
    }

    void theClientIsKilledWhileItTalks()
    {
        QTemporaryDir caches;
        rookery::test::TestDaemon daemon(
            {}, {{QStringLiteral("ROOKERY_LIMITS_MESSAGES_PER_SECOND"), QStringLiteral("0")}});
        QVERIFY2(daemon.start(), daemon.log().constData());
        const auto adaAccount = registerUser(daemon, QStringLiteral("ada"));
        QVERIFY(adaAccount && adaAccount->ok());
        const Account &account = **adaAccount;
        const QString cache = caches.filePath(QStringLiteral("ada"));

        QList<QStringList> spoken; // by run, what send() had answered for when the process died
        for (int run = 0; run < 4; ++run) {
            QProcess talker;
            talker.start(QCoreApplication::applicationFilePath(),
                {QStringLiteral("--talk"), account.server.toString(), account.user.id,
                    QString::fromLatin1(account.token), cache, QString::number(run)});
            QVERIFY(talker.waitForStarted());
            QByteArray said;
            QTRY_VERIFY_WITH_TIMEOUT(
                (said += talker.readAllStandardOutput()).count('\n') > 40 + 7 * run, patience);
            talker.kill();
            QVERIFY(talker.waitForFinished());
            said += talker.readAllStandardOutput();
            spoken.append(QString::fromUtf8(said.left(said.lastIndexOf('\n'))).split(u'\n'));
        }

        Session ada(account, cache);
        QTRY_COMPARE_WITH_TIMEOUT(ada.linkState(), LinkState::Connected, patience);
        const QString lobby = ada.rooms()->index(0, 0).data(Chat::RoomIdRole).toString();
        // Everything that was left over is out when something sent after it is.
        QVERIFY(ada.send(lobby, QStringLiteral("the end")));
        TimelineSource *timeline = ada.timeline(lobby);
        const auto complete = [&] {
            if (timeline->hasOlder())
                timeline->loadOlder();
            return !timeline->hasOlder() && isSettled(ada, lobby)
                && texts(ada, lobby).contains(QStringLiteral("the end"));
        };
        QTRY_VERIFY_WITH_TIMEOUT(complete(), patience);
        const QStringList stored = texts(ada, lobby);
        QCOMPARE(QSet<QString>(stored.begin(), stored.end()).size(), stored.size());
        QStringList inOrder = stored;
        std::stable_sort(inOrder.begin(), inOrder.end(), [](const QString &a, const QString &b) {
            return a != QLatin1String("the end") && (b == QLatin1String("the end") || a < b);
        });
        QCOMPARE(stored, inOrder);
        for (const QStringList &run : std::as_const(spoken)) {
            for (const QString &text : run)
                QVERIFY2(stored.contains(text), qPrintable(text));
        }
    }

    void aDirectMessageOpensARoomAtTheOther()
    {
        QTemporaryDir caches;
        rookery::test::TestDaemon daemon;
        QVERIFY2(daemon.start(), daemon.log().constData());
        Account adaAccount;
        Account bobAccount;
        QVERIFY(registerBoth(daemon, &adaAccount, &bobAccount));
        Session ada(adaAccount, caches.filePath(QStringLiteral("ada")));
        Session bob(bobAccount, caches.filePath(QStringLiteral("bob")));
        QTRY_COMPARE_WITH_TIMEOUT(ada.linkState(), LinkState::Connected, patience);
        QTRY_COMPARE_WITH_TIMEOUT(bob.linkState(), LinkState::Connected, patience);
        const auto direct = openDirect(ada, QStringLiteral("bob"));
        QVERIFY2(direct && direct->ok(), why(direct).constData());
        QCOMPARE(ada.roomTitle((*direct)->id), QStringLiteral("bob"));
        QVERIFY(ada.send((*direct)->id, QStringLiteral("psst")));
        QTRY_VERIFY_WITH_TIMEOUT(titles(bob).contains(QStringLiteral("ada")), patience);
        QTRY_COMPARE_WITH_TIMEOUT(texts(bob, (*direct)->id), QStringList{QStringLiteral("psst")}, patience);
        const auto nobody = openDirect(ada, QStringLiteral("nobody"));
        QVERIFY(nobody && !nobody->ok());
        QVERIFY(!inWords(nobody->error()).isEmpty());
    }

    void blockingAndUnblocking()
    {
        rookery::test::TestDaemon daemon;
        QVERIFY2(daemon.start(), daemon.log().constData());
        Account adaAccount;
        Account bobAccount;
        QVERIFY(registerBoth(daemon, &adaAccount, &bobAccount));
        QTemporaryDir cache;
        Session ada(adaAccount, cache.path());
        Session bob(bobAccount, cache.path());
        QTRY_COMPARE_WITH_TIMEOUT(ada.linkState(), LinkState::Connected, patience);
        QTRY_COMPARE_WITH_TIMEOUT(bob.linkState(), LinkState::Connected, patience);
        const auto set = [&](const QString &user, bool isBlocked) {
            return ask<Nothing>([&](client::Done<Nothing> reply) {
                ada.setBlocked(user, isBlocked, this, std::move(reply));
            });
        };
        const auto write = [&] { return openDirect(bob, QStringLiteral("ada")); };
        const auto blocked = set(QStringLiteral("bob"), true);
        QVERIFY2(blocked && blocked->ok(), why(blocked).constData());
        QTRY_COMPARE_WITH_TIMEOUT(ada.blocked()->rowCount(), 1, patience);
        const QModelIndex row = ada.blocked()->index(0, 0);
        QCOMPARE(row.data().toString(), QStringLiteral("bob"));
        QCOMPARE(row.data(Chat::UserIdRole).toString(), bobAccount.user.id);
        const auto refused = write();
        QVERIFY(refused && !refused->ok());
        const auto unknown = set(QStringLiteral("nobody"), true);
        QVERIFY(unknown && !unknown->ok());
        // By its id, as the list has it.
        const auto unblocked = set(bobAccount.user.id, false);
        QVERIFY2(unblocked && unblocked->ok(), why(unblocked).constData());
        QTRY_COMPARE_WITH_TIMEOUT(ada.blocked()->rowCount(), 0, patience);
        const auto written = write();
        QVERIFY2(written && written->ok(), why(written).constData());
    }

    void leavingInvitingFindingAndLoggingOut()
    {
        QTemporaryDir caches;
        rookery::test::TestDaemon daemon;
        QVERIFY2(daemon.start(), daemon.log().constData());
        Account adaAccount;
        Account bobAccount;
        QVERIFY(registerBoth(daemon, &adaAccount, &bobAccount));
        Session ada(adaAccount, caches.filePath(QStringLiteral("ada")));
        Session bob(bobAccount, caches.filePath(QStringLiteral("bob")));
        QTRY_COMPARE_WITH_TIMEOUT(bob.linkState(), LinkState::Connected, patience);
        const auto secret = ask<Room>([&](client::Done<Room> reply) {
            ada.createRoom(QStringLiteral("secret"), true, this, std::move(reply));
        });
        const auto open = ask<Room>([&](client::Done<Room> reply) {
            ada.createRoom(QStringLiteral("vögel-2"), false, this, std::move(reply));
        });
        QVERIFY(secret && secret->ok() && open && open->ok());
        const auto taken = ask<Room>([&](client::Done<Room> reply) {
            bob.createRoom(QStringLiteral("secret"), false, this, std::move(reply));
        });
        QVERIFY(taken && !taken->ok());
        const auto found = ask<RoomsFound>([&](client::Done<RoomsFound> reply) {
            bob.findRooms(QStringLiteral("vög"), {}, this, std::move(reply));
        });
        QVERIFY(found && found->ok());
        QCOMPARE((*found)->rooms.size(), 1);
        QCOMPARE((*found)->rooms.constFirst().name, QStringLiteral("vögel-2"));
        const auto shut = ask<Room>([&](client::Done<Room> reply) {
            bob.joinRoom(QStringLiteral("secret"), this, std::move(reply));
        });
        QVERIFY(shut && !shut->ok());
        QCOMPARE(shut->error().code, ErrorCode::NotFound);
        const auto invited = ask<Member>([&](client::Done<Member> reply) {
            ada.invite((*secret)->id, QStringLiteral("bob"), this, std::move(reply));
        });
        QVERIFY2(invited && invited->ok(), why(invited).constData());
        QVERIFY(!(*invited)->isMember()); // but invited
        QVERIFY(!titles(bob).contains(QStringLiteral("secret")));
        const auto accepted = ask<Room>([&](client::Done<Room> reply) {
            bob.joinRoom(QStringLiteral("secret"), this, std::move(reply));
        });
        QVERIFY(accepted && accepted->ok());
        QTRY_VERIFY_WITH_TIMEOUT(titles(bob).contains(QStringLiteral("secret")), patience);
        QSignalSpy removed(&bob, &Session::roomRemoved);
        const auto left = ask<Nothing>(
            [&](client::Done<Nothing> reply) { bob.leaveRoom((*secret)->id, this, std::move(reply)); });
        QVERIFY(left && left->ok());
        QVERIFY(!titles(bob).contains(QStringLiteral("secret")));
        QCOMPARE(removed.size(), 1);

        // Another session of the same user goes on when one logs out.
        const auto second = ask<Account>([&](client::Done<Account> reply) {
            m_authenticator.logIn(
                daemon.url().toString(), QStringLiteral("ada"), password, this, std::move(reply));
        });
        QVERIFY(second && second->ok());
        Session twin(**second, caches.filePath(QStringLiteral("twin")));
        QTRY_COMPARE_WITH_TIMEOUT(twin.linkState(), LinkState::Connected, patience);
        const auto out =
            ask<Nothing>([&](client::Done<Nothing> reply) { ada.logOut(this, std::move(reply)); });
        QVERIFY(out && out->ok());
        QCOMPARE(ada.linkState(), LinkState::Ended);
        QCOMPARE(twin.linkState(), LinkState::Connected);
        // The token of the one that logged out is dead.
        Session ghost(adaAccount, caches.filePath(QStringLiteral("ghost")));
        QTRY_COMPARE_WITH_TIMEOUT(ghost.linkState(), LinkState::Ended, patience);
        QVERIFY(!inWords(ghost.linkProblem()).isEmpty());
    }
};

/// The client that is killed: sends to the lobby and says what it has sent.
static int talk(const QStringList &arguments)
{
    Session session(Account{QUrl(arguments.at(2)), User{arguments.at(3), QStringLiteral("ada")},
                        arguments.at(4).toLatin1()},
        arguments.at(5));
    int said = 0;
    QTimer timer;
    QObject::connect(&timer, &QTimer::timeout, &session, [&] {
        if (session.rooms()->rowCount() == 0)
            return;
        const QString text =
            QStringLiteral("run %1 message %2").arg(arguments.at(6)).arg(++said, 6, 10, QLatin1Char('0'));
        if (session.send(session.rooms()->index(0, 0).data(Chat::RoomIdRole).toString(), text)) {
            std::printf("%s\n", qPrintable(text));
            std::fflush(stdout);
        }
    });
    timer.start(2);
    return QCoreApplication::exec();
}

int main(int argc, char **argv)
{
    QCoreApplication application(argc, argv);
    const QStringList arguments = QCoreApplication::arguments();
    if (arguments.value(1) == QLatin1String("--talk"))
        return talk(arguments);
    TestConversation test;
    return QTest::qExec(&test, argc, argv);
}
#include "tst_sessionconversation.moc"
