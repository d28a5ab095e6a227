// SPDX-License-Identifier: GPL-3.0-or-later
#include "client/cache/cache.h"
#include "client/cache/cachefile.h"
#include "tests/client/cache/cachedroom.h"

#include <QDir>
#include <QFile>
#include <QProcess>
#include <QSignalSpy>
#include <QSqlDatabase>
#include <QSqlQuery>
#include <QTemporaryDir>
#include <QTest>
#include <QTimeZone>

#include <cstdio>

using namespace rookery;
using namespace rookery::client;

namespace {

OutboxItem item(const QString &clientId)
{
    return {clientId, room, QStringLiteral("text of ") + clientId, false, {},
        QDateTime::fromMSecsSinceEpoch(1'700'000'000'000, QTimeZone::utc())};
}

Stretch largeStretch(qint64 first, qint64 last)
{
    Stretch result{room, {}, {first, last}};
    for (qint64 seq = first; seq <= last; ++seq) {
        RoomEvent event;
        event.roomId = room;
        event.seq = seq;
        event.content = Posted{QString(500, u'x')};
        event.timestamp = QDateTime::currentDateTimeUtc();
        result.events.append(event);
    }
    return result;
}

void runSql(const QString &path, const QStringList &statements)
{
    {
        auto database = QSqlDatabase::addDatabase(QStringLiteral("QSQLITE"), QStringLiteral("test"));
        database.setDatabaseName(path);
        QVERIFY(database.open());
        QSqlQuery query(database);
        for (const QString &sql : statements)
            QVERIFY2(query.exec(sql), qPrintable(sql));
    }
    QSqlDatabase::removeDatabase(QStringLiteral("test"));
}

void overwrite(const QString &path, qint64 from, const QByteArray &bytes)
{
    QFile file(path);
    QVERIFY(file.open(QIODevice::ReadWrite));
    QVERIFY(file.seek(from));
    file.write(bytes);
}

/// Whether the message was saved; waits for that.
bool add(Cache *cache, const QString &clientId)
{
    int saved = -1;
    cache->addToOutbox(item(clientId), cache, [&saved](bool done) { saved = done ? 1 : 0; });
    return QTest::qWaitFor([&saved] { return saved >= 0; }) && saved == 1;
}

/// The part that is killed: puts messages into the outbox and says so, one line each.
int sendUntilKilled(const QString &path)
{
    Cache cache(path);
    for (int i = 0;; ++i) {
        cache.addToOutbox(item(QString::number(i)), &cache, [](bool) {});
        std::printf("%d\n", i);
        std::fflush(stdout);
    }
}

} // namespace

class TestCache : public QObject
{
    Q_OBJECT
private:
    std::unique_ptr<QTemporaryDir> m_dir;
    QString m_path;

private Q_SLOTS:
    void init()
    {
        m_dir = std::make_unique<QTemporaryDir>();
        m_path = m_dir->filePath(QStringLiteral("below/cache.sqlite"));
    }

    void eachAccountHasItsFile()
    {
        const QUrl server(QStringLiteral("https://chat.example.org:443"));
        const QString ada = cachefile::path(m_dir->path(), server, QStringLiteral("u1"));
        QCOMPARE(ada,
            cachefile::path(
                m_dir->path(), QUrl(QStringLiteral("https://CHAT.example.org:443")), QStringLiteral("u1")));
        QVERIFY(ada != cachefile::path(m_dir->path(), server, QStringLiteral("u2")));
        QVERIFY(ada
            != cachefile::path(
                m_dir->path(), QUrl(QStringLiteral("https://chat.example.org:444")), QStringLiteral("u1")));
        // Two servers behind one proxy.
        QVERIFY(ada
            != cachefile::path(m_dir->path(), QUrl(QStringLiteral("https://chat.example.org:443/chat")),
                QStringLiteral("u1")));
        // Whatever an id is, the file lies in the directory.
        const QString odd = cachefile::path(m_dir->path(), server, QStringLiteral("../../etc/passwd"));
        QCOMPARE(
            QFileInfo(odd).absolutePath(), QFileInfo(m_dir->filePath(QStringLiteral("x"))).absolutePath());
    }

