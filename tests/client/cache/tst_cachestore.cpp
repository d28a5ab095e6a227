// SPDX-License-Identifier: GPL-3.0-or-later
#include "client/cache/cachefile.h"
#include "client/cache/cachestore.h"
#include "tests/client/cache/cachedroom.h"

#include <QElapsedTimer>
#include <QFile>
#include <QFileInfo>
#include <QRandomGenerator>
#include <QTemporaryDir>
#include <QTest>
#include <QTimeZone>

#include <algorithm>
#include <numeric>
#include <set>

using namespace rookery;
using namespace rookery::client;

namespace {

RoomEvent eventAt(qint64 seq)
{
    RoomEvent event;
    event.roomId = room;
    event.seq = seq;
    event.id = QStringLiteral("m%1").arg(seq);
    event.sender = User{QStringLiteral("u1"), QStringLiteral("ada")};
    event.clientId = QStringLiteral("c%1").arg(seq);
    event.content = Posted{QStringLiteral("text %1 'quoted' \"%2\"").arg(seq).arg(QChar(0x1F33))};
    event.timestamp = QDateTime::fromMSecsSinceEpoch(1'700'000'000'000 + seq, QTimeZone::utc());
    return event;
}

Stretch stretch(qint64 first, qint64 last)
{
    Stretch result{room, {}, {first, last}};
    for (qint64 seq = first; seq <= last; ++seq)
        result.events.append(eventAt(seq));
    return result;
}

QList<qint64> seqs(const Stretch &stretch)
{
    QList<qint64> seqs;
    for (const RoomEvent &event : stretch.events)
        seqs.append(event.seq);
    return seqs;
}

constexpr qsizetype markSize = 12;

/// A text of any size, that can be found in a file by its beginning.
QString markedText(const QString &what, qint64 seq, QRandomGenerator &random)
{
    return QStringLiteral("<%1 %2>").arg(what).arg(seq, 5, 10, QLatin1Char('0'))
        + QString(qsizetype(random.bounded(random.bounded(10) == 0 ? 6000U : 300U)), u'x');
}

/// Which of these beginnings stand anywhere in the cache's files.
QStringList marksIn(const QString &path, const QSet<QByteArray> &marks)
{
    QStringList found;
    for (const QString &suffix : {QString(), QStringLiteral("-wal"), QStringLiteral("-shm")}) {
        QFile file(path + suffix);
        const QByteArray bytes = file.open(QIODevice::ReadOnly) ? file.readAll() : QByteArray();
        for (qsizetype at = bytes.indexOf('<'); at >= 0; at = bytes.indexOf('<', at + 1)) {
            if (marks.contains(bytes.mid(at, markSize)))
                found.append(QStringLiteral("%1 at %2%3")
                                 .arg(QString::fromUtf8(bytes.mid(at, markSize)), suffix)
                                 .arg(at));
        }
    }
    return found;
}

} // namespace

class TestCacheStore : public QObject
{
    Q_OBJECT
private:
    std::unique_ptr<QTemporaryDir> m_dir;
    std::unique_ptr<CacheStore> m_store;
    QString m_path;

    void reopen()
    {
        m_store = std::make_unique<CacheStore>();
        QCOMPARE(m_store->open(m_path, CacheStore::Role::Worker), CacheStore::Opened::Ok);
    }

private Q_SLOTS:
    void init()
    {
        m_dir = std::make_unique<QTemporaryDir>();
        m_path = m_dir->filePath(QStringLiteral("cache.sqlite"));
        QVERIFY(cachefile::prepare(m_path));
        reopen();
    }
    void cleanup()
    {
        m_store.reset();
        m_dir.reset();
    }

