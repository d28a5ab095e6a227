// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/server/daemon/leavingclient.h"
#include "tests/support/testdaemon.h"
#include "tests/support/testuser.h"
#include "tests/wire/httpclient.h"

#include <QDeadlineTimer>
#include <QTest>

#include <algorithm>
#include <array>
#include <csignal>
#include <memory>
#include <vector>

using namespace rookery::test;

namespace {

using Way = LeavingClient::Way;

constexpr int clients = 100;
constexpr int clientsOverTls = 20;
/// As many as there are places, so that one that is never given back is missed at the end.
constexpr int places = clients + 10;

/// A client's frame; its mask is zero, which changes nothing.
QByteArray frame(char firstByte, const QByteArray &payload)
{
    QByteArray bytes(1, firstByte);
    bytes.append(char(0x80 | payload.size())).append(4, '\0');
    return bytes + payload;
}

QByteArray http(const QByteArray &line, const QByteArray &fields = {}, const QByteArray &body = {})
{
    QByteArray head = line + " HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer $TOKEN\r\n" + fields;
    if (!body.isEmpty())
        head += "Content-Length: " + QByteArray::number(body.size()) + "\r\n";
    return head + "\r\n" + body;
}

QByteArray handshake(const QByteArray &path)
{
    return http("GET " + path,
        "Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
        "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n");
}

} // namespace

/// THREATS 22: clients that disconnect while the daemon handles their requests. Under AddressSanitizer
/// (tests/sanitize.sh) this also shows that nothing of theirs is used afterwards, as QHttpServer of Qt 6.4
/// alone does.
class LeavingTest : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void initTestCase();
    void leaves_data();
    void leaves();
    void everyPlaceIsGivenBack();
    void endsInOrder();

private:
    quint16 port(bool tls) const
    {
        return quint16(m_daemon.url(tls ? QStringLiteral("https") : QStringLiteral("http")).port());
    }

    TestDaemon m_daemon{{QStringLiteral("--listen"), QStringLiteral("http://127.0.0.1:0"),
                            QStringLiteral("--listen"), QStringLiteral("https://127.0.0.1:0")},
        {{QStringLiteral("ROOKERY_LIMITS_CONNECTIONS_PER_ADDRESS"), QStringLiteral("0")},
            {QStringLiteral("ROOKERY_LIMITS_TLS_HANDSHAKES_PER_SECOND"), QStringLiteral("0")},
            {QStringLiteral("ROOKERY_LIMITS_CONNECTIONS"), QString::number(places)},
            {QStringLiteral("ROOKERY_LIMITS_LOGINS_PER_MINUTE"), QStringLiteral("0")},
            {QStringLiteral("ROOKERY_LIMITS_MESSAGES_PER_SECOND"), QStringLiteral("0")},
            {QStringLiteral("ROOKERY_LIMITS_WORK_PER_USER"), QStringLiteral("0")},
            {QStringLiteral("ROOKERY_LIMITS_WORK_PER_NETWORK"), QStringLiteral("0")}}};
    QByteArray m_token;
    int m_names = 0;
};

void LeavingTest::initTestCase()
{
    std::signal(SIGPIPE, SIG_IGN); // OpenSSL writes to whoever has gone
    QVERIFY2(m_daemon.start(), m_daemon.log());
    m_token = registerUser(m_daemon.url(), QStringLiteral("mina")).token.toUtf8();
    QVERIFY(!m_token.isEmpty());
}

