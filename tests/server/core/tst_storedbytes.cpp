// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/server/core/corefixture.h"

using namespace rookery;
using namespace rookery::core;
using namespace rookery::test;
using namespace std::chrono_literals;

/// THREATS 37. What one user and one network may have stored in a day.
class StoredBytesTest : public QObject
{
    Q_OBJECT
private:
    static AccountsOptions withoutLogInLimit()
    {
        AccountsOptions options;
        options.limits.loginsPerMinute = 0;
        options.limits.messagesPerSecond = 0;
        options.limits.guestsPerMinute = 0;
        options.guests = true;
        return options;
    }

private Q_SLOTS:
    /// Whatever is stored counts, by its bytes; somebody else's day is not touched.
    void bytesOfADayAreLimited()
    {
        AccountsOptions options = withoutLogInLimit();
        options.limits.bytesPerUserPerDay = 10'000;
        options.limits.bytesPerNetworkPerDay = 0;
        CoreFixture core(options);
        const Principal writer = core.newUser(QStringLiteral("writer"));
        const Principal other = core.newUser(QStringLiteral("other-writer"));
        const Room room = core.openRoom(other, QStringLiteral("bytes"));
        const QString text(3000, u'\u00e4'); // two bytes each
        QVERIFY(core.send(writer, room, text).ok());
        const auto refused = core.send(writer, room, text);
        QVERIFY(!refused);
        QCOMPARE(refused.error().code, ErrorCode::RateLimited);
        QVERIFY(refused.error().retryAfter > 3h && refused.error().retryAfter < 24h);
        QVERIFY2(refused.error().detail.contains(QLatin1String("limits.bytes_per_user_per_day")),
            qPrintable(refused.error().detail));
        QVERIFY(core.send(writer, room, QStringLiteral("a short one")).ok());
        QVERIFY(core.send(other, room, text).ok());

        while (!core.shared.storedBytes.takeOfUser(writer.user, {}, storedRowBytes)) { }
        const auto isRefused = [](const auto &result) {
            return !result.ok() && result.error().code == ErrorCode::RateLimited;
        };
        QVERIFY(isRefused(answerOf<Room>([&](auto *context, auto done) {
            core.rooms->create(writer, QStringLiteral("one-more"), RoomKind::Public, context, done);
        })));
        QVERIFY(isRefused(answerOf<Room>([&](auto *context, auto done) {
            core.rooms->open(writer, QStringLiteral("one-more"), context, done);
        })));
        QVERIFY(isRefused(answerOf<Room>([&](auto *context, auto done) {
            core.rooms->join(writer, QStringLiteral("bytes"), context, done);
        })));
        QVERIFY(isRefused(answerOf<Room>([&](auto *context, auto done) {
            core.rooms->openDirect(writer, QStringLiteral("other-writer"), context, done);
        })));
        QVERIFY(isRefused(answerOf<Sent>([&](auto *context, auto done) {
            core.messages->sendDirect(writer, QStringLiteral("other-writer"), {QStringLiteral("hi"), {}},
                QStringLiteral("text"), QStringLiteral("to"), context, done);
        })));
    }

