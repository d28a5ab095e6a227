// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/bus/redis/redisreader.h"

#include <QTest>

#include <algorithm>

using namespace rookery::bus;

namespace {

/// A reply as text: `"…"`, `+…`, `-…`, a number, `nil`, `[…]`.
QByteArray written(const RedisReply &reply)
{
    switch (reply.kind) {
    case RedisReply::Kind::Nil:
        return "nil";
    case RedisReply::Kind::Integer:
        return QByteArray::number(reply.integer);
    case RedisReply::Kind::Text:
        return '"' + reply.text + '"';
    case RedisReply::Kind::Status:
        return '+' + reply.text;
    case RedisReply::Kind::Error:
        return '-' + reply.text;
    case RedisReply::Kind::Array:
        break;
    }
    QByteArrayList elements;
    for (const RedisReply &element : reply.elements)
        elements.append(written(element));
    return '[' + elements.join(' ') + ']';
}

/// All replies in `bytes`, which come in pieces of that size; the last one is "broken" if it is.
QByteArrayList readAll(const QByteArray &bytes, qsizetype piece, QString *problem = nullptr)
{
    RedisReader reader;
    QByteArrayList all;
    for (qsizetype at = 0; at < bytes.size(); at += piece) {
        reader.feed(QByteArrayView(bytes).sliced(at, std::min(piece, bytes.size() - at)));
        RedisReply reply;
        for (;;) {
            const auto outcome = reader.next(&reply);
            if (outcome == RedisReader::Outcome::Incomplete)
                break;
            if (outcome == RedisReader::Outcome::Broken) {
                if (problem)
                    *problem = reader.problem();
                return all << QByteArray("broken");
            }
            all.append(written(reply));
        }
    }
    return all;
}

} // namespace

class TestRedisReader : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void commands();
    void replies_data();
    void replies();
    void refused_data();
    void refused();
    void longReplies();
    void manyRepliesAfterEachOther();
};

void TestRedisReader::commands()
{
    QCOMPARE(redisCommand({"PING"}), QByteArray("*1\r\n$4\r\nPING\r\n"));
    const QByteArray bytes("a\0\r\n", 4);
    QCOMPARE(redisCommand({"PUBLISH", "c", bytes}),
        QByteArray("*3\r\n$7\r\nPUBLISH\r\n$1\r\nc\r\n$4\r\na\0\r\n\r\n", 34));
    QCOMPARE(redisCommand({"PUBLISH", "c", QByteArray()}),
        QByteArray("*3\r\n$7\r\nPUBLISH\r\n$1\r\nc\r\n$0\r\n\r\n"));
}

void TestRedisReader::replies_data()
{
    QTest::addColumn<QByteArray>("bytes");
    QTest::addColumn<QByteArrayList>("expected");
    QTest::newRow("status") << QByteArray("+OK\r\n") << QByteArrayList{"+OK"};
    QTest::newRow("error") << QByteArray("-ERR no\r\n") << QByteArrayList{"-ERR no"};
    QTest::newRow("integers") << QByteArray(":0\r\n:-7\r\n") << QByteArrayList{"0", "-7"};
    QTest::newRow("nils") << QByteArray("$-1\r\n*-1\r\n") << QByteArrayList{"nil", "nil"};
    QTest::newRow("any bytes") << QByteArray("$4\r\n\0\r\n\xff\r\n", 10)
                               << QByteArrayList{QByteArray("\"\0\r\n\xff\"", 6)};
    QTest::newRow("empty") << QByteArray("$0\r\n\r\n*0\r\n") << QByteArrayList{"\"\"", "[]"};
    QTest::newRow("message") << QByteArray("*3\r\n$7\r\nmessage\r\n$1\r\nc\r\n$2\r\nhi\r\n+OK\r\n")
                             << QByteArrayList{"[\"message\" \"c\" \"hi\"]", "+OK"};
    QTest::newRow("ROLE") << QByteArray("*3\r\n$6\r\nmaster\r\n:9\r\n*1\r\n*2\r\n$1\r\nh\r\n$1\r\n7\r\n")
                          << QByteArrayList{"[\"master\" 9 [[\"h\" \"7\"]]]"};
    QTest::newRow("not complete") << QByteArray("*2\r\n$1\r\na\r\n$1\r\n") << QByteArrayList();
}

