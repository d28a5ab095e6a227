// SPDX-License-Identifier: GPL-3.0-or-later
// Rooms, members and the directory page by page, as the wire brings them (THREATS 35).

#include "client/sentences/sentences.h"
#include "tests/client/session/sessionwire.h"

#include <QSignalSpy>
#include <QTest>

using namespace rookery;
using namespace rookery::client;

namespace {

QString memberJson(const QString &name, bool member = true, bool online = false)
{
    return QStringLiteral(R"({"user":{"id":"u-%1","username":"%1"},"member":%2,"online":%3})")
        .arg(name, member ? QStringLiteral("true") : QStringLiteral("false"),
            online ? QStringLiteral("true") : QStringLiteral("false"));
}

QString refOf(const QJsonObject &request)
{
    return request.value(QLatin1String("ref")).toString();
}

QString quotedOrNull(const QString &next)
{
    return next.isEmpty() ? QStringLiteral("null") : u'"' + next + u'"';
}

QStringList names(QAbstractItemModel *members)
{
    QStringList found;
    for (int row = 0; row < members->rowCount(); ++row)
        found.append(members->index(row, 0).data().toString());
    return found;
}

QVariant count(QAbstractItemModel *members, int role = Chat::MemberCountRole)
{
    return members->headerData(0, Qt::Horizontal, role);
}

} // namespace

class TestSessionLists : public QObject
{
    Q_OBJECT
private:
    /// As SessionWire::greet(), where more rooms follow.
    static QJsonObject greet(SessionWire &wire, const QString &rooms, const QString &next)
    {
        if (!QTest::qWaitFor([&] {
                return wire.transport() && wire.transport()->isOpened() && !wire.transport()->isClosed();
            }))
            qFatal("No connection is being made.");
        wire.transport()->accept();
        const QJsonObject hello = wire.transport()->takeSent(QStringLiteral("hello"));
        wire.say(QStringLiteral(
            R"({"type":"hello","ref":"%1","user":{"id":"u-ada","username":"ada"},"rooms":[%2],"next":%3})")
                     .arg(refOf(hello), rooms, quotedOrNull(next)));
        return hello;
    }
    /// Answers the oldest `rooms` and answers where it wanted to go on.
    static QString answerRooms(SessionWire &wire, const QString &rooms, const QString &next = {})
    {
        const QJsonObject request = wire.transport()->takeSent(QStringLiteral("rooms"));
        wire.say(QStringLiteral(R"({"type":"rooms","ref":"%1","rooms":[%2],"next":%3})")
                     .arg(refOf(request), rooms, quotedOrNull(next)));
        return request.value(QLatin1String("after")).toString();
    }
    static void answerMembers(SessionWire &wire, const QString &members, int all, const QString &next)
    {
        const QJsonObject request = wire.transport()->takeSent(QStringLiteral("members"));
        wire.say(QStringLiteral(
            R"({"type":"members","ref":"%1","room":"r1","members":[%2],"member_count":%3,"next":%4})")
                     .arg(refOf(request), members)
                     .arg(all)
                     .arg(quotedOrNull(next)));
    }
    static void enter(SessionWire &wire, const QString &members, int all, const QString &next)
    {
        wire.start();
        wire.greet(SessionWire::roomJson(r1, 0));
        const QJsonObject request = wire.transport()->takeSent(QStringLiteral("subscribe"));
        wire.say(QStringLiteral(
            R"({"type":"subscribed","ref":"%1","room":%2,"members":[%3],"member_count":%4,"members_next":%5})")
                     .arg(refOf(request), SessionWire::roomJson(r1, 0), members)
                     .arg(all)
                     .arg(quotedOrNull(next)));
    }

private Q_SLOTS:
    void roomsOfLaterPagesAreNotGone()
    {
        SessionWire wire;
        wire.start();
        wire.greet(SessionWire::roomJson(r1, 0) + u',' + SessionWire::roomJson(r2, 0));
        wire.subscribed(0);
        wire.subscribed(0);
        wire.transport()->drop();
        QVERIFY(wire.core().send(r2, QStringLiteral("kept"), nullptr));
        QSignalSpy removed(&wire.core(), &Session::roomRemoved);
        QSignalSpy warned(&wire.core(), &Session::warned);

        const QJsonObject hello = greet(wire, SessionWire::roomJson(r1, 0), QStringLiteral("place"));
        QCOMPARE(hello.value(QLatin1String("pages")), QJsonValue(true));
        QCOMPARE(wire.titles(), (QStringList{QStringLiteral("room-r1"), QStringLiteral("room-r2")}));
        // A room that comes while the pages are read is there, on whatever page it would have been.
        wire.say(QStringLiteral(R"({"type":"room_added","room":%1})")
                     .arg(SessionWire::roomJson(QStringLiteral("r9"), 0)));
        QCOMPARE(answerRooms(wire, SessionWire::roomJson(QStringLiteral("r3"), 0), QStringLiteral("further")),
            QStringLiteral("place"));
        QCOMPARE(answerRooms(wire, SessionWire::roomJson(r2, 0)), QStringLiteral("further"));
        QVERIFY(!wire.transport()->hasSent(QStringLiteral("rooms")));
        QCOMPARE(removed.size(), 0);
        QCOMPARE(warned.size(), 0);
        QCOMPARE(wire.titles().size(), 4);
        QTRY_VERIFY(wire.transport()->hasSent(QStringLiteral("send")));
        QCOMPARE(wire.sent().value(QLatin1String("text")).toString(), QStringLiteral("kept"));
    }

