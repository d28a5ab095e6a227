// SPDX-License-Identifier: GPL-3.0-or-later
// How many messages are unread: exactly, whatever else happens in a room, in however many pieces it comes, and
// over restarts.

#include "client/session/roombook.h"

#include <QRandomGenerator>
#include <QTest>

using namespace rookery;
using namespace rookery::client;
using namespace Qt::StringLiterals;

namespace {

enum ItemRole { Id = Qt::UserRole + 1, Kind, Unread };

const QString room = u"r1"_s;
const User me{u"u-me"_s, u"me"_s};
const User ben{u"u-ben"_s, u"ben"_s};

/// A room as the server keeps it.
class Log
{
public:
    qint64 last() const { return qint64(m_events.size()); }
    void add(const User &sender, const EventContent &content)
    {
        const qint64 seq = last() + 1;
        if (const auto *deleted = std::get_if<Deleted>(&content))
            m_deleted.insert(deleted->target, utcTime(seq));
        m_events.append({room, seq, u"m%1"_s.arg(seq), sender, u"c%1"_s.arg(seq), utcTime(seq), content});
    }
    /// A message that is there, or 0.
    qint64 someMessage(QRandomGenerator *random) const
    {
        QList<qint64> there;
        for (const RoomEvent &event : m_events) {
            if (event.as<Posted>() && !m_deleted.contains(event.seq))
                there.append(event.seq);
        }
        return there.isEmpty() ? 0 : there.at(random->bounded(int(there.size())));
    }
    /// As it is read now: a deleted message is one already.
    Stretch read(qint64 first, qint64 end) const
    {
        Stretch stretch{room, {}, {first, end}};
        for (qint64 seq = first; seq <= end; ++seq) {
            RoomEvent event = m_events.at(seq - 1);
            if (m_deleted.contains(seq))
                event.content = Posted{{}, 0, {}, m_deleted.value(seq)};
            stretch.events.append(event);
        }
        return stretch;
    }
    qint64 unread(qint64 readSeq) const
    {
        return std::count_if(m_events.begin(), m_events.end(), [&](const RoomEvent &event) {
            return event.seq > readSeq && event.as<Posted>() && event.sender.id != me.id
                && !m_deleted.contains(event.seq);
        });
    }

private:
    QList<RoomEvent> m_events;
    QHash<qint64, QDateTime> m_deleted;
};

} // namespace

class RoomBookTest : public QObject
{
    Q_OBJECT

private:
    std::unique_ptr<RoomBook> m_book;

    void start(const CachedRoom &cached)
    {
        m_book = std::make_unique<RoomBook>(RoomListModel::Roles{Id, Kind, Unread}, me.id);
        m_book->load({cached});
    }
    void start() { start({Room{room, u"birds"_s, RoomKind::Public, u"e"_s, 0, Role::Member}, 0, {}, 0}); }
    RoomState &state() { return *m_book->find(room); }
    int shown() { return m_book->model()->index(0).data(Unread).toInt(); }

private Q_SLOTS:
    void onlyMessagesCount()
    {
        start();
        Log log;
        log.add(ben, Posted{u"one"_s});
        log.add(ben, MemberChanged{ben, Role::Member, Role::Moderator});
        log.add(ben, Edited{1, u"uno"_s});
        log.add(ben, RoomChanged{{}, u"a topic"_s});
        log.add(ben, Unknown{u"reaction_added"_s, "{}"});
        m_book->take(state(), log.read(1, 5));
        QCOMPARE(shown(), 1);
        QCOMPARE(state().room.topic, u"a topic"_s);
        log.add(ben, Deleted{1});
        m_book->take(state(), log.read(6, 6));
        QCOMPARE(shown(), 0);
        log.add(me, Edited{1, u"x"_s}); // says nothing of what was read
        log.add(ben, Posted{u"two"_s});
        log.add(me, Posted{u"mine"_s});
        log.add(ben, Posted{u"three"_s});
        m_book->take(state(), log.read(7, 10));
        QCOMPARE(shown(), 1);
        QCOMPARE(state().readSeq, 9);
    }