    void nobodyElseMayRead()
    {
        Cache cache(m_path);
        QVERIFY(cache.isUsable());
        cache.saveRoom(cachedRoom());
        cache.flush();
        constexpr auto others = QFile::ReadGroup | QFile::WriteGroup | QFile::ExeGroup | QFile::ReadOther
            | QFile::WriteOther | QFile::ExeOther;
        const QDir directory(QFileInfo(m_path).absolutePath());
        QVERIFY(!(QFile::permissions(directory.path()) & others));
        const auto files = directory.entryInfoList(QDir::Files);
        QVERIFY(files.size() >= 2);
        for (const QFileInfo &file : files)
            QVERIFY2(!(file.permissions() & others), qPrintable(file.fileName()));
    }

    void writesAndReadsInOrder()
    {
        {
            Cache cache(m_path);
            cache.saveRoom(cachedRoom());
            QVERIFY(add(&cache, QStringLiteral("c1")));
            QVERIFY(add(&cache, QStringLiteral("c2")));
            cache.store({largeStretch(1, 5)}, {}, {QStringLiteral("c1")});
            Stretch read;
            QObject context;
            cache.older(room, 6, 2, &context, [&read](const Stretch &found) { read = found; });
            QTRY_COMPARE(read.span, (Span{4, 5}));
        }
        // The destructor waits for what is still to be written.
        Cache cache(m_path);
        QCOMPARE(cache.rooms().size(), 1);
        QCOMPARE(cache.newest(room, 50).span, (Span{1, 5}));
        QCOMPARE(cache.outbox(), (QList<OutboxItem>{item(QStringLiteral("c2"))}));
    }

    void nobodyIsCalledWhoIsGone()
    {
        Cache cache(m_path);
        auto context = std::make_unique<QObject>();
        bool called = false;
        cache.older(room, 6, 2, context.get(), [&called](const Stretch &) { called = true; });
        context.reset();
        bool later = false;
        cache.older(room, 6, 2, this, [&later](const Stretch &) { later = true; });
        QTRY_VERIFY(later);
        QVERIFY(!called);
    }

    void theOutboxSurvivesKill9()
    {
        QProcess sender;
        sender.start(
            QCoreApplication::applicationFilePath(), {QStringLiteral("--send-until-killed"), m_path});
        QVERIFY(sender.waitForStarted());
        QByteArray said;
        QTRY_VERIFY2((said += sender.readAllStandardOutput()).count('\n') > 50, said.constData());
        sender.kill();
        QVERIFY(sender.waitForFinished());
        said += sender.readAllStandardOutput();
        const qsizetype lines = said.count('\n');

        Cache cache(m_path);
        const auto found = cache.outbox();
        // At most the one that was written and not yet spoken of is extra.
        QVERIFY2(found.size() == lines || found.size() == lines + 1,
            qPrintable(QStringLiteral("%1 of %2").arg(found.size()).arg(lines)));
        for (qsizetype i = 0; i < found.size(); ++i)
            QCOMPARE(found.at(i), item(QString::number(i)));
    }

    void whatCannotBeWrittenAtOnceIsWrittenInItsOrder()
    {
        Cache cache(m_path);
        QVERIFY(add(&cache, QStringLiteral("c1")));
        QStringList saved;
        const auto queue = [&](const QString &clientId) {
            cache.addToOutbox(item(clientId), this, [&saved, clientId](bool done) {
                saved.append(done ? clientId : QStringLiteral("not ") + clientId);
            });
        };
        {
            // Another writer, as the worker is one in a long transaction.
            auto database =
                QSqlDatabase::addDatabase(QStringLiteral("QSQLITE"), QStringLiteral("other writer"));
            database.setDatabaseName(m_path);
            QVERIFY(database.open());
            QSqlQuery other(database);
            QVERIFY(other.exec(QStringLiteral("BEGIN IMMEDIATE")));
            queue(QStringLiteral("c2"));
            QVERIFY2(saved.isEmpty(), "said to be saved while the file was locked");
            QVERIFY(other.exec(QStringLiteral("COMMIT")));
            // The file is free now, but this one must not overtake the one before it.
            queue(QStringLiteral("c3"));
        }
        QSqlDatabase::removeDatabase(QStringLiteral("other writer"));
        QTRY_COMPARE(saved, (QStringList{QStringLiteral("c2"), QStringLiteral("c3")}));
        cache.requeue(item(QStringLiteral("c1")));
        queue(QStringLiteral("c4"));
        QTRY_COMPARE(saved.size(), 3);
        QStringList order;
        for (const OutboxItem &each : cache.outbox())
            order.append(each.clientId);
        QCOMPARE(order,
            (QStringList{
                QStringLiteral("c2"), QStringLiteral("c3"), QStringLiteral("c1"), QStringLiteral("c4")}));
    }

