// SPDX-License-Identifier: GPL-3.0-or-later
// Who invites whom, and what comes of it (THREATS 34); names of rooms that look alike (THREATS 43).

#include "tests/server/core/corefixture.h"

using namespace rookery;
using namespace rookery::core;
using namespace rookery::test;

namespace {

AccountsOptions invitationsOptions()
{
    AccountsOptions options;
    options.limits.loginsPerMinute = 0;
    options.limits.messagesPerSecond = 0;
    options.limits.invitationsPerPair = 2;
    options.limits.roomsPerUser = 4;
    return options;
}

} // namespace

class CoreInvitationsTest : public QObject
{
    Q_OBJECT

private:
    CoreFixture m_core{invitationsOptions(), RoomsOptions{invitationsOptions().limits}};
    int m_number = 0;

    Principal somebody() { return m_core.newUser(QStringLiteral("somebody-%1").arg(++m_number)); }
    Result<Room> create(const Principal &who, const QString &name)
    {
        return answerOf<Room>([&](auto *context, auto done) {
            m_core.rooms->create(who, name, RoomKind::Private, context, done);
        });
    }
    Room newRoom(const Principal &who)
    {
        const auto made = create(who, QStringLiteral("room-%1").arg(++m_number));
        return made ? *made : Room();
    }
    Result<Invited> invite(const Principal &who, const Room &room, const Principal &whom)
    {
        return answerOf<Invited>([&](auto *context, auto done) {
            m_core.invitations->invite(who, room.id, whom.user.name, context, done);
        });
    }
    Result<Nothing> decline(const Principal &who, const Room &room, bool block)
    {
        return answerOf<Nothing>([&](auto *context, auto done) {
            m_core.invitations->decline(who, room.name, block, context, done);
        });
    }

private Q_SLOTS:
    void enteringByNameAccepts()
    {
        const Principal ann = somebody();
        const Principal bob = somebody();
        const Room room = newRoom(ann);
        const auto enter = [&] {
            return answerOf<Room>(
                [&](auto *context, auto done) { m_core.rooms->open(bob, room.name, context, done); });
        };
        QCOMPARE(enter().error().code, ErrorCode::NotFound);
        QVERIFY(invite(ann, room, bob));
        // Looking is no answer.
        const auto seen = answerOf<Room>(
            [&](auto *context, auto done) { m_core.rooms->find(bob, room.name, context, done); });
        QCOMPARE(seen.error().code, ErrorCode::NotFound);
        const auto entered = enter();
        QVERIFY(entered.ok());
        QVERIFY(entered->isMember());
    }

    void refusalsToInviteSayWhy()
    {
        const Principal ann = somebody();
        const Principal bob = somebody();
        const Principal cid = somebody();
        const auto direct = answerOf<Room>(
            [&](auto *context, auto done) { m_core.rooms->openDirect(ann, bob.user.id, context, done); });
        QVERIFY(direct.ok());
        const auto byMember = invite(ann, *direct, cid);
        QCOMPARE(byMember.error().code, ErrorCode::Forbidden);
        QVERIFY2(byMember.error().detail.contains(QLatin1String("direct room")),
            qPrintable(byMember.error().detail));
        const auto hall = answerOf<Room>([&](auto *context, auto done) {
            m_core.rooms->create(ann, QStringLiteral("hall"), RoomKind::Public, context, done);
        });
        QVERIFY(hall.ok());
        const auto byOther = invite(bob, *hall, cid);
        QCOMPARE(byOther.error().code, ErrorCode::Forbidden);
        QVERIFY2(byOther.error().detail.contains(QLatin1String("Only a member")),
            qPrintable(byOther.error().detail));
    }

    void onePersonIsNotInvitedAllTheTime()
    {
        const Principal ann = somebody();
        const Principal bob = somebody();
        const Room room = newRoom(ann);
        for (int i = 0; i < 2; ++i) {
            QVERIFY(invite(ann, room, bob).ok());
            QVERIFY(decline(bob, room, false).ok());
        }
        const auto third = invite(ann, room, bob);
        QVERIFY(!third);
        QCOMPARE(third.error().code, ErrorCode::RateLimited);
        QVERIFY(third.error().retryAfter.count() > 0);
        QVERIFY(third.error().detail.contains(QLatin1String("limits.invitations_per_pair")));
        QVERIFY(invite(ann, room, somebody()).ok()); // others are
    }

