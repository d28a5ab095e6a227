// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/net/http/canonicalrequest.h"
#include "server/net/http/httpheadparser.h"
#include "server/net/peer/addresses.h"
#include "server/net/peer/connectionquota.h"
#include "server/net/websocket/upgrade.h"

#include <QTest>

#include <atomic>
#include <thread>

using namespace rookery;
using namespace rookery::net;

namespace {

RequestHead parse(const QByteArray &bytes)
{
    HttpHeadParser parser{Limits()};
    parser.feed(bytes);
    if (parser.state() != HttpHeadParser::State::Complete)
        qWarning("%s", qPrintable(parser.refusal().error.detail));
    return parser.head();
}

QByteArray handshake(const QByteArray &lines, const QByteArray &line = "GET / HTTP/1.1")
{
    return line + "\r\nHost: h\r\n" + lines + "\r\n";
}

const QByteArray good = "Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
                        "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n";

QByteArray goodBut(const QByteArray &before, const QByteArray &after)
{
    QByteArray lines = good;
    return lines.replace(before, after);
}

} // namespace

/// The request given to Qt, the check of a handshake, the connection quota.
class TestRequests : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void canonical_data();
    void canonical();
    void fields();
    void wantsWebSocket_data();
    void wantsWebSocket();
    void refusesHandshakes_data();
    void refusesHandshakes();
    void acceptsHandshake();
    void subprotocol_data();
    void subprotocol();
    void quota();
    void quotaCountsIpv6ByNetwork();
    void networksOfClients();
    void quotaOfManyThreads();
};

void TestRequests::canonical_data()
{
    QTest::addColumn<QByteArray>("sent");
    QTest::addColumn<QByteArray>("seen");

    QTest::newRow("plain") << QByteArray("GET /a?b=c HTTP/1.1\r\nHost: h\r\n\r\n")
                           << QByteArray("GET /a?b=c HTTP/1.1\r\n\r\n");
    QTest::newRow("trailing slash") << QByteArray("GET /a/?b=c/ HTTP/1.1\r\nHost: h\r\n\r\n")
                                    << QByteArray("GET /a?b=c/ HTTP/1.1\r\n\r\n");
    QTest::newRow("trailing slashes")
        << QByteArray("GET /a/// HTTP/1.1\r\nHost: h\r\n\r\n") << QByteArray("GET /a HTTP/1.1\r\n\r\n");
    QTest::newRow("only slashes") << QByteArray("GET /// HTTP/1.1\r\nHost: h\r\n\r\n")
                                  << QByteArray("GET / HTTP/1.1\r\n\r\n");
    QTest::newRow("path that looks like a host") << QByteArray("GET //evil/x HTTP/1.1\r\nHost: h\r\n\r\n")
                                                 << QByteArray("GET /.//evil/x HTTP/1.1\r\n\r\n");
    QTest::newRow("no field is shown to Qt")
        << QByteArray("GET / HTTP/1.1\r\nHost: h\r\nConnection: keep-alive, upgrade\r\nUpgrade: h2c\r\n"
                      "Authorization: Bearer x\r\nContent-Length: 0\r\nExpect: 100-continue\r\n\r\n")
        << QByteArray("GET / HTTP/1.1\r\n\r\n");
    QTest::newRow("a body that came in chunks")
        << QByteArray(
               "POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\nExpect: 100-continue\r\n\r\n")
        << QByteArray("POST / HTTP/1.1\r\ncontent-length: 4\r\n\r\nbody");
    QTest::newRow("HEAD") << QByteArray("HEAD / HTTP/1.0\r\n\r\n") << QByteArray("GET / HTTP/1.1\r\n\r\n");
    QTest::newRow("absolute") << QByteArray("GET http://real/ HTTP/1.1\r\nHost: other\r\n\r\n")
                              << QByteArray("GET / HTTP/1.1\r\n\r\n");
}

void TestRequests::canonical()
{
    QFETCH(QByteArray, sent);
    QFETCH(QByteArray, seen);
    QCOMPARE(canonicalRequest(parse(sent), seen.endsWith("body") ? "body" : ""), seen);
}

void TestRequests::fields()
{
    const RequestHead head = parse("GET / HTTP/1.1\r\nHOST: h\r\nCookie: a=1\r\nAccept:  x \r\naccept: y\r\n"
                                   "cookie: b=2\r\n\r\n");
    QCOMPARE(head.host, "h");
    QCOMPARE(head.first("accept"), "x");
    QCOMPARE(head.single("accept"), "");
    QCOMPARE(head.single("host"), "h");
    QCOMPARE(head.first("authorization"), "");
    QCOMPARE(head.cookies(), "a=1; b=2");
    QCOMPARE(parse("GET / HTTP/1.1\r\nHost: h\r\n\r\n").cookies(), "");
}