    void everythingSurvivesARestart()
    {
        CachedRoom direct{
            Room{QStringLiteral("d1"), {}, RoomKind::Direct, QStringLiteral("e2"), 0, Role::Member,
                {User{QStringLiteral("u1"), QStringLiteral("ada")},
                    User{QStringLiteral("u2"), QStringLiteral("bob"), true}}},
            0, {}, 2, 7};
        QVERIFY(m_store->store({stretch(3, 9)}, {cachedRoom(), direct}, {}));
        const OutboxItem waiting{QStringLiteral("c1"), room, QStringLiteral("hello"), false, {},
            QDateTime::fromMSecsSinceEpoch(1'700'000'000'123, QTimeZone::utc())};
        const OutboxItem failed{QStringLiteral("c2"), room, QStringLiteral("no"), true,
            {SendFailure::Refused, ErrorCode::MessageTooLong, QStringLiteral("Too long.")}, waiting.created};
        QVERIFY(m_store->addToOutbox(waiting));
        QVERIFY(m_store->addToOutbox(failed));
        reopen();

        const auto rooms = m_store->rooms();
        QCOMPARE(rooms.size(), 2);
        for (const CachedRoom &cached : rooms) {
            const CachedRoom &expected = cached.room.id == room ? cachedRoom() : direct;
            QCOMPARE(cached.room, expected.room);
            QCOMPARE(cached.readSeq, expected.readSeq);
            QCOMPARE(cached.unread, expected.unread);
            QCOMPARE(cached.countedTo, expected.countedTo);
            QCOMPARE(cached.known, cached.room.id == room ? (Span{3, 9}) : Span());
        }
        const Stretch newest = m_store->newest(room, 50);
        QCOMPARE(newest.span, (Span{3, 9}));
        QCOMPARE(newest.events, stretch(3, 9).events);
        QCOMPARE(m_store->outbox(), (QList<OutboxItem>{waiting, failed}));
    }

    void stretchesGrowTogether_data()
    {
        QTest::addColumn<QList<std::pair<int, int>>>("stored");
        QTest::addColumn<std::pair<int, int>>("newest");
        using Pairs = QList<std::pair<int, int>>;
        QTest::newRow("one") << Pairs{{5, 9}} << std::pair(5, 9);
        QTest::newRow("adjacent after") << Pairs{{5, 9}, {10, 12}} << std::pair(5, 12);
        QTest::newRow("adjacent before") << Pairs{{5, 9}, {1, 4}} << std::pair(1, 9);
        QTest::newRow("overlapping") << Pairs{{5, 9}, {8, 12}} << std::pair(5, 12);
        QTest::newRow("inside") << Pairs{{5, 9}, {6, 7}} << std::pair(5, 9);
        QTest::newRow("around") << Pairs{{5, 9}, {1, 20}} << std::pair(1, 20);
        QTest::newRow("hole stays") << Pairs{{1, 4}, {6, 9}} << std::pair(6, 9);
        QTest::newRow("hole filled") << Pairs{{1, 4}, {6, 9}, {5, 5}} << std::pair(1, 9);
        QTest::newRow("many at once") << Pairs{{1, 2}, {4, 5}, {7, 8}, {3, 7}} << std::pair(1, 8);
        QTest::newRow("older one does not hide the newer") << Pairs{{6, 9}, {1, 4}} << std::pair(6, 9);
    }
    void stretchesGrowTogether()
    {
        using Pairs = QList<std::pair<int, int>>;
        QFETCH(Pairs, stored);
        using Pair = std::pair<int, int>;
        QFETCH(Pair, newest);
        QVERIFY(m_store->saveRoom(cachedRoom()));
        for (const auto &[first, last] : std::as_const(stored))
            QVERIFY(m_store->store({stretch(first, last)}, {}, {}));
        const Stretch found = m_store->newest(room, 50);
        QCOMPARE(found.span, (Span{newest.first, newest.second}));
        QCOMPARE(found.events, stretch(newest.first, newest.second).events);
        QCOMPARE(m_store->rooms().constFirst().known, found.span);
    }

    void pagesEndWhereNothingIsKnown()
    {
        QVERIFY(m_store->saveRoom(cachedRoom()));
        QVERIFY(m_store->store({stretch(1, 4), stretch(11, 20)}, {}, {}));
        Stretch page = m_store->older(room, 21, 4);
        QCOMPARE(seqs(page), (QList<qint64>{17, 18, 19, 20}));
        QCOMPARE(page.span, (Span{17, 20}));
        page = m_store->older(room, 14, 50);
        QCOMPARE(seqs(page), (QList<qint64>{11, 12, 13}));
        QCOMPARE(page.span, (Span{11, 13}));
        // Behind the hole lies something, but not next to it.
        QVERIFY(m_store->older(room, 11, 50).span.isEmpty());
        QVERIFY(m_store->older(room, 7, 50).span.isEmpty());
        QCOMPARE(m_store->older(room, 5, 2).span, (Span{3, 4}));
        QVERIFY(m_store->older(room, 1, 50).span.isEmpty());
        QVERIFY(m_store->older(QStringLiteral("nowhere"), 5, 50).span.isEmpty());
    }

