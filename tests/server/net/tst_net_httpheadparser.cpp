// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/net/http/httpheadparser.h"

#include <QTest>

using namespace rookery;
using namespace rookery::net;

using State = HttpHeadParser::State;

namespace {

Limits smallLimits()
{
    Limits limits;
    limits.urlBytes = 64;
    limits.headerBytes = 512;
    limits.headerFields = 8;
    return limits;
}

/// A whole head around one or more lines.
QByteArray get(const QByteArray &lines)
{
    return "GET / HTTP/1.1\r\nHost: a\r\n" + lines + "\r\n";
}

QByteArray post(const QByteArray &lines)
{
    return "POST / HTTP/1.1\r\nHost: a\r\n" + lines + "\r\n";
}

} // namespace

class TestHttpHeadParser : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void accepts_data();
    void accepts();
    void refuses_data();
    void refuses();
    void takesNothingBehindTheHead();
    void framing_data();
    void framing();
    void keepAlive_data();
    void keepAlive();
    void unfinishedLinesAreBounded_data();
    void unfinishedLinesAreBounded();
    void theSameAnswerHoweverCut_data();
    void theSameAnswerHoweverCut();
};

void TestHttpHeadParser::accepts_data()
{
    QTest::addColumn<QByteArray>("input");
    QTest::addColumn<QByteArray>("path");
    QTest::addColumn<QByteArray>("query");
    QTest::addColumn<QByteArray>("host");

    QTest::newRow("plain") << QByteArray("GET /a/b?c=d HTTP/1.1\r\nHost: h:1\r\n\r\n") << QByteArray("/a/b")
                           << QByteArray("?c=d") << QByteArray("h:1");
    QTest::newRow("empty lines before") << QByteArray("\r\n\r\nGET / HTTP/1.1\r\nHost: h\r\n\r\n")
                                        << QByteArray("/") << QByteArray() << QByteArray("h");
    QTest::newRow("HTTP/1.0 without host")
        << QByteArray("GET / HTTP/1.0\r\n\r\n") << QByteArray("/") << QByteArray() << QByteArray();
    QTest::newRow("IPv6 host") << QByteArray("GET / HTTP/1.1\r\nHost: [::1]:5000\r\n\r\n") << QByteArray("/")
                               << QByteArray() << QByteArray("[::1]:5000");
    QTest::newRow("empty host") << QByteArray("GET / HTTP/1.1\r\nHost:\r\n\r\n") << QByteArray("/")
                                << QByteArray() << QByteArray();
    QTest::newRow("absolute target") << QByteArray("GET http://x.y:80/p?q HTTP/1.1\r\nHost: other\r\n\r\n")
                                     << QByteArray("/p") << QByteArray("?q") << QByteArray("x.y:80");
    QTest::newRow("absolute target without path") << QByteArray("GET HTTP://x HTTP/1.1\r\nHost: x\r\n\r\n")
                                                  << QByteArray("/") << QByteArray() << QByteArray("x");
    QTest::newRow("absolute target with query only")
        << QByteArray("GET http://x?q HTTP/1.1\r\nHost: x\r\n\r\n") << QByteArray("/") << QByteArray("?q")
        << QByteArray("x");
    QTest::newRow("asterisk") << QByteArray("OPTIONS * HTTP/1.1\r\nHost: h\r\n\r\n") << QByteArray("*")
                              << QByteArray() << QByteArray("h");
    QTest::newRow("escapes") << QByteArray("GET /%C3%BC%2f?%20 HTTP/1.1\r\nHost: h\r\n\r\n")
                             << QByteArray("/%C3%BC%2f") << QByteArray("?%20") << QByteArray("h");
    QTest::newRow("what browsers leave in a query")
        << QByteArray("GET /?a[]=b|c^{d} HTTP/1.1\r\nHost: h\r\n\r\n") << QByteArray("/")
        << QByteArray("?a[]=b|c^{d}") << QByteArray("h");
    QTest::newRow("white space and obs-text in a value")
        << QByteArray("GET / HTTP/1.1\r\nHost: \t h \t\r\nX: a \xfc\tb\r\n\r\n") << QByteArray("/")
        << QByteArray() << QByteArray("h");
    QTest::newRow("empty value") << get("X:\r\n") << QByteArray("/") << QByteArray() << QByteArray("a");
    QTest::newRow("longest URL") << "GET /" + QByteArray(63, 'a') + " HTTP/1.1\r\nHost: h\r\n\r\n"
                                 << "/" + QByteArray(63, 'a') << QByteArray() << QByteArray("h");
    QTest::newRow("most fields") << get(QByteArray("X: 1\r\n").repeated(7)) << QByteArray("/") << QByteArray()
                                 << QByteArray("a");
}

