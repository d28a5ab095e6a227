// SPDX-License-Identifier: GPL-3.0-or-later
#include "common/ids.h"
#include "server/core/names.h"
#include "server/core/securitylog.h"
#include "tests/server/core/corefixture.h"

#include <QSignalSpy>

using namespace rookery;
using namespace rookery::core;
using namespace rookery::test;
using namespace std::chrono_literals;

namespace {

const QString goodPassword = QStringLiteral("correct horse");

} // namespace

/// Rooms and messages, and what guests may do with them.
class ServicesTest : public QObject
{
    Q_OBJECT
private:
    const ClientInfo m_client{
        QStringLiteral("192.0.2.1"), QStringLiteral("192.0.2.1"), QStringLiteral("test")};
    CoreFixture m_core{withoutLogInLimit()};

private Q_SLOTS:
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
        QVERIFY(made->isMember());
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
        QVERIFY(!invited->member.isMember());
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
            QCOMPARE(sent->event.text(), text);
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
            void publishDirect(const Broadcast &broadcast) override
            {
                heard.append(broadcast.event().text());
            }
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

    /// THREATS 31: what everybody in the room has to take counts by its length, and what comes from one
    /// network together.
    void longMessagesAndNetworksAreLimited()
    {
        AccountsOptions options = withoutLogInLimit();
        options.limits.messagesPerSecond = 1;
        options.limits.messagesBurst = 10;
        CoreFixture core(options);
        const auto person = [&core](const QString &name) {
            Principal who = core.newUser(name);
            who.network = QStringLiteral("192.0.2.1");
            return who;
        };
        const auto sent = [&core](const Principal &who, qsizetype characters) {
            int count = 0;
            while (count < 50 && answerOf<Sent>([&](auto *context, auto done) {
                core.messages->send(who, std::make_shared<const Room>(core.rooms->lobby()),
                    {QString(characters, QChar(u'x')), {}}, QStringLiteral("text"), context, done);
            }).ok())
                ++count;
            return count;
        };
        QElapsedTimer clock;
        clock.start();
        const int brief = sent(person(QStringLiteral("ann")), 10);
        const int lengthy = sent(person(QStringLiteral("bob")), 4000); // each counts as five
        QVERIFY2(brief >= 10, qPrintable(QString::number(brief)));
        QVERIFY2(lengthy >= 2 && lengthy < brief / 2, qPrintable(QString::number(lengthy)));
        // A socket has to wait as much.
        const Principal cay = person(QStringLiteral("cay"));
        std::chrono::milliseconds wait{};
        for (int i = 0; i < 4; ++i)
            wait = core.messages->pace(cay, QString(2000, QChar(u'x'))).value();
        QVERIFY2(wait > 1s, qPrintable(QString::number(wait.count())));

        int together = brief + 5 * lengthy + 12;
        for (int i = 0; i < 20; ++i)
            together += sent(person(QStringLiteral("user%1").arg(i)), 10);
        const qint64 most = 100 + 10 * (clock.elapsed() / 1000 + 1);
        QVERIFY2(together >= 90 && together <= most, qPrintable(QString::number(together)));
        Principal dan = person(QStringLiteral("dan"));
        QVERIFY(sent(dan, 10) < 10);
        dan.network = QStringLiteral("192.0.2.2");
        QVERIFY(sent(dan, 10) >= 1);
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
