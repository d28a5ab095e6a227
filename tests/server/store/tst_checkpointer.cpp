// SPDX-License-Identifier: GPL-3.0-or-later
// The log is emptied beside the writer.

#include "server/store/sqlite/checkpointer.h"
#include "server/store/sqlite/dialect_sqlite.h"
#include "server/store/sqlite/sqlitestore.h"
#include "tests/server/store/storetest.h"

#include <QElapsedTimer>
#include <QFile>
#include <QFileInfo>
#include <QRegularExpression>
#include <QSemaphore>
#include <QTemporaryDir>
#include <QtEndian>

#include <atomic>
#include <utility>

using namespace storetest;
using namespace std::chrono_literals;

namespace {

QByteArray bytesAt(const QString &path, qint64 offset)
{
    QFile file(path);
    return file.open(QIODevice::ReadOnly) && file.seek(offset) ? file.read(4) : QByteArray();
}

/// Whether all that the log of a database holds is in its file, by the index of the log: the number of its frames, and how
/// many of them were copied back (SQLite's "WAL-mode File Format", 2.1 and 2.2; in the machine's byte order).
bool isLogInFile(const QString &path)
{
    const QString index = path + QStringLiteral("-shm");
    const QByteArray frames = bytesAt(index, 16);
    return frames.size() == 4 && frames == bytesAt(index, 96);
}

/// The checkpoint sequence number of the log's header, big-endian.
quint32 timesLogStartedOver(const QString &path)
{
    const QByteArray number = bytesAt(path + QStringLiteral("-wal"), 12);
    return number.size() == 4 ? qFromBigEndian<quint32>(number.constData()) : 0;
}

} // namespace

class TestCheckpointer : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void init();

    void comesOnceThereIsSomething();
    void manyWritesAreNotLeftForTheInterval();
    void refusalToOpenEndsTheStart();
    void brokenConnectionIsReplaced();
    void manyErasuresAreOneTruncation();
    void truncationIsTriedAgain();
    void fileGrowsAndLogDoesNot();

private:
    Result<std::unique_ptr<Connection>> connect();

    std::unique_ptr<QTemporaryDir> m_folder;
    std::atomic<int> m_connects = 0;
    std::atomic<int> m_checkpoints = 0;
};

void TestCheckpointer::init()
{
    m_folder = std::make_unique<QTemporaryDir>();
    m_connects = 0;
    m_checkpoints = 0;
}

Result<std::unique_ptr<Connection>> TestCheckpointer::connect()
{
    ++m_connects;
    return sqlite::connect(m_folder->filePath(QStringLiteral("rookery.db")), sqlite::Access::Write);
}

void TestCheckpointer::comesOnceThereIsSomething()
{
    Checkpointer checkpointer({[this] { return connect(); }, [this](Connection &) { ++m_checkpoints; }, 1ms});
    QVERIFY(checkpointer.start().ok());
    QCOMPARE(m_checkpoints.load(), 0);
    for (int i = 1; i <= 3; ++i) {
        checkpointer.committed(1);
        QTRY_COMPARE(m_checkpoints.load(), i);
    }
    QCOMPARE(m_connects.load(), 1);
}

void TestCheckpointer::manyWritesAreNotLeftForTheInterval()
{
    Checkpointer checkpointer(
        {[this] { return connect(); }, [this](Connection &) { ++m_checkpoints; }, 1h, 100});
    QVERIFY(checkpointer.start().ok());
    for (int i = 0; i < 10; ++i)
        checkpointer.committed(10);
    QTRY_COMPARE(m_checkpoints.load(), 1);
    checkpointer.committed(1000);
    QTRY_COMPARE(m_checkpoints.load(), 2);
    checkpointer.committed(99);
    // Ends at once, though there is something left for the end of the hour.
}

void TestCheckpointer::refusalToOpenEndsTheStart()
{
    Checkpointer checkpointer({[]() -> Result<std::unique_ptr<Connection>> {
                                   return Error{ErrorCode::Internal, QStringLiteral("no such disk")};
                               },
        [](Connection &) {}, 1ms});
    const auto started = checkpointer.start();
    QVERIFY(!started.ok());
    QCOMPARE(started.error().detail, QStringLiteral("no such disk"));
}