void TestHttpHeadParser::accepts()
{
    QFETCH(QByteArray, input);
    HttpHeadParser whole(smallLimits());
    QCOMPARE(whole.feed(input), input.size());
    HttpHeadParser bytewise(smallLimits());
    for (const char &byte : std::as_const(input)) {
        QCOMPARE(bytewise.state(), State::Reading);
        QCOMPARE(bytewise.feed({&byte, 1}), 1);
    }
    for (const HttpHeadParser *parser : {&whole, &bytewise}) {
        QVERIFY2(parser->state() == State::Complete, qPrintable(parser->refusal().error.detail));
        QTEST(parser->head().path, "path");
        QTEST(parser->head().query, "query");
        QTEST(parser->head().host, "host");
    }
}

void TestHttpHeadParser::refuses_data()
{
    QTest::addColumn<QByteArray>("input");
    QTest::addColumn<int>("status");

    // Framing, where smuggling begins.
    QTest::newRow("length: text") << post("Content-Length: abc\r\n") << 400;
    QTest::newRow("length: negative") << post("Content-Length: -1\r\n") << 400;
    QTest::newRow("length: signed") << post("Content-Length: +1\r\n") << 400;
    QTest::newRow("length: empty") << post("Content-Length:\r\n") << 400;
    QTest::newRow("length: hexadecimal") << post("Content-Length: 0x5\r\n") << 400;
    QTest::newRow("length: fraction") << post("Content-Length: 5.0\r\n") << 400;
    QTest::newRow("length: 2^64-1") << post("Content-Length: 18446744073709551615\r\n") << 400;
    QTest::newRow("length: 2^64+5") << post("Content-Length: 18446744073709551621\r\n") << 400;
    QTest::newRow("length: twice, differing") << post("Content-Length: 5\r\nContent-Length: 6\r\n") << 400;
    QTest::newRow("length: twice, the same") << post("Content-Length: 5\r\nContent-Length: 5\r\n") << 400;
    QTest::newRow("length: list") << post("Content-Length: 5, 5\r\n") << 400;
    QTest::newRow("length: two words") << post("Content-Length: 5 5\r\n") << 400;
    QTest::newRow("length and coding") << post("Content-Length: 5\r\nTransfer-Encoding: chunked\r\n") << 400;
    QTest::newRow("coding and length") << post("Transfer-Encoding: chunked\r\nContent-Length: 5\r\n") << 400;
    QTest::newRow("coding: xchunked") << post("Transfer-Encoding: xchunked\r\n") << 400;
    QTest::newRow("coding: identity") << post("Transfer-Encoding: identity\r\n") << 400;
    QTest::newRow("coding: chunked is not last") << post("Transfer-Encoding: chunked, gzip\r\n") << 400;
    QTest::newRow("coding: chunked twice") << post("Transfer-Encoding: chunked, chunked\r\n") << 400;
    QTest::newRow("coding: two lines")
        << post("Transfer-Encoding: chunked\r\nTransfer-Encoding: x\r\n") << 400;
    QTest::newRow("coding: parameter") << post("Transfer-Encoding: chunked;x=y\r\n") << 400;
    QTest::newRow("coding: empty") << post("Transfer-Encoding:\r\n") << 400;
    QTest::newRow("coding: quoted") << post("Transfer-Encoding: \"chunked\"\r\n") << 400;
    QTest::newRow("coding: vertical tab") << post("Transfer-Encoding: \x0b"
                                                  "chunked\r\n")
                                          << 400;
    QTest::newRow("coding: gzip below") << post("Transfer-Encoding: gzip, chunked\r\n") << 501;
    QTest::newRow("coding: HTTP/1.0")
        << QByteArray("POST / HTTP/1.0\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n") << 400;
    QTest::newRow("space before the colon") << post("Content-Length : 5\r\n") << 400;
    QTest::newRow("tab before the colon") << post("Transfer-Encoding\t: chunked\r\n") << 400;

    // Lines.
    QTest::newRow("bare LF after the request line") << QByteArray("GET / HTTP/1.1\nHost: a\r\n\r\n") << 400;
    QTest::newRow("bare LF after a field") << QByteArray("GET / HTTP/1.1\r\nHost: a\n\r\n") << 400;
    QTest::newRow("bare LF at the end") << QByteArray("GET / HTTP/1.1\r\nHost: a\r\n\n") << 400;
    QTest::newRow("bare LF before") << QByteArray("\nGET / HTTP/1.1\r\nHost: a\r\n\r\n") << 400;
    QTest::newRow("bare CR in a value") << get("X: a\rb\r\n") << 400;
    QTest::newRow("two CRs") << get("X: a\r\r\n") << 400;
    QTest::newRow("NUL in a value") << get(QByteArray("X: a\0b\r\n", 8)) << 400;
    QTest::newRow("control in a value") << get("X: a\x01"
                                               "b\r\n")
                                        << 400;
    QTest::newRow("DEL in a value") << get("X: a\x7f\r\n") << 400;
    QTest::newRow("obs-fold with space") << get("X: a\r\n b\r\n") << 400;
    QTest::newRow("obs-fold with tab") << get("X: a\r\n\tb\r\n") << 400;
    QTest::newRow("white space before the first field")
        << QByteArray("GET / HTTP/1.1\r\n Host: a\r\n\r\n") << 400;
    QTest::newRow("no colon") << get("X\r\n") << 400;
    QTest::newRow("no name") << get(": x\r\n") << 400;
    QTest::newRow("name with a space") << get("X Y: x\r\n") << 400;
    QTest::newRow("name with a quote") << get("X\"Y: x\r\n") << 400;
    QTest::newRow("name outside ASCII") << get("X\xfcY: x\r\n") << 400;
    QTest::newRow("too many empty lines") << QByteArray("\r\n\r\n\r\n\r\n\r\nGET / HTTP/1.1\r\n") << 400;

    // Request line.
    QTest::newRow("HTTP/9.9") << QByteArray("GET / HTTP/9.9\r\nHost: a\r\n\r\n") << 505;
    QTest::newRow("HTTP/2 preface") << QByteArray("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n") << 505;
    QTest::newRow("HTTP/1.2") << QByteArray("GET / HTTP/1.2\r\nHost: a\r\n\r\n") << 505;
    QTest::newRow("HTTP/0.9") << QByteArray("GET /\r\n\r\n") << 400;
    QTest::newRow("lower-case version") << QByteArray("GET / http/1.1\r\nHost: a\r\n\r\n") << 400;
    QTest::newRow("long version") << QByteArray("GET / HTTP/1.10\r\nHost: a\r\n\r\n") << 400;
    QTest::newRow("two spaces") << QByteArray("GET  / HTTP/1.1\r\nHost: a\r\n\r\n") << 400;
    QTest::newRow("space at the end") << QByteArray("GET / HTTP/1.1 \r\nHost: a\r\n\r\n") << 400;
    QTest::newRow("space before") << QByteArray(" GET / HTTP/1.1\r\nHost: a\r\n\r\n") << 400;
    QTest::newRow("tab between") << QByteArray("GET\t/ HTTP/1.1\r\nHost: a\r\n\r\n") << 400;
    QTest::newRow("space in the target") << QByteArray("GET /a b HTTP/1.1\r\nHost: a\r\n\r\n") << 400;
    QTest::newRow("fragment") << QByteArray("GET /#a HTTP/1.1\r\nHost: a\r\n\r\n") << 400;
    QTest::newRow("no slash") << QByteArray("GET a HTTP/1.1\r\nHost: a\r\n\r\n") << 400;
    QTest::newRow("raw UTF-8") << QByteArray("GET /\xc3\xbc HTTP/1.1\r\nHost: a\r\n\r\n") << 400;
    QTest::newRow("bad escape") << QByteArray("GET /%zz HTTP/1.1\r\nHost: a\r\n\r\n") << 400;
    QTest::newRow("cut escape") << QByteArray("GET /%a HTTP/1.1\r\nHost: a\r\n\r\n") << 400;
    QTest::newRow("escaped NUL") << QByteArray("GET /%00 HTTP/1.1\r\nHost: a\r\n\r\n") << 400;
    QTest::newRow("NUL in the target") << QByteArray("GET /\0 HTTP/1.1\r\nHost: a\r\n\r\n", 29) << 400;
    QTest::newRow("unknown method") << QByteArray("BREW / HTTP/1.1\r\nHost: a\r\n\r\n") << 501;
    QTest::newRow("lower-case method") << QByteArray("get / HTTP/1.1\r\nHost: a\r\n\r\n") << 501;
    QTest::newRow("CONNECT") << QByteArray("CONNECT a:1 HTTP/1.1\r\nHost: a:1\r\n\r\n") << 501;
    QTest::newRow("TRACE") << QByteArray("TRACE / HTTP/1.1\r\nHost: a\r\n\r\n") << 501;
    QTest::newRow("asterisk with GET") << QByteArray("GET * HTTP/1.1\r\nHost: a\r\n\r\n") << 400;
    QTest::newRow("other scheme") << QByteArray("GET ftp://a/ HTTP/1.1\r\nHost: a\r\n\r\n") << 400;
    QTest::newRow("absolute with user") << QByteArray("GET http://u@a/ HTTP/1.1\r\nHost: a\r\n\r\n") << 400;
    QTest::newRow("absolute without host") << QByteArray("GET http:///p HTTP/1.1\r\nHost: a\r\n\r\n") << 400;
    QTest::newRow("TLS on a plain port")
        << QByteArray("\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03", 11) << 400;

    // Host.
    QTest::newRow("no host") << QByteArray("GET / HTTP/1.1\r\n\r\n") << 400;
    QTest::newRow("host twice") << QByteArray("GET / HTTP/1.1\r\nHost: a\r\nHost: a\r\n\r\n") << 400;
    QTest::newRow("host twice in HTTP/1.0")
        << QByteArray("GET / HTTP/1.0\r\nHost: a\r\nHost: b\r\n\r\n") << 400;
    QTest::newRow("host with path") << QByteArray("GET / HTTP/1.1\r\nHost: a/b\r\n\r\n") << 400;
    QTest::newRow("host with user") << QByteArray("GET / HTTP/1.1\r\nHost: u@a\r\n\r\n") << 400;
    QTest::newRow("host with space") << QByteArray("GET / HTTP/1.1\r\nHost: a b\r\n\r\n") << 400;
    QTest::newRow("host with bad port") << QByteArray("GET / HTTP/1.1\r\nHost: a:b\r\n\r\n") << 400;
    QTest::newRow("host with a port out of range")
        << QByteArray("GET / HTTP/1.1\r\nHost: a:65536\r\n\r\n") << 400;
    QTest::newRow("host with a bad escape") << QByteArray("GET / HTTP/1.1\r\nHost: a%zz\r\n\r\n") << 400;
    QTest::newRow("host with a cut escape") << QByteArray("GET / HTTP/1.1\r\nHost: a%2\r\n\r\n") << 400;
    QTest::newRow("host with broken IPv6") << QByteArray("GET / HTTP/1.1\r\nHost: [::1\r\n\r\n") << 400;

    // Others whose repetition two readers would read differently.
    QTest::newRow("authorization twice")
        << get("Authorization: Bearer a\r\nAuthorization: Bearer b\r\n") << 400;
    QTest::newRow("origin twice") << get("Origin: http://a\r\nOrigin: http://b\r\n") << 400;
    QTest::newRow("unknown expectation") << post("Expect: 200-ok\r\n") << 417;

    // Sizes.
    QTest::newRow("URL too long") << "GET /" + QByteArray(64, 'a') + " HTTP/1.1\r\nHost: h\r\n\r\n" << 414;
    QTest::newRow("URL far too long") << "GET /" + QByteArray(9000, 'a') << 414;
    QTest::newRow("method far too long") << QByteArray(9000, 'A') << 400;
    QTest::newRow("one field too many") << get(QByteArray("X: 1\r\n").repeated(8)) << 431;
    QTest::newRow("block too large") << get("X: " + QByteArray(512, 'x') + "\r\n") << 431;
    QTest::newRow("endless field") << "GET / HTTP/1.1\r\nX: " + QByteArray(9000, 'x') << 431;
    QTest::newRow("block too large in small fields")
        << get(QByteArray("Xxxxxxxxxxxxxx: " + QByteArray(100, 'x') + "\r\n").repeated(6)) << 431;
}