    void aStretchMayCoverMoreThanItHolds()
    {
        QVERIFY(m_store->saveRoom(cachedRoom()));
        Stretch holed = stretch(5, 9);
        holed.events.removeAt(2);
        holed.span.first = 1;
        QVERIFY(m_store->store({holed}, {}, {}));
        const Stretch page = m_store->older(room, 10, 50);
        QCOMPARE(seqs(page), (QList<qint64>{5, 6, 8, 9}));
        QCOMPARE(page.span, (Span{1, 9}));
    }

    void randomStretchesAreNeitherLostNorDoubled()
    {
        for (const quint32 seed : {1u, 2u, 3u, 4u, 5u}) {
            QRandomGenerator random(seed);
            QVERIFY(m_store->removeRoom(room));
            QVERIFY(m_store->saveRoom(cachedRoom()));
            std::set<qint64> known;
            for (int i = 0; i < 60; ++i) {
                const qint64 first = random.bounded(1, 200);
                const qint64 last = first + random.bounded(12);
                QVERIFY(m_store->store({stretch(first, last)}, {}, {}));
                for (qint64 seq = first; seq <= last; ++seq)
                    known.insert(seq);
            }
            for (qint64 before = 1; before <= 220; ++before) {
                QList<qint64> expected;
                for (qint64 seq = before - 1; known.contains(seq) && expected.size() < 7; --seq)
                    expected.prepend(seq);
                const Stretch page = m_store->older(room, before, 7);
                QCOMPARE(seqs(page), expected);
                QCOMPARE(page.span.isEmpty(), expected.isEmpty());
            }
        }
    }

    void confirmedMessagesLeaveTheOutboxWithTheirEvents()
    {
        QVERIFY(m_store->saveRoom(cachedRoom()));
        for (const char *id : {"c1", "c2", "c3"})
            QVERIFY(m_store->addToOutbox({QString::fromLatin1(id), room, QStringLiteral("t"), false, {},
                QDateTime::currentDateTimeUtc()}));
        QVERIFY(m_store->store({stretch(1, 2)}, {}, {QStringLiteral("c1"), QStringLiteral("c2")}));
        QCOMPARE(m_store->outbox().size(), 1);
        QCOMPARE(m_store->outbox().constFirst().clientId, QStringLiteral("c3"));
    }

    void aRetriedMessageGoesToTheEnd()
    {
        OutboxItem item{
            QStringLiteral("c1"), room, QStringLiteral("t"), false, {}, QDateTime::currentDateTimeUtc()};
        QVERIFY(m_store->addToOutbox(item));
        item.clientId = QStringLiteral("c2");
        QVERIFY(m_store->addToOutbox(item));
        QVERIFY(m_store->setFailed(
            QStringLiteral("c1"), {SendFailure::Refused, ErrorCode::Forbidden, QStringLiteral("No.")}));
        QCOMPARE(m_store->outbox().constFirst().failure,
            (SendFailure{SendFailure::Refused, ErrorCode::Forbidden, QStringLiteral("No.")}));
        item.clientId = QStringLiteral("c1");
        QVERIFY(m_store->requeue(item));
        QCOMPARE(m_store->outbox().constLast().clientId, QStringLiteral("c1"));
        QVERIFY(!m_store->outbox().constLast().failed);
        // Twice is once.
        QVERIFY(m_store->addToOutbox(item));
        QCOMPARE(m_store->outbox().size(), 2);
    }

    void theOutboxIsReplacedAsAWhole()
    {
        OutboxItem item{
            QStringLiteral("c1"), room, QStringLiteral("t"), false, {}, QDateTime::currentDateTimeUtc()};
        QVERIFY(m_store->addToOutbox(item));
        item.clientId = QStringLiteral("c2");
        OutboxItem other = item;
        other.clientId = QStringLiteral("c3");
        QVERIFY(m_store->replaceOutbox({other, item}));
        QStringList ids;
        for (const OutboxItem &each : m_store->outbox())
            ids.append(each.clientId);
        QCOMPARE(ids, (QStringList{QStringLiteral("c3"), QStringLiteral("c2")}));
    }