    /// A cache of 0.1.0, in which every event is a message.
    void anOldCacheIsTakenOver()
    {
        start({Room{room, u"birds"_s, RoomKind::Public, u"e"_s, 9, Role::Member}, 4, {1, 7}, -1});
        QCOMPARE(shown(), 5);
    }

    /// Of a room that has not been opened here: no history is known, but the server has counted.
    void theServersCountIsKept()
    {
        start();
        Log log;
        for (int i = 0; i < 10; ++i)
            log.add(ben, Edited{1, u"other"_s});
        m_book->update(state(), {room, u"birds"_s, RoomKind::Public, u"e"_s, log.last(), Role::Member});
        m_book->takeMark(state(), {3, 2}, log.last());
        QCOMPARE(shown(), 2);
        start(m_book->takeChanged().constFirst()); // without a server
        QCOMPARE(shown(), 2);
        m_book->take(state(), log.read(1, log.last())); // what it has counted already
        QCOMPARE(shown(), 2);
        log.add(ben, Posted{u"news"_s});
        m_book->take(state(), log.read(log.last(), log.last()));
        QCOMPARE(shown(), 3);
        const CachedRoom kept = m_book->takeChanged().constFirst();
        start(kept);
        QCOMPARE(shown(), 3);
    }

    void aBanSaysWhoDidIt()
    {
        start();
        Log log;
        log.add(ben, MemberChanged{me, Role::Member, Role::Banned});
        m_book->take(state(), log.read(1, 1));
        m_book->remove(room);
        QCOMPARE(m_book->removal(room).by, u"ben"_s);
        QVERIFY(m_book->removal(room).isBan);
        m_book->add({room, u"birds"_s, RoomKind::Public, u"e"_s, 3, Role::Member}, 3);
        QVERIFY(!m_book->removal(room).isBan);
        log.add(me, MemberChanged{me, Role::Member, Role::None}); // left by oneself
        m_book->take(state(), log.read(2, 2));
        QCOMPARE(m_book->removal(room).by, QString());
    }

    void whatIsNotKnownYetCountsUntilItComes()
    {
        start();
        Log log;
        log.add(ben, Posted{u"one"_s});
        log.add(ben, Edited{1, u"uno"_s});
        log.add(ben, Edited{1, u"un"_s});
        Room now = state().room;
        now.lastSeq = 3;
        m_book->update(state(), now);
        QCOMPARE(shown(), 3);
        m_book->take(state(), log.read(1, 2));
        QCOMPARE(shown(), 2);
        m_book->take(state(), log.read(3, 3));
        QCOMPARE(shown(), 1);
    }

