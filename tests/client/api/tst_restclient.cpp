// SPDX-License-Identifier: GPL-3.0-or-later
#include "client/api/requests.h"
#include "client/api/restclient.h"
#include "client/sentences/sentences.h"

#include <QSignalSpy>
#include <QTcpServer>
#include <QTcpSocket>
#include <QTest>

#include <optional>

using namespace rookery;
using namespace rookery::client;
using namespace std::chrono_literals;

namespace {

/// Answers every request with the same bytes, or never.
class CannedServer : public QTcpServer
{
public:
    CannedServer()
    {
        listen(QHostAddress::LocalHost);
        connect(this, &QTcpServer::newConnection, this, [this] {
            QTcpSocket *socket = nextPendingConnection();
            connect(socket, &QTcpSocket::readyRead, this, [this, socket] {
                received += socket->readAll();
                if (answer.isEmpty() || !received.contains("\r\n\r\n"))
                    return;
                socket->write(answer);
                socket->disconnectFromHost();
            });
            connect(socket, &QTcpSocket::disconnected, socket, &QObject::deleteLater);
        });
    }
    QUrl url() const { return QUrl(QStringLiteral("http://127.0.0.1:%1").arg(serverPort())); }
    void respond(const QByteArray &status, const QByteArray &body, const QByteArray &headers = {})
    {
        answer = "HTTP/1.1 " + status + "\r\nContent-Length: " + QByteArray::number(body.size())
            + "\r\nConnection: close\r\n" + headers + "\r\n" + body;
    }

    QByteArray answer;
    QByteArray received;
};

QByteArray problem(const char *code, const char *detail, const char *field = nullptr)
{
    QJsonObject json{{QStringLiteral("type"), QStringLiteral("about:blank")},
        {QStringLiteral("code"), QString::fromUtf8(code)},
        {QStringLiteral("detail"), QString::fromUtf8(detail)},
        {QStringLiteral("error"), QString::fromUtf8(detail)}};
    if (field)
        json.insert(QStringLiteral("field"), QString::fromUtf8(field));
    return toJson(json);
}

} // namespace

