// SPDX-License-Identifier: GPL-3.0-or-later
#include "common/jsonreader.h"
#include "server/core/sessionwatch.h"
#include "server/http/errorresponse.h"
#include "server/http/router.h"
#include "server/net/acceptor.h"
#include "server/net/server.h"
#include "server/net/stream/tlsfiles.h"
#include "tests/server/core/corefixture.h"
#include "tests/wire/rawclient.h"

#include <QCryptographicHash>
#include <QTest>

using namespace rookery;
using namespace rookery::http;
using rookery::test::Answer;
using rookery::test::answerOf;
using rookery::test::CoreFixture;
using rookery::test::RawClient;

namespace {

constexpr qint64 mostBytes = 8 * 1024 * 1024;
constexpr qint64 mebi = 1024 * 1024;

/// The byte at each place of a file that is sent to the client.
char byteAt(qint64 at)
{
    return char('a' + at / 7 % 26);
}

QByteArray bytes(qint64 from, qsizetype count)
{
    QByteArray all(count, Qt::Uninitialized);
    for (qsizetype i = 0; i < count; ++i)
        all[i] = byteAt(from + i);
    return all;
}

/// Pauses after every piece, until the event loop comes around.
class Digest : public net::BodySink
{
public:
    Digest(QString name, ResponseBuilder form, int *alive)
        : m_name(std::move(name))
        , m_form(std::move(form))
        , m_alive(alive)
    {
        ++*m_alive;
    }
    ~Digest() override { --*m_alive; }

    Flow begin(net::Exchange &exchange) override
    {
        m_exchange = &exchange;
        return Flow::More;
    }
    Flow take(QByteArrayView data) override
    {
        m_hash.addData(data);
        m_bytes += data.size();
        QMetaObject::invokeMethod(
            &m_context, [this] { m_exchange->resume(); }, Qt::QueuedConnection);
        return Flow::Pause;
    }
    void end() override
    {
        m_exchange->respond(m_form.json(201,
            {{QStringLiteral("name"), m_name}, {QStringLiteral("bytes"), m_bytes},
                {QStringLiteral("sha256"), QString::fromLatin1(m_hash.result().toHex())}}));
    }
    void aborted() override { }

private:
    QString m_name;
    ResponseBuilder m_form;
    int *m_alive;
    net::Exchange *m_exchange = nullptr;
    QCryptographicHash m_hash{QCryptographicHash::Sha256};
    qint64 m_bytes = 0;
    QObject m_context;
};

class Letters : public net::BodySource
{
public:
    explicit Letters(qint64 size, qint64 *pulled)
        : m_size(size)
        , m_pulled(pulled)
    { }

    std::optional<qint64> length() const override { return m_size; }
    Pulled pull(qsizetype most, QByteArray &data) override
    {
        data = bytes(m_at, most);
        m_at += most;
        *m_pulled += most;
        return Pulled::Bytes;
    }

private:
    qint64 m_size;
    qint64 *m_pulled;
    qint64 m_at = 0;
};

} // namespace

/// Routes that stream, behind the router's checks, on a server of their own.
class StreamsTest : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void initTestCase_data();
    void initTestCase();
    void bodyStreamsIn_data();
    void bodyStreamsIn();
    void answerStreamsOut();
    void headPullsNothing();
    void connectionGoesOn();
    void refusedFromTheHead_data();
    void refusedFromTheHead();
    void pathHasBufferedRoutesToo();
    void spentBudgetRefusesLate();
    void bytesAreCharged();
    void bytesOfAnswersAreCharged();
    void routerGoesBeforeTheServer();

