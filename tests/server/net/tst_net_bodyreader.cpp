// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/net/http/bodyreader.h"

#include <QTest>

using namespace rookery;
using namespace rookery::net;

using State = BodyReader::State;

namespace {

Limits smallLimits()
{
    Limits limits;
    limits.bodyBytes = 32;
    limits.headerBytes = 256;
    return limits;
}

RequestHead headOf(RequestHead::Body body, qint64 length = 0)
{
    RequestHead head;
    head.body = body;
    head.contentLength = length;
    return head;
}

} // namespace

class TestBodyReader : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void noBody();
    void length();
    void lengthPastTheLimit();
    void chunked_data();
    void chunked();
    void refusesChunked_data();
    void refusesChunked();
    void pieceByPiece();
    void piecesPastTheLimit();
};

void TestBodyReader::noBody()
{
    BodyReader reader(headOf(RequestHead::Body::None), smallLimits());
    QCOMPARE(reader.state(), State::Complete);
    QCOMPARE(reader.feed("GET"), 0);
}

void TestBodyReader::length()
{
    BodyReader reader(headOf(RequestHead::Body::Length, 5), smallLimits());
    QCOMPARE(reader.feed("ab"), 2);
    QCOMPARE(reader.state(), State::Reading);
    QCOMPARE(reader.feed("cdeGET /"), 3);
    QCOMPARE(reader.state(), State::Complete);
    QCOMPARE(reader.received(), 5);
    QCOMPARE(reader.take(), "abcde");
}

void TestBodyReader::lengthPastTheLimit()
{
    QCOMPARE(BodyReader(headOf(RequestHead::Body::Length, 32), smallLimits()).state(), State::Reading);
    const BodyReader reader(headOf(RequestHead::Body::Length, 33), smallLimits());
    QCOMPARE(reader.state(), State::Refused);
    QCOMPARE(reader.refusal().status, 413);
}

void TestBodyReader::chunked_data()
{
    QTest::addColumn<QByteArray>("input");
    QTest::addColumn<QByteArray>("body");

    QTest::newRow("empty") << QByteArray("0\r\n\r\n") << QByteArray();
    QTest::newRow("one") << QByteArray("3\r\nabc\r\n0\r\n\r\n") << QByteArray("abc");
    QTest::newRow("two") << QByteArray("3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n") << QByteArray("abcde");
    QTest::newRow("line ends inside") << QByteArray("4\r\n\r\n\r\n\r\n0\r\n\r\n") << QByteArray("\r\n\r\n");
    QTest::newRow("upper-case hexadecimal") << "1A\r\n" + QByteArray(26, 'x') + "\r\n0\r\n\r\n"
                                            << QByteArray(26, 'x');
    QTest::newRow("lower-case hexadecimal") << "1a\r\n" + QByteArray(26, 'x') + "\r\n0\r\n\r\n"
                                            << QByteArray(26, 'x');
    QTest::newRow("leading zeros") << QByteArray("0003\r\nabc\r\n000\r\n\r\n") << QByteArray("abc");
    QTest::newRow("extension") << QByteArray("3;a=b\r\nabc\r\n0;c=\"d\"\r\n\r\n") << QByteArray("abc");
    QTest::newRow("extension behind a space") << QByteArray("3 ;a\r\nabc\r\n0\r\n\r\n") << QByteArray("abc");
    QTest::newRow("trailer") << QByteArray("3\r\nabc\r\n0\r\nX: y\r\nZ:\r\n\r\n") << QByteArray("abc");
    QTest::newRow("at the limit") << "20\r\n" + QByteArray(32, 'x') + "\r\n0\r\n\r\n" << QByteArray(32, 'x');
}

void TestBodyReader::chunked()
{
    QFETCH(QByteArray, input);
    QFETCH(QByteArray, body);
    BodyReader whole(headOf(RequestHead::Body::Chunked), smallLimits());
    QCOMPARE(whole.feed(input + "GET / HTTP/1.1"), input.size());
    QVERIFY2(whole.state() == State::Complete, qPrintable(whole.refusal().error.detail));
    QCOMPARE(whole.take(), body);

    BodyReader bytewise(headOf(RequestHead::Body::Chunked), smallLimits());
    for (const char &byte : std::as_const(input)) {
        QCOMPARE(bytewise.state(), State::Reading);
        QCOMPARE(bytewise.feed({&byte, 1}), 1);
    }
    QCOMPARE(bytewise.state(), State::Complete);
    QCOMPARE(bytewise.take(), body);
}