class TestRestClient : public QObject
{
    Q_OBJECT
private:
    std::optional<Outcome<JsonReader>> ask(RestClient &rest, const RestRequest &request)
    {
        std::optional<Outcome<JsonReader>> answer;
        rest.send(request, this, [&answer](Outcome<JsonReader> result) { answer = std::move(result); });
        [[maybe_unused]] const bool answered =
            QTest::qWaitFor([&answer] { return answer.has_value(); }, 5'000);
        return answer;
    }

private Q_SLOTS:
    void sendsTokenBodyAndEncodedPath()
    {
        CannedServer server;
        server.respond("200 OK", R"({"x":1})");
        RestClient rest(server.url(), "secret");
        const auto answer = ask(rest,
            {HttpMethod::Post, restPath({QStringLiteral("rooms"), QStringLiteral("a/b é%")}), {},
                {{QStringLiteral("k"), QStringLiteral("v")}}});
        QVERIFY(answer && answer->ok());
        QCOMPARE((*answer)->object().value(QLatin1String("x")).toInt(), 1);
        QVERIFY2(server.received.startsWith("POST /api/v1/rooms/a%2Fb%20%C3%A9%25 HTTP/1.1\r\n"),
            server.received.constData());
        // Names of header fields have no case; Qt since 6.8 sends them in lower case.
        const QByteArray head = server.received.left(server.received.indexOf("\r\n\r\n") + 2);
        const qsizetype field = head.toLower().indexOf("\r\nauthorization:");
        QVERIFY2(field >= 0, head.constData());
        const qsizetype value = head.indexOf(':', field) + 1;
        QCOMPARE(head.mid(value, head.indexOf("\r\n", value) - value).trimmed(), QByteArray("Bearer secret"));
        QVERIFY(server.received.endsWith(R"({"k":"v"})"));
    }

    void belowThePathOfTheServer()
    {
        CannedServer server;
        server.respond("200 OK", "{}");
        QUrl url = server.url();
        url.setPath(QStringLiteral("/a%20b/chat"), QUrl::StrictMode);
        RestClient rest(url, {});
        RestRequest request{HttpMethod::Get, restPath({QStringLiteral("rooms"), QStringLiteral("a/b")})};
        request.query.addQueryItem(QStringLiteral("limit"), QStringLiteral("1"));
        QVERIFY(ask(rest, request));
        QVERIFY2(server.received.startsWith("GET /a%20b/chat/api/v1/rooms/a%2Fb?limit=1 HTTP/1.1\r\n"),
            server.received.constData());
    }

    void noContentIsAnEmptyObject()
    {
        CannedServer server;
        server.answer = "HTTP/1.1 204 No Content\r\nConnection: close\r\n\r\n";
        RestClient rest(server.url(), "t");
        const auto answer = ask(rest, {HttpMethod::Delete, QStringLiteral("sessions/1")});
        QVERIFY(answer && answer->ok());
        QVERIFY((*answer)->object().isEmpty());
    }

    void refusals_data()
    {
        QTest::addColumn<QByteArray>("status");
        QTest::addColumn<QByteArray>("body");
        QTest::addColumn<QByteArray>("headers");
        QTest::addColumn<int>("code");
        QTest::addColumn<QString>("detail");
        QTest::addColumn<QString>("field");
        QTest::addColumn<int>("retryAfterMs");
        QTest::newRow("problem") << QByteArray("409 Conflict")
                                 << problem("name_taken", "The name is taken.", "username") << QByteArray()
                                 << int(ErrorCode::NameTaken) << QStringLiteral("The name is taken.")
                                 << QStringLiteral("username") << 0;
        QTest::newRow("rate") << QByteArray("429 Too Many Requests") << problem("rate_limited", "Slow down.")
                              << QByteArray("Retry-After: 7\r\n") << int(ErrorCode::RateLimited)
                              << QStringLiteral("Slow down.") << QString() << 7'000;
        QTest::newRow("a proxy's page") << QByteArray("502 Bad Gateway") << QByteArray("<html>oops</html>")
                                        << QByteArray() << int(ErrorCode::Internal)
                                        << QStringLiteral("%1 is not available now: what stands in front of "
                                                          "it answers with HTTP status 502 (Bad Gateway).")
                                        << QStringLiteral("server") << 0;
        QTest::newRow("a proxy that wants a log-in of its own")
            << QByteArray("401 Unauthorized") << QByteArray("<html>who are you?</html>") << QByteArray()
            << int(ErrorCode::Internal)
            << QStringLiteral("%1 answers with HTTP status 401 (Unauthorized). Is it a Rookery server?")
            << QStringLiteral("server") << 0;
        QTest::newRow("another server")
            << QByteArray("404 Not Found") << QByteArray() << QByteArray() << int(ErrorCode::NotFound)
            << QStringLiteral("%1 answers with HTTP status 404 (Not Found). Is it a Rookery server?")
            << QStringLiteral("server") << 0;
        QTest::newRow("a port that speaks TLS")
            << QByteArray("400 Bad Request")
            << QByteArray("This port speaks TLS. Use https:// (or wss://) instead of http:// (or ws://).\n")
            << QByteArray("Content-Type: text/plain; charset=utf-8\r\n") << int(ErrorCode::InvalidRequest)
            << QStringLiteral(
                   "%1 answers: This port speaks TLS. Use https:// (or wss://) instead of http:// (or "
                   "ws://).")
            << QStringLiteral("server") << 0;
        QTest::newRow("a port of others that speaks TLS")
            << QByteArray("400 Bad Request") << QByteArray("<html>plain HTTP request</html>")
            << QByteArray("Content-Type: text/html\r\n") << int(ErrorCode::InvalidRequest)
            << QStringLiteral(
                   "%1 answers with HTTP status 400 (Bad Request). Does its address begin with https://?")
            << QStringLiteral("server") << 0;
        QTest::newRow("a long text")
            << QByteArray("500 Internal Server Error") << QByteArray(5000, 'x')
            << QByteArray("Content-Type: text/plain\r\n") << int(ErrorCode::Internal)
            << QStringLiteral(
                   "%1 answers with HTTP status 500 (Internal Server Error). Is it a Rookery server?")
            << QStringLiteral("server") << 0;
        QTest::newRow("not JSON") << QByteArray("200 OK") << QByteArray("<html>hello</html>") << QByteArray()
                                  << int(ErrorCode::Internal)
                                  << QStringLiteral(
                                         "%1 answers with something else than JSON. Is it a Rookery server?")
                                  << QStringLiteral("server") << 0;
        QTest::newRow("redirect elsewhere")
            << QByteArray("302 Found") << QByteArray() << QByteArray("Location: http://127.0.0.2:1/\r\n")
            << int(ErrorCode::Internal) << QStringLiteral("Cannot reach %1: it redirects to another address.")
            << QStringLiteral("server") << 0;
    }
    void refusals()
    {
        QFETCH(QByteArray, status);
        QFETCH(QByteArray, body);
        QFETCH(QByteArray, headers);
        QFETCH(QString, detail);
        CannedServer server;
        server.respond(status, body, headers);
        RestClient rest(server.url(), "t");
        const auto answer = ask(rest, {HttpMethod::Get, QStringLiteral("rooms")});
        QVERIFY(answer && !answer->ok());
        const Problem &error = answer->error();
        QTEST(int(error.code), "code");
        const QString name = QStringLiteral("127.0.0.1:%1").arg(server.serverPort());
        QCOMPARE(inWords(error), detail.contains(QLatin1String("%1")) ? detail.arg(name) : detail);
        QTEST(error.field, "field");
        QTEST(int(error.retryAfter.count()), "retryAfterMs");
    }

    /// A kept log-in whose token is still in the keyring.
    void nothingIsSentBeforeThereIsAToken()
    {
        CannedServer server;
        server.respond("200 OK", "{}");
        RestClient rest(server.url(), {});
        rest.awaitToken();
        QSignalSpy unauthorized(&rest, &Rest::unauthorized);
        const auto early = ask(rest, {HttpMethod::Get, QStringLiteral("rooms")});
        QVERIFY(early && !early->ok());
        QCOMPARE(early->error().field, QStringLiteral("server"));
        QCOMPARE(inWords(early->error()), QStringLiteral("Waiting for this computer's keyring."));
        QVERIFY(server.received.isEmpty());
        QCOMPARE(unauthorized.size(), 0);
        rest.setToken("late");
        const auto answer = ask(rest, {HttpMethod::Get, QStringLiteral("rooms")});
        QVERIFY(answer && answer->ok());
        QVERIFY(server.received.contains("Bearer late"));
    }

    void aClosedPortIsASentence()
    {
        QUrl url;
        {
            CannedServer server;
            url = server.url();
        }
        RestClient rest(url, {});
        const auto answer = ask(rest, {HttpMethod::Get, QStringLiteral("rooms")});
        QVERIFY(answer && !answer->ok());
        QCOMPARE(inWords(answer->error()),
            QStringLiteral("Cannot reach 127.0.0.1:%1: connection refused.").arg(url.port()));
        QCOMPARE(answer->error().field, QStringLiteral("server"));
    }

    void aHostThatDoesNotExistIsASentence()
    {
        RestClient rest(QUrl(QStringLiteral("http://no-such-host.invalid:80")), {});
        const auto answer = ask(rest, {HttpMethod::Get, QStringLiteral("rooms")});
        QVERIFY(answer && !answer->ok());
        QCOMPARE(inWords(answer->error()),
            QStringLiteral("Cannot reach no-such-host.invalid: there is no such host."));
    }

    void aSilentServerIsGivenUp()
    {
        CannedServer server;
        RestClient rest(server.url(), {}, nullptr, 100ms);
        const auto answer = ask(rest, {HttpMethod::Get, QStringLiteral("rooms")});
        QVERIFY(answer && !answer->ok());
        QCOMPARE(inWords(answer->error()),
            QStringLiteral("Cannot reach 127.0.0.1:%1: it does not answer.").arg(server.serverPort()));
    }

    void aCutAnswerIsNoAnswer()
    {
        CannedServer server;
        server.answer = "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{\"x\":1}";
        RestClient rest(server.url(), {});
        const auto answer = ask(rest, {HttpMethod::Get, QStringLiteral("rooms")});
        QVERIFY(answer && !answer->ok());
        QCOMPARE(answer->error().field, QStringLiteral("server"));
    }

    void anEndedLogInIsTold()
    {
        CannedServer server;
        server.respond(
            "401 Unauthorized", problem("unauthorized", "Log in."), "WWW-Authenticate: Bearer\r\n");
        RestClient rest(server.url(), "old");
        QSignalSpy unauthorized(&rest, &Rest::unauthorized);
        const auto answer = ask(rest, {HttpMethod::Get, QStringLiteral("rooms")});
        QVERIFY(answer && !answer->ok());
        QCOMPARE(answer->error().code, ErrorCode::Unauthorized);
        QCOMPARE(unauthorized.size(), 1);
        // Without a token there is no log-in that could end.
        RestClient anonymous(server.url(), {});
        QSignalSpy other(&anonymous, &Rest::unauthorized);
        QVERIFY(ask(anonymous, {HttpMethod::Get, QStringLiteral("rooms")}));
        QCOMPARE(other.size(), 0);
    }

    void nobodyIsCalledWhoIsGone()
    {
        CannedServer server;
        server.respond("200 OK", "{}");
        RestClient rest(server.url(), {});
        auto context = std::make_unique<QObject>();
        bool called = false;
        rest.send({HttpMethod::Get, QStringLiteral("rooms")}, context.get(),
            [&called](const Outcome<JsonReader> &) { called = true; });
        context.reset();
        // A second request is answered after the first.
        QVERIFY(ask(rest, {HttpMethod::Get, QStringLiteral("rooms")}));
        QVERIFY(!called);
    }

    void aPageIsOfTheRoomThatWasAskedFor()
    {
        CannedServer server;
        server.respond("200 OK",
            R"({"epoch":"e","last_seq":1,"has_more":true,"events":[{"room":"other","seq":9,"kind":"hologram"},{"room":"other","seq":20}]})");
        RestClient rest(server.url(), {});
        std::optional<Page> page;
        fetchPage(&rest, QStringLiteral("r1"), 10, 50, this, [&page](const Outcome<Page> &result) {
            if (result)
                page = *result;
        });
        QTRY_VERIFY(page);
        QVERIFY(server.received.startsWith("GET /api/v1/rooms/r1/events?before=10&limit=50 "));
        QCOMPARE(page->events.size(), 1);
        QCOMPARE(page->events.constFirst().roomId, QStringLiteral("r1"));
        QCOMPARE(page->lastSeq, 9);
    }
};

QTEST_GUILESS_MAIN(TestRestClient)
#include "tst_restclient.moc"
