// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/server/store/conformance.h"

#include <QMap>
#include <QRandomGenerator>

#include <algorithm>

namespace storetest {

namespace {

/// What the user's rooms say of this one.
std::optional<ReadMark> markIn(Waiting store, const Room &room, const User &user)
{
    const auto page = store.roomsPage({user.id, {}, 100});
    if (!page || !page->marks.contains(room.id))
        return std::nullopt;
    return page->marks.value(room.id);
}

#define COMPARE_MARK(room, user, seq, count)                                                                 \
    do {                                                                                                     \
        const auto found = markIn(store(), room, user);                                                      \
        QVERIFY(found);                                                                                      \
        QCOMPARE(found->readSeq, qint64(seq));                                                               \
        QCOMPARE(found->unread, qint64(count));                                                              \
    } while (false)

} // namespace

void MarkConformance::makeRoom()
{
    VALUE_OR_FAIL(ann, store().createUser(newUser(QStringLiteral("ann"))));
    VALUE_OR_FAIL(bob, store().createUser(newUser(QStringLiteral("bob"))));
    VALUE_OR_FAIL(room, store().createRoom(newRoom(QStringLiteral("Tea"), RoomKind::Public, ann.id)));
    m_ann = ann;
    m_bob = bob;
    m_room = room;
}

qint64 MarkConformance::append(const User &sender, const Room &room)
{
    const auto appended = store().append(newMessage(room, sender, QStringLiteral("text")));
    return appended ? appended->event.seq : 0;
}

void MarkConformance::membersHaveReadWhatWasThere()
{
    makeRoom();
    COMPARE_MARK(m_room, m_ann, 0, 0);
    QCOMPARE(append(m_ann, m_room), qint64(1));
    QVERIFY(store().setMember(m_room.id, m_bob.id, true).ok()); // event 2
    COMPARE_MARK(m_room, m_bob, 1, 0);
    QCOMPARE(append(m_ann, m_room), qint64(3));
    COMPARE_MARK(m_room, m_bob, 1, 1);

    VALUE_OR_FAIL(direct, store().openDirectRoom(m_ann, m_bob));
    QCOMPARE(append(m_ann, direct.room), qint64(1));
    COMPARE_MARK(direct.room, m_bob, 0, 1);
    // Who leaves and comes back begins anew.
    QVERIFY(store().setMember(m_room.id, m_bob.id, false).ok());
    QCOMPARE(append(m_ann, m_room), qint64(5));
    QVERIFY(!markIn(store(), m_room, m_bob));
    QVERIFY(store().setMember(m_room.id, m_bob.id, true).ok());
    COMPARE_MARK(m_room, m_bob, 5, 0);
    VALUE_OR_FAIL(also, store().roomsPage({m_bob.id, {}, 100, {m_room.id}}));
    QCOMPARE(also.marks.value(m_room.id), (ReadMark{5, 0}));
}

void MarkConformance::markerMovesForwardOnly()
{
    makeRoom();
    QVERIFY(store().setMember(m_room.id, m_bob.id, true).ok());
    for (int i = 0; i < 5; ++i)
        append(m_ann, m_room); // events 2 to 6
    m_factory->takeNotices();
    VALUE_OR_FAIL(marked, store().markRead(m_room, m_bob, 4));
    QVERIFY(marked.changed);
    QCOMPARE(marked.event.seq, qint64(1));
    QCOMPARE(marked.event.content, SelfContent(ReadMarked{m_room.id, 4, 2, 6}));
    COMPARE_MARK(m_room, m_bob, 4, 2);

    for (const qint64 seq : {4, 3, 0}) {
        VALUE_OR_FAIL(again, store().markRead(m_room, m_bob, seq));
        QVERIFY(!again.changed);
        QCOMPARE(again.event.seq, qint64(1));
        QCOMPARE(again.event.content, SelfContent(ReadMarked{m_room.id, 4, 2, 6}));
    }
    const auto notices = m_factory->takeNotices();
    QCOMPARE(notices.size(), size_t(1));
    const auto *told = std::get_if<SelfCommitted>(&notices.front());
    QVERIFY(told);
    QCOMPARE(told->userId, m_bob.id);
    QCOMPARE(told->event, marked.event);

    COMPARE_MARK(m_room, m_ann, 6, 0); // her own messages
    VALUE_OR_FAIL(page, store().selfEvents(m_ann));
    QVERIFY(page.events.isEmpty());
    QCOMPARE(page.lastSeq, qint64(0));
}

void MarkConformance::markerOfNothingIsRefused()
{
    makeRoom();
    append(m_ann, m_room);
    REFUSED(store().markRead(m_room, m_bob, 1), ErrorCode::NotFound);
    Room nowhere = m_room;
    nowhere.id = newId();
    REFUSED(store().markRead(nowhere, m_ann, 1), ErrorCode::NotFound);
    REFUSED(store().markRead(m_room, User{newId(), QStringLiteral("nobody")}, 1), ErrorCode::NotFound);
    for (const qint64 seq : {qint64(2), qint64(-1), std::numeric_limits<qint64>::max()}) {
        const auto refused = store().markRead(m_room, m_ann, seq);
        QVERIFY(!refused);
        QCOMPARE(refused.error().code, ErrorCode::InvalidField);
        QCOMPARE(refused.error().field, QStringLiteral("seq"));
    }
    VALUE_OR_FAIL(nobodys, store().selfEvents(m_bob));
    QVERIFY(nobodys.events.isEmpty());
}

void MarkConformance::onlyUndeletedMessagesOfOthersCount()
{
    makeRoom();
    QVERIFY(store().setMember(m_room.id, m_bob.id, true).ok()); // 1
    for (int i = 0; i < 4; ++i)
        append(m_ann, m_room); // 2 to 5
    QVERIFY(store().changeMessage(newChange(m_room, 2, m_ann, QStringLiteral("other"))).ok()); // 6
    COMPARE_MARK(m_room, m_bob, 0, 4);
    QVERIFY(store().changeMessage(newChange(m_room, 3, m_ann)).ok()); // 7
    COMPARE_MARK(m_room, m_bob, 0, 3);
    VALUE_OR_FAIL(marked, store().markRead(m_room, m_bob, 3));
    QCOMPARE(marked.event.as<ReadMarked>()->unread, qint64(2));
    // What is deleted behind the marker was read.
    QVERIFY(store().changeMessage(newChange(m_room, 2, m_ann)).ok()); // 8
    COMPARE_MARK(m_room, m_bob, 3, 2);
    QCOMPARE(append(m_bob, m_room), qint64(9));
    COMPARE_MARK(m_room, m_bob, 9, 0);
    QCOMPARE(append(m_ann, m_room), qint64(10));
    COMPARE_MARK(m_room, m_bob, 9, 1);
}

void MarkConformance::longMonologueIsRead()
{
    makeRoom();
    QVERIFY(store().setMember(m_room.id, m_bob.id, true).ok());
    for (int i = 0; i < 600; ++i)
        append(m_bob, m_room);
    append(m_ann, m_room);
    COMPARE_MARK(m_room, m_bob, 601, 1);
    COMPARE_MARK(m_room, m_ann, 602, 0);
    reopen();
    COMPARE_MARK(m_room, m_bob, 601, 1);
    for (int i = 0; i < 300; ++i)
        append(m_bob, m_room);
    append(m_ann, m_room);
    COMPARE_MARK(m_room, m_bob, 902, 1);
}

void MarkConformance::streamKeepsTheNewestOfEachRoom()
{
    makeRoom();
    VALUE_OR_FAIL(other, store().createRoom(newRoom(QStringLiteral("Coffee"), RoomKind::Public, m_bob.id)));
    QVERIFY(store().setMember(m_room.id, m_bob.id, true).ok());
    for (int i = 0; i < 10; ++i) {
        append(m_ann, m_room);
        append(m_ann, other);
    }
    for (qint64 seq = 1; seq <= 10; ++seq)
        QVERIFY(store().markRead(m_room, m_bob, seq).ok());
    QVERIFY(store().markRead(other, m_bob, 4).ok());
    QVERIFY(store().markRead(m_room, m_bob, 11).ok());

    VALUE_OR_FAIL(all, store().selfEvents(m_bob));
    QCOMPARE(all.events.size(), qsizetype(2));
    QCOMPARE(all.events[0].seq, qint64(11));
    QCOMPARE(all.events[0].content, SelfContent(ReadMarked{other.id, 4, 6, 10}));
    QCOMPARE(all.events[1].seq, qint64(12));
    QCOMPARE(all.events[1].content, SelfContent(ReadMarked{m_room.id, 11, 0, 11}));
    QCOMPARE(all.lastSeq, qint64(12));
    QCOMPARE(all.upTo, qint64(12));
    QCOMPARE(all.epoch, m_room.epoch);

    VALUE_OR_FAIL(first, store().selfEvents(m_bob, 3, 1));
    QVERIFY(first.hasMore);
    QCOMPARE(first.upTo, qint64(11));
    VALUE_OR_FAIL(second, store().selfEvents(m_bob, first.upTo, 1));
    QVERIFY(!second.hasMore);
    QCOMPARE(second.events.constFirst().seq, qint64(12));
    VALUE_OR_FAIL(page, store().roomsPage({m_bob.id, {}, 100}));
    QCOMPARE(page.selfSeq, qint64(12));
    QCOMPARE(page.epoch, m_room.epoch);

    // A room that one has left is not told of, and no number is given out twice.
    QVERIFY(store().setMember(m_room.id, m_bob.id, false).ok());
    VALUE_OR_FAIL(left, store().selfEvents(m_bob, 11));
    QVERIFY(left.events.isEmpty());
    QCOMPARE(left.lastSeq, qint64(12));
    reopen();
    VALUE_OR_FAIL(next, store().markRead(other, m_bob, 5));
    QCOMPARE(next.event.seq, qint64(13));
}

namespace {

/// What the store should say.
struct Model
{
    struct Message
    {
        QString sender;
        bool deleted = false;
    };
    struct RoomModel
    {
        qint64 lastSeq = 0;
        QMap<qint64, Message> messages;
        QMap<QString, qint64> read; ///< by member
    };
    QMap<QString, RoomModel> rooms;