void TestHttpHeadParser::refuses()
{
    QFETCH(QByteArray, input);
    QFETCH(int, status);
    HttpHeadParser whole(smallLimits());
    whole.feed(input);
    QCOMPARE(whole.state(), State::Refused);
    QCOMPARE(whole.refusal().status, status);
    QVERIFY(!whole.refusal().error.detail.isEmpty());
    QCOMPARE(whole.feed("GET / HTTP/1.1\r\nHost: a\r\n\r\n"), 0);

    HttpHeadParser bytewise(smallLimits());
    for (qsizetype i = 0; i < input.size() && bytewise.state() == State::Reading; ++i)
        bytewise.feed(QByteArrayView(input).sliced(i, 1));
    QCOMPARE(bytewise.state(), State::Refused);
    QCOMPARE(bytewise.refusal().status, status);
}

void TestHttpHeadParser::takesNothingBehindTheHead()
{
    const QByteArray head = post("Content-Length: 3\r\n");
    HttpHeadParser parser(smallLimits());
    QCOMPARE(parser.feed(head + "abcGET /"), head.size());
    QCOMPARE(parser.state(), State::Complete);
}

void TestHttpHeadParser::framing_data()
{
    QTest::addColumn<QByteArray>("lines");
    QTest::addColumn<int>("body");
    QTest::addColumn<qint64>("length");

    using Body = RequestHead::Body;
    QTest::newRow("none") << QByteArray() << int(Body::None) << qint64(0);
    QTest::newRow("zero") << QByteArray("Content-Length: 0\r\n") << int(Body::None) << qint64(0);
    QTest::newRow("length") << QByteArray("content-LENGTH: 0005\r\n") << int(Body::Length) << qint64(5);
    QTest::newRow("chunked") << QByteArray("Transfer-Encoding: Chunked\r\n") << int(Body::Chunked)
                             << qint64(0);
}

