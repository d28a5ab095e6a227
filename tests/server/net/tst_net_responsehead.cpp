// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/net/http/responsehead.h"

#include <QTest>

using namespace rookery::net;

class TestResponseHead : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void heads_data();
    void heads();
    void fields_data();
    void fields();
    void chunks();
};

void TestResponseHead::heads_data()
{
    QTest::addColumn<int>("status");
    QTest::addColumn<BodyFraming>("framing");
    QTest::addColumn<QByteArray>("head");

    QTest::newRow("a length") << 200 << BodyFraming::Length
                              << QByteArray("HTTP/1.1 200 OK\r\nA: b\r\nContent-Length: 12\r\nC: d\r\n\r\n");
    QTest::newRow("chunks") << 206 << BodyFraming::Chunked
                            << QByteArray("HTTP/1.1 206 Partial Content\r\nA: b\r\nTransfer-Encoding: chunked"
                                          "\r\nC: d\r\n\r\n");
    QTest::newRow("until the end") << 200 << BodyFraming::UntilClose
                                   << QByteArray("HTTP/1.1 200 OK\r\nA: b\r\nC: d\r\n\r\n");
    QTest::newRow("no body") << 304 << BodyFraming::None
                             << QByteArray("HTTP/1.1 304 Not Modified\r\nA: b\r\nC: d\r\n\r\n");
    QTest::newRow("no phrase") << 299 << BodyFraming::None
                               << QByteArray("HTTP/1.1 299 Unknown\r\nA: b\r\nC: d\r\n\r\n");
}

void TestResponseHead::heads()
{
    QFETCH(int, status);
    QFETCH(BodyFraming, framing);
    QFETCH(QByteArray, head);
    QCOMPARE(responseHead(status, {{"A", "b"}}, framing, 12, "C: d\r\n"), head);
}

void TestResponseHead::fields_data()
{
    QTest::addColumn<QByteArray>("name");
    QTest::addColumn<QByteArray>("value");
    QTest::addColumn<bool>("fit");

    const auto row = [](const char *called, const char *name, const char *value, bool fit) {
        QTest::newRow(called) << QByteArray(name) << QByteArray(value) << fit;
    };
    row("any", "Content-Type", "text/plain; charset=utf-8", true);
    row("empty", "X-Empty", "", true);
    row("a second line", "X-A", "b\r\nX-C: d", false);
    row("a line feed", "X-A", "b\n", false);
    row("a blank in the name", "X A", "b", false);
    row("no name", "", "b", false);
    row("length", "content-LENGTH", "1", false);
    row("coding", "Transfer-Encoding", "chunked", false);
    row("connection", "connection", "close", false);
    row("upgrade", "Upgrade", "h2c", false);
}

void TestResponseHead::fields()
{
    QFETCH(QByteArray, name);
    QFETCH(QByteArray, value);
    QFETCH(bool, fit);
    QCOMPARE(areResponseFields({{"A", "b"}, {name, value}}), fit);
}

void TestResponseHead::chunks()
{
    QCOMPARE(chunkHead(1), "1\r\n");
    QCOMPARE(chunkHead(65536), "10000\r\n");
}

QTEST_GUILESS_MAIN(TestResponseHead)
#include "tst_net_responsehead.moc"
