// SPDX-License-Identifier: GPL-3.0-or-later
#include "common/ids.h"
#include "common/jsonreader.h"
#include "tests/server/ws/wsfixture.h"
#include "tests/wire/rawclient.h"

#include <QTest>
#include <QWebSocketHandshakeOptions>

#include <optional>

using namespace rookery;
using namespace rookery::test;

namespace {

/// A client that shows what QWebSocket hides: the status of a refused handshake, and close codes from 1012
/// on, which Qt 6.4 treats as protocol errors.
class BareSocket
{
public:
    /// The status of the answer to a handshake with a cookie, as a browser's page of `origin` sends it.
    int open(const QUrl &url, const QByteArray &token, const QByteArray &origin = {})
    {
        m_client.emplace(url);
        QByteArray request = "GET " + url.path().toUtf8() + " HTTP/1.1\r\nHost: " + url.authority().toUtf8()
            + "\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
              "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nCookie: rookery_session="
            + token + "\r\n";
        if (!origin.isEmpty())
            request += "Origin: " + origin + "\r\n";
        m_client->send(request + "\r\n");
        return m_client->answer().status;
    }

    void send(const QJsonObject &frame)
    {
        const QByteArray payload = toJson(frame);
        Q_ASSERT(payload.size() < 126);
        // Masked with zeros, as RFC 6455 allows a test to do.
        m_client->send(QByteArray("\x81", 1) + char(0x80 | payload.size()) + QByteArray(4, 0) + payload);
    }

    /// The next text frame that has come, waited for; empty where the end comes first.
    QJsonObject next()
    {
        const bool came = QTest::qWaitFor([this] { return take(); }, patience);
        return came && m_opcode == 1 ? object(m_payload) : QJsonObject();
    }
    /// The close frame's code, past all that comes before it.
    int closeCode()
    {
        const bool came = QTest::qWaitFor([this] { return take() && m_opcode == 8; }, patience);
        return came ? quint8(m_payload[0]) << 8 | quint8(m_payload[1]) : 0;
    }
    QString closeReason() const { return QString::fromUtf8(m_payload.mid(2)); }

private:
    static constexpr int patience = 15'000;

    bool take()
    {
        const QByteArray &bytes = m_client->received();
        if (bytes.size() < 4)
            return false;
        qsizetype length = quint8(bytes[1]);
        qsizetype header = 2;
        if (length == 126) {
            length = quint8(bytes[2]) << 8 | quint8(bytes[3]);
            header = 4;
        }
        if (bytes.size() < header + length)
            return false;
        m_opcode = bytes[0] & 0xf;
        m_payload = m_client->take(header + length).mid(header);
        return true;
    }

    std::optional<RawClient> m_client;
    QByteArray m_payload;
    int m_opcode = 0;
};

} // namespace

/// Admission to the WebSocket endpoints, and how sockets end.
class WsAccessTest : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void initTestCase();
    void everyPath_data();
    void everyPath();
    void everyWayToPresentAToken_data();
    void everyWayToPresentAToken();
    void refusedWith4001_data();
    void refusedWith4001();
    void origins_data();
    void origins();
    void otherPathsAreNotFound_data();
    void otherPathsAreNotFound();
    void guests();
    void guestsAreHereWhileTheirSocketsAre();
    void badTokensAreNoGuests();
    void aRevokedSessionLosesAllItsSockets();
    void framesSentTooEarlyAreKept();
    void goingAway_data();
    void goingAway();
    void aLeavingServerAnswersWhatItAccepted();

private:
    /// Whether the server serves the socket in its path's dialect.
    bool isServed(WebSocketClient &socket, const QString &path, const QString &name);

    std::unique_ptr<WsFixture> m;
    Person m_ann;
};

void WsAccessTest::initTestCase()
{
    WsOptions options;
    options.allowedOrigins = {QStringLiteral("https://chat.example")};
    m = std::make_unique<WsFixture>(options);
    m_ann = m->newPerson(QStringLiteral("ann"));
    QVERIFY(!m_ann.token.isEmpty());
}