void LeavingTest::leaves_data()
{
    QTest::addColumn<bool>("tls");
    QTest::addColumn<QByteArray>("sent");
    QTest::addColumn<int>("reads");
    QTest::addColumn<int>("way");

    const QByteArray message = R"({"message":"I am away"})";
    const QByteArray account = R"({"username":"$NAME","password":"correct horse battery"})";
    const QByteArray socket = handshake("/ws/chat/lobby/?history=200");
    struct Stage
    {
        const char *name;
        QByteArray sent;
        int reads; ///< answers' bytes that are waited for before leaving
    };
    const std::vector<Stage> stages{
        {"before a word", {}, 0},
        {"inside the request line", "GET /hea", 0},
        {"inside the head", "GET /health HTTP/1.1\r\nHost: a\r\nX:", 0},
        {"before the body", "POST /login HTTP/1.1\r\nHost: a\r\nContent-Length: 50\r\n\r\n", 0},
        {"inside the body", "POST /login HTTP/1.1\r\nHost: a\r\nContent-Length: 50\r\n\r\n{\"user", 0},
        {"inside a chunk",
            "POST /login HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\nff\r\n{\"user", 0},
        {"asked for the body",
            "POST /login HTTP/1.1\r\nHost: a\r\nContent-Length: 50\r\nExpect: 100-continue\r\n\r\n", 1},
        {"refused", "GET /health HTTP/9.9\r\n\r\n", 0},
        {"while a page is answered", http("GET /health"), 0},
        {"while a log-in is hashed", http("POST /login", {}, account), 0},
        {"while an account is made", http("POST /register", {}, account), 0},
        {"while a message is stored", http("POST /chat/send", {}, message), 0},
        {"while history is read", http("GET /chat/history?limit=50"), 0},
        {"while the last answer is given", http("POST /chat/send", "Connection: close\r\n", message), 0},
        {"with many in the pipeline",
            (http("POST /chat/send", {}, message) + http("GET /chat/history") + http("GET /nothing"))
                .repeated(20),
            0},
        {"inside a large answer", http("GET /swagger/swagger-ui-bundle.js").repeated(3), 100},
        {"inside a handshake", socket.first(socket.size() / 2), 0},
        {"while a handshake is answered", socket, 0},
        {"while a socket is told the past", socket, 200},
        {"while a handshake is refused", handshake("/nowhere"), 0},
        {"inside a frame", socket + frame(char(0x81), message).chopped(5), 150},
        {"inside a message of two frames", socket + frame(0x01, "{\"message\":"), 150},
        {"while a frame is stored", socket + frame(char(0x81), message).repeated(5), 150},
        {"while a ping is answered", socket + frame(char(0x89), "x").repeated(20), 150},
        {"behind a close frame", socket + frame(char(0x88), QByteArray("\x03\xe8", 2)), 150},
        {"behind a frame against the rules", socket + frame(char(0xf1), "x"), 150},
    };
    for (const bool tls : {false, true}) {
        for (const Way way : {Way::Close, Way::Cut, Way::Reset}) {
            if (!tls && way == Way::Cut)
                continue; // the same as Close
            constexpr std::array names{"closes", "cuts", "resets"};
            for (const Stage &stage : stages) {
                QTest::addRow("%s %s%s", names[size_t(way)], stage.name, tls ? ", over TLS" : "")
                    << tls << stage.sent << stage.reads << int(way);
            }
        }
    }
}

void LeavingTest::leaves()
{
    QFETCH(bool, tls);
    QFETCH(QByteArray, sent);
    QFETCH(int, reads);
    QFETCH(int, way);
    std::vector<std::unique_ptr<LeavingClient>> leaving;
    for (int i = 0; i < (tls ? clientsOverTls : clients); ++i) {
        // Before a word over TLS: without a word of its handshake, too.
        leaving.push_back(std::make_unique<LeavingClient>(port(tls), tls, !sent.isEmpty()));
        // Where those of the row before are still being let go of there may be no place: that is fine.
        if (!leaving.back()->connected())
            continue;
        QByteArray bytes = sent;
        leaving.back()->send(
            bytes.replace("$TOKEN", m_token).replace("$NAME", "leaver" + QByteArray::number(++m_names)));
    }
    for (const auto &client : leaving) {
        for (int read = 0; read < reads;) {
            const QByteArray some = client->receive(reads - read);
            if (some.isEmpty())
                break; // there was no place
            read += int(some.size());
        }
        client->leave(Way(way));
    }
    // Whoever stays is served. All places may still be taken by those who have left.
    const auto served = [this] {
        return request("GET", m_daemon.url().resolved(QUrl(QStringLiteral("/health")))).status == 200;
    };
    bool once = false;
    QDeadlineTimer deadline(60'000);
    while (!(once = served()) && !deadline.hasExpired() && m_daemon.running())
        QTest::qWait(50);
    QVERIFY2(once, m_daemon.log());
}

void LeavingTest::everyPlaceIsGivenBack()
{
    const auto allServed = [this] {
        std::vector<std::unique_ptr<LeavingClient>> staying;
        for (int i = 0; i < places; ++i) {
            staying.push_back(std::make_unique<LeavingClient>(port(false), false));
            staying.back()->send("GET /health HTTP/1.1\r\nHost: a\r\n\r\n");
        }
        return std::ranges::all_of(
            staying, [](const auto &client) { return client->receive().startsWith("HTTP/1.1 200 "); });
    };
    bool served = false; // asked again, they could meet those of the last time
    QTRY_VERIFY_WITH_TIMEOUT((served = served || allServed()), 60'000);
}

void LeavingTest::endsInOrder()
{
    QCOMPARE(m_daemon.terminate(), 0);
    const QByteArray log = m_daemon.log();
    QVERIFY2(
        !log.contains("Sanitizer") && !log.contains("runtime error") && !log.contains("without an answer"),
        log);
}

QTEST_GUILESS_MAIN(LeavingTest)
#include "tst_leaving.moc"