    /// Whoever has stored too much, or in whose name somebody else has, can still keep others off and put an
    /// end to it.
    void protectionNeedsNoBytes()
    {
        AccountsOptions options = withoutLogInLimit();
        options.limits.bytesPerUserPerDay = 10'000;
        CoreFixture core(options);
        const Principal writer = core.newUser(QStringLiteral("writer"));
        const Principal pest = core.newUser(QStringLiteral("pest"));
        const Principal other = core.newUser(QStringLiteral("other-pest"));
        const auto roomOf = [&](const Principal &who) {
            const auto made = answerOf<Room>([&](auto *context, auto done) {
                core.rooms->create(
                    who, QStringLiteral("of-") + who.user.name, RoomKind::Private, context, done);
            });
            return made ? *made : Room();
        };
        const Room pests = roomOf(pest);
        const Room own = roomOf(writer);
        const Room others = roomOf(other);
        const auto invite = [&](const Principal &inviter, const Room &room) {
            return answerOf<Invited>([&](auto *context, auto done) {
                core.invitations->invite(inviter, room.id, writer.user.id, context, done);
            }).ok();
        };
        QVERIFY(invite(pest, pests) && invite(other, others));
        while (!core.shared.storedBytes.takeOfUser(writer.user, {}, 1)) { }

        const auto works = [](auto call) {
            const auto done = answerOf<Nothing>(call);
            return done ? QString() : done.error().detail;
        };
        QCOMPARE(works([&](auto *context, auto done) {
            core.invitations->decline(writer, pests.id, true, context, done);
        }),
            QString());
        QCOMPARE(works([&](auto *context, auto done) {
            core.invitations->decline(writer, others.id, false, context, done);
        }),
            QString());
        QCOMPARE(works([&](auto *context, auto done) {
            core.invitations->setBlocked(writer, other.user.id, true, context, done);
        }),
            QString());
        QCOMPARE(works([&](auto *context, auto done) { core.rooms->leave(writer, own.id, context, done); }),
            QString());
        const auto logIn = answerOf<LogIn>([&](auto *context, auto done) {
            core.accounts->logIn(
                QStringLiteral("writer"), QStringLiteral("correct horse"), {}, context, done);
        });
        QVERIFY(logIn.ok());
        QCOMPARE(works([&](auto *context, auto done) {
            core.accounts->changePassword(logIn->principal, QStringLiteral("correct horse"),
                QStringLiteral("battery staple"), {}, context, done);
        }),
            QString());
        QCOMPARE(works([&](auto *context, auto done) {
            core.accounts->revoke(logIn->principal, logIn->principal.sessionId, {}, context, done);
        }),
            QString());
    }

    /// Ten accounts of one network are no more than the network; and who has used up their own
    /// day does not use up that of the network by trying.
    void bytesOfANetworkAreLimited()
    {
        AccountsOptions options = withoutLogInLimit();
        options.limits.bytesPerUserPerDay = 8'000;
        options.limits.bytesPerNetworkPerDay = 20'000;
        CoreFixture core(options);
        const QString network = QStringLiteral("192.0.2.1");
        const Room room = core.openRoom(core.newUser(QStringLiteral("maker")), QStringLiteral("network"));
        const QString text(4000, u'a');
        QList<Principal> writers;
        for (int i = 0; i < 5; ++i) {
            writers.append(core.newUser(QStringLiteral("writer-%1").arg(i)));
            writers.last().network = network;
        }
        QVERIFY(core.send(writers[0], room, text).ok());
        for (int i = 0; i < 100; ++i)
            QVERIFY(!core.send(writers[0], room, text));
        for (int i = 1; i < 4; ++i)
            QVERIFY(core.send(writers[i], room, text).ok());
        const auto refused = core.send(writers[4], room, text);
        QVERIFY(!refused);
        QCOMPARE(refused.error().code, ErrorCode::RateLimited);
        QVERIFY(refused.error().retryAfter.count() > 0);
        QVERIFY2(refused.error().detail.contains(QLatin1String("limits.bytes_per_network_per_day")),
            qPrintable(refused.error().detail));
        writers[4].network = QStringLiteral("192.0.2.2");
        QVERIFY(core.send(writers[4], room, text).ok());

        // A guest is new each time, and its network is not.
        const ClientInfo client{network, network, {}};
        std::optional<Error> problem;
        for (int i = 0; i < 100 && !problem; ++i) {
            const auto guest = answerOf<Principal>(
                [&](auto *context, auto done) { core.accounts->admitGuest(client, context, done); });
            if (!guest)
                problem = guest.error();
            else
                QCOMPARE(guest->network, network);
        }
        QVERIFY(problem);
        QCOMPARE(problem->code, ErrorCode::RateLimited);
        const auto account = answerOf<User>([&](auto *context, auto done) {
            core.accounts->registerUser(
                QStringLiteral("latecomer"), QStringLiteral("correct horse"), client, context, done);
        });
        QVERIFY(!account);
        QCOMPARE(account.error().code, ErrorCode::RateLimited);
    }
};

QTEST_GUILESS_MAIN(StoredBytesTest)
#include "tst_storedbytes.moc"
