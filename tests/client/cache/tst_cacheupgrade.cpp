// SPDX-License-Identifier: GPL-3.0-or-later
// A cache that 0.1.0 has made goes on; events of other kinds than messages are kept; and what was deleted or
// replaced is in no file any more.

#include "client/cache/cache.h"
#include "client/cache/cachefile.h"
#include "client/cache/cachestore.h"
#include "common/jsoncodec.h"

#include <QDir>
#include <QFile>
#include <QSqlQuery>
#include <QTemporaryDir>
#include <QtTest>

using namespace rookery;
using namespace rookery::client;
using namespace Qt::StringLiterals;

namespace {

const QString birds = u"01a22968-d29a-7195-a2e9-741a8d0dfcb2"_s;
const QString room = u"r1"_s;

RoomEvent eventOf(qint64 seq, const EventContent &content)
{
    return {room, seq, u"m%1"_s.arg(seq), User{u"u1"_s, u"ada"_s}, u"c%1"_s.arg(seq),
        utcTime(1'700'000'000'000 + seq), content};
}

} // namespace

class CacheUpgradeTest : public QObject
{
    Q_OBJECT

private:
    std::unique_ptr<QTemporaryDir> m_dir;
    QString m_path;

    void takeOldCache()
    {
        QVERIFY(QFile::copy(QLatin1String(CACHE_DATA "/cache-0.1.0.sqlite"), m_path));
        QVERIFY(cachefile::prepare(m_path));
    }
    void runSql(const QStringList &statements)
    {
        {
            QSqlDatabase database = QSqlDatabase::addDatabase(u"QSQLITE"_s, u"test"_s);
            database.setDatabaseName(m_path);
            QVERIFY(database.open());
            QSqlQuery query(database);
            for (const QString &sql : statements)
                QVERIFY2(query.exec(sql), qPrintable(sql));
        }
        QSqlDatabase::removeDatabase(u"test"_s);
    }
    /// The files that hold these words.
    QStringList filesWith(const QByteArray &words)
    {
        QStringList found;
        for (const QString &name : QDir(m_dir->path()).entryList(QDir::Files)) {
            QFile file(m_dir->filePath(name));
            if (file.open(QIODevice::ReadOnly) && file.readAll().contains(words))
                found.append(name);
        }
        return found;
    }
    void makeRoom(CacheStore *store)
    {
        QVERIFY(cachefile::prepare(m_path));
        QCOMPARE(store->open(m_path, CacheStore::Role::Worker), CacheStore::Opened::Ok);
        QVERIFY(store->saveRoom({Room{room, u"birds"_s, RoomKind::Public, u"e"_s, 0, Role::Owner}}));
    }
    void keep(CacheStore *store, qint64 first, const QList<EventContent> &contents)
    {
        Stretch stretch{room, {}, {first, first + contents.size() - 1}};
        for (const EventContent &content : contents)
            stretch.events.append(eventOf(first + stretch.events.size(), content));
        QVERIFY(store->store({stretch}, {}, {}));
    }

private Q_SLOTS:
    void init()
    {
        m_dir = std::make_unique<QTemporaryDir>();
        m_path = m_dir->filePath(u"cache.sqlite"_s);
    }

    void everythingOfAnOldCacheIsThere()
    {
        takeOldCache();
        for (int start = 0; start < 2; ++start) {
            CacheStore store;
            QCOMPARE(store.open(m_path, CacheStore::Role::Front), CacheStore::Opened::Ok);
            const QList<CachedRoom> rooms = store.rooms();
            QCOMPARE(rooms.size(), 2);
            QCOMPARE(rooms.first().room.name, u"birds"_s);
            QCOMPARE(rooms.first().room.role, Role::Member);
            QCOMPARE(rooms.first().unread, -1);
            QCOMPARE(rooms.first().countedTo, -1);
            QCOMPARE(rooms.first().known, (Span{1, 6}));
            const Stretch history = store.newest(birds, 50);
            QCOMPARE(history.events.size(), 6);
            QCOMPARE(history.events.at(3).text(), u"A blackbird, number 4"_s);
            QVERIFY(!history.events.at(3).as<Posted>()->isEdited());
            const QList<OutboxItem> outbox = store.outbox();
            QCOMPARE(outbox.size(), 3);
            QCOMPARE(outbox.at(0).text, u"Never to arrive"_s);
            QVERIFY(outbox.at(0).failed);
            QCOMPARE(outbox.at(0).failure,
                (SendFailure{
                    SendFailure::Sentence, ErrorCode::Internal, u"You were no longer in this room."_s}));
            QCOMPARE(outbox.at(1).text, u"Written without a server"_s);
            QCOMPARE(outbox.at(2).text, u"And once more"_s);
            QCOMPARE(outbox.at(2).kind, OutboxItem::Kind::Message);
            QCOMPARE(store.drafts().value(birds), u"Half a sente"_s);
        }
        QVERIFY(!QFile::exists(cachefile::rescuePath(m_path)));
    }