void TestHttpHeadParser::framing()
{
    QFETCH(QByteArray, lines);
    HttpHeadParser parser(smallLimits());
    parser.feed(post(lines));
    QCOMPARE(parser.state(), State::Complete);
    QTEST(int(parser.head().body), "body");
    QTEST(parser.head().contentLength, "length");
}

void TestHttpHeadParser::keepAlive_data()
{
    QTest::addColumn<QByteArray>("head");
    QTest::addColumn<bool>("keepAlive");

    QTest::newRow("1.1") << get({}) << true;
    QTest::newRow("1.1 close") << get("Connection: close\r\n") << false;
    QTest::newRow("1.1 close in a list") << get("Connection: foo, Close\r\n") << false;
    QTest::newRow("1.1 close in a second line") << get("Connection: foo\r\nConnection: close\r\n") << false;
    QTest::newRow("1.0") << QByteArray("GET / HTTP/1.0\r\n\r\n") << false;
    QTest::newRow("1.0 keep-alive") << QByteArray("GET / HTTP/1.0\r\nConnection: Keep-Alive\r\n\r\n") << true;
    QTest::newRow("1.0 both") << QByteArray("GET / HTTP/1.0\r\nConnection: keep-alive, close\r\n\r\n")
                              << false;
}

void TestHttpHeadParser::keepAlive()
{
    QFETCH(QByteArray, head);
    HttpHeadParser parser(smallLimits());
    parser.feed(head);
    QCOMPARE(parser.state(), State::Complete);
    QTEST(parser.head().keepAlive, "keepAlive");
}

