// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/auth/tokensigner.h"
#include "tests/server/authorization/stage.h"
#include "tests/wire/rawclient.h"

#include <QDirIterator>
#include <QJsonDocument>
#include <QMessageAuthenticationCode>
#include <QTest>
#include <QWebSocketHandshakeOptions>

#include <array>

using namespace rookery;
using namespace rookery::test;

namespace {

constexpr std::array paths{"/", "/websocket", "/ws/chat/plaza?history=0", "/ws/v1"};
constexpr char allowedOrigin[] = "https://chat.example.org";

QByteArray base64(const QByteArray &bytes)
{
    return bytes.toBase64(QByteArray::Base64UrlEncoding | QByteArray::OmitTrailingEquals);
}

QByteArray json(const QJsonObject &object)
{
    return QJsonDocument(object).toJson(QJsonDocument::Compact);
}

QJsonObject segment(const QByteArray &token, int number)
{
    return QJsonDocument::fromJson(
        QByteArray::fromBase64(token.split('.').value(number), QByteArray::Base64UrlEncoding))
        .object();
}

} // namespace

/// What is taken for a log-in and what is not, over every dialect and in every way that a token can be
/// presented: THREATS 6, 8, 9 and 10.
class CredentialsTest : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void initTestCase();
    void badTokens_data();
    void badTokens();
    void handshakesOfPages_data();
    void handshakesOfPages();
    void requestsOfPages_data();
    void requestsOfPages();
    void logInOfAPageSetsNoCookie();
    void aTokenInAUrlIsForHandshakesOnly();
    void noTokenInALogOrAnAnswer();

private:
    QByteArray forge(const QByteArray &header, const QByteArray &payload, const QByteArray &key,
        QCryptographicHash::Algorithm hash = QCryptographicHash::Sha256) const;
    /// The status line's code of a handshake, or of a request, as it goes over the wire.
    int handshake(const QString &path, const QList<std::pair<QByteArray, QByteArray>> &headers);
    Answer exchange(const QByteArray &request);
    QByteArray self() { return m_stage.daemon().url().authority().toUtf8(); }
    QByteArray cookie() { return "rookery_session=" + m_token; }

    Stage m_stage{{{QStringLiteral("ROOKERY_HTTP_ALLOWED_ORIGINS"), QLatin1String(allowedOrigin)},
        {QStringLiteral("ROOKERY_SERVER_LOG_LEVEL"), QStringLiteral("debug")}}};
    QByteArray m_token; ///< the member's
    QByteArray m_key; ///< the daemon's
};

void CredentialsTest::initTestCase()
{
    const QString problem = m_stage.start();
    QVERIFY2(problem.isEmpty(), qPrintable(problem));
    m_token = m_stage.user(Caller::Member).token.toLatin1();
    QFile key(m_stage.daemon().dataDirectory() + QStringLiteral("/signing.key"));
    QVERIFY(key.open(QIODevice::ReadOnly));
    m_key = key.readAll();
}

QByteArray CredentialsTest::forge(const QByteArray &header, const QByteArray &payload, const QByteArray &key,
    QCryptographicHash::Algorithm hash) const
{
    const QByteArray text = base64(header) + '.' + base64(payload);
    return text + '.' + base64(QMessageAuthenticationCode::hash(text, key, hash));
}

Answer CredentialsTest::exchange(const QByteArray &request)
{
    RawClient client(m_stage.daemon().url());
    client.send(request);
    return client.answer();
}

int CredentialsTest::handshake(const QString &path, const QList<std::pair<QByteArray, QByteArray>> &headers)
{
    QByteArray request = "GET " + path.toUtf8() + " HTTP/1.1\r\nHost: " + self()
        + "\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
          "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n";
    for (const auto &[name, value] : headers)
        request += name + ": " + value + "\r\n";
    return exchange(request + "\r\n").status;
}