private:
    struct Site
    {
        explicit Site(CoreFixture &core, const Limits &limits = {})
            : server(limits, net::makeConnectionQuota(limits))
            , budget(limits)
            , router(std::make_unique<Router>(
                  &budget, core.accounts, OriginPolicy({QStringLiteral("https://friend.example")})))
        {
            router->addStream(Method::Put, QStringLiteral("/files/{name}"), Access::User,
                [this](const Request &request, const ResponseBuilder &form) {
                    const QString name = request.parameter(QLatin1String("name"));
                    return net::StreamBody{std::make_unique<Digest>(name, form, &sinks), mostBytes};
                });
            router->addStream(Method::Get, QStringLiteral("/files/{name}"), Access::User,
                [this](const Request &request, const ResponseBuilder &form) -> StreamDecision {
                    const qint64 size = request.parameter(QLatin1String("name")).toLongLong();
                    if (size == 0)
                        return form.problem({ErrorCode::NotFound, QStringLiteral("There is no such file.")});
                    return form.content("text/plain", std::make_unique<Letters>(size, &pulled),
                        {{"Cache-Control", "public"}});
                });
            router->add(Method::Delete, QStringLiteral("/files/{name}"), Access::User,
                [](const Request &, const ReplyPtr &reply) { reply->empty(); });
            router->add(Method::Post, QStringLiteral("/files"), Access::User,
                [](const Request &request, const ReplyPtr &reply) {
                    const auto body = request.json();
                    if (body)
                        reply->json(200, body->object());
                    else
                        reply->problem(body.error());
                });
            server.setRefusalBody(http::refusal);
            router->attach(&server);
            QFETCH_GLOBAL(bool, late);
            if (late)
                core.shared.sessions.share();
        }

        int sinks = 0; ///< alive
        qint64 pulled = 0;
        net::Server server;
        core::Budget budget;
        net::Acceptor acceptor{std::vector<net::Server *>{&server}};
        std::unique_ptr<Router> router;
    };

    QUrl listen(Site &site) const
    {
        QFETCH_GLOBAL(bool, secure);
        const auto url = site.acceptor.listen(
            QUrl(secure ? QStringLiteral("https://127.0.0.1:0") : QStringLiteral("http://127.0.0.1:0")),
            secure ? std::optional(m_tls) : std::nullopt);
        return url ? *url : QUrl();
    }
    QByteArray head(const QByteArray &line, const QByteArray &fields = {}) const
    {
        return line + " HTTP/1.1\r\nHost: a\r\n" + fields + "\r\n";
    }
    QByteArray authorized(const QByteArray &line, const QByteArray &fields = {}) const
    {
        return head(line, "Authorization: Bearer " + m_token + "\r\n" + fields);
    }
    static QJsonObject json(const Answer &answer)
    {
        const auto reader = JsonReader::parse(answer.body);
        return reader ? reader->object() : QJsonObject();
    }

    QTemporaryDir m_folder;
    net::TlsFiles m_tls;
    std::unique_ptr<CoreFixture> m_core;
    std::unique_ptr<core::SessionWatch> m_watch;
    QByteArray m_token;
};

void StreamsTest::initTestCase_data()
{
    QTest::addColumn<bool>("secure");
    QTest::addColumn<bool>("late"); // only the store can say whose the token is
    QTest::newRow("plain") << false << false;
    QTest::newRow("tls") << true << false;
    QTest::newRow("late") << false << true;
}

void StreamsTest::initTestCase()
{
    if (m_core)
        return;
    const auto files = net::ensureSelfSignedCertificate(m_folder.path());
    QVERIFY(files.ok());
    m_tls = *files;
    m_core = std::make_unique<CoreFixture>(rookery::test::withoutLogInLimit());
    m_core->newUser(QStringLiteral("anna"));
    const auto login = answerOf<core::LogIn>([&](auto *context, auto done) {
        m_core->accounts->logIn(QStringLiteral("anna"), QStringLiteral("correct horse"), {}, context, done);
    });
    QVERIFY(login.ok());
    m_token = login->token;
    m_watch = std::make_unique<core::SessionWatch>(m_core->store.get(), &m_core->shared.sessions);
    m_core->accounts->setSessionWatch(m_watch.get());
}

void StreamsTest::bodyStreamsIn_data()
{
    QTest::addColumn<qint64>("size");
    QTest::addColumn<bool>("chunked");
    QTest::newRow("nothing") << qint64(0) << false;
    QTest::newRow("a byte") << qint64(1) << false;
    QTest::newRow("3 MiB") << 3 * mebi << false;
    QTest::newRow("3 MiB in chunks") << 3 * mebi << true;
    QTest::newRow("as much as may be") << mostBytes << false;
}

