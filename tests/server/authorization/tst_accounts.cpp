// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/server/authorization/stage.h"
#include "tests/wire/rawclient.h"

#include <QJsonDocument>
#include <QTest>

#include <array>

using namespace rookery::test;

namespace {

constexpr std::array registerPaths{"/register", "/api/auth/register", "/api/v1/register"};
constexpr std::array logInPaths{"/login", "/api/auth/login", "/api/v1/login"};

QString textOf(const QJsonObject &frame, const char *field)
{
    return frame[QLatin1String(field)].toString();
}

QByteArray credentials(const QString &name, const QString &password)
{
    return toText({{QStringLiteral("username"), name}, {QStringLiteral("password"), password}}).toUtf8();
}

} // namespace

/// Names that look alike, passwords that are too long, and who may try how often: THREATS 5, 11, 13, and the
/// limits by address and by name.
class AccountsTest : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void initTestCase();
    void namesThatLookAlike_data();
    void namesThatLookAlike();
    void aNameIsFoundByItselfOnly();
    void hugePasswords_data();
    void hugePasswords();
    void unknownUserAndWrongPasswordSayTheSame();
    void logInsByName();
    void logInsFromABrowserOfBefore();
    void logInsByAddress();
    void logInsByNetwork();
    void registrationsByAddress();
    void guestsByAddress();
    void passwordChangesAreCounted();

private:
    static QMap<QString, QString> strict(const QString &extra = {}, const QString &value = {})
    {
        QMap<QString, QString> environment{
            {QStringLiteral("ROOKERY_LIMITS_LOGINS_PER_MINUTE"), QStringLiteral("3")}};
        if (!extra.isEmpty())
            environment.insert(extra, value);
        return environment;
    }
    Stage m_stage{{{QStringLiteral("ROOKERY_LIMITS_BODY_BYTES"), QStringLiteral("8388608")}}};
    TestDaemon m_usual; ///< with the limits that are the default
};

void AccountsTest::initTestCase()
{
    const QString problem = m_stage.start();
    QVERIFY2(problem.isEmpty(), qPrintable(problem));
    QVERIFY2(m_usual.start(), m_usual.log());
    for (const char *name : {"Alice", "BOB", "scope", "tamer", "Zo\xc3\xab", "willow"}) {
        const QByteArray body = credentials(QString::fromUtf8(name), QStringLiteral("correct horse"));
        QCOMPARE(m_stage.post(QStringLiteral("/register"), body).status, 201);
    }
}

void AccountsTest::namesThatLookAlike_data()
{
    QTest::addColumn<QString>("name");
    QTest::addColumn<int>("status");
    const auto row = [](const char *title, const QString &name, int status) {
        QTest::newRow(title) << name << status;
    };
    row("the same", QStringLiteral("Alice"), 409);
    row("other case", QStringLiteral("aLICE"), 409);
    row("capital I for l", QStringLiteral("AIice"), 409);
    row("one for l", QStringLiteral("A1ice"), 409);
    row("zero for O", QStringLiteral("b0b"), 409);
    row("rn for m", QStringLiteral("tarner"), 409);
    row("reserved", QStringLiteral("admin"), 409);
    row("like a reserved one", QStringLiteral("adrnin"), 409);
    row("a guest's", QStringLiteral("guest-42"), 409);
    row("dotless i", QStringLiteral("al\u0131ce"), 409);
    row("full width", QStringLiteral("\uff21\uff4c\uff49\uff43\uff45"), 409);
    row("one letter full width", QStringLiteral("\uff57illow"), 409);
    row("two letters for one", QStringLiteral("vvillow"), 409);
    row("reserved, one letter full width", QStringLiteral("a\uff44min"), 409);
    row("reserved, with separators", QStringLiteral("ad.m-in"), 409);
    row("reserved, with a mark", QStringLiteral("\u00e1dmin"), 409);
    row("a guest's without the separator", QStringLiteral("guest1"), 409);
    row("a guest's with another separator", QStringLiteral("gue.st_1"), 409);
    row("mathematical", QStringLiteral("𝐀𝐥𝐢𝐜𝐞"), 409);
    row("whole word Cyrillic", QStringLiteral("\u0455\u0441\u043e\u0440\u0435"), 409);
    row("whole word Cyrillic capitals", QStringLiteral("\u0412\u041e\u0412"), 409);
    row("one letter Cyrillic", QStringLiteral("Al\u0456ce"), 400);
    row("one letter Greek", QStringLiteral("b\u03bfb"), 400);
    row("one letter Cherokee", QStringLiteral("\u13aalice"), 400);
    row("decomposed", QStringLiteral("Zoe\u0308"), 409);
    row("two marks in the other order", QStringLiteral("Zo\u0323\u0308e"), 201);
    row("one mark twice", QStringLiteral("Zoe\u0308\u0308"), 400);
    row("a stack of marks", QStringLiteral("Alx\u0301\u0302\u0303\u0304\u0306ice"), 400);
    row("combining grapheme joiner", QStringLiteral("Ali\u034fce"), 400);
    row("right-to-left override", QStringLiteral("\u202eecilA"), 400);
    row("left-to-right mark", QStringLiteral("Alice\u200e"), 400);
    row("isolates", QStringLiteral("\u2066Alice\u2069"), 400);
    row("zero-width space", QStringLiteral("Ali\u200bce"), 400);
    row("zero-width joiner", QStringLiteral("Ali\u200dce"), 400);
    row("word joiner", QStringLiteral("Ali\u2060ce"), 400);
    row("soft hyphen", QStringLiteral("Ali\u00adce"), 400);
    row("byte order mark", QStringLiteral("\ufeffAlice"), 400);
    row("variation selector", QStringLiteral("Alice\ufe0f"), 400);
    row("tag characters", QStringLiteral("Alice\U000e0061"), 400);
    row("Hangul filler", QStringLiteral("Alice\u3164"), 400);
    row("a space behind", QStringLiteral("Alice "), 400);
    row("a no-break space", QStringLiteral("Al\u00a0ice"), 400);
    row("digits of two systems", QStringLiteral("Alice1\u0661"), 400);
}

