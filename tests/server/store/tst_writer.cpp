// SPDX-License-Identifier: GPL-3.0-or-later
// The writer by itself, where a test has to choose its connection or its clock.

#include "server/store/jobs/writer.h"
#include "server/store/sqlite/dialect_sqlite.h"
#include "tests/server/store/storetest.h"

#include <QTemporaryDir>

#include <atomic>
#include <future>

using namespace storetest;

class TestWriter : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void queueWaitsForCompany();
    void housekeepingComesAgain();
    void refusalToOpenEndsTheStart();
    void refusalToReopenIsAnswered();

private:
    std::unique_ptr<Job> job(
        threads::Postboxes &boxes, QObject *context, Done<Nothing> done, Fault *fault = nullptr)
    {
        const std::optional<Fault> thrown = fault ? std::optional(*fault) : std::nullopt;
        auto work = [thrown](Connection &) -> Result<Nothing> {
            if (thrown)
                throw DatabaseError{*thrown, QStringLiteral("made up by the test")};
            return Nothing();
        };
        return std::make_unique<Call<Nothing, decltype(work)>>(
            boxes.of(context), context, std::move(done), std::move(work));
    }
};

void TestWriter::queueWaitsForCompany()
{
    using namespace std::chrono_literals;
    const auto later = std::chrono::steady_clock::now() + 1h;
    threads::Postboxes boxes;
    JobQueue queue(10);
    const auto push = [&](int count) {
        for (int i = 0; i < count; ++i)
            queue.push(job(boxes, nullptr, {}));
    };
    const auto take = [&](JobQueue::Deadline notBefore, size_t enough) {
        return std::async(std::launch::async, [&queue, later, notBefore, enough] {
            return queue.takeAll(4, later, {notBefore, enough}).size();
        });
    };
    // Whoever waits for three is not content with fewer, whenever they come.
    auto three = take(later, 3);
    for (int i = 0; i < 3; ++i)
        push(1);
    QCOMPARE(three.get(), size_t(3));
    // When the time has come, one is enough.
    push(1);
    QCOMPARE(take({}, 3).get(), size_t(1));
    push(1);
    QCOMPARE(take(std::chrono::steady_clock::now() + 1ms, 3).get(), size_t(1));
    // Not more than asked for; the rest is there for the next.
    push(6);
    QCOMPARE(take(later, 3).get(), size_t(4));
    push(1);
    QCOMPARE(take(later, 3).get(), size_t(3));
    // A closed queue is emptied at once.
    auto last = take(later, 3);
    push(1);
    queue.close();
    QCOMPARE(last.get(), size_t(1));
    QCOMPARE(take(later, 3).get(), size_t(0));
}

void TestWriter::housekeepingComesAgain()
{
    QTemporaryDir folder;
    const QString path = folder.filePath(QStringLiteral("rookery.db"));
    std::atomic<int> times = 0;
    Writer writer(WriterOptions{
        .connect = [path] { return sqlite::connect(path, sqlite::Access::Write); },
        .prepare = [](Connection &) { return Result<Nothing>(Nothing()); },
        .housekeeping =
            [&](Connection &) {
                ++times;
                return false;
            },
        .housekeepingInterval = std::chrono::milliseconds(5),
        .queueBound = 10,
    });
    QVERIFY(writer.start().ok());
    QTRY_VERIFY(times >= 3);
}

void TestWriter::refusalToOpenEndsTheStart()
{
    Writer writer(WriterOptions{
        .connect = []() -> Result<std::unique_ptr<Connection>> {
            return Error{ErrorCode::Internal, QStringLiteral("no such disk")};
        },
        .prepare = [](Connection &) { return Result<Nothing>(Nothing()); },
        .housekeeping = [](Connection &) { return false; },
        .queueBound = 10,
    });
    const auto started = writer.start();
    QVERIFY(!started.ok());
    QCOMPARE(started.error().detail, QStringLiteral("no such disk"));
}

void TestWriter::refusalToReopenIsAnswered()
{
    QTemporaryDir folder;
    const QString path = folder.filePath(QStringLiteral("rookery.db"));
    std::atomic<int> connects = 0;
    std::atomic<bool> diskIsGone = false;
    Writer writer(WriterOptions{
        .connect = [&]() -> Result<std::unique_ptr<Connection>> {
            ++connects;
            if (diskIsGone)
                return Error{ErrorCode::Internal, QStringLiteral("no such disk")};
            return sqlite::connect(path, sqlite::Access::Write);
        },
        .prepare = [](Connection &) { return Result<Nothing>(Nothing()); },
        .housekeeping = [](Connection &) { return false; },
        .queueBound = 10,
    });
    QVERIFY(writer.start().ok());
    threads::Postboxes boxes;
    const auto run = [&](Fault *fault) {
        return await<Nothing>([&](QObject *context, Done<Nothing> done) {
            writer.enqueue(job(boxes, context, std::move(done), fault));
        });
    };
    QVERIFY(run(nullptr).ok());
    QCOMPARE(connects.load(), 1);

    Fault busy = Fault::Transaction;
    QTest::ignoreMessage(QtCriticalMsg, QRegularExpression(QStringLiteral("made up by the test")));
    REFUSED(run(&busy), ErrorCode::StorageUnavailable);
    QVERIFY(run(nullptr).ok());
    QCOMPARE(connects.load(), 1);

    Fault broken = Fault::Connection;
    diskIsGone = true;
    // What has a line already is counted only (FaultLog).
    REFUSED(run(&broken), ErrorCode::StorageUnavailable);
    QTest::ignoreMessage(QtCriticalMsg, QRegularExpression(QStringLiteral("no such disk")));
    for (int i = 0; i < 2; ++i)
        REFUSED(run(nullptr), ErrorCode::StorageUnavailable);
    QCOMPARE(connects.load(), 3);
    diskIsGone = false;
    QVERIFY(run(nullptr).ok());
    QCOMPARE(connects.load(), 4);
}

QTEST_GUILESS_MAIN(TestWriter)
#include "tst_writer.moc"