bool WsAccessTest::isServed(WebSocketClient &socket, const QString &path, const QString &name)
{
    if (path.startsWith(QLatin1String("/ws/chat/")))
        return !socket.next(QStringLiteral("room_users_list")).isEmpty();
    if (path.startsWith(QLatin1String("/ws/v1"))) {
        socket.send(object(R"({"type":"hello"})"));
        return !socket.next(QStringLiteral("hello")).isEmpty();
    }
    QJsonObject note = object(R"({"content":"a note to myself"})");
    note.insert(QStringLiteral("sender"), name);
    note.insert(QStringLiteral("receiver"), name);
    socket.send(note);
    return text(socket.next(QStringLiteral("ack")), "message") == QLatin1String("Message received");
}

void WsAccessTest::everyPath_data()
{
    QTest::addColumn<QString>("path");
    QTest::newRow("000 and 002 /") << "/";
    QTest::newRow("001 /websocket") << "/websocket";
    QTest::newRow("001 with a slash") << "/websocket/";
    QTest::newRow("003 and 004 /ws/chat/{room}/") << "/ws/chat/plaza/";
    QTest::newRow("004 without a slash") << "/ws/chat/plaza";
    QTest::newRow("004 letters of any script") << QStringLiteral("/ws/chat/площадь-1_a/");
    QTest::newRow("native") << "/ws/v1";
    QTest::newRow("native with a slash") << "/ws/v1/";
}

void WsAccessTest::everyPath()
{
    QFETCH(const QString, path);
    WebSocketClient socket;
    QVERIFY(socket.open(m->url(path), m_ann.token));
    QVERIFY(isServed(socket, path, m_ann.name()));
}

void WsAccessTest::everyWayToPresentAToken_data()
{
    QTest::addColumn<QString>("query");
    QTest::addColumn<QByteArray>("header");
    QTest::addColumn<QByteArray>("value");
    QTest::addColumn<QStringList>("subprotocols");
    const QByteArray token = m_ann.token.toLatin1();
    QTest::newRow("004 Authorization header")
        << "" << QByteArray("Authorization") << "Bearer " + token << QStringList();
    QTest::newRow("004 ?token=") << QString(QStringLiteral("?token=") + m_ann.token) << QByteArray()
                                 << QByteArray() << QStringList();
    QTest::newRow("the pair of subprotocols")
        << "" << QByteArray() << QByteArray() << QStringList({QStringLiteral("bearer"), m_ann.token});
    QTest::newRow("the cookie of every log-in")
        << "" << QByteArray("Cookie") << "a=b; rookery_session=" + token << QStringList();
}

void WsAccessTest::everyWayToPresentAToken()
{
    QFETCH(const QString, query);
    QFETCH(const QByteArray, header);
    QFETCH(const QByteArray, value);
    QFETCH(const QStringList, subprotocols);
    QNetworkRequest request(m->url(QStringLiteral("/ws/chat/plaza/") + query));
    if (!header.isEmpty())
        request.setRawHeader(header, value);
    QWebSocketHandshakeOptions options;
    options.setSubprotocols(subprotocols);

    QWebSocket socket;
    QByteArrayList frames;
    connect(&socket, &QWebSocket::textMessageReceived, this,
        [&frames](const QString &frame) { frames.append(frame.toUtf8()); });
    socket.open(request, options);
    QTRY_VERIFY(!frames.isEmpty());
    const QJsonObject list = object(frames.first());
    QCOMPARE(text(list, "type"), QStringLiteral("room_users_list"));
    QCOMPARE(socket.subprotocol(), subprotocols.value(0));
    socket.disconnect(this);
}

void WsAccessTest::refusedWith4001_data()
{
    QTest::addColumn<QString>("path");
    QTest::addColumn<QString>("token");
    const QString revoked = [this] {
        const Person gone = m->newPerson(QStringLiteral("gone"));
        m->revoke(gone);
        return gone.token;
    }();
    for (const char *path : {"/", "/websocket", "/ws/chat/plaza/", "/ws/v1"}) {
        QTest::addRow("no token at %s", path) << QString::fromLatin1(path) << QString();
        QTest::addRow("a bad token at %s", path)
            << QString::fromLatin1(path) << QStringLiteral("eyJhbGciOiJub25lIn0.e30.");
        QTest::addRow("a changed token at %s", path)
            << QString::fromLatin1(path) << QString(m_ann.token.chopped(4) + QStringLiteral("AAAA"));
        QTest::addRow("a revoked token at %s", path) << QString::fromLatin1(path) << revoked;
    }
}