void StreamsTest::bodyStreamsIn()
{
    QFETCH(qint64, size);
    QFETCH(bool, chunked);
    Site site(*m_core);
    RawClient client(listen(site));
    const QByteArray body = bytes(0, size);
    client.send(authorized("PUT /files/a%20b",
        chunked ? "Transfer-Encoding: chunked\r\n" : "Content-Length: " + QByteArray::number(size) + "\r\n"));
    if (chunked) {
        constexpr qsizetype piece = 100'000;
        for (qsizetype at = 0; at < body.size(); at += piece) {
            const QByteArray part = body.mid(at, piece);
            client.send(QByteArray::number(part.size(), 16) + "\r\n" + part + "\r\n");
        }
        client.send("0\r\n\r\n");
    } else {
        client.send(body);
    }
    const Answer answer = client.answer();
    QCOMPARE(answer.status, 201);
    QCOMPARE(json(answer),
        (QJsonObject{{QStringLiteral("name"), QStringLiteral("a b")}, {QStringLiteral("bytes"), size},
            {QStringLiteral("sha256"),
                QString::fromLatin1(QCryptographicHash::hash(body, QCryptographicHash::Sha256).toHex())}}));
    QCOMPARE(answer.header("cache-control"), QByteArray("no-store"));
    QCOMPARE(answer.header("x-content-type-options"), QByteArray("nosniff"));
    QVERIFY(!answer.header("date").isEmpty());
    QTRY_COMPARE(site.sinks, 0);
}

void StreamsTest::answerStreamsOut()
{
    Site site(*m_core);
    RawClient client(listen(site));
    client.send(authorized("GET /files/3000001", "Origin: https://friend.example\r\n"));
    const Answer answer = client.answer();
    QCOMPARE(answer.status, 200);
    QCOMPARE(answer.header("content-type"), QByteArray("text/plain"));
    // For one user, whatever the handler says.
    QCOMPARE(answer.header("cache-control"), QByteArray("no-store"));
    QCOMPARE(answer.header("x-content-type-options"), QByteArray("nosniff"));
    QCOMPARE(answer.header("access-control-allow-origin"), QByteArray("https://friend.example"));
    QVERIFY(answer.body == bytes(0, 3'000'001));

    client.send(authorized("GET /files/0"));
    const Answer missing = client.answer();
    QCOMPARE(missing.status, 404);
    QCOMPARE(json(missing).value(QLatin1String("code")).toString(), QStringLiteral("not_found"));
}

void StreamsTest::headPullsNothing()
{
    Site site(*m_core);
    RawClient client(listen(site));
    client.send(authorized("HEAD /files/3000001"));
    const Answer answer = client.answer(true);
    QCOMPARE(answer.status, 200);
    QCOMPARE(answer.header("content-length"), QByteArray("3000001"));
    QCOMPARE(site.pulled, 0);
}

void StreamsTest::connectionGoesOn()
{
    Site site(*m_core);
    RawClient client(listen(site));
    for (int i = 0; i < 3; ++i) {
        client.send(authorized("PUT /files/x", "Content-Length: 5\r\n") + "12345");
        QCOMPARE(client.answer().status, 201);
        client.send(authorized("GET /files/5"));
        QCOMPARE(client.answer().body, QByteArray("aaaaa"));
        client.send(authorized("POST /files", "Content-Length: 2\r\n") + "{}");
        QCOMPARE(client.answer().status, 200);
    }
}

void StreamsTest::refusedFromTheHead_data()
{
    QTest::addColumn<QByteArray>("fields");
    QTest::addColumn<int>("status");
    QTest::addColumn<QString>("code");
    const auto row = [](const char *name, const QByteArray &fields, int status, const char *code) {
        QTest::newRow(name) << fields << status << QString::fromLatin1(code);
    };
    const QByteArray large = "Content-Length: 8000000\r\n";
    row("no token", large, 401, "unauthorized");
    row("no token, in chunks", "Transfer-Encoding: chunked\r\n", 401, "unauthorized");
    row("bad token", large + "Authorization: Bearer nonsense\r\n", 401, "unauthorized");
    row("foreign page", large + "Cookie: rookery_session=@\r\nOrigin: https://evil.example\r\n", 403,
        "forbidden");
    row("a friend's form",
        large + "Cookie: rookery_session=@\r\nOrigin: https://friend.example\r\nContent-Type: text/plain\r\n",
        415, "unsupported_media_type");
    row("a friend's form without a type",
        large + "Cookie: rookery_session=@\r\nOrigin: https://friend.example\r\n", 415,
        "unsupported_media_type");
    row("compressed", large + "Authorization: Bearer @\r\nContent-Encoding: gzip\r\n", 415,
        "unsupported_media_type");
    row("too long", "Content-Length: 8388609\r\nAuthorization: Bearer @\r\n", 413, "payload_too_large");
    row("waiting for 100", large + "Expect: 100-continue\r\n", 401, "unauthorized");
}