    void aRoomOnNoPageIsGone()
    {
        SessionWire wire;
        wire.start();
        wire.greet(SessionWire::roomJson(r1, 0) + u',' + SessionWire::roomJson(r2, 0));
        wire.transport()->drop();
        QSignalSpy removed(&wire.core(), &Session::roomRemoved);
        greet(wire, SessionWire::roomJson(r1, 0), QStringLiteral("place"));
        QCOMPARE(removed.size(), 0);
        answerRooms(wire, SessionWire::roomJson(QStringLiteral("r3"), 0));
        QCOMPARE(removed.size(), 1);
        QCOMPARE(removed.constFirst().constFirst().toString(), r2);
    }

    void whatWasCutOffIsReadAnew()
    {
        SessionWire wire;
        wire.start();
        wire.greet(SessionWire::roomJson(r1, 0) + u',' + SessionWire::roomJson(r2, 0));
        wire.transport()->drop();
        QSignalSpy removed(&wire.core(), &Session::roomRemoved);
        greet(wire, SessionWire::roomJson(r1, 0), QStringLiteral("place"));
        wire.transport()->drop();
        greet(wire, SessionWire::roomJson(r1, 0), QStringLiteral("place"));
        // Refused for a while: it is asked again.
        wire.refuse(wire.transport()->takeSent(QStringLiteral("rooms")), QStringLiteral("overloaded"), 1);
        QTRY_VERIFY(wire.transport()->hasSent(QStringLiteral("rooms")));
        answerRooms(wire, SessionWire::roomJson(r2, 0));
        QCOMPARE(removed.size(), 0);
    }

    void asManySubscriptionsAsTheServerTakes()
    {
        SessionWire wire;
        wire.start();
        QStringList rooms;
        for (int i = 0; i < 1010; ++i)
            rooms.append(SessionWire::roomJson(QStringLiteral("r%1").arg(i, 4, 10, QLatin1Char('0')), 0));
        wire.greet(rooms.join(u','));
        QCOMPARE(wire.titles().size(), 1010);
        for (int subscriptions = 0; subscriptions < 1000; ++subscriptions) {
            QTRY_VERIFY(wire.transport()->hasSent(QStringLiteral("subscribe")));
            wire.subscribed(0);
        }
        QCoreApplication::processEvents();
        QVERIFY(!wire.transport()->hasSent(QStringLiteral("subscribe")));
        // The one that is looked at is live, in place of another one.
        wire.core().setShownRoom(QStringLiteral("r1009"));
        QVERIFY(wire.transport()->hasSent(QStringLiteral("unsubscribe")));
        QCOMPARE(wire.subscribed(0).value(QLatin1String("room")).toString(), QStringLiteral("r1009"));
        wire.other(QStringLiteral("r1009"), 1);
        QTRY_COMPARE(wire.unread(QStringLiteral("room-r1009")), 1);
        QVERIFY(!wire.transport()->hasSent(QStringLiteral("subscribe")));
    }