void WsAccessTest::refusedWith4001()
{
    QFETCH(const QString, path);
    QFETCH(const QString, token);
    WebSocketClient socket;
    // Accepted first, so that the code can be read; it may be closed again by the time that it is looked at.
    socket.open(m->url(path), token);
    const QJsonObject error = socket.next();
    QCOMPARE(text(error, "type"), QStringLiteral("error"));
    QCOMPARE(text(error, "code"), QStringLiteral("unauthorized"));
    QVERIFY(!text(error, "error").isEmpty());
    QCOMPARE(socket.closeCode(), int(CloseCode::Unauthorized));
    QVERIFY(!socket.closeReason().isEmpty());
}

void WsAccessTest::origins_data()
{
    QTest::addColumn<QByteArray>("origin");
    QTest::addColumn<int>("status");
    QTest::newRow("no browser") << QByteArray() << 101;
    QTest::newRow("the server's own") << "http://" + m->http.authority().toUtf8() << 101;
    QTest::newRow("allowed") << QByteArray("https://chat.example") << 101;
    QTest::newRow("foreign") << QByteArray("https://evil.example") << 403;
    QTest::newRow("allowed name, other scheme") << QByteArray("http://chat.example") << 403;
    QTest::newRow("allowed name as a prefix") << QByteArray("https://chat.example.evil.example") << 403;
    QTest::newRow("null") << QByteArray("null") << 403;
}

/// THREATS 8.
void WsAccessTest::origins()
{
    QFETCH(const QByteArray, origin);
    for (const char *path : {"/", "/websocket", "/ws/chat/plaza/", "/ws/v1"})
        QTEST(BareSocket().open(m->url(QString::fromLatin1(path)), m_ann.token.toLatin1(), origin), "status");
}

void WsAccessTest::otherPathsAreNotFound_data()
{
    QTest::addColumn<QString>("path");
    for (const char *path : {"/ws", "/ws/v2", "/ws/chat/", "/socket.io/", "/test/echo"})
        QTest::addRow("%s", path) << QString::fromLatin1(path);
}

void WsAccessTest::otherPathsAreNotFound()
{
    QFETCH(const QString, path);
    QCOMPARE(BareSocket().open(m->url(path), m_ann.token.toLatin1()), 404);
}

void WsAccessTest::guests()
{
    WsOptions options;
    options.accounts.guests = true;
    WsFixture open(options);
    open.createRoom(open.newPerson(QStringLiteral("host")), QStringLiteral("room_name"), RoomKind::Public);

    // 003: `wscat -c wss://HOST/ws/chat/room_name/`, nothing else.
    WebSocketClient first;
    QVERIFY(first.open(open.url(QStringLiteral("/ws/chat/room_name/"))));
    const QJsonArray users = first.next(QStringLiteral("room_users_list"))[QLatin1String("users")].toArray();
    QCOMPARE(users.size(), 1);
    const QString name = users[0][QLatin1String("username")].toString();
    QVERIFY(!name.isEmpty());
    first.send(object(R"({"message":"Your message here"})"));
    const QJsonObject said = first.next(QStringLiteral("chat_message"));
    QCOMPARE(text(said, "message"), QStringLiteral("Your message here"));
    QCOMPARE(text(said, "sender_username"), name);

    WebSocketClient second;
    QVERIFY(second.open(open.url(QStringLiteral("/ws/chat/room_name/"))));
    QCOMPARE(second.next(QStringLiteral("room_users_list"))[QLatin1String("users")].toArray().size(), 2);
    const QJsonObject joined = first.next(QStringLiteral("user_join"));
    QVERIFY(text(joined, "username") != name);

    WebSocketClient native;
    QVERIFY(native.open(open.url(QStringLiteral("/ws/v1"))));
    native.send(object(R"({"type":"hello"})"));
    const QJsonObject hello = native.next(QStringLiteral("hello"));
    QCOMPARE(hello[QLatin1String("user")][QLatin1String("guest")], QJsonValue(true));

    // What belongs to accounts is refused. THREATS 37.
    WebSocketClient elsewhere;
    elsewhere.open(open.url(QStringLiteral("/ws/chat/brand-new/")));
    QCOMPARE(elsewhere.closeCode(), int(CloseCode::RoomUnavailable));
    WebSocketClient direct;
    QVERIFY(direct.open(open.url(QStringLiteral("/"))));
    QJsonObject note = object(R"({"content":"psst"})");
    note.insert(QStringLiteral("sender"), name);
    note.insert(QStringLiteral("receiver"), name);
    direct.send(note);
    QCOMPARE(text(direct.next(QStringLiteral("error")), "code"), QStringLiteral("forbidden"));
}