    /// Forty accounts of one network are no more than one.
    void oneNetworkDoesNotFillTheListOfSomebody()
    {
        AccountsOptions few = invitationsOptions();
        few.limits.invitationsPerNetwork = 3;
        CoreFixture core(few, RoomsOptions{few.limits});
        const Principal bob = core.newUser(QStringLiteral("bob"));
        const auto invite = [&](int number, const QString &network, const Principal &whom) {
            Principal inviter = core.newUser(QStringLiteral("inviter-%1").arg(number));
            inviter.network = network;
            const auto room = answerOf<Room>([&](auto *context, auto done) {
                core.rooms->create(
                    inviter, QStringLiteral("room-%1").arg(number), RoomKind::Private, context, done);
            });
            return answerOf<Invited>([&](auto *context, auto done) {
                core.invitations->invite(inviter, room ? room->id : QString(), whom.user.id, context, done);
            });
        };
        const QString crowded = QStringLiteral("192.0.2.1");
        for (int i = 0; i < 3; ++i)
            QVERIFY(invite(i, crowded, bob).ok());
        const auto fourth = invite(4, crowded, bob);
        QCOMPARE(fourth.error().code, ErrorCode::RateLimited);
        QVERIFY(fourth.error().retryAfter.count() > 0);
        QVERIFY(fourth.error().detail.contains(QLatin1String("limits.invitations_per_network")));
        QVERIFY(invite(5, QStringLiteral("192.0.2.2"), bob).ok());
        QVERIFY(invite(6, crowded, core.newUser(QStringLiteral("cid"))).ok());
    }

    void anInviterCanBeRefused()
    {
        const Principal ann = somebody();
        const Principal bob = somebody();
        const Room room = newRoom(ann);
        QVERIFY(invite(ann, room, bob).ok());
        QVERIFY(decline(bob, room, true).ok());
        QCOMPARE(invite(ann, room, bob).error().code, ErrorCode::Forbidden);
        const auto direct = answerOf<Room>(
            [&](auto *context, auto done) { m_core.rooms->openDirect(ann, bob.user.id, context, done); });
        QCOMPARE(direct.error().code, ErrorCode::Forbidden);
        const auto sent = answerOf<Sent>([&](auto *context, auto done) {
            m_core.messages->sendDirect(ann, bob.user.id, {QStringLiteral("please"), {}},
                QStringLiteral("message"), QStringLiteral("receiverId"), context, done);
        });
        QCOMPARE(sent.error().code, ErrorCode::Forbidden);
        const auto self = answerOf<Nothing>([&](auto *context, auto done) {
            m_core.invitations->setBlocked(bob, bob.user.name, true, context, done);
        });
        QCOMPARE(self.error().code, ErrorCode::Forbidden);
    }

    void invitationsComeOutsideTheRoomsOfOne()
    {
        const Principal ann = somebody();
        const Principal bob = somebody();
        // The lobby is one of the four.
        QVERIFY(create(bob, QStringLiteral("own-1")).ok());
        QVERIFY(create(bob, QStringLiteral("own-2")).ok());
        QVERIFY(create(bob, QStringLiteral("own-3")).ok());
        QCOMPARE(create(bob, QStringLiteral("own-4")).error().code, ErrorCode::Forbidden);
        const Room room = newRoom(ann);
        QVERIFY(invite(ann, room, bob).ok()); // takes no place
        const auto join = [&] {
            return answerOf<Room>(
                [&](auto *context, auto done) { m_core.rooms->join(bob, room.id, context, done); });
        };
        const auto full = join();
        QCOMPARE(full.error().code, ErrorCode::Forbidden);
        QVERIFY(full.error().detail.contains(QLatin1String("limits.rooms_per_user")));
        QVERIFY(answerOf<Nothing>([&](auto *context, auto done) {
            m_core.rooms->leave(bob, QStringLiteral("own-1"), context, done);
        }).ok());
        QVERIFY(join().ok()); // the invitation is still there
    }

    void roomsThatLookAlike_data()
    {
        QTest::addColumn<QString>("name");
        QTest::newRow("Cyrillic o") << QStringLiteral("l\u043ebby");
        QTest::newRow("digit one for l") << QStringLiteral("1obby");
        QTest::newRow("capital i for l") << QStringLiteral("Iobby");
        QTest::newRow("zero for o") << QStringLiteral("l0bby");
        QTest::newRow("fullwidth") << QStringLiteral("lo\uff42by");
    }
    void roomsThatLookAlike()
    {
        QFETCH(const QString, name);
        const Principal ann = somebody();
        const auto made = create(ann, name);
        QCOMPARE(made.error().code, ErrorCode::NameTaken);
        QCOMPARE(made.error().field, QStringLiteral("name"));
        const auto opened =
            answerOf<Room>([&](auto *context, auto done) { m_core.rooms->open(ann, name, context, done); });
        QCOMPARE(opened.error().code, ErrorCode::NameTaken);
        // The lobby itself is found by its own name in any case, and by no other.
        QCOMPARE(m_core.openRoom(ann, QStringLiteral("LOBBY")).id, m_core.rooms->lobby().id);
    }

    void otherScriptsAreNoLookAlikes()
    {
        const Principal ann = somebody();
        QVERIFY(create(ann, QStringLiteral("птицы")).ok());
        QVERIFY(create(ann, QStringLiteral("birds")).ok());
    }
};

QTEST_GUILESS_MAIN(CoreInvitationsTest)
#include "tst_coreinvitations.moc"