void TestBodyReader::refusesChunked_data()
{
    QTest::addColumn<QByteArray>("input");
    QTest::addColumn<int>("status");

    QTest::newRow("no size") << QByteArray("\r\nabc") << 400;
    QTest::newRow("no hexadecimal") << QByteArray("g\r\n") << 400;
    QTest::newRow("prefix 0x") << QByteArray("0x3\r\nabc\r\n") << 400;
    QTest::newRow("signed") << QByteArray("+3\r\nabc\r\n") << 400;
    QTest::newRow("negative") << QByteArray("-3\r\nabc\r\n") << 400;
    QTest::newRow("space before") << QByteArray(" 3\r\nabc\r\n") << 400;
    QTest::newRow("space behind") << QByteArray("3 \r\nabc\r\n") << 400;
    QTest::newRow("two numbers") << QByteArray("3 3\r\nabc\r\n") << 400;
    QTest::newRow("bare LF behind the size") << QByteArray("3\nabc\r\n") << 400;
    QTest::newRow("bare LF behind the data") << QByteArray("3\r\nabc\n0\r\n\r\n") << 400;
    QTest::newRow("data too long") << QByteArray("3\r\nabcd\r\n") << 400;
    QTest::newRow("data too short") << QByteArray("3\r\nab\r\n0\r\n\r\n") << 400;
    QTest::newRow("2^64") << QByteArray("10000000000000000\r\n") << 400;
    QTest::newRow("2^64+3") << QByteArray("10000000000000003\r\nabc\r\n") << 400;
    QTest::newRow("endless zeros") << QByteArray(2000, '0') << 400;
    QTest::newRow("control in an extension") << QByteArray("3;a\x01\r\nabc\r\n") << 400;
    QTest::newRow("CR in an extension") << QByteArray("3;a\rb\r\nabc\r\n") << 400;
    QTest::newRow("endless extension") << "3;" + QByteArray(2000, 'a') << 400;
    QTest::newRow("many extensions") << QByteArray("1;" + QByteArray(100, 'a') + "\r\nx\r\n").repeated(5)
                                     << 400;
    QTest::newRow("trailer without colon") << QByteArray("0\r\nX\r\n\r\n") << 400;
    QTest::newRow("folded trailer") << QByteArray("0\r\nX: a\r\n b\r\n\r\n") << 400;
    QTest::newRow("trailer with bare LF") << QByteArray("0\r\nX: a\n\r\n") << 400;
    QTest::newRow("large trailer") << "0\r\n" + QByteArray("X: yyyyyyyyyyyyyyyyyyyyyyy\r\n").repeated(20)
                                   << 400;
    QTest::newRow("chunk past the limit") << QByteArray("21\r\n") << 413;
    QTest::newRow("chunks past the limit") << "20\r\n" + QByteArray(32, 'x') + "\r\n1\r\n" << 413;
}

void TestBodyReader::refusesChunked()
{
    QFETCH(QByteArray, input);
    QFETCH(int, status);
    BodyReader whole(headOf(RequestHead::Body::Chunked), smallLimits());
    whole.feed(input);
    QCOMPARE(whole.state(), State::Refused);
    QCOMPARE(whole.refusal().status, status);

    BodyReader bytewise(headOf(RequestHead::Body::Chunked), smallLimits());
    for (const char &byte : std::as_const(input))
        bytewise.feed({&byte, 1});
    QCOMPARE(bytewise.state(), State::Refused);
    QCOMPARE(bytewise.refusal().status, status);
}

/// What streams is given out as it comes, without its framing, and nothing of it is kept.
void TestBodyReader::pieceByPiece()
{
    const QByteArray wire = "3\r\nabc\r\n4;x=y\r\ndefg\r\n0\r\nTrailer: t\r\n\r\nGET /";
    for (const qsizetype cut : {1, 2, 3, 7, 100}) {
        BodyReader reader(headOf(RequestHead::Body::Chunked), smallLimits());
        QByteArray body;
        QByteArray rest;
        for (qsizetype at = 0; at < wire.size(); at += cut) {
            const QByteArray piece = wire.mid(at, cut);
            QByteArrayView bytes = piece;
            while (reader.state() == State::Reading && !bytes.isEmpty())
                body.append(reader.next(bytes));
            rest.append(bytes);
        }
        QCOMPARE(reader.state(), State::Complete);
        QCOMPARE(body, "abcdefg");
        QCOMPARE(rest, "GET /");
        QCOMPARE(reader.received(), wire.size() - rest.size());
        QVERIFY(reader.take().isEmpty());
    }
}

void TestBodyReader::piecesPastTheLimit()
{
    BodyReader reader(headOf(RequestHead::Body::Chunked), smallLimits(), 5);
    QByteArrayView bytes("3\r\nabc\r\n3\r\ndef\r\n");
    QCOMPARE(reader.next(bytes), QByteArrayView("abc"));
    QVERIFY(reader.next(bytes).isEmpty());
    QCOMPARE(reader.state(), State::Refused);
    QCOMPARE(reader.refusal().status, 413);
    QCOMPARE(BodyReader(headOf(RequestHead::Body::Length, 1'000'000), smallLimits(), 999'999).state(),
        State::Refused);
    QCOMPARE(BodyReader(headOf(RequestHead::Body::Length, 1'000'000), smallLimits(), 1'000'000).state(),
        State::Reading);
}

QTEST_APPLESS_MAIN(TestBodyReader)
#include "tst_net_bodyreader.moc"