    void membersAreFetchedAsTheyAreWanted()
    {
        SessionWire wire;
        enter(wire, memberJson(QStringLiteral("eve"), true, true) + u',' + memberJson(QStringLiteral("zoe")),
            300, QStringLiteral("online:"));
        QAbstractItemModel *members = wire.core().members(r1);
        QCOMPARE(names(members), (QStringList{QStringLiteral("eve"), QStringLiteral("zoe")}));
        QCOMPARE(count(members).toInt(), 300);
        QVERIFY(!wire.transport()->hasSent(QStringLiteral("members")));
        QVERIFY(members->canFetchMore({}));
        members->fetchMore({});
        members->fetchMore({});
        QVERIFY(!members->canFetchMore({}));
        // Somebody comes, who is on the page too.
        wire.say(QStringLiteral(
            R"({"type":"member","room":"r1","user":{"id":"u-bob","username":"bob"},"member":true,"online":true})"));
        answerMembers(wire,
            memberJson(QStringLiteral("bob"), true, true) + u',' + memberJson(QStringLiteral("ann")), 301,
            QStringLiteral("member:9"));
        QVERIFY(!wire.transport()->hasSent(QStringLiteral("members")));
        QCOMPARE(names(members), QStringLiteral("bob eve ann zoe").split(u' '));
        QCOMPARE(count(members).toInt(), 301);
        // Somebody who is known leaves.
        wire.say(QStringLiteral(
            R"({"type":"member","room":"r1","user":{"id":"u-ann","username":"ann"},"member":false,"online":false})"));
        QCOMPARE(count(members).toInt(), 300);
        members->fetchMore({});
        wire.refuse(wire.transport()->takeSent(QStringLiteral("members")), QStringLiteral("overloaded"), 1);
        QVERIFY(members->canFetchMore({}));
        members->fetchMore({});
        answerMembers(wire, memberJson(QStringLiteral("max")), 300, {});
        QCOMPARE(names(members), QStringLiteral("bob eve max zoe").split(u' '));
        QVERIFY(!members->canFetchMore({}));
        QVERIFY(!count(members).isValid()); // they are all here
    }

    void membersOfARoomNobodyHasLookedAt()
    {
        SessionWire wire;
        enter(wire, memberJson(QStringLiteral("zoe")), 2, QStringLiteral("online:"));
        wire.say(QStringLiteral(
            R"({"type":"member","room":"r1","user":{"id":"u-zoe","username":"zoe"},"member":false,"online":false})"));
        QAbstractItemModel *members = wire.core().members(r1);
        QCOMPARE(members->rowCount(), 0);
        QCOMPARE(count(members).toInt(), 1);
        QVERIFY(members->canFetchMore({}));
    }

    /// THREATS 33.
    void whatWasMissedIsReadAnew()
    {
        SessionWire wire;
        enter(wire, memberJson(QStringLiteral("bob"), true, true) + u',' + memberJson(QStringLiteral("zoe")),
            50, QStringLiteral("online:"));
        QAbstractItemModel *members = wire.core().members(r1);
        wire.say(QStringLiteral(R"({"type":"presence","room":"r1","online":40,"missed":false})"));
        QCOMPARE(count(members, Chat::OnlineCountRole).toInt(), 40);
        QVERIFY(!wire.transport()->hasSent(QStringLiteral("members")));
        wire.say(QStringLiteral(R"({"type":"presence","room":"r1","online":2,"missed":true})"));
        QVERIFY(wire.transport()->hasSent(QStringLiteral("members")));
        answerMembers(wire,
            memberJson(QStringLiteral("zoe")) + u',' + memberJson(QStringLiteral("ann"), false, true), 1, {});
        QCOMPARE(names(members), (QStringList{QStringLiteral("ann"), QStringLiteral("zoe")}));
    }