    void killedWhileTheOutboxWasRescued_data()
    {
        QTest::addColumn<bool>("isLogApart");
        QTest::newRow("before the new file") << false;
        QTest::newRow("before the log had followed the old file") << true;
    }
    void killedWhileTheOutboxWasRescued()
    {
        QFETCH(bool, isLogApart);
        {
            Cache cache(m_path);
            QVERIFY(add(&cache, QStringLiteral("c1")));
            cache.saveDraft(room, QStringLiteral("half a word"));
            cache.flush();
            // As a kill leaves it: with the log, where the message still is.
            for (const char *part : {"", "-wal"}) {
                QVERIFY(QFile::copy(m_path + QLatin1String(part),
                    m_dir->filePath(QStringLiteral("kept") + QLatin1String(part))));
            }
        }
        QVERIFY(QFile::remove(m_path));
        const QString rescue = cachefile::rescuePath(m_path);
        QVERIFY(QFile::rename(m_dir->filePath(QStringLiteral("kept")), rescue));
        QVERIFY(QFile::rename(m_dir->filePath(QStringLiteral("kept-wal")),
            (isLogApart ? m_path : rescue) + QLatin1String("-wal")));
        for (int start = 0; start < 2; ++start) {
            Cache cache(m_path);
            QCOMPARE(cache.outbox(), (QList<OutboxItem>{item(QStringLiteral("c1"))}));
            QCOMPARE(cache.drafts(), (QHash<QString, QString>{{room, QStringLiteral("half a word")}}));
            QVERIFY(!QFile::exists(rescue));
            cache.removeFromOutbox({QStringLiteral("c1")});
            cache.flush();
            // Whatever becomes of the new file: what was rescued is not rescued again.
            QVERIFY(cache.outbox().isEmpty());
            QVERIFY(add(&cache, QStringLiteral("c1")));
        }
        QVERIFY(QFile::remove(m_path));
        Cache cache(m_path);
        QVERIFY(cache.outbox().isEmpty());
    }