/// THREATS 37. The rows of others go.
void WsAccessTest::guestsAreHereWhileTheirSocketsAre()
{
    WsOptions options;
    options.accounts.guests = true;
    WsFixture open(options);
    QString id;
    {
        WebSocketClient socket;
        QVERIFY(socket.open(open.url(QStringLiteral("/ws/v1"))));
        socket.send(object(R"({"type":"hello"})"));
        const QJsonObject hello = socket.next(QStringLiteral("hello"));
        id = hello[QLatin1String("user")][QLatin1String("id")].toString();
        QVERIFY(!id.isEmpty());
        QVERIFY(!open.core.shared.guests.letGo(id));
        QCOMPARE(open.core.shared.guests.takeGone(10), QStringList());
    }
    QStringList gone;
    QTRY_VERIFY(!(gone += open.core.shared.guests.takeGone(10)).isEmpty());
    QCOMPARE(gone, QStringList{id});
    QVERIFY(open.core.shared.guests.letGo(id));
}

void WsAccessTest::badTokensAreNoGuests()
{
    WsOptions options;
    options.accounts.guests = true;
    WsFixture open(options);
    WebSocketClient socket;
    socket.open(open.url(QStringLiteral("/ws/chat/plaza/")), QStringLiteral("bad"));
    QCOMPARE(socket.closeCode(), int(CloseCode::Unauthorized));
}

/// THREATS 7.
void WsAccessTest::aRevokedSessionLosesAllItsSockets()
{
    const Person bob = m->newPerson(QStringLiteral("bob"));
    const Person again = m->logIn(bob.name());
    QVERIFY(bob.principal.sessionId != again.principal.sessionId);

    const QStringList paths{QStringLiteral("/"), QStringLiteral("/websocket"),
        QStringLiteral("/ws/chat/plaza/"), QStringLiteral("/ws/v1")};
    std::vector<std::unique_ptr<WebSocketClient>> sockets;
    for (const QString &path : paths) {
        sockets.push_back(std::make_unique<WebSocketClient>());
        QVERIFY(sockets.back()->open(m->url(path), bob.token));
        QVERIFY(isServed(*sockets.back(), path, bob.name()));
    }
    WebSocketClient other;
    QVERIFY(other.open(m->url(QStringLiteral("/ws/v1")), again.token));
    QVERIFY(isServed(other, QStringLiteral("/ws/v1"), bob.name()));

    m->revoke(bob);
    for (const auto &socket : sockets) {
        QCOMPARE(socket->closeCode(), int(CloseCode::Unauthorized));
        QVERIFY(!socket->closeReason().isEmpty());
    }
    other.send(object(R"({"type":"ping","ref":1})"));
    QVERIFY(!other.next(QStringLiteral("pong")).isEmpty());
}

void WsAccessTest::framesSentTooEarlyAreKept()
{
    // Clients send as soon as the socket is open, while the room is still being read.
    WebSocketClient socket;
    QVERIFY(socket.open(m->url(QStringLiteral("/ws/chat/") + m->newRoomName()), m_ann.token));
    for (int i = 0; i < 40; ++i)
        socket.send({{QStringLiteral("message"), QString::number(i)}});
    for (int i = 0; i < 40; ++i)
        QCOMPARE(text(socket.next(QStringLiteral("chat_message")), "message"), QString::number(i));
}