    void theDirectoryIsSearchedOnThroughEmptyPages()
    {
        SessionWire wire;
        wire.start();
        wire.greet(SessionWire::roomJson(r1, 0));
        QList<RoomsFound> found;
        const auto find = [&](const QString &query, const QString &after = {}) {
            wire.core().findRooms(query, after, this, [&](const Outcome<RoomsFound> &page) {
                if (page)
                    found.append(*page);
            });
        };
        const auto answer = [&](const QString &rooms, const QString &next) {
            wire.rest()->answer(
                frame(QStringLiteral(R"({"rooms":[%1],"next":%2})").arg(rooms, quotedOrNull(next))));
        };
        find(QStringLiteral(" tea "));
        QCOMPARE(wire.rest()->waiting(), QStringList{QStringLiteral("GET rooms/directory?query=tea")});
        answer({}, QStringLiteral("m m"));
        QCOMPARE(
            wire.rest()->waiting(), QStringList{QStringLiteral("GET rooms/directory?query=tea&after=m m")});
        answer(SessionWire::roomJson(r1, 0), QStringLiteral("x"));
        QCOMPARE(found.size(), 1);
        QCOMPARE(found[0].rooms.size(), 1);
        QCOMPARE(found[0].next, QStringLiteral("x"));
        find(QStringLiteral("tea"), QStringLiteral("x"));
        answer({}, {});
        QCOMPARE(found.size(), 2);
        QVERIFY(found[1].rooms.isEmpty() && found[1].next.isEmpty());
        // Whoever types on ends the search for what was typed before.
        find(QStringLiteral("te"));
        find(QStringLiteral("tea"));
        answer({}, QStringLiteral("m"));
        QCOMPARE(wire.rest()->waiting(), QStringList{QStringLiteral("GET rooms/directory?query=tea")});
        QCOMPARE(found.size(), 2);
    }