    void exactWhateverHappens_data()
    {
        QTest::addColumn<quint32>("seed");
        for (quint32 seed = 1; seed <= 20; ++seed)
            QTest::newRow(qPrintable(QString::number(seed))) << seed;
    }
    void exactWhateverHappens()
    {
        QFETCH(quint32, seed);
        QRandomGenerator random(seed);
        start();
        Log log;
        qint64 delivered = 0;
        bool isActive = false;
        for (int step = 0; step < 1'000; ++step) {
            const User who = random.bounded(6) == 0 ? me : ben;
            switch (random.bounded(10)) {
            case 0:
            case 1:
            case 2:
            case 3:
                log.add(who, Posted{u"text"_s});
                break;
            case 4:
                if (const qint64 target = log.someMessage(&random))
                    log.add(who, Edited{target, u"other"_s});
                break;
            case 5:
                if (const qint64 target = log.someMessage(&random))
                    log.add(who, Deleted{target});
                break;
            case 6:
                log.add(who, MemberChanged{ben, Role::Member, Role::None});
                break;
            case 7: { // from the cache again
                const QList<CachedRoom> changed = m_book->takeChanged();
                CachedRoom cached{
                    state().room, state().readSeq, {1, state().knownLast}, state().unread, state().countedTo};
                if (!changed.isEmpty()) {
                    QCOMPARE(changed.constFirst().readSeq, cached.readSeq);
                    QCOMPARE(changed.constFirst().unread, cached.unread);
                    QCOMPARE(changed.constFirst().countedTo, cached.countedTo);
                }
                start(cached);
                isActive = false;
                break;
            }
            case 8:
                isActive = !isActive;
                m_book->setActive(isActive ? room : QString());
                break;
            default:
                break;
            }
            // Some of it arrives.
            const qint64 end = random.bounded(3) == 0 ? log.last() : delivered;
            if (end > delivered) {
                m_book->take(state(), log.read(delivered + 1, end));
                delivered = end;
            }
            if (delivered == log.last())
                QCOMPARE(shown(), isActive ? 0 : log.unread(state().readSeq));
        }
        m_book->setActive({});
        m_book->take(state(), log.read(delivered + 1, log.last()));
        QCOMPARE(shown(), log.unread(state().readSeq));
    }

    void exactWithAServerThatCounts_data() { exactWhateverHappens_data(); }
    /// Two devices of one user: what the server says of their marker comes in its order, but at any time beside
    /// the events.
    void exactWithAServerThatCounts()
    {
        QFETCH(quint32, seed);
        QRandomGenerator random(seed);
        start();
        Log log;
        struct Told
        {
            ReadMark mark;
            qint64 lastSeq;
        };
        QList<Told> onTheWay;
        qint64 delivered = 0;
        qint64 marker = 0; // the server's
        const auto tell = [&] { onTheWay.append({{marker, log.unread(marker)}, log.last()}); };
        const auto deliver = [&](qint64 end) {
            if (end > delivered)
                m_book->take(state(), log.read(delivered + 1, end));
            delivered = std::max(delivered, end);
        };
        tell();
        int quiet = 0;
        for (int step = 0; step < 2'000; ++step) {
            const User who = random.bounded(8) == 0 ? me : ben;
            switch (random.bounded(8)) {
            case 0:
            case 1:
            case 2:
                log.add(who, Posted{u"text"_s});
                if (who == me)
                    marker = log.last();
                break;
            case 3:
                if (const qint64 target = log.someMessage(&random))
                    log.add(who, Deleted{target});
                break;
            case 4:
                log.add(who, MemberChanged{ben, Role::Member, Role::None});
                break;
            case 5: // the other device reads
                if (const qint64 seq = random.bounded(int(log.last()) + 1); seq > marker) {
                    marker = seq;
                    tell();
                }
                break;
            case 6: // this one does, and tells the server
                if (random.bounded(4) == 0) {
                    m_book->setActive(room);
                    m_book->setActive({});
                    if (state().readSeq > marker) {
                        marker = state().readSeq;
                        tell();
                    }
                }
                break;
            default:
                if (random.bounded(10) == 0)
                    tell(); // a list of rooms
            }
            if (random.bounded(3) == 0)
                deliver(delivered + random.bounded(int(log.last() - delivered) + 1));
            if (random.bounded(3) == 0 && !onTheWay.isEmpty()) {
                const Told told = onTheWay.takeFirst();
                m_book->takeMark(state(), told.mark, told.lastSeq);
            }
            if (random.bounded(10) == 0) {
                // Everything has arrived.
                deliver(log.last());
                for (const Told &told : std::exchange(onTheWay, {}))
                    m_book->takeMark(state(), told.mark, told.lastSeq);
                QCOMPARE(state().readSeq, marker);
                QCOMPARE(shown(), log.unread(marker));
                ++quiet;
            }
        }
        QVERIFY(quiet > 100);
    }
};

QTEST_GUILESS_MAIN(RoomBookTest)
#include "tst_roombook.moc"