/// THREATS 5, over every dialect that registers.
void AccountsTest::namesThatLookAlike()
{
    QFETCH(const QString, name);
    QFETCH(const int, status);
    for (const char *path : registerPaths) {
        const HttpAnswer answer =
            m_stage.post(QLatin1String(path), credentials(name, QStringLiteral("correct horse")));
        const bool again = status == 201 && path != registerPaths.front();
        QVERIFY2(answer.status == (again ? 409 : status), answer.body.constData());
        if (answer.status != 201)
            QCOMPARE(textOf(answer.json, "field"), QStringLiteral("username"));
    }
}

/// THREATS 5: whoever types a look-alike does not reach, or log in as, whom it looks like.
void AccountsTest::aNameIsFoundByItselfOnly()
{
    const QString &token = m_stage.user(Caller::User).token;
    const auto found = [&](const QString &name) {
        return m_stage
            .ask("GET", QStringLiteral("/users/") + QString::fromLatin1(QUrl::toPercentEncoding(name)), {},
                token)
            .status;
    };
    QCOMPARE(found(QStringLiteral("ALICE")), 200);
    QCOMPARE(found(QStringLiteral("Zoe\u0308")), 200);
    for (const QString &name :
        {QStringLiteral("A1ice"), QStringLiteral("AIice"), QStringLiteral("Al\u0456ce"),
            QStringLiteral("\u0455\u0441\u043e\u0440\u0435"), QStringLiteral("Alice\u200b")}) {
        QCOMPARE(found(name), 404);
        QCOMPARE(
            m_stage.post(QStringLiteral("/login"), credentials(name, QStringLiteral("correct horse"))).status,
            401);
    }
}

void AccountsTest::hugePasswords_data()
{
    QTest::addColumn<QString>("path");
    QTest::addColumn<QString>("field");
    for (const char *path : registerPaths)
        QTest::newRow(path) << path << "password";
    for (const char *path : logInPaths)
        QTest::newRow(path) << path << "password";
    QTest::newRow("current") << "/api/v1/me/password"
                             << "current";
    QTest::newRow("new") << "/api/v1/me/password"
                         << "new";
}

