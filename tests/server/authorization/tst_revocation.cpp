// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/server/authorization/stage.h"

#include <QElapsedTimer>
#include <QJsonDocument>
#include <QTest>
#include <QTimer>
#include <QWebSocketHandshakeOptions>

#include <algorithm>
#include <array>

using namespace rookery::test;

namespace {

const QString oldPassword = QStringLiteral("correct horse");
const QString newPassword = QStringLiteral("battery staple");
constexpr std::array paths{"/", "/websocket", "/ws/chat/plaza?history=0", "/ws/v1"};

QString textOf(const QJsonObject &frame, const char *field)
{
    return frame[QLatin1String(field)].toString();
}

QJsonObject credentials(const QString &name, const QString &password)
{
    return {{QStringLiteral("username"), name}, {QStringLiteral("password"), password}};
}

QJsonObject passwords(const QString &current, const QString &fresh)
{
    return {{QStringLiteral("current"), current}, {QStringLiteral("new"), fresh}};
}

} // namespace

/// What has been ended is over at once, on every thread and in every dialect (THREATS 7).
class RevocationTest : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void initTestCase();
    void everythingOfTheSessionEnds_data();
    void everythingOfTheSessionEnds();
    void theSessionThatIsOneTooManyEnds();
    void logInsUnderWayDoNotOutliveTheirPassword();
    void changingThePasswordRefuses_data();
    void changingThePasswordRefuses();

private:
    struct LogIn
    {
        QString token;
        QString session;
    };
    LogIn logIn(const QString &name, const QString &password = oldPassword);
    QString newName() { return QStringLiteral("person-%1").arg(++m_people); }
    bool isServed(const QString &token);
    /// Empty where the token opens nothing, in whatever way it is presented.
    QString whatOpens(const QString &token);

    // More threads than there are cores: a session's sockets are on all of them.
    Stage m_stage{{{QStringLiteral("ROOKERY_SERVER_IO_THREADS"), QStringLiteral("4")}}};
    int m_people = 0;
};

void RevocationTest::initTestCase()
{
    const QString problem = m_stage.start();
    QVERIFY2(problem.isEmpty(), qPrintable(problem));
}

RevocationTest::LogIn RevocationTest::logIn(const QString &name, const QString &password)
{
    const HttpAnswer answer =
        m_stage.ask("POST", QStringLiteral("/api/v1/login"), credentials(name, password));
    return {textOf(answer.json, "token"), textOf(answer.json, "session")};
}

bool RevocationTest::isServed(const QString &token)
{
    return m_stage.ask("GET", QStringLiteral("/api/v1/me"), {}, token).status == 200;
}