void TestCheckpointer::brokenConnectionIsReplaced()
{
    std::atomic<Fault> fault = Fault::Full;
    std::atomic<int> failures = 0;
    Checkpointer checkpointer({.connect = [this] { return connect(); },
        .checkpoint =
            [&](Connection &) {
                ++m_checkpoints;
                throw DatabaseError{fault, QStringLiteral("made up by the test")};
            },
        .interval = 1ms,
        .failed = [&failures] { ++failures; }});
    QVERIFY(checkpointer.start().ok());
    QTest::ignoreMessage(QtCriticalMsg, QRegularExpression(QStringLiteral("made up by the test")));
    for (const auto &[next, connects] :
        {std::pair(Fault::Full, 1), std::pair(Fault::Connection, 1), std::pair(Fault::Full, 2)}) {
        const int before = m_checkpoints;
        fault = next;
        checkpointer.committed(1);
        QTRY_COMPARE(m_checkpoints.load(), before + 1);
        QCOMPARE(m_connects.load(), connects);
        QTRY_COMPARE(failures.load(), m_checkpoints.load());
    }
}

void TestCheckpointer::manyErasuresAreOneTruncation()
{
    std::atomic<int> truncations = 0;
    std::atomic<bool> isIn = false;
    QSemaphore goOn;
    Checkpointer checkpointer({.connect = [this] { return connect(); },
        .checkpoint = [this](Connection &) { ++m_checkpoints; },
        .interval = 1ms,
        .truncate =
            [&](Connection &) {
                ++truncations;
                isIn = true;
                goOn.acquire();
                return true;
            },
        .truncateInterval = 200ms});
    QVERIFY(checkpointer.start().ok());
    checkpointer.erased();
    QTRY_VERIFY(isIn);
    // A thousand while the first is being made, and they are one more: the first may have come too early for them.
    QElapsedTimer timer;
    timer.start();
    for (int i = 0; i < 1000; ++i) {
        checkpointer.erased();
        checkpointer.committed(1);
    }
    goOn.release(2);
    QTRY_COMPARE(truncations.load(), 2);
    QVERIFY(timer.elapsed() >= 200);
    const int before = m_checkpoints;
    checkpointer.committed(1);
    QTRY_VERIFY(m_checkpoints.load() > before); // which is no reason for another
    QCOMPARE(truncations.load(), 2);
    goOn.release(100);
}

void TestCheckpointer::truncationIsTriedAgain()
{
    std::atomic<int> truncations = 0;
    Checkpointer checkpointer({.connect = [this] { return connect(); },
        .checkpoint = [](Connection &) {},
        .interval = 1ms,
        .truncate = [&](Connection &) { return ++truncations == 3; },
        .truncateInterval = 1ms});
    QVERIFY(checkpointer.start().ok());
    checkpointer.erased();
    QTRY_COMPARE(truncations.load(), 3);
    checkpointer.erased();
    QTRY_VERIFY(truncations.load() > 3); // ends although there is more to do
}

void TestCheckpointer::fileGrowsAndLogDoesNot()
{
    const QString path = m_folder->filePath(QStringLiteral("rookery.db"));
    SqliteOptions options;
    options.path = path;
    VALUE_OR_FAIL(store, SqliteStore::open(options));
    Waiting waiting(store.get());
    VALUE_OR_FAIL(ann, waiting.createUser(newUser(QStringLiteral("Ann"))));
    VALUE_OR_FAIL(room, waiting.createRoom(newRoom(QStringLiteral("Tea"))));
    const QString text(3000, u'x');
    qint64 size = QFileInfo(path).size();
    quint32 startedOver = 0;
    for (int round = 0; round < 5; ++round) {
        int stored = 0;
        for (int i = 0; i < 200; ++i)
            store->append(
                newMessage(room, ann, text), this, [&](const auto &result) { stored += result.ok(); });
        QTRY_COMPARE(stored, 200);
        // Far below the writer's own bound, and yet all of it arrives in the file.
        QTRY_VERIFY(isLogInFile(path));
        QVERIFY(QFileInfo(path).size() >= size + 500'000);
        size = QFileInfo(path).size();
        // So each round writes the log from its start again.
        const quint32 before = std::exchange(startedOver, timesLogStartedOver(path));
        QVERIFY(round == 0 || startedOver > before);
    }
}

QTEST_GUILESS_MAIN(TestCheckpointer)
#include "tst_checkpointer.moc"
