// The writer by itself, where a test has to choose its connection or its clock.

#include "server/store/dialect_sqlite.h"
#include "server/store/writer.h"
#include "tests/server/store/storetest.h"

#include <QTemporaryDir>

#include <atomic>

using namespace storetest;

class TestWriter : public QObject
{
    Q_OBJECT

private Q_SLOTS:
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

void TestWriter::housekeepingComesAgain()
{
    QTemporaryDir folder;
    const QString path = folder.filePath(QStringLiteral("rookery.db"));
    std::atomic<int> times = 0;
    Writer writer(WriterOptions{
        .connect = [path] { return sqlite::connect(path, sqlite::Access::Write); },
        .prepare = [](Connection &) { return Result<Nothing>(Nothing()); },
        .housekeeping = [&](Connection &) { ++times; },
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
        .housekeeping = [](Connection &) {},
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
        .housekeeping = [](Connection &) {},
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
    REFUSED(run(&busy), ErrorCode::Internal);
    QVERIFY(run(nullptr).ok());
    QCOMPARE(connects.load(), 1);

    Fault broken = Fault::Connection;
    diskIsGone = true;
    QTest::ignoreMessage(QtCriticalMsg, QRegularExpression(QStringLiteral("made up by the test")));
    REFUSED(run(&broken), ErrorCode::Internal);
    for (int i = 0; i < 2; ++i) {
        QTest::ignoreMessage(QtCriticalMsg, QRegularExpression(QStringLiteral("no such disk")));
        QTest::ignoreMessage(QtCriticalMsg, QRegularExpression(QStringLiteral("could not be opened again")));
        REFUSED(run(nullptr), ErrorCode::Internal);
    }
    QCOMPARE(connects.load(), 3);
    diskIsGone = false;
    QVERIFY(run(nullptr).ok());
    QCOMPARE(connects.load(), 4);
}

QTEST_GUILESS_MAIN(TestWriter)
#include "tst_writer.moc"