void TestRedisReader::replies()
{
    QFETCH(QByteArray, bytes);
    QFETCH(QByteArrayList, expected);
    for (qsizetype piece = 1; piece <= bytes.size(); ++piece)
        QCOMPARE(readAll(bytes, piece), expected);
}

/// THREATS 49
void TestRedisReader::refused_data()
{
    QTest::addColumn<QByteArray>("bytes");
    QTest::addColumn<QString>("says");
    const auto row = [](const char *name, const QByteArray &bytes, const char *says) {
        QTest::newRow(name) << bytes << QString::fromLatin1(says);
    };
    constexpr const char *noProtocol = "does not speak the protocol";
    constexpr const char *tooLong = "more than 1048576 bytes";
    constexpr const char *tooMany = "more than 1024 elements";
    row("HTTP", "HTTP/1.1 400 Bad Request\r\n", noProtocol);
    row("NUL", QByteArray(3, '\0'), noProtocol);
    row("a size that is no number", "$x\r\n", noProtocol);
    row("a negative size", "$-2\r\n", noProtocol);
    row("a negative count", "*-2\r\n", noProtocol);
    row("a size past 64 bits", "$99999999999999999999\r\n", noProtocol);
    row("a count past 64 bits", "*99999999999999999999\r\n", noProtocol);
    row("an integer that is none", ":1x\r\n", noProtocol);
    row("deep nesting", QByteArray("*1\r\n").repeated(100), noProtocol);
    row("a huge string", "$536870912\r\n" + QByteArray(1200000, 'x'), tooLong);
    row("the largest string", "$9223372036854775805\r\n" + QByteArray(1200000, 'x'), tooLong);
    row("a line without end", '+' + QByteArray(1200000, 'x'), tooLong);
    row("a size without end", '$' + QByteArray(1200000, '0'), tooLong);
    row("strings of one array", "*100\r\n" + ("$65536\r\n" + QByteArray(65536, 'x') + "\r\n").repeated(20),
        tooLong);
    row("a huge array", "*1025\r\n", tooMany);
    row("an array of 2 GiB", "*2147483647\r\n", tooMany);
    row("arrays in an array", "*1000\r\n" + QByteArray("*1000\r\n").repeated(2), tooMany);
    row("small arrays in an array", "*1000\r\n" + QByteArray("*1\r\n:1\r\n").repeated(100), tooMany);
}

void TestRedisReader::refused()
{
    QFETCH(QByteArray, bytes);
    QFETCH(QString, says);
    for (const qsizetype piece : {qsizetype(1500), qsizetype(65536)}) {
        QString problem;
        QCOMPARE(readAll(bytes, piece, &problem), QByteArrayList{"broken"});
        QVERIFY2(problem.contains(says), qPrintable(problem));
    }
    // What is good before it is not lost, and nothing comes after it.
    QCOMPARE(readAll("+OK\r\n" + bytes + "\r\n+OK\r\n", 65536), (QByteArrayList{"+OK", "broken"}));
}

void TestRedisReader::longReplies()
{
    const QByteArray frame(1000000, '\r');
    const QByteArray message = "*3\r\n$7\r\nmessage\r\n$1\r\nc\r\n$1000000\r\n" + frame + "\r\n";
    const QByteArrayList all = readAll(message + message, 65536);
    QCOMPARE(all.size(), 2);
    QVERIFY(all[1] == "[\"message\" \"c\" \"" + frame + "\"]");
    QCOMPARE(readAll("*1024\r\n" + QByteArray(":1\r\n").repeated(1024), 100).size(), 1);
}

/// The bounds are for each reply anew.
void TestRedisReader::manyRepliesAfterEachOther()
{
    const QByteArray reply =
        "*600\r\n" + QByteArray("$1000\r\n" + QByteArray(1000, 'x') + "\r\n").repeated(600);
    const QByteArrayList all = readAll(reply.repeated(10), 65536);
    QCOMPARE(all.size(), 10);
    QVERIFY(!all.contains("broken"));
}

QTEST_GUILESS_MAIN(TestRedisReader)
#include "tst_redisreader.moc"