QString RevocationTest::whatOpens(const QString &token)
{
    const std::vector<std::pair<QByteArray, QString>> routes{{"GET", QStringLiteral("/api/v1/me")},
        {"GET", QStringLiteral("/api/users/profile")}, {"GET", QStringLiteral("/sessions")},
        {"GET", QStringLiteral("/chat/history")}, {"GET", QStringLiteral("/messages?with=user")},
        {"POST", QStringLiteral("/api/chats/send")}, {"POST", QStringLiteral("/api/messages")},
        {"POST", QStringLiteral("/chat/send")}, {"POST", QStringLiteral("/api/v1/logout")},
        {"POST", QStringLiteral("/api/v1/me/password")}};
    for (const auto &[method, path] : routes) {
        if (m_stage.ask(method, path, {}, token).status != 401)
            return path;
        const HttpAnswer byCookie = request(method, m_stage.daemon().url().resolved(QUrl(path)), {}, {},
            {{"Cookie", "rookery_session=" + token.toUtf8()}});
        if (byCookie.status != 401)
            return path + QStringLiteral(" by cookie");
    }
    for (const char *path : paths) {
        for (const char *way : {"header", "query", "subprotocol", "cookie"}) {
            QString target = QLatin1String(path);
            if (way == QByteArray("query"))
                target += (target.contains(u'?') ? u'&' : u'?') + QStringLiteral("token=") + token;
            QNetworkRequest handshake(m_stage.daemon().webSocketUrl(target));
            QWebSocketHandshakeOptions options;
            if (way == QByteArray("header"))
                handshake.setRawHeader("Authorization", "Bearer " + token.toUtf8());
            if (way == QByteArray("cookie"))
                handshake.setRawHeader("Cookie", "rookery_session=" + token.toUtf8());
            if (way == QByteArray("subprotocol"))
                options.setSubprotocols({QStringLiteral("bearer"), token});
            QWebSocket socket;
            socket.open(handshake, options);
            if (!QTest::qWaitFor([&] { return int(socket.closeCode()) == 4001; }, 10'000))
                return QStringLiteral("%1 by %2").arg(target, QLatin1String(way));
        }
    }
    return {};
}

void RevocationTest::everythingOfTheSessionEnds_data()
{
    QTest::addColumn<QString>("how");
    QTest::addColumn<bool>("byItself");
    QTest::newRow("log-out") << "POST /api/v1/logout" << true;
    QTest::newRow("ended by itself, 001") << "DELETE /sessions/$session" << true;
    QTest::newRow("ended by another, 001") << "DELETE /sessions/$session" << false;
    QTest::newRow("ended by another, native") << "DELETE /api/v1/sessions/$session" << false;
    // It was gone from the database only: its token and its sockets lived on until a restart.
    QTest::newRow("named in capitals") << "DELETE /api/v1/sessions/$SESSION" << false;
    QTest::newRow("password change") << "POST /api/v1/me/password" << false;
}

void RevocationTest::everythingOfTheSessionEnds()
{
    QFETCH(const QString, how);
    QFETCH(const bool, byItself);
    const QString name = newName();
    const TestUser first = registerUser(m_stage.daemon().url(), name);
    const LogIn doomed = logIn(name);
    const LogIn kept = logIn(name);
    QVERIFY(!doomed.token.isEmpty() && !kept.token.isEmpty());

    std::vector<std::unique_ptr<WebSocketClient>> sockets;
    for (int i = 0; i < 4; ++i) {
        for (const char *path : paths) {
            sockets.push_back(std::make_unique<WebSocketClient>());
            QVERIFY(sockets.back()->open(m_stage.daemon().webSocketUrl(QLatin1String(path)), doomed.token));
            sockets.back()->send({});
            QVERIFY(!sockets.back()->next(QStringLiteral("error")).isEmpty());
        }
    }
    WebSocketClient other;
    QVERIFY(other.open(m_stage.daemon().webSocketUrl(QStringLiteral("/ws/v1")), kept.token));

    QString path = how.section(u' ', 1);
    path.replace(QLatin1String("$session"), doomed.session);
    path.replace(QLatin1String("$SESSION"), doomed.session.toUpper());
    const bool password = path.endsWith(QLatin1String("password"));
    const HttpAnswer ended = m_stage.ask(how.section(u' ', 0, 0).toLatin1(), path,
        password ? passwords(oldPassword, newPassword) : QJsonObject(), byItself ? doomed.token : kept.token);
    QVERIFY2(ended.status == 204, ended.body.constData());
    QElapsedTimer since;
    since.start();
    QCOMPARE(m_stage.ask("GET", QStringLiteral("/api/v1/me"), {}, doomed.token).status, 401);
    const auto allClosed = [&sockets] {
        return std::all_of(sockets.begin(), sockets.end(),
            [](const auto &socket) { return socket->socket().state() == QAbstractSocket::UnconnectedState; });
    };
    QVERIFY(QTest::qWaitFor(allClosed, 5'000));
    QVERIFY2(since.elapsed() < 1'000, qPrintable(QString::number(since.elapsed())));
    for (const auto &socket : sockets)
        QCOMPARE(socket->closeCode(), 4001);
    QCOMPARE(whatOpens(doomed.token), QString());

    // The others: untouched, but for a password change, which leaves the one that it was made with.
    other.send({{QStringLiteral("type"), QStringLiteral("hello")}});
    QVERIFY(!other.next(QStringLiteral("hello")).isEmpty());
    QVERIFY(isServed(kept.token));
    QCOMPARE(isServed(first.token), !password);
    if (password) {
        QVERIFY(logIn(name).token.isEmpty());
        QVERIFY(!logIn(name, newPassword).token.isEmpty());
    }

    // What is over stays over.
    QCOMPARE(m_stage.daemon().terminate(), 0);
    QVERIFY2(m_stage.daemon().start(), m_stage.daemon().log());
    QVERIFY(!isServed(doomed.token));
    QVERIFY(isServed(kept.token));
    QCOMPARE(isServed(first.token), !password);
}

/// A log-in past limits.sessions_per_user ends another session as if it had been deleted.
void RevocationTest::theSessionThatIsOneTooManyEnds()
{
    TestDaemon daemon({},
        {{QStringLiteral("ROOKERY_LIMITS_SESSIONS_PER_USER"), QStringLiteral("1")},
            {QStringLiteral("ROOKERY_SERVER_IO_THREADS"), QStringLiteral("4")}});
    QVERIFY2(daemon.start(), daemon.log());
    const TestUser first = registerUser(daemon.url(), QStringLiteral("ann"));
    const TestUser bystander = registerUser(daemon.url(), QStringLiteral("ben"));
    std::vector<std::unique_ptr<WebSocketClient>> sockets;
    for (const char *path : paths) {
        sockets.push_back(std::make_unique<WebSocketClient>());
        QVERIFY(sockets.back()->open(daemon.webSocketUrl(QLatin1String(path)), first.token));
    }
    const auto ask = [&](const char *path, const QString &token) {
        return request("GET", daemon.url().resolved(QUrl(QLatin1String(path))), {}, token);
    };
    const HttpAnswer second = request("POST", daemon.url().resolved(QUrl(QStringLiteral("/login"))),
        credentials(QStringLiteral("ann"), oldPassword));
    QCOMPARE(second.status, 200);
    const QString token = textOf(second.json, "token");
    QCOMPARE(ask("/api/v1/me", first.token).status, 401);
    for (const auto &socket : sockets)
        QTRY_COMPARE(socket->closeCode(), 4001);
    const HttpAnswer list = ask("/api/v1/sessions", token);
    QCOMPARE(list.json[QLatin1String("sessions")].toArray().size(), 1);
    QCOMPARE(ask("/api/v1/me", bystander.token).status, 200);
    QCOMPARE(daemon.terminate(), 0);
    QVERIFY2(daemon.start(), daemon.log());
    QCOMPARE(ask("/api/v1/me", first.token).status, 401);
    QCOMPARE(ask("/api/v1/me", token).status, 200);
}

void RevocationTest::logInsUnderWayDoNotOutliveTheirPassword()
{
    // A log-in that had shown the old password before the change and got its session after it would have gone
    // on with it.
    const QString name = newName();
    const TestUser person = registerUser(m_stage.daemon().url(), name);
    QNetworkAccessManager manager;
    const auto post = [&](const QString &path, const QJsonObject &body, const QString &token = {}) {
        QNetworkRequest request(m_stage.daemon().url().resolved(QUrl(path)));
        request.setHeader(QNetworkRequest::ContentTypeHeader, QStringLiteral("application/json"));
        request.setAttribute(QNetworkRequest::CookieSaveControlAttribute, QNetworkRequest::Manual);
        if (!token.isEmpty())
            request.setRawHeader("Authorization", "Bearer " + token.toUtf8());
        return manager.post(request, toText(body).toUtf8());
    };
    const auto statusOf = [](const QNetworkReply *reply) {
        return reply->attribute(QNetworkRequest::HttpStatusCodeAttribute).toInt();
    };
    QString current = oldPassword;
    QString fresh = newPassword;
    int accepted = 0;
    int refused = 0;
    for (int round = 0; round < 3; ++round) {
        // One log-in after the other, from before the change until after it.
        QList<QNetworkReply *> replies;
        QTimer logIns;
        connect(&logIns, &QTimer::timeout, this,
            [&] { replies.append(post(QStringLiteral("/api/v1/login"), credentials(name, current))); });
        logIns.start(10);
        QTRY_VERIFY(replies.size() >= 2);
        const QNetworkReply *change =
            post(QStringLiteral("/api/v1/me/password"), passwords(current, fresh), person.token);
        QTRY_VERIFY_WITH_TIMEOUT(change->isFinished(), 15'000);
        QCOMPARE(statusOf(change), 204);
        logIns.stop();
        std::swap(current, fresh);
        for (QNetworkReply *reply : std::as_const(replies)) {
            QTRY_VERIFY_WITH_TIMEOUT(reply->isFinished(), 15'000);
            const int status = statusOf(reply);
            const QByteArray body = reply->readAll();
            // 503: more wait for a hash than may.
            QVERIFY2(status == 200 || status == 401 || status == 503, body.constData());
            if (status == 200) {
                const QString token = textOf(QJsonDocument::fromJson(body).object(), "token");
                QVERIFY(!token.isEmpty());
                QVERIFY(!isServed(token));
            }
            accepted += status == 200;
            refused += status == 401;
            reply->deleteLater();
        }
        const HttpAnswer sessions = m_stage.ask("GET", QStringLiteral("/api/v1/sessions"), {}, person.token);
        QCOMPARE(sessions.json[QLatin1String("sessions")].toArray().size(), 1);
    }
    QVERIFY2(accepted > 0 && refused > 0,
        qPrintable(QStringLiteral("%1 accepted, %2 refused").arg(accepted).arg(refused)));
}

void RevocationTest::changingThePasswordRefuses_data()
{
    QTest::addColumn<QByteArray>("body");
    QTest::addColumn<int>("status");
    QTest::addColumn<QString>("field");
    const auto row = [](const char *name, const QByteArray &body, int status, const char *field) {
        QTest::newRow(name) << body << status << QString::fromLatin1(field);
    };
    row("wrong current", R"({"current":"not the password","new":"battery staple"})", 403, "current");
    row("empty current", R"({"current":"","new":"battery staple"})", 403, "current");
    row("no current", R"({"new":"battery staple"})", 400, "current");
    row("current is null", R"({"current":null,"new":"battery staple"})", 400, "current");
    row("current is a number", R"({"current":7,"new":"battery staple"})", 400, "current");
    row("current is too long", R"({"current":")" + QByteArray(1025, 'a') + R"(","new":"battery staple"})",
        400, "current");
    row("no new one", R"({"current":"correct horse"})", 400, "new");
    row("too short", R"({"current":"correct horse","new":"battery"})", 400, "new");
    row("too long", R"({"current":"correct horse","new":")" + QByteArray(1025, 'a') + "\"}", 400, "new");
    row("too long in bytes",
        R"({"current":"correct horse","new":")" + QByteArray("\xc3\xa4").repeated(513) + "\"}", 400, "new");
    row("a list", R"({"current":"correct horse","new":["battery staple"]})", 400, "new");
    row("no JSON", "current=correct+horse", 400, "");
    row("nothing", "", 400, "");
}

void RevocationTest::changingThePasswordRefuses()
{
    QFETCH(const QByteArray, body);
    QFETCH(const int, status);
    QFETCH(const QString, field);
    const TestUser &user = m_stage.user(Caller::User);
    const HttpAnswer answer = m_stage.post(QStringLiteral("/api/v1/me/password"), body, user.token);
    QVERIFY2(answer.status == status, answer.body.constData());
    QCOMPARE(textOf(answer.json, "field"), field);
    QVERIFY(isServed(user.token));
    QVERIFY(!logIn(user.name).token.isEmpty());
}

QTEST_GUILESS_MAIN(RevocationTest)
#include "tst_revocation.moc"