void WsAccessTest::goingAway_data()
{
    QTest::addColumn<bool>("isEnd");
    QTest::newRow("the server ends") << true;
    QTest::newRow("the store has another history") << false;
}

void WsAccessTest::goingAway()
{
    QFETCH(bool, isEnd);
    WsFixture leaving;
    const Person ann = leaving.newPerson(QStringLiteral("ann"));
    const QByteArray token = ann.token.toLatin1();
    std::vector<std::unique_ptr<BareSocket>> sockets;
    for (const char *path : {"/", "/websocket", "/ws/chat/plaza/", "/ws/v1"}) {
        sockets.push_back(std::make_unique<BareSocket>());
        QCOMPARE(sockets.back()->open(leaving.url(QString::fromLatin1(path)), token), 101);
    }
    QTRY_COMPARE(leaving.core.hub->sessionCount(), 4);

    if (isEnd)
        leaving.api.goAway();
    else
        leaving.core.bus.publish({bus::HistoryChanged{newId()}});
    const QJsonObject told = sockets.back()->next();
    QCOMPARE(text(told, "type"), QStringLiteral("going_away"));
    for (const auto &socket : sockets) {
        QCOMPARE(socket->closeCode(), int(CloseCode::ServiceRestart));
        const qint64 retryAfter = number(object(socket->closeReason().toUtf8()), "retry_after_ms");
        QVERIFY2(retryAfter >= 500 && retryAfter <= 5000, qPrintable(socket->closeReason()));
        if (socket == sockets.back())
            QCOMPARE(retryAfter, number(told, "retry_after_ms"));
    }
    QTRY_COMPARE(leaving.core.hub->sessionCount(), 0);

    BareSocket late;
    QCOMPARE(late.open(leaving.url(QStringLiteral("/ws/v1")), token), 101);
    if (isEnd) {
        QCOMPARE(late.closeCode(), int(CloseCode::ServiceRestart));
        return;
    }
    late.send(object(R"({"type":"hello"})"));
    QCOMPARE(text(late.next(), "type"), QStringLiteral("hello"));
}

void WsAccessTest::aLeavingServerAnswersWhatItAccepted()
{
    WsFixture leaving;
    const Person ann = leaving.newPerson(QStringLiteral("ann"));
    BareSocket socket;
    QCOMPARE(socket.open(leaving.url(QStringLiteral("/ws/v1")), ann.token.toLatin1()), 101);
    socket.send(object(R"({"type":"hello"})"));
    QCOMPARE(text(socket.next(), "type"), QStringLiteral("hello"));
    socket.send(object(R"({"type":"subscribe","room":"lobby"})"));
    QCOMPARE(text(socket.next(), "type"), QStringLiteral("subscribed"));

    // Leaves while the first answer is on its way: those behind it are not stored yet, or not answered.
    constexpr int sends = 20;
    for (int i = 0; i < sends; ++i)
        socket.send({{QStringLiteral("type"), QStringLiteral("send")}, {QStringLiteral("ref"), i},
            {QStringLiteral("room"), QStringLiteral("lobby")}, {QStringLiteral("text"), QString::number(i)}});
    qsizetype acknowledged = 0;
    bool left = false;
    while (!left || acknowledged == 0) {
        const QString type = text(socket.next(), "type");
        QVERIFY(!type.isEmpty());
        acknowledged += type == QLatin1String("ack");
        if (!left)
            leaving.api.goAway();
        left = true;
    }
    for (QString type = QStringLiteral("ack"); !type.isEmpty();) {
        type = text(socket.next(), "type"); // until the close frame
        acknowledged += type == QLatin1String("ack");
    }

    // Whatever is stored was acknowledged before the end.
    store::PageQuery query;
    query.limit = 100;
    const auto page = answerOf<Page>([&](auto *context, auto done) {
        leaving.core.messages->history({}, leaving.core.rooms->lobby(), query, context, done);
    });
    QVERIFY(page);
    QCOMPARE(acknowledged, page->events.size());
}

QTEST_GUILESS_MAIN(WsAccessTest)
#include "tst_ws_access.moc"