void CredentialsTest::badTokens_data()
{
    QTest::addColumn<QByteArray>("token");
    QTest::addColumn<bool>("good");
    const QJsonObject header = segment(m_token, 0);
    const QJsonObject payload = segment(m_token, 1);
    const auto with = [](QJsonObject object, const char *name, const QJsonValue &value) {
        object.insert(QLatin1String(name), value);
        return json(object);
    };
    const qint64 now = QDateTime::currentSecsSinceEpoch();
    const QString others = m_stage.user(Caller::Creator).id;
    const QByteArray otherJti = segment(m_stage.user(Caller::Creator).token.toLatin1(), 1)
                                    .value(QLatin1String("jti"))
                                    .toString()
                                    .toLatin1();
    const auto row = [](const char *name, const QByteArray &token) { QTest::newRow(name) << token << false; };
    // With the daemon's own key, so that each row is refused for what it says.
    QTest::newRow("made by hand, but right") << forge(json(header), json(payload), m_key) << true;
    row("alg none", base64(with(header, "alg", QStringLiteral("none"))) + '.' + base64(json(payload)) + '.');
    row("alg none, signed", forge(with(header, "alg", QStringLiteral("none")), json(payload), m_key));
    row("alg HS512",
        forge(
            with(header, "alg", QStringLiteral("HS512")), json(payload), m_key, QCryptographicHash::Sha512));
    row("alg RS256 over HS256", forge(with(header, "alg", QStringLiteral("RS256")), json(payload), m_key));
    row("another key", forge(json(header), json(payload), QByteArray(32, 'x')));
    row("the key in hexadecimal", forge(json(header), json(payload), m_key.toHex()));
    row("the key id as the key",
        forge(json(header), json(payload), header.value(QLatin1String("kid")).toString().toLatin1()));
    row("kid of another key",
        forge(with(header, "kid", QStringLiteral("0123456789abcdef")), json(payload), m_key));
    row("kid is SQL", forge(with(header, "kid", QStringLiteral("' OR 1=1 --")), json(payload), m_key));
    row("a key in the header",
        forge(with(header, "jwk",
                  QJsonObject{{QStringLiteral("kty"), QStringLiteral("oct")},
                      {QStringLiteral("k"), QStringLiteral("eA")}}),
            json(payload), QByteArray("x")));
    row("crit", forge(with(header, "crit", QJsonArray{QStringLiteral("exp")}), json(payload), m_key));
    row("another typ", forge(with(header, "typ", QStringLiteral("at+jwt")), json(payload), m_key));
    row("nested", forge(with(header, "cty", QStringLiteral("JWT")), m_token, m_key));
    row("another aud", forge(json(header), with(payload, "aud", QStringLiteral("other")), m_key));
    row("another iss", forge(json(header), with(payload, "iss", QStringLiteral("other")), m_key));
    row("expired", forge(json(header), with(payload, "exp", now - 120), m_key));
    row("not yet valid", forge(json(header), with(payload, "nbf", now + 9000), m_key));
    row("another user's sub", forge(json(header), with(payload, "sub", others), m_key));
    row("another user's session",
        forge(json(header), with(payload, "jti", QString::fromLatin1(otherJti)), m_key));
    row("a session that never was",
        forge(json(header), with(payload, "jti", QStringLiteral("0198c0de-0000-7000-8000-000000000001")),
            m_key));
    row("the session in capitals",
        forge(json(header), with(payload, "jti", payload.value(QLatin1String("jti")).toString().toUpper()),
            m_key));
    row("a claim twice",
        forge(json(header), "{\"sub\":\"" + others.toLatin1() + "\"," + json(payload).mid(1), m_key));
    row("signature stripped", m_token.left(m_token.lastIndexOf('.') + 1));
    row("signature and dot stripped", m_token.left(m_token.lastIndexOf('.')));
    row("cut short", m_token.chopped(1));
    row("not base64", QByteArray(m_token).replace(5, 1, "!"));
    row("over 4 KiB", forge(json(header), with(payload, "x", QString(4096, u'a')), m_key));
    row("a word", "token");
}