/// THREATS 13. That nothing is hashed: tests/server/core/tst_services.cpp.
void AccountsTest::hugePasswords()
{
    QFETCH(const QString, path);
    QFETCH(const QString, field);
    QJsonObject body{{QStringLiteral("username"), m_stage.freshName()},
        {QStringLiteral("current"), QStringLiteral("correct horse")},
        {QStringLiteral("new"), QStringLiteral("correct horse")}};
    body.insert(field, QString(5'000'000, u'a'));
    const QString &token = m_stage.user(Caller::User).token;
    const HttpAnswer refused = m_stage.post(path, toText(body).toUtf8(), token);
    QVERIFY2(refused.status == 400, refused.body.constData());
    QCOMPARE(textOf(refused.json, "field"), field);
    QVERIFY(refused.body.size() < 1000);
    // By default such a body does not even come in.
    QNetworkAccessManager manager;
    const int status =
        requestWith(manager, "POST", m_usual.url().resolved(QUrl(path)), toText(body).toUtf8(), token).status;
    // 0: the refusal was overtaken by the end of the connection, which so large a body does not fit into.
    QVERIFY2(status == 413 || status == 0, qPrintable(QString::number(status)));
}

/// THREATS 11: what is said.
void AccountsTest::unknownUserAndWrongPasswordSayTheSame()
{
    for (const char *path : logInPaths) {
        QByteArrayList answers;
        for (const QString &name : {QStringLiteral("Alice"), QStringLiteral("nobody-here"),
                 QStringLiteral("A1ice"), QStringLiteral("not a name!"), QString(5000, u'x')}) {
            const HttpAnswer answer =
                m_stage.post(QLatin1String(path), credentials(name, QStringLiteral("wrong password")));
            QCOMPARE(answer.status, 401);
            QByteArray all = answer.body;
            for (const auto &[key, value] : answer.headers) {
                if (key.toLower() != "date")
                    all += '\n' + key + ": " + value;
            }
            answers.append(all);
        }
        for (const QByteArray &answer : std::as_const(answers))
            QCOMPARE(answer, answers.constFirst());
    }
}

/// THREATS 38: three networks that may try three times each keep nobody else out, thirty tries do.
void AccountsTest::logInsByName()
{
    TestDaemon daemon({}, strict());
    QVERIFY2(daemon.start(), daemon.log());
    const TestUser alice = registerUser(daemon.url(), QStringLiteral("alice")); // one log-in
    const QByteArray wrong = credentials(QStringLiteral("alice"), QStringLiteral("wrong password"));
    const QByteArray right = credentials(QStringLiteral("alice"), QStringLiteral("correct horse"));
    const auto from = [&](int network) { return QHostAddress(QStringLiteral("127.0.1.%1").arg(network)); };
    // In every spelling of the name.
    const std::array spellings{QStringLiteral("alice"), QStringLiteral("ALICE"), QStringLiteral("aLiCe")};
    int tries = 1;
    for (int network = 1; network <= 3; ++network) {
        RawClient stranger(daemon.url(), from(network));
        for (int i = 0; i < 3; ++i, ++tries)
            QCOMPARE(stranger
                         .post(logInPaths[size_t(i)],
                             credentials(spellings[size_t(i)], QStringLiteral("wrong password")))
                         .status,
                401);
        QCOMPARE(stranger.post("/login", wrong).status, 429);
    }
    {
        RawClient owner(daemon.url(), from(100));
        QCOMPARE(owner.post("/login", right).status, 200);
        ++tries;
    }
    // What all together may try is bounded all the same; on a slow machine some more, since time goes by.
    int status = 401;
    for (int network = 4; network < 90 && status == 401; ++network) {
        RawClient stranger(daemon.url(), from(network));
        for (int i = 0; i < 3 && status == 401; ++i, ++tries)
            status = stranger.post("/login", wrong).status;
    }
    QCOMPARE(status, 429);
    QVERIFY(tries > 30);
    RawClient last(daemon.url(), from(101));
    const Answer limited = last.post("/login", right);
    QCOMPARE(limited.status, 429);
    QVERIFY(limited.header("retry-after").toInt() >= 1 && limited.header("retry-after").toInt() <= 20);
    QCOMPARE(last.post("/login", credentials(QStringLiteral("bob"), QStringLiteral("wrong password"))).status,
        401);
    // Whoever has a session changes the password all the same.
    QCOMPARE(last.post("/api/v1/me/password", R"({"current":"correct horse","new":"battery staple"})",
                     {{"Authorization", "Bearer " + alice.token.toUtf8()}})
                 .status,
        204);
}