    ReadMark mark(const QString &room, const QString &user) const
    {
        const RoomModel &of = rooms[room];
        const qint64 read = of.read.value(user);
        qint64 unread = 0;
        for (auto message = of.messages.upperBound(read); message != of.messages.cend(); ++message)
            unread += message->sender != user && !message->deleted ? 1 : 0;
        return {read, unread};
    }
};

} // namespace

void MarkConformance::randomOperations()
{
    QRandomGenerator random(20261130);
    Model model;
    QList<User> users;
    QList<Room> rooms;
    for (int i = 0; i < 3; ++i) {
        VALUE_OR_FAIL(user, store().createUser(newUser(QStringLiteral("user%1").arg(i))));
        users.append(user);
    }
    for (int i = 0; i < 2; ++i) {
        VALUE_OR_FAIL(room,
            store().createRoom(newRoom(QStringLiteral("room%1").arg(i), RoomKind::Public, users[0].id)));
        rooms.append(room);
        model.rooms[room.id].read[users[0].id] = 0;
    }
    qint64 marks = 0;
    QMap<QString, qint64> streams; // the last seq, by user
    for (int round = 0; round < 3'000; ++round) {
        const Room &room = rooms[random.bounded(2)];
        const User &user = users[random.bounded(3)];
        auto &expected = model.rooms[room.id];
        const bool isMember = expected.read.contains(user.id);
        const auto anyMessage = [&] {
            const auto seqs = expected.messages.keys();
            return seqs.isEmpty() ? 0 : seqs[random.bounded(int(seqs.size()))];
        };
        switch (random.bounded(12)) {
        case 0:
        case 1:
        case 2:
        case 3:
        case 4: {
            VALUE_OR_FAIL(sent, store().append(newMessage(room, user, QStringLiteral("text"))));
            QCOMPARE(sent.event.seq, ++expected.lastSeq);
            expected.messages[sent.event.seq] = {user.id};
            if (isMember)
                expected.read[user.id] = sent.event.seq;
            break;
        }
        case 5: {
            const qint64 seq = anyMessage();
            if (seq == 0 || expected.messages[seq].deleted)
                break;
            QVERIFY(store().changeMessage(newChange(room, seq, user, QStringLiteral("new"))).ok());
            ++expected.lastSeq;
            break;
        }
        case 6: {
            const qint64 seq = anyMessage();
            if (seq == 0 || expected.messages[seq].deleted)
                break;
            QVERIFY(store().changeMessage(newChange(room, seq, user)).ok());
            ++expected.lastSeq;
            expected.messages[seq].deleted = true;
            break;
        }
        case 7: {
            if (user.id == users[0].id)
                break; // the owner stays
            QVERIFY(store().setMember(room.id, user.id, !isMember).ok());
            if (isMember)
                expected.read.remove(user.id);
            else
                expected.read[user.id] = expected.lastSeq;
            ++expected.lastSeq;
            break;
        }
        case 8:
            if (random.bounded(20) == 0)
                reopen();
            break;
        default: {
            // Mostly forwards, and not too far.
            const qint64 step = random.bounded(12) - 2;
            const qint64 seq = std::clamp<qint64>(expected.read.value(user.id) + step, 0, expected.lastSeq);
            const auto marked = store().markRead(room, user, seq);
            QCOMPARE(marked.ok(), isMember);
            if (!isMember)
                break;
            QCOMPARE(marked->changed, seq > expected.read[user.id]);
            expected.read[user.id] = std::max(seq, expected.read[user.id]);
            const ReadMark mark = model.mark(room.id, user.id);
            QCOMPARE(marked->event.content,
                SelfContent(ReadMarked{room.id, mark.readSeq, mark.unread, expected.lastSeq}));
            if (marked->changed) {
                QCOMPARE(marked->event.seq, ++streams[user.id]);
                ++marks;
            }
        }
        }
        if (round % 7 != 0)
            continue;
        for (const User &each : std::as_const(users)) {
            VALUE_OR_FAIL(page, store().roomsPage({each.id, {}, 100}));
            QCOMPARE(page.selfSeq, streams.value(each.id));
            for (const Room &one : std::as_const(rooms)) {
                const bool knows = model.rooms[one.id].read.contains(each.id);
                QCOMPARE(page.marks.contains(one.id), knows);
                if (knows)
                    QCOMPARE(page.marks[one.id], model.mark(one.id, each.id));
            }
            VALUE_OR_FAIL(stream, store().selfEvents(each));
            QVERIFY(stream.events.size() <= rooms.size());
            for (const SelfEvent &event : std::as_const(stream.events)) {
                const auto *marked = event.as<ReadMarked>();
                QCOMPARE((ReadMark{marked->readSeq, marked->unread}), model.mark(marked->roomId, each.id));
            }
        }
    }
    QVERIFY2(marks > 100, qPrintable(QString::number(marks)));
}

} // namespace storetest