void TestHttpHeadParser::unfinishedLinesAreBounded_data()
{
    QTest::addColumn<QByteArray>("before");
    QTest::addColumn<qsizetype>("bound");

    QTest::newRow("request line") << QByteArray("GET /") << qsizetype(64 + 64);
    QTest::newRow("field") << QByteArray("GET / HTTP/1.1\r\nX: ") << qsizetype(512);
}

void TestHttpHeadParser::unfinishedLinesAreBounded()
{
    QFETCH(QByteArray, before);
    QFETCH(qsizetype, bound);
    HttpHeadParser parser(smallLimits());
    parser.feed(before);
    qsizetype fed = 0;
    while (parser.state() == State::Reading && fed < 100'000) {
        parser.feed("a");
        ++fed;
    }
    QCOMPARE(parser.state(), State::Refused);
    QVERIFY(fed <= bound);
}

/// A request line that came whole was answered by what is wrong with its method, one that came in pieces by
/// the control character in it (THREATS 19; found by fuzz_requesthead).
void TestHttpHeadParser::theSameAnswerHoweverCut_data()
{
    QTest::addColumn<QByteArray>("input");
    QTest::addColumn<int>("status");

    QTest::newRow("unknown method, then a control character")
        << QByteArray("BREW /\x01 HTTP/1.1\r\nHost: a\r\n\r\n") << 400;
    QTest::newRow("other version, then a control character")
        << QByteArray("GET / HTTP/2.0\x01\r\nHost: a\r\n\r\n") << 400;
    QTest::newRow("a control character past the longest URL") << "GET /" + QByteArray(200, 'a')
            + "\x01 HTTP/1.1\r\n\r\n" << 414;
    QTest::newRow("a control character before the longest URL's end") << "GET /a\x01" + QByteArray(200, 'a')
            + " HTTP/1.1\r\n\r\n" << 400;
    QTest::newRow("a line longer than any, without a space") << QByteArray(300, 'a') + "\r\n" << 400;
}

void TestHttpHeadParser::theSameAnswerHoweverCut()
{
    QFETCH(QByteArray, input);
    HttpHeadParser whole(smallLimits());
    whole.feed(input);
    QCOMPARE(whole.state(), State::Refused);
    QTEST(whole.refusal().status, "status");
    for (qsizetype cut = 1; cut < input.size(); ++cut) {
        HttpHeadParser parser(smallLimits());
        parser.feed(QByteArrayView(input).first(cut));
        parser.feed(QByteArrayView(input).sliced(cut));
        QCOMPARE(parser.state(), State::Refused);
        QCOMPARE(parser.refusal().status, whole.refusal().status);
        QCOMPARE(parser.refusal().error.detail, whole.refusal().error.detail);
    }
}

QTEST_APPLESS_MAIN(TestHttpHeadParser)
#include "tst_net_httpheadparser.moc"