    void aFileThatCannotBeUsedIsMovedAside_data()
    {
        QTest::addColumn<QString>("how");
        QTest::addColumn<QString>("reason");
        QTest::addColumn<bool>("outboxIsRescued");
        QTest::newRow("garbage") << QStringLiteral("garbage") << QStringLiteral("damaged") << false;
        QTest::newRow("somebody else's database")
            << QStringLiteral("foreign") << QStringLiteral("damaged") << false;
        QTest::newRow("a table is missing") << QStringLiteral("missing") << QStringLiteral("damaged") << true;
        QTest::newRow("a column is missing") << QStringLiteral("column") << QStringLiteral("damaged") << true;
        QTest::newRow("a later version") << QStringLiteral("newer") << QStringLiteral("newer") << true;
    }
    void aFileThatCannotBeUsedIsMovedAside()
    {
        QFETCH(QString, how);
        QFETCH(QString, reason);
        QFETCH(bool, outboxIsRescued);
        {
            Cache cache(m_path);
            cache.saveRoom(cachedRoom());
            QVERIFY(add(&cache, QStringLiteral("c1")));
        }
        if (how == QLatin1String("garbage")) {
            QFile::remove(m_path + QLatin1String("-wal"));
            overwrite(m_path, 0, QByteArray(4'096, 'x'));
        } else if (how == QLatin1String("foreign")) {
            QVERIFY(QFile::remove(m_path));
            runSql(m_path, {QStringLiteral("CREATE TABLE diary (secret TEXT)")});
        } else if (how == QLatin1String("missing")) {
            runSql(m_path, {QStringLiteral("DROP TABLE spans")});
        } else if (how == QLatin1String("column")) {
            runSql(m_path, {QStringLiteral("ALTER TABLE rooms DROP COLUMN peers")});
        } else {
            runSql(m_path,
                {QStringLiteral("ALTER TABLE outbox ADD COLUMN attachment TEXT"),
                    QStringLiteral("PRAGMA user_version = 99")});
        }
        for (int start = 0; start < 2; ++start) {
            Cache cache(m_path);
            // Said once, to whoever listens from here on.
            QSignalSpy troubled(&cache, &Cache::troubled);
            QCoreApplication::processEvents();
            QCOMPARE(troubled.size(), start == 0 ? 1 : 0);
            if (start == 0) {
                QCOMPARE(troubled.constFirst().constFirst().value<CacheTrouble>(),
                    how == QLatin1String("newer") ? CacheTrouble::Newer : CacheTrouble::Damaged);
                const QString where = troubled.constFirst().constLast().toString();
                QVERIFY2(where.endsWith(QStringLiteral("cache.%1.sqlite").arg(reason)), qPrintable(where));
            }
            QVERIFY(cache.isUsable());
            QVERIFY(cache.rooms().isEmpty());
            QCOMPARE(cache.outbox().size(), outboxIsRescued ? 1 : 0);
            if (outboxIsRescued)
                QCOMPARE(cache.outbox().constFirst(), item(QStringLiteral("c1")));
        }
        QVERIFY(QFile::exists(m_dir->filePath(QStringLiteral("below/cache.%1.sqlite").arg(reason))));
    }

    void damageFoundLaterIsMendedWhileRunning()
    {
        {
            Cache cache(m_path);
            cache.saveRoom(cachedRoom());
            for (int block = 0; block < 10; ++block)
                cache.store({largeStretch(block * 100 + 1, (block + 1) * 100)}, {}, {});
        }
        // Only the last pages: it opens, and fails when the newest history is read.
        const qint64 size = QFileInfo(m_path).size();
        QVERIFY(size > 200'000);
        overwrite(m_path, size - 3 * 4'096, QByteArray(3 * 4'096, 'x'));
        Cache cache(m_path);
        QVERIFY(cache.isUsable());
        QSignalSpy rebuilt(&cache, &Cache::rebuilt);
        QSignalSpy troubled(&cache, &Cache::troubled);
        bool answered = false;
        cache.older(room, 1'001, 50, this, [&answered](const Stretch &found) {
            answered = true;
            QVERIFY(found.span.isEmpty());
        });
        QTRY_VERIFY(answered);
        QTRY_COMPARE(rebuilt.size(), 1);
        QTRY_COMPARE(troubled.size(), 1);
        QVERIFY(cache.isUsable());
        cache.saveRoom(cachedRoom());
        cache.store({largeStretch(1'001, 1'002)}, {}, {});
        cache.flush();
        QCOMPARE(cache.newest(room, 50).span, (Span{1'001, 1'002}));
    }

    void whereNoFileCanBeMadeNothingIsRemembered()
    {
        QFile inTheWay(m_dir->filePath(QStringLiteral("file")));
        QVERIFY(inTheWay.open(QIODevice::WriteOnly));
        Cache cache(inTheWay.fileName() + QLatin1String("/cache.sqlite"));
        QVERIFY(!cache.isUsable());
        QSignalSpy troubled(&cache, &Cache::troubled);
        QTRY_COMPARE(troubled.size(), 1);
        cache.saveRoom(cachedRoom());
        QVERIFY(!add(&cache, QStringLiteral("c1")));
        cache.flush();
        QVERIFY(cache.rooms().isEmpty());
        bool answered = false;
        cache.older(room, 6, 2, this, [&answered](const Stretch &found) { answered = found.span.isEmpty(); });
        QTRY_VERIFY(answered);
        cache.destroy();
    }

    void destroyLeavesNothing()
    {
        {
            Cache cache(m_path);
            QVERIFY(add(&cache, QStringLiteral("c1")));
        }
        QVERIFY(QFile::copy(m_path, m_dir->filePath(QStringLiteral("below/cache.damaged.sqlite"))));
        Cache cache(m_path);
        cache.saveRoom(cachedRoom());
        cache.destroy();
        QVERIFY(QDir(m_dir->filePath(QStringLiteral("below"))).isEmpty());
        QVERIFY(!add(&cache, QStringLiteral("c2")));
        QVERIFY(cache.outbox().isEmpty());
    }
};

int main(int argc, char **argv)
{
    QCoreApplication application(argc, argv);
    const QStringList arguments = QCoreApplication::arguments();
    if (arguments.value(1) == QLatin1String("--send-until-killed"))
        return sendUntilKilled(arguments.value(2));
    TestCache test;
    return QTest::qExec(&test, argc, argv);
}
#include "tst_cache.moc"