/// Nothing of the body has been sent when the answer comes.
void StreamsTest::refusedFromTheHead()
{
    QFETCH(QByteArray, fields);
    QFETCH(int, status);
    QFETCH(QString, code);
    QFETCH_GLOBAL(bool, secure);
    fields.replace('@', m_token);
    if (secure)
        fields.replace("rookery_session", "__Host-rookery_session");
    Site site(*m_core);
    RawClient client(listen(site));
    client.send(head("PUT /files/x", fields));
    const Answer answer = client.answer();
    QCOMPARE(answer.status, status);
    QCOMPARE(json(answer).value(QLatin1String("code")).toString(), code);
    QCOMPARE(answer.header("connection"), QByteArray("close"));
    QVERIFY(!answer.header("date").isEmpty());
    QCOMPARE(site.sinks, 0);
}

void StreamsTest::pathHasBufferedRoutesToo()
{
    Site site(*m_core);
    RawClient client(listen(site));
    client.send(authorized("DELETE /files/x"));
    QCOMPARE(client.answer().status, 204);
    client.send(authorized("PATCH /files/x"));
    const Answer wrong = client.answer();
    QCOMPARE(wrong.status, 405);
    QCOMPARE(wrong.header("allow"), QByteArray("GET, HEAD, PUT, DELETE, OPTIONS"));
    client.send(authorized("OPTIONS /files/x"));
    QCOMPARE(client.answer(true).status, 204);
    client.send(authorized("GET /files/%FF"));
    QCOMPARE(client.answer().status, 400);
    client.send(authorized("PUT /files//", "Content-Length: 0\r\n"));
    QCOMPARE(client.answer().status, 405); // of /files
}

/// THREATS 31. The body is not read meanwhile.
void StreamsTest::spentBudgetRefusesLate()
{
    Limits limits;
    limits.workPerUser = 1;
    limits.workPerNetwork = 1; // 20 ms at once
    Site site(*m_core, limits);
    RawClient client(listen(site));
    core::Principal network;
    network.network = QStringLiteral("127.0.0.1");
    site.budget.charge(network, 1'000'000);
    QElapsedTimer sinceAsked;
    sinceAsked.start();
    client.send(authorized("PUT /files/x", "Content-Length: 8000000\r\n"));
    const Answer answer = client.answer();
    QVERIFY2(sinceAsked.elapsed() >= 990, qPrintable(QString::number(sinceAsked.elapsed())));
    QCOMPARE(answer.status, 429);
    QVERIFY(answer.header("retry-after").toInt() >= 1);
    QCOMPARE(json(answer).value(QLatin1String("code")).toString(), QStringLiteral("rate_limited"));
    QCOMPARE(answer.header("connection"), QByteArray("close"));
    QCOMPARE(site.sinks, 0);
}

void StreamsTest::bytesAreCharged()
{
    Limits limits;
    limits.workPerUser = 1; // 20 ms at once: some 25 MiB
    Site site(*m_core, limits);
    const QUrl url = listen(site);
    const QByteArray body = bytes(0, mostBytes);
    int status = 201;
    int sent = 0;
    for (; status == 201 && sent < 100; ++sent) {
        RawClient client(url);
        client.send(
            authorized("PUT /files/x", "Content-Length: " + QByteArray::number(body.size()) + "\r\n"));
        client.send(body);
        status = client.answer().status;
    }
    QCOMPARE(status, 429);
    QVERIFY2(sent > 1 && sent < 100, qPrintable(QString::number(sent)));
}

void StreamsTest::bytesOfAnswersAreCharged()
{
    Limits limits;
    limits.workPerUser = 1;
    Site site(*m_core, limits);
    RawClient client(listen(site));
    int status = 200;
    int got = 0;
    for (; status == 200 && got < 100; ++got) {
        client.send(authorized("GET /files/8000000"));
        status = client.answer().status;
    }
    QCOMPARE(status, 429);
    QVERIFY2(got > 1 && got < 100, qPrintable(QString::number(got)));
}

void StreamsTest::routerGoesBeforeTheServer()
{
    Site site(*m_core);
    RawClient client(listen(site));
    client.send(authorized("PUT /files/x", "Content-Length: 5\r\n") + "12");
    QTRY_COMPARE(site.sinks, 1);
    site.router.reset();
    client.send("345");
    const Answer answer = client.answer();
    QCOMPARE(answer.status, 201);
    QCOMPARE(json(answer).value(QLatin1String("bytes")).toInt(), 5);
}

QTEST_GUILESS_MAIN(StreamsTest)
#include "tst_streams.moc"