/// THREATS 38: whoever has logged in from a browser before is kept out of it by nobody else's tries, neither
/// in their name nor from their network; and it lets nobody in without the password.
void AccountsTest::logInsFromABrowserOfBefore()
{
    TestDaemon daemon({}, strict());
    QVERIFY2(daemon.start(), daemon.log());
    registerUser(daemon.url(), QStringLiteral("alice"));
    registerUser(daemon.url(), QStringLiteral("mallory"));
    const QByteArray right = credentials(QStringLiteral("alice"), QStringLiteral("correct horse"));
    const QByteArray wrong = credentials(QStringLiteral("alice"), QStringLiteral("wrong password"));
    const auto deviceOf = [&](const QString &name, const char *address) {
        RawClient browser(daemon.url(), QHostAddress(QString::fromLatin1(address)));
        const QByteArray head =
            browser.post("/login", credentials(name, QStringLiteral("correct horse"))).head;
        const qsizetype begin = head.indexOf("rookery_device=");
        const qsizetype end = head.indexOf(';', begin);
        return begin < 0 ? Headers() : Headers{{"Cookie", head.sliced(begin, end - begin)}};
    };
    const Headers device = deviceOf(QStringLiteral("alice"), "127.0.2.1");
    const Headers other = deviceOf(QStringLiteral("mallory"), "127.0.2.2");
    QVERIFY(!device.isEmpty() && !other.isEmpty());

    // Strangers use up all that the network may try, and all that may be tried in the name.
    RawClient neighbour(daemon.url(), QHostAddress(QStringLiteral("127.0.2.3")));
    int status = 0;
    for (int i = 0; i < 10 && (status = neighbour.post("/login", wrong).status) == 401; ++i) { }
    QCOMPARE(status, 429);
    for (int network = 4; network < 90; ++network) {
        RawClient stranger(daemon.url(), QHostAddress(QStringLiteral("127.0.2.%1").arg(network)));
        if (stranger.post("/login", wrong).status == 429)
            break; // its own tries cannot be what is used up
        stranger.post("/login", wrong);
        stranger.post("/login", wrong);
    }
    RawClient elsewhere(daemon.url(), QHostAddress(QStringLiteral("127.0.2.100")));
    QCOMPARE(elsewhere.post("/login", right).status, 429);
    // A cookie of somebody else, or one that is none, is worth nothing.
    QCOMPARE(elsewhere.post("/login", right, other).status, 429);
    QCOMPARE(elsewhere.post("/login", right, {{"Cookie", "rookery_device=a.99999999999.b"}}).status, 429);

    // The owner's own passes, even from the neighbour's network.
    QCOMPARE(neighbour.post("/login", right, device).status, 200);
    // It has tries of its own, and no more than others; and it is no credential.
    QCOMPARE(neighbour.post("/login", wrong, device).status, 401);
    QCOMPARE(neighbour.post("/login", wrong, device).status, 401);
    QCOMPARE(neighbour.post("/login", right, device).status, 429);
    QCOMPARE(elsewhere.post("/api/v1/me/password", "{}", device).status, 401);
}

void AccountsTest::logInsByAddress()
{
    TestDaemon daemon({}, strict());
    QVERIFY2(daemon.start(), daemon.log());
    RawClient client(daemon.url(), QHostAddress(QStringLiteral("127.0.1.1")));
    const auto logIn = [](RawClient &from, const QString &name, const Headers &headers = {}) {
        return from.post("/api/v1/login", credentials(name, QStringLiteral("wrong password")), headers)
            .status;
    };
    for (int i = 0; i < 3; ++i)
        QCOMPARE(logIn(client, QStringLiteral("name-%1").arg(i)), 401);
    QCOMPARE(logIn(client, QStringLiteral("name-3")), 429);
    // Nobody is somebody else by saying so.
    for (const auto &[header, value] :
        Headers{{"X-Forwarded-For", "192.0.2.7"}, {"Forwarded", "for=192.0.2.7"}, {"X-Real-IP", "192.0.2.7"},
            {"CF-Connecting-IP", "192.0.2.7"}, {"True-Client-IP", "192.0.2.7"}})
        QCOMPARE(logIn(client, QStringLiteral("name-4"), {{header, value}}), 429);
    RawClient again(daemon.url(), QHostAddress(QStringLiteral("127.0.1.1")));
    QCOMPARE(logIn(again, QStringLiteral("name-5")), 429);
    RawClient other(daemon.url(), QHostAddress(QStringLiteral("127.0.1.2")));
    QCOMPARE(logIn(other, QStringLiteral("name-6")), 401);
}