    /// THREATS 47.
    void deletedWordsAreInNoFile()
    {
        QVERIFY(m_store->saveRoom(cachedRoom()));
        constexpr qint64 messages = 1'500;
        QRandomGenerator random(4711);
        QSet<QByteArray> erased;
        QSet<QByteArray> kept;
        const auto isKept = [](qint64 seq) { return seq % 3 == 2; };
        // Backwards, as somebody reads who scrolls up, so that pages are split.
        for (qint64 last = messages; last > 0; last -= 50) {
            Stretch part = stretch(last - 49, last);
            for (RoomEvent &event : part.events) {
                const QString text = markedText(QStringLiteral("sent"), event.seq, random);
                event.content = Posted{text};
                (isKept(event.seq) ? kept : erased).insert(text.left(markSize).toUtf8());
            }
            QVERIFY(m_store->store({part}, {}, {}));
        }
        QVERIFY(!marksIn(m_path, erased).isEmpty());
        QList<qint64> order(messages);
        std::iota(order.begin(), order.end(), 1);
        std::shuffle(order.begin(), order.end(), random);
        qint64 next = messages;
        Stretch changes{room, {}, {next + 1, next}};
        const auto change = [&](EventContent content) {
            RoomEvent event = eventAt(++next);
            event.content = std::move(content);
            changes.events.append(event);
            changes.span.last = next;
            if (changes.events.size() < 10 && next < messages + 1'500)
                return true;
            const bool stored = m_store->store({changes}, {}, {});
            changes = {room, {}, {next + 1, next}};
            return stored;
        };
        for (const qint64 seq : std::as_const(order)) {
            if (seq % 3 == 0) {
                const QString text = markedText(QStringLiteral("edit"), seq, random);
                erased.insert(text.left(markSize).toUtf8());
                QVERIFY(change(Edited{seq, text}));
            }
            if (!isKept(seq))
                QVERIFY(change(Deleted{seq}));
        }
        QVERIFY(changes.events.isEmpty());
        QCOMPARE(marksIn(m_path, erased), QStringList());
        // Nor does a page come back from memory as it was before.
        for (int i = 0; i < 20; ++i) {
            const qint64 first = next + 1;
            next += 20;
            QVERIFY(m_store->store({stretch(first, next)}, {}, {}));
        }
        QCOMPARE(marksIn(m_path, erased), QStringList());
        QVERIFY(marksIn(m_path, kept).size() >= kept.size());
    }

    /// What was forgotten to make room is gone from the log, too, when its author deletes it.
    void forgottenWordsAreInNoFile()
    {
        QVERIFY(m_store->saveRoom(cachedRoom()));
        Stretch part = stretch(1, 200);
        QSet<QByteArray> oldest;
        for (RoomEvent &event : part.events) {
            const QString mark = QStringLiteral("<sent %1>").arg(event.seq, 5, 10, QLatin1Char('0'));
            event.content = Posted{mark + QString(5'000, u'x')};
            if (event.seq < 10)
                oldest.insert(mark.toUtf8());
        }
        QVERIFY(m_store->store({part}, {}, {}));
        QVERIFY(m_store->prune(1'000'000, 512 * 1024));
        QVERIFY(m_store->newest(room, 1'000).span.first > 10);
        QVERIFY(!marksIn(m_path, oldest).isEmpty());
        Stretch deletions{room, {}, {201, 200}};
        for (qint64 seq = 1; seq < 10; ++seq) {
            RoomEvent event = eventAt(++deletions.span.last);
            event.content = Deleted{seq};
            deletions.events.append(event);
        }
        QVERIFY(m_store->store({deletions}, {}, {}));
        QCOMPARE(marksIn(m_path, oldest), QStringList());
    }

    void historyGoesWithItsRoomAndWithItsEpoch()
    {
        QVERIFY(m_store->store({stretch(1, 5)}, {cachedRoom()}, {}));
        QVERIFY(m_store->forgetHistory(room));
        QVERIFY(m_store->newest(room, 50).span.isEmpty());
        QCOMPARE(m_store->rooms().size(), 1);
        QVERIFY(m_store->store({stretch(1, 5)}, {}, {}));
        QVERIFY(m_store->removeRoom(room));
        QVERIFY(m_store->rooms().isEmpty());
        // Of a room that has gone, nothing is kept; nor does a room with the same id inherit anything.
        QVERIFY(m_store->store({stretch(6, 9)}, {}, {}));
        QVERIFY(m_store->saveRoom(cachedRoom()));
        QVERIFY(m_store->newest(room, 50).span.isEmpty());
    }

    void hostileTextIsText_data()
    {
        QTest::addColumn<QString>("text");
        QTest::newRow("sql") << QStringLiteral("'); DROP TABLE events; --");
        QTest::newRow("empty") << QString();
        QTest::newRow("nul") << QStringLiteral("a") + QChar(u'\0') + QStringLiteral("b");
        QTest::newRow("emoji") << QString::fromUtf8("\xf0\x9f\x90\xa6 \xe2\x80\xae rtl");
        QTest::newRow("long") << QString(100'000, u'x');
    }
    void hostileTextIsText()
    {
        QFETCH(QString, text);
        Stretch one = stretch(1, 1);
        one.events.first().content = Posted{text};
        one.events.first().sender = User{};
        QVERIFY(m_store->store({one}, {cachedRoom()}, {}));
        QCOMPARE(m_store->newest(room, 1).events.constFirst().text(), text);
    }

    void aPageOfALargeRoomIsQuick()
    {
        QVERIFY(m_store->saveRoom(cachedRoom()));
        for (int block = 0; block < 50; ++block)
            QVERIFY(m_store->store({stretch(block * 1'000 + 1, (block + 1) * 1'000)}, {}, {}));
        qint64 best = std::numeric_limits<qint64>::max();
        for (int i = 0; i < 20; ++i) {
            QElapsedTimer timer;
            timer.start();
            QCOMPARE(m_store->newest(room, 50).events.size(), 50);
            best = std::min(best, timer.nsecsElapsed() / 1'000);
        }
        qInfo("the newest page of 50,000 messages: %lld us", (long long)best);
        // A tenth of what a frame may take, with room for a slow machine.
        QVERIFY2(best < 5'000, qPrintable(QString::number(best)));
    }

    /// THREATS 44: history does not fill the disk.
    void theOldestMessagesAreForgotten()
    {
        constexpr qint64 most = 2 * 1024 * 1024;
        m_store->saveRoom(cachedRoom());
        CachedRoom quiet = cachedRoom();
        quiet.room.id = QStringLiteral("r2");
        m_store->saveRoom(quiet);
        Stretch little = stretch(1, 3);
        little.roomId = quiet.room.id;
        QVERIFY(m_store->store({little}, {}, {}));
        QVERIFY(m_store->addToOutbox(
            {QStringLiteral("c"), room, QStringLiteral("unsent"), false, {}, eventAt(1).timestamp}));
        QVERIFY(m_store->saveDraft(room, QStringLiteral("half a word")));
        for (qint64 seq = 1; seq <= 3'000; seq += 10) {
            Stretch part = stretch(seq, seq + 9);
            qint64 bytes = 0;
            for (RoomEvent &event : part.events) {
                event.content = Posted{QString(10'000, u'x')};
                bytes += event.text().size();
            }
            QVERIFY(m_store->store({part}, {}, {}));
            QVERIFY(m_store->prune(bytes, most));
        }
        // 30 MB have gone through it.
        QVERIFY(QFileInfo(m_path).size() < most * 3 / 2);
        const Stretch newest = m_store->newest(room, 10'000);
        QCOMPARE(newest.span.last, 3'000);
        QVERIFY(newest.events.size() >= 50);
        QCOMPARE(newest.span.first, newest.events.constFirst().seq);
        QVERIFY(m_store->older(room, newest.span.first, 10).span.isEmpty());
        // What is short stays, and what is written here.
        QCOMPARE(m_store->newest(quiet.room.id, 10).events.size(), 3);
        QCOMPARE(m_store->outbox().size(), 1);
        QCOMPARE(m_store->drafts().size(), 1);
    }
};

QTEST_GUILESS_MAIN(TestCacheStore)
#include "tst_cachestore.moc"