void TestRequests::wantsWebSocket_data()
{
    QTest::addColumn<QByteArray>("lines");
    QTest::addColumn<bool>("wants");

    QTest::newRow("nothing of it") << QByteArray() << false;
    QTest::newRow("all of it") << good << true;
    QTest::newRow("in lists") << QByteArray("Upgrade: h2c, WebSocket\r\nConnection: keep-alive, upgrade\r\n")
                              << true;
    QTest::newRow("another upgrade") << QByteArray("Upgrade: h2c\r\nConnection: upgrade\r\n") << false;
    QTest::newRow("half, but meant") << goodBut("Connection: Upgrade\r\n", "") << true;
    QTest::newRow("upgrade alone") << QByteArray("Upgrade: websocket\r\n") << false;
}

void TestRequests::wantsWebSocket()
{
    QFETCH(QByteArray, lines);
    QTEST(net::wantsWebSocket(parse(handshake(lines))), "wants");
}

void TestRequests::refusesHandshakes_data()
{
    QTest::addColumn<QByteArray>("sent");
    QTest::addColumn<int>("status");

    QTest::newRow("POST") << handshake(good, "POST / HTTP/1.1") << 400;
    QTest::newRow("HTTP/1.0") << handshake(good, "GET / HTTP/1.0") << 400;
    QTest::newRow("no Connection") << handshake(goodBut("Connection: Upgrade\r\n", "")) << 400;
    QTest::newRow("no version") << handshake(goodBut("Sec-WebSocket-Version: 13\r\n", "")) << 400;
    QTest::newRow("version 8") << handshake(goodBut("Version: 13", "Version: 8")) << 426;
    QTest::newRow("version list") << handshake(goodBut("Version: 13", "Version: 8, 13")) << 426;
    QTest::newRow("version twice") << handshake(good + "Sec-WebSocket-Version: 13\r\n") << 426;
    QTest::newRow("version is no number") << handshake(goodBut("Version: 13", "Version: x")) << 426;
    QTest::newRow("no key") << handshake(goodBut("Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n", ""))
                            << 400;
    QTest::newRow("short key") << handshake(goodBut("dGhlIHNhbXBsZSBub25jZQ==", "dGhlIHNhbXBsZQ==")) << 400;
    QTest::newRow("key is no base64") << handshake(goodBut("dGhl", "d*hl")) << 400;
    QTest::newRow("key twice") << handshake(good + "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n") << 400;
    QTest::newRow("body") << handshake(good + "Content-Length: 3\r\n") << 400;
    QTest::newRow("chunked body") << handshake(good + "Transfer-Encoding: chunked\r\n") << 400;
    QTest::newRow("subprotocol is no token") << handshake(good + "Sec-WebSocket-Protocol: a b\r\n") << 400;
    QTest::newRow("path is no UTF-8") << handshake(good, "GET /%ff HTTP/1.1") << 400;
}

void TestRequests::refusesHandshakes()
{
    QFETCH(QByteArray, sent);
    QFETCH(int, status);
    const auto checked = checkUpgrade(parse(sent), {});
    QVERIFY(std::holds_alternative<Refusal>(checked));
    QCOMPARE(std::get<Refusal>(checked).status, status);
    if (status == 426)
        QVERIFY(std::get<Refusal>(checked).headers.contains("Sec-WebSocket-Version: 13\r\n"));
}

void TestRequests::acceptsHandshake()
{
    const Peer peer{QHostAddress(QHostAddress::LocalHost), 7, true};
    const auto checked = checkUpgrade(parse(handshake(good
                                              + "Origin: http://o\r\nAuthorization: Bearer t\r\nCookie: "
                                                "a=1\r\nCookie: b=2\r\nUser-Agent: u\r\n",
                                          "GET /ws/chat/%C3%BC/?token=a%20b&x=1 HTTP/1.1")),
        peer);
    QVERIFY(std::holds_alternative<Upgrade>(checked));
    const Upgrade &upgrade = std::get<Upgrade>(checked);
    QCOMPARE(upgrade.handshake.path, QStringLiteral("/ws/chat/ü"));
    QCOMPARE(upgrade.handshake.query.queryItemValue(QStringLiteral("token"), QUrl::FullyDecoded),
        QStringLiteral("a b"));
    QCOMPARE(upgrade.handshake.host, "h");
    QCOMPARE(upgrade.handshake.origin, "http://o");
    QCOMPARE(upgrade.handshake.authorization, "Bearer t");
    QCOMPARE(upgrade.handshake.cookie, "a=1; b=2");
    QCOMPARE(upgrade.handshake.userAgent, "u");
    QCOMPARE(upgrade.handshake.peer.address, peer.address);
    QVERIFY(upgrade.handshake.peer.secure);
    QVERIFY(upgrade.minimalHead.contains("Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"));
    QVERIFY(!upgrade.minimalHead.contains("token"));
}

