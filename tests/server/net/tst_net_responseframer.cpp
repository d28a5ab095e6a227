// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/net/http/refusal.h"
#include "server/net/http/responseframer.h"

#include <QTest>

using namespace rookery::net;

using State = ResponseFramer::State;

class TestResponseFramer : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void frames_data();
    void frames();
    void breaks_data();
    void breaks();
    void untilClose();
    void endsTooEarly();
    void nothingBehindTheEnd();
    void passesBody_data();
    void passesBody();
    void refusals_data();
    void refusals();
};

void TestResponseFramer::frames_data()
{
    QTest::addColumn<QByteArray>("written");
    QTest::addColumn<bool>("bodyless");
    QTest::addColumn<QByteArray>("connection");
    QTest::addColumn<QByteArray>("sent");
    QTest::addColumn<bool>("closes");

    const QByteArray none;
    QTest::newRow("length") << QByteArray("HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nabc") << false << none
                            << QByteArray("HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nabc") << false;
    QTest::newRow("no phrase") << QByteArray("HTTP/1.1 299\r\nContent-Length: 0\r\n\r\n") << false << none
                               << QByteArray("HTTP/1.1 299\r\nContent-Length: 0\r\n\r\n") << false;
    QTest::newRow("close added") << QByteArray("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n") << false
                                 << QByteArray("close")
                                 << QByteArray(
                                        "HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
                                 << true;
    QTest::newRow("keep-alive added")
        << QByteArray("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n") << false << QByteArray("keep-alive")
        << QByteArray("HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: keep-alive\r\n\r\n") << false;
    QTest::newRow("the handler closes")
        << QByteArray("HTTP/1.1 200 OK\r\nconnection: Close\r\nContent-Length: 0\r\n\r\n") << false << none
        << QByteArray("HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n") << true;
    QTest::newRow("HEAD") << QByteArray("HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nabc") << true << none
                          << QByteArray("HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\n") << false;
    QTest::newRow("204") << QByteArray("HTTP/1.1 204 No Content\r\nContent-Length: 0\r\n\r\n") << false
                         << none << QByteArray("HTTP/1.1 204 No Content\r\n\r\n") << false;
    QTest::newRow("204 with a body") << QByteArray("HTTP/1.1 204 No Content\r\n\r\nabc") << false << none
                                     << QByteArray("HTTP/1.1 204 No Content\r\n\r\n") << false;
    QTest::newRow("304") << QByteArray("HTTP/1.1 304 Not Modified\r\nContent-Length: 9\r\n\r\n") << false
                         << none << QByteArray("HTTP/1.1 304 Not Modified\r\n\r\n") << false;
    // RFC 9110 section 7.8: the field goes with its connection option.
    QTest::newRow("426") << QByteArray(
        "HTTP/1.1 426 Upgrade Required\r\nUpgrade: websocket\r\nContent-Length: 0\r\n\r\n")
                         << false << none
                         << QByteArray("HTTP/1.1 426 Upgrade Required\r\nUpgrade: websocket\r\n"
                                       "Content-Length: 0\r\nConnection: Upgrade\r\n\r\n")
                         << false;
    QTest::newRow("chunked")
        << QByteArray("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n") << false
        << none << QByteArray("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n")
        << false;
    QTest::newRow("chunked with a trailer")
        << QByteArray(
               "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nA\r\n0123456789\r\n0\r\nX: y\r\n\r\n")
        << false << none
        << QByteArray(
               "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nA\r\n0123456789\r\n0\r\nX: y\r\n\r\n")
        << false;
    QTest::newRow("length twice, the same")
        << QByteArray("HTTP/1.1 200 OK\r\nContent-Length: 1\r\ncontent-length: 1\r\n\r\na") << false << none
        << QByteArray("HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\na") << false;
    QTest::newRow("101") << QByteArray(
        "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade"
        "\r\nAccess-Control-Allow-Origin: *\r\n\r\n")
                         << false << none
                         << QByteArray("HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n"
                                       "Connection: Upgrade\r\n\r\n")
                         << false;
}

void TestResponseFramer::frames()
{
    QFETCH(QByteArray, written);
    QFETCH(bool, bodyless);
    QFETCH(QByteArray, connection);
    for (const qsizetype piece : {qsizetype(1), qsizetype(2), qsizetype(7), written.size()}) {
        ResponseFramer framer(bodyless);
        framer.setConnectionField(connection);
        QByteArray out;
        for (qsizetype i = 0; i < written.size(); i += piece) {
            if (i + piece < written.size() && framer.state() != State::Complete)
                QVERIFY(framer.state() == State::Head || framer.state() == State::Body);
            framer.feed(QByteArrayView(written).sliced(i, std::min(piece, written.size() - i)), out);
        }
        QCOMPARE(framer.state(), State::Complete);
        QTEST(out, "sent");
        QTEST(framer.closes(), "closes");
        QCOMPARE(framer.finish(), State::Complete);
    }
}

void TestResponseFramer::breaks_data()
{
    QTest::addColumn<QByteArray>("written");

    QTest::newRow("no status line") << QByteArray("hello\r\n\r\n");
    QTest::newRow("other version") << QByteArray("HTTP/1.0 200 OK\r\nContent-Length: 0\r\n\r\n");
    QTest::newRow("status of two digits") << QByteArray("HTTP/1.1 20 OK\r\nContent-Length: 0\r\n\r\n");
    QTest::newRow("control in the phrase") << QByteArray("HTTP/1.1 200 O\x01K\r\n\r\n");
    QTest::newRow("field without colon") << QByteArray("HTTP/1.1 200 OK\r\nfoo\r\n\r\n");
    QTest::newRow("bare CR in a field") << QByteArray("HTTP/1.1 200 OK\r\nX: a\rb\r\n\r\n");
    QTest::newRow("bare LF in a field") << QByteArray("HTTP/1.1 200 OK\r\nX: a\nb\r\n\r\n");
    QTest::newRow("length is no number") << QByteArray("HTTP/1.1 200 OK\r\nContent-Length: x\r\n\r\n");
    QTest::newRow("lengths differ") << QByteArray(
        "HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n");
    QTest::newRow("length and chunked")
        << QByteArray("HTTP/1.1 200 OK\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n");
    QTest::newRow("unknown coding") << QByteArray("HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip\r\n\r\n");
    QTest::newRow("bad chunk") << QByteArray("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n");
    QTest::newRow("endless head") << "HTTP/1.1 200 OK\r\nX: " + QByteArray(100'000, 'x');
}

void TestResponseFramer::breaks()
{
    QFETCH(QByteArray, written);
    ResponseFramer framer;
    QByteArray out;
    QCOMPARE(framer.feed(written, out), State::Broken);
}

void TestResponseFramer::untilClose()
{
    ResponseFramer framer;
    framer.setConnectionField("keep-alive");
    QByteArray out;
    QCOMPARE(framer.feed("HTTP/1.1 200 OK\r\n\r\nab", out), State::Body);
    QCOMPARE(framer.feed("c", out), State::Body);
    QCOMPARE(framer.finish(), State::Complete);
    QVERIFY(framer.closes());
    QCOMPARE(out, "HTTP/1.1 200 OK\r\nConnection: close\r\n\r\nabc");
}

void TestResponseFramer::endsTooEarly()
{
    QByteArray out;
    ResponseFramer nothing;
    QCOMPARE(nothing.finish(), State::Broken);
    ResponseFramer half;
    half.feed("HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nab", out);
    QCOMPARE(half.finish(), State::Broken);
}

void TestResponseFramer::nothingBehindTheEnd()
{
    ResponseFramer framer;
    QByteArray out;
    QCOMPARE(framer.feed("HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\nabc", out), State::Complete);
    QCOMPARE(framer.feed("HTTP/1.1 200 OK\r\n\r\n", out), State::Complete);
    QCOMPARE(out, "HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\na");
}

void TestResponseFramer::passesBody_data()
{
    QTest::addColumn<QByteArray>("written");
    QTest::addColumn<bool>("passed");

    QTest::newRow("all of it") << QByteArray("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n") << true;
    QTest::newRow("longer") << QByteArray("HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\n") << false;
    QTest::newRow("shorter") << QByteArray("HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\n") << false;
    QTest::newRow("begun") << QByteArray("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\na") << false;
    QTest::newRow("complete") << QByteArray("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nabcde") << false;
    QTest::newRow("inside the head") << QByteArray("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n") << false;
    QTest::newRow("in chunks") << QByteArray("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
                               << false;
    QTest::newRow("until the end") << QByteArray("HTTP/1.1 200 OK\r\n\r\n") << false;
}

void TestResponseFramer::passesBody()
{
    QFETCH(QByteArray, written);
    QFETCH(bool, passed);
    ResponseFramer framer;
    QByteArray sent;
    const State before = framer.feed(written, sent);
    QCOMPARE(framer.passBody(5), passed);
    QCOMPARE(framer.state(), passed ? State::Complete : before);
}

void TestResponseFramer::refusals_data()
{
    QTest::addColumn<QByteArray>("answer");
    QTest::addColumn<bool>("bodyless");
    QTest::addColumn<QByteArray>("sent");

    QTest::newRow("fields added") << QByteArray("HTTP/1.1 426 U\r\nContent-Length: 2\r\n\r\n{}") << false
                                  << QByteArray("HTTP/1.1 426 U\r\nA: b\r\nContent-Length: 2\r\n"
                                                "Connection: close\r\n\r\n{}");
    QTest::newRow("its own close") << QByteArray(
        "HTTP/1.1 426 U\r\nConnection: close\r\nContent-Length: 2\r\n\r\n{}")
                                   << false
                                   << QByteArray("HTTP/1.1 426 U\r\nA: b\r\nContent-Length: 2\r\n"
                                                 "Connection: close\r\n\r\n{}");
    QTest::newRow("HEAD") << QByteArray("HTTP/1.1 426 U\r\nContent-Length: 2\r\n\r\n{}") << true
                          << QByteArray(
                                 "HTTP/1.1 426 U\r\nA: b\r\nContent-Length: 2\r\nConnection: close\r\n\r\n");
    QTest::newRow("not an answer") << QByteArray("{}") << true << QByteArray();
    QTest::newRow("cut") << QByteArray("HTTP/1.1 426 U\r\nContent-Length: 9\r\n\r\n{}") << false
                         << QByteArray();
}

void TestResponseFramer::refusals()
{
    using rookery::ErrorCode;
    QFETCH(QByteArray, answer);
    QFETCH(bool, bodyless);
    QFETCH(QByteArray, sent);
    const Refusal refusal{426, {ErrorCode::InvalidRequest, QStringLiteral("why")}, "A: b\r\n"};
    const QByteArray finished = finishRefusal(answer, refusal, bodyless);
    if (!sent.isEmpty()) {
        QCOMPARE(finished, sent);
        return;
    }
    QVERIFY(finished.startsWith(
        "HTTP/1.1 426 Upgrade Required\r\nA: b\r\nContent-Type: application/problem+json\r\n"));
    QVERIFY(finished.contains("Connection: close\r\n"));
    QCOMPARE(finished.endsWith('}'), !bodyless);
}

QTEST_APPLESS_MAIN(TestResponseFramer)
#include "tst_net_responseframer.moc"
