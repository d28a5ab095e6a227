// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/logsink.h"

#include <QTest>

#include <array>
#include <csignal>
#include <thread>
#include <vector>

#include <fcntl.h>
#include <unistd.h>

using namespace rookery;
using namespace std::chrono_literals;

/// A log that nobody reads does not block the daemon (THREATS 48).
class LogSinkTest : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void init();
    void cleanup();
    void isReadAtOnce();
    void nobodyReads();
    void readerHasGone();
    void linesOfManyThreadsStayWhole();

private:
    QByteArray readAll();
    void closeReader()
    {
        ::close(m_pipe[0]);
        m_pipe[0] = -1;
    }
    static QByteArray lostLine(qint64 lost) { return QByteArray::number(lost) + " lost\n"; }

    std::array<int, 2> m_pipe{-1, -1};
};

void LogSinkTest::init()
{
    ::signal(SIGPIPE, SIG_IGN);
    QCOMPARE(::pipe(m_pipe.data()), 0);
    ::fcntl(m_pipe[0], F_SETFL, O_NONBLOCK);
}

void LogSinkTest::cleanup()
{
    for (const int descriptor : m_pipe) {
        if (descriptor >= 0)
            ::close(descriptor);
    }
}

QByteArray LogSinkTest::readAll()
{
    QByteArray all;
    std::array<char, 65536> piece;
    for (ssize_t size; (size = ::read(m_pipe[0], piece.data(), piece.size())) > 0;)
        all.append(piece.data(), size);
    return all;
}

void LogSinkTest::isReadAtOnce()
{
    LogSink sink(m_pipe[1], 1000, lostLine);
    sink.write("one\n");
    QCOMPARE(readAll(), "one\n");
    sink.write("two\n");
    QCOMPARE(readAll(), "two\n");
}

void LogSinkTest::nobodyReads()
{
    constexpr int lines = 20'000;
    constexpr int mostWaiting = 100'000;
    LogSink sink(m_pipe[1], mostWaiting, lostLine);
    const auto lineOf = [](int i) { return QByteArray::number(i).rightJustified(99, '0') + '\n'; };
    for (int i = 0; i < lines; ++i)
        sink.write(lineOf(i)); // would never return
    QByteArray read;
    QTRY_VERIFY((read += readAll()).endsWith("lost\n"));
    // What came first is whole and in order, and the number of the others is true.
    const QByteArrayList got = read.split('\n');
    const qsizetype kept = got.size() - 2;
    for (qsizetype i = 0; i < kept; ++i)
        QCOMPARE(got[i] + '\n', lineOf(int(i)));
    QVERIFY(kept >= mostWaiting / 100);
    QCOMPARE(got[kept], QByteArray::number(lines - kept) + " lost");
    // And it goes on.
    sink.write("after\n");
    read.clear();
    QTRY_COMPARE(read += readAll(), "after\n");
    sink.finish(10s);
}

void LogSinkTest::readerHasGone()
{
    LogSink sink(m_pipe[1], 100'000, lostLine);
    const QByteArray line(1000, 'x');
    for (int i = 0; i < 90; ++i)
        sink.write(line);
    closeReader();
    sink.finish(10s);
    sink.write(line);
}

void LogSinkTest::linesOfManyThreadsStayWhole()
{
    constexpr int each = 2000;
    LogSink sink(m_pipe[1], 10'000'000, lostLine);
    std::vector<std::thread> threads;
    for (char name : {'a', 'b', 'c', 'd'}) {
        threads.emplace_back([&sink, name] {
            for (int i = 0; i < each; ++i)
                sink.write(QByteArray(100 + i % 400, name) + '\n');
        });
    }
    QByteArray read;
    QTRY_COMPARE((read += readAll()).count('\n'), 4 * each);
    for (std::thread &thread : threads)
        thread.join();
    for (const QByteArray &line : read.split('\n'))
        QCOMPARE(line.count(line.isEmpty() ? ' ' : line[0]), line.size());
}

QTEST_GUILESS_MAIN(LogSinkTest)
#include "tst_logsink.moc"