    /// 0.1.0 kept a sentence in place of what it could not read.
    void whatAnOldVersionCouldNotReadIsAskedForAgain_data()
    {
        QTest::addColumn<QList<int>>("unread");
        QTest::addColumn<QString>("known");
        QTest::newRow("in the middle") << QList<int>{3} << u"1-2 4-6"_s;
        QTest::newRow("at the ends") << QList<int>{1, 6} << u"2-5"_s;
        QTest::newRow("two in a row") << QList<int>{2, 3, 5} << u"1-1 4-4 6-6"_s;
        QTest::newRow("all") << QList<int>{1, 2, 3, 4, 5, 6} << QString();
    }
    void whatAnOldVersionCouldNotReadIsAskedForAgain()
    {
        QFETCH(QList<int>, unread);
        takeOldCache();
        for (const int seq : unread)
            runSql(
                {u"UPDATE events SET sender_id = '', text = '(Cannot be shown.)' WHERE seq = %1"_s.arg(seq)});
        CacheStore store;
        QCOMPARE(store.open(m_path, CacheStore::Role::Front), CacheStore::Opened::Ok);
        QStringList known;
        for (qint64 before = 7; before > 1;) {
            const Stretch stretch = store.older(birds, before, 50);
            if (stretch.span.isEmpty()) {
                --before;
                continue;
            }
            known.prepend(u"%1-%2"_s.arg(stretch.span.first).arg(stretch.span.last));
            QCOMPARE(stretch.events.size(), stretch.span.last - stretch.span.first + 1);
            before = stretch.span.first;
        }
        QTEST(known.join(u' '), "known");
    }

    void everyKindIsKept()
    {
        CacheStore store;
        makeRoom(&store);
        const QByteArray raw = R"({"emoji":"+1","kind":"reaction_added","target":1})";
        const QList<EventContent> contents{Posted{u"one"_s},
            MemberChanged{{u"u2"_s, u"ben"_s}, Role::None, Role::Member}, RoomChanged{u"doves"_s, {}},
            RoomChanged{{}, QString(u""_s)}, Unknown{u"reaction_added"_s, raw},
            Posted{u"two"_s, 9, utcTime(1'700'000'000'009), {}},
            Posted{{}, 0, {}, utcTime(1'700'000'000'010)}};
        keep(&store, 1, contents);
        const Stretch read = store.newest(room, 50);
        QCOMPARE(read.events.size(), contents.size());
        for (qsizetype i = 0; i < contents.size(); ++i)
            QCOMPARE(read.events.at(i), eventOf(i + 1, contents.at(i)));
    }

    void whatIsKeptUnreadIsReadByALaterVersion()
    {
        CacheStore store;
        makeRoom(&store);
        const RoomEvent member = eventOf(1, MemberChanged{{u"u2"_s, u"ben"_s}, Role::None, Role::Moderator});
        // As a version keeps it that does not know the kind.
        keep(&store, 1, {Unknown{u"member_changed"_s, toJson(json::fromEvent(member))}});
        QCOMPARE(store.newest(room, 50).events.constFirst(), member);
    }

    void editsAndDeletionsReachTheMessage()
    {
        CacheStore store;
        makeRoom(&store);
        keep(&store, 1, {Posted{u"first"_s}, Posted{u"second"_s}, Posted{u"third"_s}});
        keep(&store, 4, {Edited{1, u"first, again"_s}, Deleted{2}, Edited{2, u"never"_s}});
        const Stretch read = store.newest(room, 50);
        QCOMPARE(read.events.size(), 6);
        QCOMPARE(read.events.at(0).text(), u"first, again"_s);
        QCOMPARE(read.events.at(0).as<Posted>()->editedSeq, 4);
        QVERIFY(read.events.at(1).as<Posted>()->isDeleted());
        QCOMPARE(read.events.at(1).sender.name, u"ada"_s);
        QCOMPARE(read.events.at(1).text(), QString());
        QCOMPARE(read.events.at(2).text(), u"third"_s);
        QCOMPARE(*read.events.at(3).as<Edited>(), (Edited{1, {}})); // the text stands at the message
        // An older answer comes late.
        keep(&store, 1, {Posted{u"first"_s}, Posted{u"second"_s}});
        QCOMPARE(store.newest(room, 50).events.at(0).text(), u"first, again"_s);
        QVERIFY(store.newest(room, 50).events.at(1).as<Posted>()->isDeleted());
    }