/// THREATS 6.
void CredentialsTest::badTokens()
{
    QFETCH(const QByteArray, token);
    QFETCH(const bool, good);
    const QUrl me = m_stage.daemon().url().resolved(QUrl(QStringLiteral("/api/v1/me")));
    const QByteArrayList headers{"Bearer " + token, "bearer   " + token};
    for (const QByteArray &authorization : headers)
        QCOMPARE(request("GET", me, {}, {}, {{"Authorization", authorization}}).status, good ? 200 : 401);
    QCOMPARE(request("GET", me, {}, {}, {{"Cookie", "rookery_session=" + token}}).status, good ? 200 : 401);
    QCOMPARE(m_stage
                 .ask("POST", QStringLiteral("/api/chats/send"),
                     {{QStringLiteral("message"), QStringLiteral("x")}}, QString::fromLatin1(token))
                 .status,
        good ? 200 : 401);
    for (const char *path : paths) {
        for (const char *way : {"header", "query", "subprotocol", "cookie"}) {
            QUrl url = m_stage.daemon().webSocketUrl(QLatin1String(path));
            QWebSocketHandshakeOptions options;
            QNetworkRequest handshake(url);
            if (way == QByteArray("query")) {
                url.setQuery(
                    url.query() + QStringLiteral("&token=") + QString::fromLatin1(token.toPercentEncoding()));
                handshake.setUrl(url);
            } else if (way == QByteArray("header")) {
                handshake.setRawHeader("Authorization", "Bearer " + token);
            } else if (way == QByteArray("cookie")) {
                handshake.setRawHeader("Cookie", "rookery_session=" + token);
            } else if (token.contains('!')) {
                continue; // no subprotocol can be called so (RFC 6455 section 4.1)
            } else {
                options.setSubprotocols({QStringLiteral("bearer"), QString::fromLatin1(token)});
            }
            QWebSocket socket;
            QString first;
            connect(&socket, &QWebSocket::textMessageReceived, this, [&first](const QString &text) {
                if (first.isEmpty())
                    first = text;
            });
            connect(&socket, &QWebSocket::connected, this,
                [&socket] { socket.sendTextMessage(QStringLiteral("{}")); });
            socket.open(handshake, options);
            QVERIFY2(QTest::qWaitFor([&] { return !first.isEmpty(); }, 10'000), way);
            QVERIFY2(first.contains(QLatin1String("unauthorized")) != good, qPrintable(first));
            if (!good)
                QTRY_COMPARE(int(socket.closeCode()), 4001);
        }
    }
}

void CredentialsTest::handshakesOfPages_data()
{
    QTest::addColumn<QByteArray>("origin");
    QTest::addColumn<int>("status");
    QTest::newRow("no page") << QByteArray() << 101;
    QTest::newRow("the server's own") << QByteArray("http://$SELF") << 101;
    QTest::newRow("allowed") << QByteArray(allowedOrigin) << 101;
    QTest::newRow("allowed, in capitals") << QByteArray(allowedOrigin).toUpper() << 101;
    QTest::newRow("foreign") << QByteArray("https://evil.example") << 403;
    QTest::newRow("null") << QByteArray("null") << 403;
    QTest::newRow("own, another scheme") << QByteArray("https://$SELF") << 403;
    QTest::newRow("own, another port") << QByteArray("http://127.0.0.1:1") << 403;
    QTest::newRow("own, without the port") << QByteArray("http://127.0.0.1") << 403;
    QTest::newRow("own, as a name") << QByteArray("http://localhost:$PORT") << 403;
    QTest::newRow("own, as a user") << QByteArray("http://$SELF@evil.example") << 403;
    QTest::newRow("own, as a path") << QByteArray("https://evil.example/http://$SELF") << 403;
    QTest::newRow("own, and more") << QByteArray("http://$SELF.evil.example") << 403;
    QTest::newRow("allowed, another scheme") << QByteArray("http://chat.example.org") << 403;
    QTest::newRow("allowed, another port") << QByteArray("https://chat.example.org:444") << 403;
    QTest::newRow("allowed, a name below") << QByteArray("https://evil.chat.example.org") << 403;
    QTest::newRow("allowed, a name that ends so") << QByteArray("https://evilchat.example.org") << 403;
    QTest::newRow("allowed, a name that begins so")
        << QByteArray("https://chat.example.org.evil.example") << 403;
    QTest::newRow("allowed, a dot behind") << QByteArray("https://chat.example.org.") << 403;
    QTest::newRow("two in one") << QByteArray("https://chat.example.org https://evil.example") << 403;
    QTest::newRow("file") << QByteArray("file://") << 403;
    QTest::newRow("nonsense") << QByteArray("://") << 403;
}

/// THREATS 8: with the cookie, with cookie and token, and as a guest. A token alone needs no allowed page:
/// who has it, is not a page that uses a browser's cookie.
void CredentialsTest::handshakesOfPages()
{
    QFETCH(QByteArray, origin);
    QFETCH(const int, status);
    origin.replace("$SELF", self()).replace("$PORT", QByteArray::number(m_stage.daemon().url().port()));
    for (const char *path : paths) {
        QList<std::pair<QByteArray, QByteArray>> headers{{"Cookie", cookie()}};
        if (!origin.isEmpty())
            headers.append({"Origin", origin});
        QCOMPARE(handshake(QLatin1String(path), headers), status);
        headers.append({"Authorization", "Bearer " + m_token});
        QCOMPARE(handshake(QLatin1String(path), headers), status);
        headers.removeFirst();
        QCOMPARE(handshake(QLatin1String(path), headers), 101);
        headers.removeLast(); // as a guest
        QCOMPARE(handshake(QLatin1String(path), headers), status);
    }
}

void CredentialsTest::requestsOfPages_data()
{
    handshakesOfPages_data();
}

/// THREATS 9: every route that changes something.
void CredentialsTest::requestsOfPages()
{
    QFETCH(QByteArray, origin);
    QFETCH(const int, status);
    origin.replace("$SELF", self()).replace("$PORT", QByteArray::number(m_stage.daemon().url().port()));
    QSet<QString> asked;
    for (const Rule &rule : routeRules()) {
        const QByteArray method = rule.pattern().section(u' ', 0, 0).toLatin1();
        if (method == "GET" || asked.contains(rule.pattern()))
            continue;
        asked.insert(rule.pattern());
        QString path = rule.pattern().section(u' ', 1);
        for (const char *part : {"{room}", "{id}", "{user}"})
            path.replace(QLatin1String(part), QStringLiteral("lobby"));
        if (status == 101 && (path.contains(QLatin1String("log")) || path.contains(QLatin1String("leave"))))
            continue; // would succeed, and end what the next rows need
        QMap<QByteArray, QByteArray> headers{{"Cookie", cookie()}};
        if (!origin.isEmpty())
            headers.insert("Origin", origin);
        const HttpAnswer answer = request(method, m_stage.daemon().url().resolved(QUrl(path)),
            {{QStringLiteral("nothing"), true}}, {}, headers);
        QVERIFY2((answer.status == 403) == (status == 403),
            qPrintable(rule.pattern() + QStringLiteral(": %1 ").arg(answer.status)
                + QString::fromUtf8(answer.body)));
        if (status == 403)
            QVERIFY(!answer.headers.contains({"Access-Control-Allow-Origin", origin}));
    }
    QVERIFY(asked.size() > 15);
}

/// THREATS 9: a page must not log a browser in as somebody of the page's choosing either.
void CredentialsTest::logInOfAPageSetsNoCookie()
{
    const QJsonObject credentials{{QStringLiteral("username"), m_stage.user(Caller::Creator).name},
        {QStringLiteral("password"), QStringLiteral("correct horse")}};
    for (const char *path : {"/login", "/api/auth/login", "/api/v1/login"}) {
        const QUrl url = m_stage.daemon().url().resolved(QUrl(QLatin1String(path)));
        QVERIFY(request("POST", url, credentials, {}, {{"Origin", "https://evil.example"}})
                    .header("Set-Cookie")
                    .isEmpty());
        const QByteArray set = request("POST", url, credentials).header("Set-Cookie");
        for (const char *attribute :
            {"rookery_session=", "; HttpOnly", "; SameSite=Strict", "; Path=/", "; Max-Age="})
            QVERIFY2(set.contains(attribute), set.constData());
        QVERIFY2(!set.contains("Domain"), set.constData());
    }
}

/// THREATS 10.
void CredentialsTest::aTokenInAUrlIsForHandshakesOnly()
{
    for (const Rule &rule : routeRules()) {
        if (rule.answersByRole().value(0) != QLatin1String("401"))
            continue;
        QString path = rule.pattern().section(u' ', 1);
        for (const char *part : {"{room}", "{id}", "{user}", "{name}"})
            path.replace(QLatin1String(part), QStringLiteral("lobby"));
        for (const char *name : {"token", "access_token", "bearer", "rookery_session"}) {
            const QString query =
                QStringLiteral("?%1=%2").arg(QLatin1String(name), QString::fromLatin1(m_token));
            QCOMPARE(m_stage.ask(rule.pattern().section(u' ', 0, 0).toLatin1(), path + query).status, 401);
        }
    }
    for (const char *path : paths) {
        QString target = QLatin1String(path);
        target +=
            (target.contains(u'?') ? u'&' : u'?') + QStringLiteral("token=") + QString::fromLatin1(m_token);
        QCOMPARE(handshake(target, {}), 101);
    }
}

/// THREATS 10: on no way, taken or refused, at the most talkative level.
void CredentialsTest::noTokenInALogOrAnAnswer()
{
    const QByteArray query = "?token=" + m_token;
    const QByteArray upgrade = "Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
                               "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n";
    const QByteArray host = "Host: " + self() + "\r\n";
    QByteArray answers;
    for (const QByteArray &request : QByteArrayList{
             "GET /ws/v1" + query + " HTTP/1.1\r\n" + host + upgrade,
             "GET /nowhere" + query + " HTTP/1.1\r\n" + host + upgrade,
             "GET /ws/v1" + query + " HTTP/1.1\r\n" + host + upgrade + "Origin: https://evil.example\r\n",
             "GET /ws/chat/%00" + query + " HTTP/1.1\r\n" + host + upgrade,
             "GET /api/v1/me" + query + " HTTP/1.1\r\n" + host,
             "POST /api/v1/me" + query + " HTTP/1.1\r\n" + host,
             "GET /ws/v1" + query + QByteArray(9000, 'a') + " HTTP/1.1\r\n" + host,
             "GET /ws/v1" + query + " HTTP/9.9\r\n" + host,
             "GET /ws/v1" + query + " \x01HTTP/1.1\r\n" + host,
             "BREW /ws/v1" + query + " HTTP/1.1\r\n" + host,
             "GET / HTTP/1.1\r\n" + host + "Authorization: Bearer " + m_token + "\r\nBad Header: x\r\n",
             "GET /" + m_token + " HTTP/1.1\r\n" + host,
             "GET /api/v1/me HTTP/1.1\r\n" + host + "Referer: http://x/" + query + "\r\nCookie: " + cookie()
                 + "x\r\n",
         }) {
        const Answer answer = exchange(request + "\r\n");
        QVERIFY(answer.status != 0);
        answers += answer.head + answer.body;
    }
    const QByteArray signature = m_token.split('.').value(2);
    QVERIFY(signature.size() > 40);
    QVERIFY(!answers.contains(signature));
    QCOMPARE(m_stage.daemon().terminate(), 0);
    const QByteArray log = m_stage.daemon().log();
    QVERIFY(!log.isEmpty());
    for (const QByteArray &secret : {signature, QByteArray("correct horse"), QByteArray("eyJ")})
        QVERIFY2(!log.contains(secret), log.constData());

    // Nor does a token or a password lie anywhere in the data.
    QDirIterator files(m_stage.daemon().dataDirectory(), QDir::Files | QDir::Hidden);
    int looked = 0;
    while (files.hasNext()) {
        QFile file(files.next());
        QVERIFY(file.open(QIODevice::ReadOnly));
        const QByteArray bytes = file.readAll();
        QVERIFY2(!bytes.contains(signature) && !bytes.contains("correct horse"), qPrintable(file.fileName()));
        ++looked;
    }
    QVERIFY(looked >= 2);
}

QTEST_GUILESS_MAIN(CredentialsTest)
#include "tst_credentials.moc"