    // What follows is THREATS 44.
    void pagesOfRoomsWithoutEnd()
    {
        SessionWire wire;
        wire.start();
        greet(wire, SessionWire::roomJson(r1, 0), QStringLiteral("p"));
        for (int page = 0; page < 5'000 && wire.core().linkState() == LinkState::Connected; ++page)
            answerRooms(wire, SessionWire::roomJson(r1, 0), QStringLiteral("p%1").arg(page));
        QCOMPARE(wire.core().linkState(), LinkState::Ended);
        QVERIFY2(inWords(wire.core().linkProblem()).contains(QLatin1String("does not end")),
            qPrintable(inWords(wire.core().linkProblem())));
        QCOMPARE(wire.titles().size(), 1);
        // The person may try again.
        wire.core().reconnectNow();
        greet(wire, SessionWire::roomJson(r1, 0), {});
        QCOMPARE(wire.core().linkState(), LinkState::Connected);
    }

    void pagesOfTooManyRooms()
    {
        SessionWire wire;
        wire.start();
        greet(wire, SessionWire::roomJson(r1, 0), QStringLiteral("p"));
        int named = 0;
        for (int page = 0; page < 100 && wire.core().linkState() == LinkState::Connected; ++page) {
            QStringList rooms;
            for (int i = 0; i < 1'000; ++i)
                rooms.append(SessionWire::roomJson(QStringLiteral("r%1").arg(100'000 + named++), 0));
            answerRooms(wire, rooms.join(u','), QStringLiteral("p%1").arg(page));
        }
        QCOMPARE(wire.core().linkState(), LinkState::Ended);
        QVERIFY2(inWords(wire.core().linkProblem()).contains(QLatin1String("more rooms")),
            qPrintable(inWords(wire.core().linkProblem())));
        QCOMPARE(wire.core().rooms()->rowCount(), int(Session::mostRooms));
    }

    void aPlaceThatLeadsToItself()
    {
        SessionWire wire;
        wire.start();
        greet(wire, SessionWire::roomJson(r1, 0), QStringLiteral("p"));
        answerRooms(wire, SessionWire::roomJson(r2, 0), QStringLiteral("p"));
        QVERIFY(!wire.transport()->hasSent(QStringLiteral("rooms")));
        QCOMPARE(wire.titles().size(), 2);

        SessionWire other;
        enter(other, memberJson(QStringLiteral("eve")), 300, QStringLiteral("m"));
        QAbstractItemModel *members = other.core().members(r1);
        members->fetchMore({});
        answerMembers(other, memberJson(QStringLiteral("zoe")), 300, QStringLiteral("m"));
        QCOMPARE(members->rowCount(), 2);
        QVERIFY(!members->canFetchMore({}));
    }

    void pagesOfMembersWithoutEnd()
    {
        SessionWire wire;
        enter(wire, memberJson(QStringLiteral("eve")), 300, QStringLiteral("m"));
        QAbstractItemModel *members = wire.core().members(r1);
        int pages = 1;
        for (; pages < 5'000 && members->canFetchMore({}); ++pages) {
            members->fetchMore({});
            answerMembers(wire, {}, 300, QStringLiteral("m%1").arg(pages));
        }
        QCOMPARE(pages, MemberBook::mostPages);
        QCOMPARE(wire.core().linkState(), LinkState::Connected);
    }

    void missedWithoutEnd()
    {
        SessionWire wire;
        enter(wire, memberJson(QStringLiteral("eve")), 1, {});
        for (int i = 0; i < 1'000; ++i)
            wire.say(QStringLiteral(R"({"type":"presence","room":"r1","online":2,"missed":true})"));
        answerMembers(wire, memberJson(QStringLiteral("eve")), 1, {});
        // It may have been too old.
        answerMembers(wire, memberJson(QStringLiteral("zoe")), 1, {});
        QVERIFY(!wire.transport()->hasSent(QStringLiteral("members")));
        QCOMPARE(names(wire.core().members(r1)), QStringList{QStringLiteral("zoe")});
    }

    void membersOfRoomsNobodyLooksAtAreForgotten()
    {
        MemberBook book({Chat::UserIdRole, Chat::OnlineRole});
        QSignalSpy wanted(&book, &MemberBook::pageWanted);
        MembersPage page{{}, QStringLiteral("m"), 1'000'000};
        for (int i = 0; i < MemberModel::mostMembers + 10; ++i) {
            const QString name = QString::number(i);
            page.members.append({{name, name}, Role::Member, false});
        }
        const QString open = QStringLiteral("open");
        book.set(open, page);
        QCOMPARE(book.model(open)->rowCount(), int(MemberModel::mostMembers));
        QVERIFY(!book.model(open)->canFetchMore({}));
        constexpr int fit = int(MemberBook::mostKept / MemberModel::mostMembers);
        for (int room = 0; room < fit; ++room)
            book.set(QString::number(room), page);
        QCOMPARE(book.model(QStringLiteral("0"))->rowCount(), int(MemberModel::mostMembers));
        QCOMPARE(wanted.size(), 0);
        for (int room = fit; room < fit + 2; ++room)
            book.set(QString::number(room), page);
        book.update(QStringLiteral("1"), {{QStringLiteral("x"), QStringLiteral("x")}, Role::Member, true});

        QAbstractItemModel *forgotten = book.model(QStringLiteral("1"));
        QCOMPARE(forgotten->rowCount(), 0);
        QCOMPARE(wanted.size(), 1);
        QCOMPARE(wanted.constFirst(), (QVariantList{QStringLiteral("1"), QString()}));
        book.set(QStringLiteral("1"), {page.members.first(3), {}, 3});
        QCOMPARE(forgotten->rowCount(), 3);
        book.model(QStringLiteral("1"));
        QCOMPARE(wanted.size(), 1);
        QCOMPARE(book.model(QStringLiteral("0"))->rowCount(), int(MemberModel::mostMembers));
    }

    void forgottenMembersAreAskedForOnce()
    {
        SessionWire wire;
        wire.start();
        wire.greet(SessionWire::roomJson(r1, 0));
        QStringList members;
        for (int i = 0; i < MemberModel::mostMembers; ++i)
            members.append(memberJson(QString::number(i)));
        QStringList rooms{r1};
        for (int room = 0; room < MemberBook::mostKept / MemberModel::mostMembers; ++room)
            rooms.append(QStringLiteral("x%1").arg(room));
        for (const QString &room : std::as_const(rooms)) {
            if (room != r1)
                wire.say(
                    QStringLiteral(R"({"type":"room_added","room":%1})").arg(SessionWire::roomJson(room, 0)));
            const QJsonObject request = wire.transport()->takeSent(QStringLiteral("subscribe"));
            wire.say(QStringLiteral(
                R"({"type":"subscribed","ref":"%1","room":%2,"members":[%3],"member_count":9,"members_next":null})")
                         .arg(refOf(request), SessionWire::roomJson(room, 0), members.join(u',')));
        }
        QAbstractItemModel *forgotten = wire.core().members(r1);
        QCOMPARE(forgotten->rowCount(), 0);
        wire.core().members(r1);
        answerMembers(wire, memberJson(QStringLiteral("eve")), 1, {});
        QCOMPARE(names(forgotten), QStringList{QStringLiteral("eve")});
    }

    void invitationsWithoutEnd()
    {
        SessionWire wire;
        wire.start();
        wire.greet(SessionWire::roomJson(r1, 0));
        for (int i = 0; i < 2'000; ++i) {
            wire.say(QStringLiteral(
                R"({"type":"invited","invitation":{"room":{"id":"i%1","name":"%2"},"inviter":{"id":"u-bob","username":"bob"},"invited_at":"2026-11-21T08:00:00.000Z"}})")
                         .arg(QString::number(i), i % 2 == 0 ? QStringLiteral("tea") : QString(300, u'n')));
        }
        const int shown = wire.core().invitations()->rowCount();
        QVERIFY2(shown > 0 && shown <= 1'000, qPrintable(QString::number(shown)));
        QCOMPARE(wire.core().invitations()->index(0, 0).data().toString(), QStringLiteral("tea"));
    }

    void aDirectoryWithoutEnd()
    {
        SessionWire wire;
        wire.start();
        wire.greet(SessionWire::roomJson(r1, 0));
        QList<RoomsFound> found;
        const auto find = [&](const QString &after) {
            wire.core().findRooms(QStringLiteral("tea"), after, this, [&](const Outcome<RoomsFound> &page) {
                if (page)
                    found.append(*page);
            });
        };
        find({});
        int pages = 0;
        for (; pages < 1'000 && found.isEmpty(); ++pages)
            wire.rest()->answer(frame(QStringLiteral(R"({"rooms":[],"next":"%1"})").arg(pages)));
        QVERIFY(pages < 1'000);
        QVERIFY(found[0].next.isEmpty());
        find(QStringLiteral("p"));
        wire.rest()->answer(
            frame(QStringLiteral(R"({"rooms":[%1],"next":"p"})").arg(SessionWire::roomJson(r1, 0))));
        QCOMPARE(found.size(), 2);
        QCOMPARE(found[1].rooms.size(), 1);
        QVERIFY(found[1].next.isEmpty());
        QVERIFY(wire.rest()->waiting().isEmpty());
    }
};

QTEST_GUILESS_MAIN(TestSessionLists)
#include "tst_sessionlists.moc"
