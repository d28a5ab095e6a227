// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/server/store/conformance.h"

#include <cstdlib>

namespace storetest {

void EventConformance::makeRoom()
{
    VALUE_OR_FAIL(ann, store().createUser(newUser(QStringLiteral("Ann"))));
    m_ann = ann;
    VALUE_OR_FAIL(room, store().createRoom(newRoom(QStringLiteral("Tea"), RoomKind::Public, ann.id)));
    m_room = room;
}

QList<RoomEvent> EventConformance::fill(int count)
{
    QObject context;
    QList<RoomEvent> events;
    for (int i = 0; i < count; ++i) {
        m_store->append(newMessage(m_room, m_ann, QStringLiteral("message %1").arg(i)), &context,
            [&](Result<Appended> appended) {
                if (appended)
                    events.append(appended->event);
            });
    }
    if (!QTest::qWaitFor([&] { return events.size() == count; }, 20'000))
        QTest::qFail("the messages were not stored", __FILE__, __LINE__);
    return events;
}

void EventConformance::eventsAreNumberedFromOne()
{
    makeRoom();
    const QDateTime now = QDateTime::currentDateTimeUtc();
    const QList<RoomEvent> events = fill(20);
    QStringList ids;
    for (qsizetype i = 0; i < events.size(); ++i) {
        QCOMPARE(events[i].seq, qint64(i + 1));
        QCOMPARE(events[i].roomId, m_room.id);
        QCOMPARE(events[i].text(), QStringLiteral("message %1").arg(i));
        QVERIFY(isId(events[i].id));
        QCOMPARE(events[i].timestamp.timeSpec(), Qt::UTC);
        // Of a clock that need not be this machine's, but is no other day's.
        QVERIFY(std::abs(now.secsTo(events[i].timestamp)) < 24 * 3600);
        ids.append(events[i].id);
    }
    QCOMPARE(ids.removeDuplicates(), 0);
    VALUE_OR_FAIL(room, store().findRoom(m_room.id, {}, m_ann.id));
    QCOMPARE(room.lastSeq, qint64(20));
}

void EventConformance::eachRoomCountsForItself()
{
    makeRoom();
    VALUE_OR_FAIL(other, store().createRoom(newRoom(QStringLiteral("Coffee"))));
    fill(3);
    VALUE_OR_FAIL(first, store().append(newMessage(other, m_ann, QStringLiteral("hello"))));
    QCOMPARE(first.event.seq, qint64(1));
    VALUE_OR_FAIL(fourth, store().append(newMessage(m_room, m_ann, QStringLiteral("hello"))));
    QCOMPARE(fourth.event.seq, qint64(4));
}

void EventConformance::headsOfRooms()
{
    makeRoom();
    VALUE_OR_FAIL(empty, store().createRoom(newRoom(QStringLiteral("Coffee"))));
    fill(3);
    VALUE_OR_FAIL(heads, store().heads({m_room.id, empty.id, newId(), QStringLiteral("no id")}));
    QCOMPARE(heads.size(), 2);
    QCOMPARE(heads.value(m_room.id, -1), qint64(3));
    QCOMPARE(heads.value(empty.id, -1), qint64(0));
    VALUE_OR_FAIL(none, store().heads({}));
    QVERIFY(none.isEmpty());
}

void EventConformance::appendedIsWhatThePageHolds()
{
    makeRoom();
    const QList<RoomEvent> events = fill(10);
    VALUE_OR_FAIL(page, store().page({m_room.id, {}, {}, 50}));
    QCOMPARE(page.events, events);
    QCOMPARE(page.lastSeq, qint64(10));
    QCOMPARE(page.epoch, m_room.epoch);
    QVERIFY(!page.hasMore);
}

void EventConformance::pagesEndAtTheirBytes()
{
    makeRoom();
    const QList<RoomEvent> events = fill(10);
    QList<RoomEvent> read;
    for (int pages = 0; read.size() < events.size(); ++pages) {
        PageQuery query{m_room.id, {}, read.isEmpty() ? 0 : read.constLast().seq, 50};
        query.bytes = 2 * (events[0].text().size() + events[1].text().size());
        VALUE_OR_FAIL(page, store().page(query));
        QVERIFY(!page.events.isEmpty() && page.events.size() <= 3);
        read += page.events;
        QCOMPARE(page.hasMore, read.size() < events.size());
    }
    QCOMPARE(read, events);
    PageQuery newest{m_room.id, {}, {}, 50};
    newest.bytes = 1; // never less than one
    VALUE_OR_FAIL(page, store().page(newest));
    QCOMPARE(page.events, events.last(1));
    QVERIFY(page.hasMore);
}

void EventConformance::resendAnswersTheFirstEvent()
{
    makeRoom();
    const NewMessage message = newMessage(m_room, m_ann, QStringLiteral("once"));
    VALUE_OR_FAIL(first, store().append(message));
    QVERIFY(!first.duplicate);
    fill(3);
    for (int round = 0; round < 2; ++round) {
        VALUE_OR_FAIL(again, store().append(message));
        QVERIFY(again.duplicate);
        QCOMPARE(again.event, first.event);
        reopen();
    }
    VALUE_OR_FAIL(page, store().page({m_room.id, {}, {}, 50}));
    QCOMPARE(page.lastSeq, qint64(4));
    QCOMPARE(page.events.size(), 4);
}

void EventConformance::reusedClientIdIsRefused_data()
{
    QTest::addColumn<bool>("otherRoom");
    QTest::addColumn<QString>("text");
    QTest::newRow("another text") << false << QStringLiteral("twice");
    QTest::newRow("another case") << false << QStringLiteral("Once");
    QTest::newRow("empty text") << false << QString();
    QTest::newRow("another room") << true << QStringLiteral("once");
}

void EventConformance::reusedClientIdIsRefused()
{
    QFETCH(bool, otherRoom);
    QFETCH(QString, text);
    makeRoom();
    VALUE_OR_FAIL(other, store().createRoom(newRoom(QStringLiteral("Coffee"))));
    NewMessage message = newMessage(m_room, m_ann, QStringLiteral("once"));
    QVERIFY(store().append(message).ok());
    message.text = text;
    if (otherRoom)
        message.roomId = other.id;
    REFUSED(store().append(message), ErrorCode::ClientIdReused);
    VALUE_OR_FAIL(next, store().append(newMessage(m_room, m_ann, QStringLiteral("next"))));
    QCOMPARE(next.event.seq, qint64(2));
}

void EventConformance::clientIdsOfTwoSendersAreTheirOwn()
{
    makeRoom();
    VALUE_OR_FAIL(bob, store().createUser(newUser(QStringLiteral("Bob"))));
    NewMessage message = newMessage(m_room, m_ann, QStringLiteral("hello"));
    QVERIFY(store().append(message).ok());
    message.sender = bob;
    VALUE_OR_FAIL(second, store().append(message));
    QVERIFY(!second.duplicate);
    QCOMPARE(second.event.seq, qint64(2));
    QCOMPARE(second.event.sender, bob);
}

void EventConformance::resendInOneBatch()
{
    makeRoom();
    const NewMessage message = newMessage(m_room, m_ann, QStringLiteral("once"));
    NewMessage forged = message;
    forged.text = QStringLiteral("twice");
    QObject context;
    QList<qint64> seqs;
    int duplicates = 0;
    int refused = 0;
    for (int i = 0; i < 30; ++i) {
        m_store->append(i % 3 == 2 ? forged : message, &context, [&](Result<Appended> appended) {
            if (appended) {
                seqs.append(appended->event.seq);
                duplicates += appended->duplicate ? 1 : 0;
            } else {
                QCOMPARE(int(appended.error().code), int(ErrorCode::ClientIdReused));
                ++refused;
            }
        });
    }
    QTRY_COMPARE(seqs.size() + refused, 30);
    QCOMPARE(refused, 10);
    QCOMPARE(duplicates, 19);
    QCOMPARE(seqs, QList<qint64>(20, 1));
    VALUE_OR_FAIL(page, store().page({m_room.id, {}, {}, 50}));
    QCOMPARE(page.events.size(), 1);
}

void EventConformance::refusalLeavesTheOthersAlone()
{
    makeRoom();
    QObject context;
    QStringList answers;
    const auto note = [&](const QString &what, bool ok) {
        answers.append(what + (ok ? QStringLiteral(" ok") : QStringLiteral(" refused")));
    };
    const auto user = newUser(QStringLiteral("Bob"));
    m_store->createUser(user, &context, [&](const auto &r) { note(QStringLiteral("user"), r.ok()); });
    m_store->createUser(newUser(QStringLiteral("bob")), &context,
        [&](const auto &r) { note(QStringLiteral("twin"), r.ok()); });
    m_store->append(newMessage(m_room, m_ann, QStringLiteral("one")), &context,
        [&](const auto &r) { note(QStringLiteral("one"), r.ok()); });
    m_store->createRoom(newRoom(QStringLiteral("TEA")), &context,
        [&](const auto &r) { note(QStringLiteral("room"), r.ok()); });
    m_store->append(newMessage(Room{newId(), {}, RoomKind::Public, {}, 0}, m_ann, QStringLiteral("lost")),
        &context, [&](const auto &r) { note(QStringLiteral("lost"), r.ok()); });
    m_store->append(newMessage(m_room, m_ann, QStringLiteral("two")), &context,
        [&](const auto &r) { note(QStringLiteral("two"), r.ok()); });
    QTRY_COMPARE(answers.size(), 6);
    QCOMPARE(answers,
        (QStringList{QStringLiteral("user ok"), QStringLiteral("twin refused"), QStringLiteral("one ok"),
            QStringLiteral("room refused"), QStringLiteral("lost refused"), QStringLiteral("two ok")}));
    VALUE_OR_FAIL(page, store().page({m_room.id, {}, {}, 50}));
    QCOMPARE(page.events.size(), 2);
    QCOMPARE(page.events[1].seq, qint64(2));
    QVERIFY(store().findUser(user.id, {}).ok());
}

void EventConformance::appendToNowhere()
{
    makeRoom();
    NewMessage message = newMessage(m_room, m_ann, QStringLiteral("hello"));
    message.roomId = newId();
    REFUSED(store().append(message), ErrorCode::NotFound);
    // The refusal has not used the client id up.
    message.roomId = m_room.id;
    QVERIFY(store().append(message).ok());
}

void EventConformance::appendByNobody()
{
    makeRoom();
    const User nobody{newId(), QStringLiteral("Nobody"), false};
    REFUSED(store().append(newMessage(m_room, nobody, QStringLiteral("boo"))), ErrorCode::NotFound);
    VALUE_OR_FAIL(page, store().page({m_room.id, {}, {}, 50}));
    QVERIFY(page.events.isEmpty());
    QCOMPARE(page.lastSeq, qint64(0));
}

void EventConformance::textIsKeptLiterally_data()
{
    QTest::addColumn<QString>("text");
    QTest::newRow("empty") << QString();
    QTest::newRow("sql") << QStringLiteral("'); DROP TABLE events; --");
    QTest::newRow("quotes and placeholders") << QStringLiteral("'\"`[]? ?1 :a @b $c %s %1 \\");
    QTest::newRow("controls") << QStringLiteral("\x01\x1b[31m\r\n\t\x7f");
    QTest::newRow("byte order mark") << QString(QChar(0xfeff)) + QStringLiteral("hello");
    QTest::newRow("two byte order marks") << QString(2, QChar(0xfeff));
    QTest::newRow("swapped byte order mark") << QString(QChar(0xfffe)) + QStringLiteral("hello");
    QTest::newRow("noncharacters") << QString(QChar(0xffff)) + QChar(0xfdd0) + QChar(0xfffe);
    QTest::newRow("bidi and zero width") << QString(QChar(0x202e)) + QChar(0x200b) + QStringLiteral("x");
    QTest::newRow("beyond the first plane") << QString::fromUtf8("\xf0\x9f\xa6\x85\xf4\x8f\xbf\xbf");
    QTest::newRow("not composed") << QStringLiteral("e") + QChar(0x301);
    QTest::newRow("long") << QString(4000, QChar(0x4e2d));
    QTest::newRow("very long") << QString(200'000, u'x');
}

void EventConformance::textIsKeptLiterally()
{
    QFETCH(QString, text);
    makeRoom();
    const NewMessage message = newMessage(m_room, m_ann, text);
    VALUE_OR_FAIL(appended, store().append(message));
    QCOMPARE(appended.event.text(), text);
    VALUE_OR_FAIL(page, store().page({m_room.id, {}, {}, 50}));
    QCOMPARE(page.events.size(), 1);
    QCOMPARE(page.events[0].text().size(), text.size());
    QCOMPARE(page.events[0].text(), text);
    VALUE_OR_FAIL(again, store().append(message));
    QVERIFY(again.duplicate);
    QCOMPARE(again.event.text(), text);
}

void EventConformance::unstorableTextIsRefused()
{
    makeRoom();
    for (const QString &text : unstorable()) {
        const auto appended = store().append(newMessage(m_room, m_ann, text));
        QVERIFY(!appended.ok());
        QCOMPARE(int(appended.error().code), int(ErrorCode::InvalidField));
        QCOMPARE(appended.error().field, QStringLiteral("text"));
        User sender = m_ann;
        sender.name = text;
        REFUSED(store().append(newMessage(m_room, sender, QStringLiteral("hello"))), ErrorCode::InvalidField);
    }
    VALUE_OR_FAIL(next, store().append(newMessage(m_room, m_ann, QStringLiteral("whole"))));
    QCOMPARE(next.event.seq, qint64(1));
}

void EventConformance::senderNameStaysAsItWas()
{
    makeRoom();
    User renamed = m_ann;
    renamed.name = QStringLiteral("Ann, as she was");
    VALUE_OR_FAIL(appended, store().append(newMessage(m_room, renamed, QStringLiteral("hello"))));
    QCOMPARE(appended.event.sender.name, renamed.name);
    VALUE_OR_FAIL(page, store().page({m_room.id, {}, {}, 50}));
    QCOMPARE(page.events.first().sender, renamed);
}

void EventConformance::pageBounds_data()
{
    using Bound = std::optional<qint64>;
    QTest::addColumn<Bound>("before");
    QTest::addColumn<Bound>("after");
    QTest::addColumn<int>("limit");
    QTest::addColumn<qint64>("first");
    QTest::addColumn<qint64>("last");
    QTest::addColumn<bool>("hasMore");
    const qint64 huge = std::numeric_limits<qint64>::max();
    const qint64 tiny = std::numeric_limits<qint64>::min();
    QTest::newRow("newest") << Bound() << Bound() << 10 << qint64(11) << qint64(20) << true;
    QTest::newRow("all of them") << Bound() << Bound() << 20 << qint64(1) << qint64(20) << false;
    QTest::newRow("more than there are") << Bound() << Bound() << 50 << qint64(1) << qint64(20) << false;
    QTest::newRow("before") << Bound(11) << Bound() << 5 << qint64(6) << qint64(10) << true;
    QTest::newRow("before, down to the first") << Bound(6) << Bound() << 5 << qint64(1) << qint64(5) << false;
    QTest::newRow("before the first") << Bound(1) << Bound() << 5 << qint64(0) << qint64(0) << false;
    QTest::newRow("before far away") << Bound(huge) << Bound() << 1 << qint64(20) << qint64(20) << true;
    QTest::newRow("before nothing") << Bound(tiny) << Bound() << 1 << qint64(0) << qint64(0) << false;
    QTest::newRow("after") << Bound() << Bound(10) << 5 << qint64(11) << qint64(15) << true;
    QTest::newRow("after, up to the last") << Bound() << Bound(15) << 5 << qint64(16) << qint64(20) << false;
    QTest::newRow("after zero") << Bound() << Bound(0) << 5 << qint64(1) << qint64(5) << true;
    QTest::newRow("after the last") << Bound() << Bound(20) << 5 << qint64(0) << qint64(0) << false;
    QTest::newRow("after far away") << Bound() << Bound(huge) << 5 << qint64(0) << qint64(0) << false;
    QTest::newRow("none wanted") << Bound() << Bound() << 0 << qint64(0) << qint64(0) << true;
    QTest::newRow("fewer than none wanted") << Bound() << Bound() << -5 << qint64(0) << qint64(0) << true;
}

void EventConformance::pageBounds()
{
    QFETCH(std::optional<qint64>, before);
    QFETCH(std::optional<qint64>, after);
    QFETCH(int, limit);
    QFETCH(qint64, first);
    QFETCH(qint64, last);
    QFETCH(bool, hasMore);
    makeRoom();
    fill(20);
    VALUE_OR_FAIL(page, store().page({m_room.id, before, after, limit}));
    QCOMPARE(page.events.size(), first == 0 ? 0 : last - first + 1);
    for (qsizetype i = 0; i < page.events.size(); ++i)
        QCOMPARE(page.events[i].seq, first + i);
    QCOMPARE(page.hasMore, hasMore);
    QCOMPARE(page.lastSeq, qint64(20));
}

void EventConformance::pageOfAnEmptyRoom()
{
    makeRoom();
    VALUE_OR_FAIL(page, store().page({m_room.id, {}, {}, 50}));
    QVERIFY(page.events.isEmpty());
    QVERIFY(!page.hasMore);
    QCOMPARE(page.lastSeq, qint64(0));
    QCOMPARE(page.epoch, m_room.epoch);
}

void EventConformance::pageOfNoRoom()
{
    REFUSED(store().page({newId(), {}, {}, 50}), ErrorCode::NotFound);
    REFUSED(store().page({QString(), {}, {}, 50}), ErrorCode::NotFound);
    REFUSED(store().page({QStringLiteral("'; --"), {}, {}, 50}), ErrorCode::NotFound);
}

/// Each room's page is the one that page() answers.
void EventConformance::missedInManyRooms()
{
    makeRoom();
    VALUE_OR_FAIL(ben, store().createUser(newUser(QStringLiteral("Ben"))));
    VALUE_OR_FAIL(empty, store().createRoom(newRoom(QStringLiteral("Coffee"))));
    VALUE_OR_FAIL(own, store().createRoom(newRoom(QStringLiteral("Own"), RoomKind::Private, m_ann.id)));
    VALUE_OR_FAIL(secret, store().createRoom(newRoom(QStringLiteral("Secret"), RoomKind::Private, ben.id)));
    VALUE_OR_FAIL(closed, store().createRoom(newRoom(QStringLiteral("Closed"), RoomKind::Public, ben.id)));
    VALUE_OR_FAIL(banned, store().setRole({closed.id, ben, m_ann.id, Role::Banned, {}}));
    QVERIFY(banned.changed);
    fill(20);
    for (const Room &room : {own, secret, closed})
        QVERIFY(store().append(newMessage(room, ben, QStringLiteral("psst"))).ok());

    MissedQuery query{m_ann.id,
        {{m_room.id, 10}, {secret.id, 0}, {empty.id, 0}, {m_room.id.toUpper(), 20}, {newId(), 0}, {own.id, 0},
            {closed.id, 0}, {QStringLiteral("no id"), 0}, {m_room.id, 1000}, {m_room.id, 0}}};
    VALUE_OR_FAIL(
        pages, await<MissedPages>([&](auto *context, auto done) { m_store->missed(query, context, done); }));
    QCOMPARE(pages.size(), query.places.size());
    for (qsizetype i = 0; i < pages.size(); ++i) {
        PageQuery one{query.places[i].roomId, {}, query.places[i].after, 50};
        one.viewer = m_ann.id;
        const auto expected = store().page(one);
        QCOMPARE(pages[i].ok(), expected.ok());
        if (!expected) {
            QCOMPARE(pages[i].error().code, expected.error().code);
            continue;
        }
        QCOMPARE(pages[i]->events, expected->events);
        QCOMPARE(pages[i]->lastSeq, expected->lastSeq);
        QCOMPARE(pages[i]->hasMore, expected->hasMore);
        QCOMPARE(pages[i]->epoch, expected->epoch);
    }
    QCOMPARE(pages[0]->events.size(), 10);
    query.places.clear();
    VALUE_OR_FAIL(
        none, await<MissedPages>([&](auto *context, auto done) { m_store->missed(query, context, done); }));
    QVERIFY(none.isEmpty());
}

void EventConformance::missedIsSharedOut()
{
    makeRoom();
    const QList<RoomEvent> events = fill(10);
    MissedQuery query{m_ann.id, {{m_room.id, 0}, {m_room.id, 7}, {m_room.id, 4}}};
    query.limit = 11;
    const auto missed = [&] {
        return await<MissedPages>([&](auto *context, auto done) { m_store->missed(query, context, done); });
    };
    VALUE_OR_FAIL(shared, missed());
    QCOMPARE(shared[0]->events, events.first(3));
    QVERIFY(shared[0]->hasMore);
    QCOMPARE(shared[1]->events, events.sliced(7));
    QVERIFY(!shared[1]->hasMore);
    QCOMPARE(shared[2]->events, events.sliced(4, 3));
    query.limit = 1; // never less than one
    VALUE_OR_FAIL(single, missed());
    for (const auto &page : single)
        QCOMPARE(page->events.size(), 1);
    query.limit = 30;
    query.bytes = 1;
    VALUE_OR_FAIL(bounded, missed());
    QCOMPARE(bounded[0]->events, events.first(1));
    for (const auto &page : bounded)
        QVERIFY(page->hasMore);
    QVERIFY(bounded[1]->events.isEmpty());
    QCOMPARE(bounded[1]->lastSeq, qint64(10));
}

void EventConformance::pageInBothDirectionsIsRefused()
{
    makeRoom();
    REFUSED(store().page({m_room.id, 5, 1, 50}), ErrorCode::InvalidRequest);
}

void EventConformance::pagingForwardsAndBack_data()
{
    QTest::addColumn<int>("limit");
    QTest::newRow("50") << 50;
    QTest::newRow("a limit that does not divide") << 77;
    QTest::newRow("1000") << 1000;
}

void EventConformance::pagingForwardsAndBack()
{
    QFETCH(int, limit);
    constexpr int count = 1003;
    makeRoom();
    const QList<RoomEvent> events = fill(count);

    QList<RoomEvent> forwards;
    bool more = true;
    while (more) {
        VALUE_OR_FAIL(
            page, store().page({m_room.id, {}, forwards.isEmpty() ? 0 : forwards.last().seq, limit}));
        QVERIFY(!page.events.isEmpty());
        forwards += page.events;
        more = page.hasMore;
    }
    QCOMPARE(forwards, events);

    QList<RoomEvent> backwards;
    more = true;
    while (more) {
        PageQuery query{m_room.id, {}, {}, limit};
        if (!backwards.isEmpty())
            query.before = backwards.first().seq;
        VALUE_OR_FAIL(page, store().page(query));
        QVERIFY(!page.events.isEmpty());
        backwards = page.events + backwards;
        more = page.hasMore;
    }
    QCOMPARE(backwards, events);
}

void EventConformance::historyOutlivesARestart()
{
    makeRoom();
    const QList<RoomEvent> events = fill(30);
    reopen();
    VALUE_OR_FAIL(page, store().page({m_room.id, {}, {}, 50}));
    QCOMPARE(page.events, events);
    QCOMPARE(page.epoch, m_room.epoch);
    VALUE_OR_FAIL(next, store().append(newMessage(m_room, m_ann, QStringLiteral("after"))));
    QCOMPARE(next.event.seq, qint64(31));
}

} // namespace storetest