/// Whoever has one address of an IPv6 network has the 2^64 of it.
void AccountsTest::logInsByNetwork()
{
    TestDaemon daemon(
        {}, strict(QStringLiteral("ROOKERY_HTTP_TRUSTED_PROXIES"), QStringLiteral("127.0.0.1")));
    QVERIFY2(daemon.start(), daemon.log());
    RawClient proxy(daemon.url(), QHostAddress(QHostAddress::LocalHost));
    int names = 0;
    const auto logInFrom = [&](const char *address) {
        return proxy
            .post("/login",
                credentials(QStringLiteral("name-%1").arg(++names), QStringLiteral("wrong password")),
                {{"X-Forwarded-For", address}})
            .status;
    };
    QCOMPARE(logInFrom("2001:db8:1:2::1"), 401);
    QCOMPARE(logInFrom("2001:db8:1:2:ffff::2"), 401);
    QCOMPARE(logInFrom("2001:db8:1:2::3"), 401);
    QCOMPARE(logInFrom("2001:db8:1:2:a:b:c:d"), 429);
    QCOMPARE(logInFrom("2001:db8:1:3::1"), 401);
    QCOMPARE(logInFrom("192.0.2.1"), 401);
    QCOMPARE(logInFrom("192.0.2.2"), 401);
}

void AccountsTest::registrationsByAddress()
{
    TestDaemon daemon({}, strict());
    QVERIFY2(daemon.start(), daemon.log());
    RawClient client(daemon.url(), QHostAddress(QStringLiteral("127.0.1.1")));
    for (int i = 0; i < 3; ++i)
        QCOMPARE(client
                     .post(registerPaths[size_t(i)],
                         credentials(QStringLiteral("name-%1").arg(i), QStringLiteral("correct horse")))
                     .status,
            201);
    const QByteArray fourth = credentials(QStringLiteral("name-4"), QStringLiteral("correct horse"));
    QCOMPARE(client.post("/register", fourth).status, 429);
    RawClient other(daemon.url(), QHostAddress(QStringLiteral("127.0.1.2")));
    QCOMPARE(other.post("/register", fourth).status, 201);
}

/// Each guest is a user in the database for ever.
void AccountsTest::guestsByAddress()
{
    TestDaemon daemon({},
        {{QStringLiteral("ROOKERY_AUTH_GUESTS"), QStringLiteral("true")},
            {QStringLiteral("ROOKERY_LIMITS_GUESTS_PER_MINUTE"), QStringLiteral("3")}});
    QVERIFY2(daemon.start(), daemon.log());
    for (int i = 0; i < 3; ++i) {
        WebSocketClient guest;
        QVERIFY(guest.open(daemon.webSocketUrl(QStringLiteral("/ws/chat/lobby"))));
        QVERIFY(!guest.next(QStringLiteral("room_users_list")).isEmpty());
    }
    WebSocketClient fourth;
    fourth.open(daemon.webSocketUrl(QStringLiteral("/ws/chat/lobby")));
    const QJsonObject error = fourth.next();
    QCOMPARE(textOf(error, "code"), QStringLiteral("rate_limited"));
    QVERIFY(error[QLatin1String("retry_after_ms")].toInt() > 0);
    QCOMPARE(fourth.closeCode(), 1011); // come back later
}

void AccountsTest::passwordChangesAreCounted()
{
    TestDaemon daemon({}, strict());
    QVERIFY2(daemon.start(), daemon.log());
    const TestUser alice = registerUser(daemon.url(), QStringLiteral("alice"));
    RawClient client(daemon.url(), QHostAddress(QStringLiteral("127.0.1.1")));
    const Headers token{{"Authorization", "Bearer " + alice.token.toUtf8()}};
    const QByteArray guess = R"({"current":"a wrong guess","new":"battery staple"})";
    QCOMPARE(client.post("/api/v1/me/password", guess, token).status, 403);
    QCOMPARE(client.post("/api/v1/me/password", guess, token).status, 403);
    QCOMPARE(client.post("/api/v1/me/password", guess, token).status, 403);
    QCOMPARE(client.post("/api/v1/me/password", guess, token).status, 429);
}

QTEST_GUILESS_MAIN(AccountsTest)
#include "tst_accounts.moc"