void TestRequests::subprotocol_data()
{
    QTest::addColumn<QByteArray>("offered");
    QTest::addColumn<bool>("bearer");

    QTest::newRow("none") << QByteArray() << false;
    QTest::newRow("the pair") << QByteArray("Sec-WebSocket-Protocol: bearer, aa.bb-c.d_\r\n") << true;
    QTest::newRow("the pair in two lines")
        << QByteArray("Sec-WebSocket-Protocol: bearer\r\nSec-WebSocket-Protocol: a.b.c\r\n") << true;
    QTest::newRow("no token with it") << QByteArray("Sec-WebSocket-Protocol: bearer\r\n") << false;
    QTest::newRow("something else") << QByteArray("Sec-WebSocket-Protocol: chat, v2\r\n") << false;
}

void TestRequests::subprotocol()
{
    QFETCH(QByteArray, offered);
    QFETCH(bool, bearer);
    const auto checked = checkUpgrade(parse(handshake(good + offered)), {});
    QVERIFY(std::holds_alternative<Upgrade>(checked));
    const QByteArray head = std::get<Upgrade>(checked).minimalHead;
    QCOMPARE(head.contains("Sec-WebSocket-Protocol: bearer\r\n"), bearer);
    QCOMPARE(head.count("Sec-WebSocket-Protocol"), bearer ? 1 : 0);
}

void TestRequests::quota()
{
    using Verdict = ConnectionQuota::Verdict;
    Limits limits;
    limits.connectionsPerAddress = 2;
    ConnectionQuota quota(limits, 3, 2);
    const QHostAddress first(QStringLiteral("10.0.0.1"));
    const QHostAddress second(QStringLiteral("10.0.0.2"));
    QCOMPARE(quota.enter({first}), Verdict::Welcome);
    QCOMPARE(quota.enter({first}), Verdict::Welcome);
    QCOMPARE(quota.enter({first}), Verdict::AddressFull);
    QCOMPARE(quota.enter({second}), Verdict::Welcome);
    QCOMPARE(quota.enter({second}), Verdict::Full);
    QCOMPARE(quota.enter({second}), Verdict::Unheard); // two are being told already
    quota.leave({first});
    QCOMPARE(quota.enter({first}), Verdict::Welcome);
    QCOMPARE(quota.enter({first}), Verdict::Unheard);
    quota.leaveRefused();
    QCOMPARE(quota.enter({first}), Verdict::Full);

    limits.connectionsPerAddress = 0;
    ConnectionQuota open(limits, 3, 2);
    for (int i = 0; i < 3; ++i)
        QCOMPARE(open.enter({first}), Verdict::Welcome);
}

void TestRequests::quotaCountsIpv6ByNetwork()
{
    using Verdict = ConnectionQuota::Verdict;
    Limits limits;
    limits.connectionsPerAddress = 1;
    ConnectionQuota quota(limits, 10, 10);
    QCOMPARE(quota.enter({QHostAddress(QStringLiteral("2001:db8::1"))}), Verdict::Welcome);
    QCOMPARE(quota.enter({QHostAddress(QStringLiteral("2001:db8::ffff:2"))}), Verdict::AddressFull);
    QCOMPARE(quota.enter({QHostAddress(QStringLiteral("2001:db8:0:1::1"))}), Verdict::Welcome);
    QCOMPARE(quota.enter({QHostAddress(QStringLiteral("::ffff:10.0.0.1"))}), Verdict::Welcome);
    QCOMPARE(quota.enter({QHostAddress(QStringLiteral("10.0.0.1"))}), Verdict::AddressFull);
}

void TestRequests::networksOfClients()
{
    const auto network = [](const char *address) {
        return networkOf(QHostAddress(QString::fromLatin1(address)));
    };
    QCOMPARE(network("192.0.2.1"), QStringLiteral("192.0.2.1"));
    QCOMPARE(network("::ffff:192.0.2.1"), QStringLiteral("192.0.2.1"));
    QCOMPARE(network("2001:db8:1:2:3:4:5:6"), QStringLiteral("2001:db8:1:2::/64"));
    QCOMPARE(network("2001:db8:1:2::1"), network("2001:db8:1:2:ffff::"));
    QVERIFY(network("2001:db8:1:2::1") != network("2001:db8:1:3::1"));
    QCOMPARE(network("fe80::1%eth0"), QStringLiteral("fe80::/64"));
}

/// Every thread's server asks the same quota: what they let in together is exactly what may come in.
void TestRequests::quotaOfManyThreads()
{
    Limits limits;
    limits.connectionsPerAddress = 0;
    constexpr int allowed = 1000;
    ConnectionQuota quota(limits, allowed, 0);
    const QHostAddress address(QStringLiteral("10.0.0.1"));
    std::atomic<int> welcome = 0;
    std::vector<std::thread> threads;
    for (int i = 0; i < 4; ++i) {
        threads.emplace_back([&] {
            for (int n = 0; n < 3 * allowed; ++n) {
                if (quota.enter({address}) == ConnectionQuota::Verdict::Welcome)
                    ++welcome;
                if (n % 3 == 0) {
                    quota.leave({address});
                    --welcome;
                }
            }
        });
    }
    for (std::thread &thread : threads)
        thread.join();
    QCOMPARE(welcome.load(), allowed);
}

QTEST_APPLESS_MAIN(TestRequests)
#include "tst_net_requests.moc"