    void aChangeMayComeWithItsMessage()
    {
        CacheStore store;
        makeRoom(&store);
        keep(&store, 1, {Posted{u"first"_s}, Edited{1, u"newer"_s}, Edited{1, u"newest"_s}});
        QCOMPARE(store.newest(room, 50).events.at(0).text(), u"newest"_s);
    }

    void oldWordsAreInNoFile_data()
    {
        QTest::addColumn<QString>("how");
        for (const char *how : {"edited", "deleted", "page", "left", "reset"})
            QTest::newRow(how) << QString::fromLatin1(how);
    }
    void oldWordsAreInNoFile()
    {
        QFETCH(QString, how);
        const QString words = u"the heron stands in the reeds at dawn"_s;
        QVERIFY(cachefile::prepare(m_path));
        Cache cache(m_path);
        cache.saveRoom({Room{room, u"birds"_s, RoomKind::Public, u"e"_s, 0, Role::Owner}});
        const auto store = [&](qint64 first, const QList<EventContent> &contents) {
            Stretch stretch{room, {}, {first, first + contents.size() - 1}};
            for (const EventContent &content : contents)
                stretch.events.append(eventOf(first + stretch.events.size(), content));
            cache.store({stretch}, {}, {});
        };
        // As it was written, sent and read here.
        cache.saveDraft(room, words.left(20));
        bool isSaved = false;
        const OutboxItem item{u"c1"_s, room, words, false, {}, QDateTime::currentDateTimeUtc()};
        cache.addToOutbox(item, this, [&isSaved](bool saved) { isSaved = saved; });
        QTRY_VERIFY(isSaved);
        cache.saveDraft(room, {});
        QList<EventContent> others;
        for (int i = 0; i < 200; ++i)
            others.append(Posted{u"others say %1 "_s.arg(i) + QString(i, u'x')});
        store(1, QList<EventContent>{Posted{words}} + others);
        cache.removeFromOutbox({u"c1"_s});
        cache.flush();
        QVERIFY(!filesWith(words.toUtf8()).isEmpty());

        if (how == u"edited") {
            store(202, {Edited{1, u"other words"_s}});
        } else if (how == u"deleted") {
            store(202, {Deleted{1}});
        } else if (how == u"page") { // the change itself came elsewhere
            store(1, {Posted{{}, 0, {}, QDateTime::currentDateTimeUtc()}});
        } else if (how == u"left") {
            cache.removeRoom(room);
        } else {
            cache.forgetHistory(room);
        }
        cache.flush();
        QCOMPARE(filesWith(words.toUtf8()), QStringList());
        QCOMPARE(filesWith(words.left(20).toUtf8()), QStringList());
    }

    void changesWaitInTheOrderOfTheOutbox()
    {
        CacheStore store;
        makeRoom(&store);
        const QDateTime now = utcTime(1'700'000'000'000);
        const OutboxItem first{u"a"_s, room, u"one"_s, false, {}, now};
        OutboxItem edit{u"b"_s, room, u"two"_s, false, {}, now, OutboxItem::Kind::Edit, 7};
        const OutboxItem second{u"c"_s, room, u"three"_s, false, {}, now};
        OutboxItem deletion{u"d"_s, room, {}, false, {}, now, OutboxItem::Kind::Deletion, 0, u"a"_s};
        for (const OutboxItem &item : {first, edit, second, deletion})
            QVERIFY(store.addToOutbox(item));
        QCOMPARE(store.outbox(), (QList<OutboxItem>{first, edit, second, deletion}));
        deletion.target = 9;
        edit.text = u"two, changed"_s;
        QVERIFY(store.replaceInOutbox(deletion) && store.replaceInOutbox(edit));
        edit.failed = true;
        edit.failure = SendFailure::of({ErrorCode::Forbidden, u"Too late."_s});
        QVERIFY(store.setFailed(u"b"_s, edit.failure));
        QCOMPARE(store.outbox(), (QList<OutboxItem>{first, edit, second, deletion}));
        edit.failed = false;
        edit.failure = {};
        QVERIFY(store.requeue(edit));
        QCOMPARE(store.outbox(), (QList<OutboxItem>{first, second, deletion, edit}));
        store.close();
        // A version that knows nothing of changes finds no message in their place.
        runSql({u"SELECT client_id, room, text, failed, failure, created FROM outbox ORDER BY position"_s});
        QCOMPARE(CacheStore::rescueUnsent(m_path).outbox, (QList<OutboxItem>{first, second, deletion, edit}));
        CacheStore again;
        QCOMPARE(again.open(m_path, CacheStore::Role::Front), CacheStore::Opened::Ok);
        QVERIFY(again.removeFromOutbox({u"a"_s, u"d"_s}));
        QCOMPARE(again.outbox(), (QList<OutboxItem>{second, edit}));
    }
};

QTEST_GUILESS_MAIN(CacheUpgradeTest)
#include "tst_cacheupgrade.moc"
