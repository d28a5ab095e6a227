// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/auth/presented.h"

#include <QTest>

using namespace rookery;
using namespace rookery::auth;

class tst_Presented : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void headers_data();
    void headers();
    void handshakes_data();
    void handshakes();
    void overTls_data();
    void overTls();
    void needsNoOrigin();
    void cookieOfALogIn();
    void cookieTakenBack();
    void origins_data();
    void origins();
};

void tst_Presented::headers_data()
{
    QTest::addColumn<QByteArray>("authorization");
    QTest::addColumn<QByteArray>("cookie");
    QTest::addColumn<QByteArray>("token");
    QTest::addColumn<bool>("fromCookie");
    const QByteArray none;

    QTest::newRow("nothing") << none << none << none << false;
    QTest::newRow("bearer") << QByteArray("Bearer abc.def.ghi") << none << QByteArray("abc.def.ghi") << false;
    QTest::newRow("in any case") << QByteArray("bEARER abc") << none << QByteArray("abc") << false;
    QTest::newRow("spaces around") << QByteArray("  Bearer   abc ") << none << QByteArray("abc") << false;
    QTest::newRow("cookie") << none << QByteArray("rookery_session=abc") << QByteArray("abc") << true;
    QTest::newRow("bearer before cookie")
        << QByteArray("Bearer abc") << QByteArray("rookery_session=def") << QByteArray("abc") << false;
    QTest::newRow("another scheme leaves the cookie")
        << QByteArray("Basic dTpw") << QByteArray("rookery_session=def") << QByteArray("def") << true;
    QTest::newRow("bearer of nothing leaves the cookie")
        << QByteArray("Bearer ") << QByteArray("rookery_session=def") << QByteArray("def") << true;
    QTest::newRow("a bad bearer hides the cookie")
        << QByteArray("Bearer !") << QByteArray("rookery_session=def") << QByteArray("!") << false;
    QTest::newRow("001: a JWT alone") << QByteArray(" eyJh.eyJz.Sig-_9 ") << QByteArray("rookery_session=def")
                                      << QByteArray("eyJh.eyJz.Sig-_9") << false;
    for (const char *other : {"abc", "a.b", "a.b.", ".b.c", "a..c", "a.b.c.d", "a.b.c!", "a.b c.d.e"})
        QTest::newRow(other) << QByteArray(other) << none << none << false;
    QTest::newRow("no space") << QByteArray("Bearerabc") << none << none << false;
    QTest::newRow("scheme alone") << QByteArray("Bearer") << none << none << false;

    QTest::newRow("among others") << none << QByteArray("theme=dark; rookery_session=abc; x=y")
                                  << QByteArray("abc") << true;
    QTest::newRow("without spaces") << none << QByteArray("theme=dark;rookery_session=abc;x=y")
                                    << QByteArray("abc") << true;
    QTest::newRow("in quotes") << none << QByteArray("rookery_session=\"abc\"") << QByteArray("abc") << true;
    QTest::newRow("one quote is a byte")
        << none << QByteArray("rookery_session=\"") << QByteArray("\"") << true;
    QTest::newRow("equals signs in it")
        << none << QByteArray("rookery_session=a=b=") << QByteArray("a=b=") << true;
    QTest::newRow("odd neighbours") << none << QByteArray(";;=;x;=y; rookery_session = abc ;\xff=\xfe")
                                    << QByteArray("abc") << true;
    QTest::newRow("two are none") << none << QByteArray("rookery_session=abc; rookery_session=def") << none
                                  << false;
    QTest::newRow("two of one value are none")
        << none << QByteArray("rookery_session=abc; rookery_session=abc") << none << false;
    QTest::newRow("one of TLS on a plain line")
        << none << QByteArray("__Host-rookery_session=abc") << none << false;
    QTest::newRow("an empty one is none")
        << none << QByteArray("rookery_session=; rookery_session=\"\"") << none << false;
    QTest::newRow("names have a case") << none << QByteArray("ROOKERY_SESSION=abc") << none << false;
    QTest::newRow("a longer name") << none << QByteArray("xrookery_session=abc; rookery_sessions=abc") << none
                                   << false;
    QTest::newRow("the name in a value") << none << QByteArray("x=rookery_session=abc") << none << false;
}

void tst_Presented::headers()
{
    QFETCH(QByteArray, authorization);
    QFETCH(QByteArray, cookie);
    const PresentedToken presented = presentedToken(authorization, cookie, false);
    QTEST(presented.token, "token");
    QTEST(presented.fromCookie, "fromCookie");
}

void tst_Presented::handshakes_data()
{
    QTest::addColumn<QByteArray>("authorization");
    QTest::addColumn<QString>("query");
    QTest::addColumn<QByteArrayList>("subprotocols");
    QTest::addColumn<QByteArray>("cookie");
    QTest::addColumn<QByteArray>("token");
    QTest::addColumn<bool>("fromCookie");
    const QByteArray header("Bearer h");
    const QString query = QStringLiteral("history=5&token=q");
    const QByteArrayList pair{"bearer", "s"};
    const QByteArray cookie("rookery_session=c");
    const QByteArray none;

    QTest::newRow("nothing") << none << QString() << QByteArrayList() << none << none << false;
    QTest::newRow("all: the header") << header << query << pair << cookie << QByteArray("h") << false;
    QTest::newRow("then the query") << none << query << pair << cookie << QByteArray("q") << false;
    QTest::newRow("then the subprotocol") << none << QString() << pair << cookie << QByteArray("s") << false;
    QTest::newRow("then the cookie") << none << QString() << QByteArrayList() << cookie << QByteArray("c")
                                     << true;
    QTest::newRow("an encoded query") << none << QStringLiteral("token=a%2Eb%2Ec") << QByteArrayList() << none
                                      << QByteArray("a.b.c") << false;
    QTest::newRow("an empty query") << none << QStringLiteral("token=") << pair << none << QByteArray("s")
                                    << false;
    QTest::newRow("a pair behind others")
        << none << QString() << QByteArrayList{"chat", "bearer", "s"} << none << QByteArray("s") << false;
    QTest::newRow("half a pair") << none << QString() << QByteArrayList{"chat", "bearer"} << cookie
                                 << QByteArray("c") << true;
    QTest::newRow("subprotocols have a case")
        << none << QString() << QByteArrayList{"Bearer", "s"} << none << none << false;
    QTest::newRow("another scheme in the header")
        << QByteArray("Basic dTpw") << QString() << pair << cookie << QByteArray("s") << false;
}

void tst_Presented::handshakes()
{
    QFETCH(QByteArray, authorization);
    QFETCH(QString, query);
    QFETCH(QByteArrayList, subprotocols);
    QFETCH(QByteArray, cookie);
    net::Handshake handshake;
    handshake.authorization = authorization;
    handshake.query = QUrlQuery(query);
    handshake.subprotocols = subprotocols;
    handshake.cookie = cookie;
    const PresentedToken presented = presentedToken(handshake);
    QTEST(presented.token, "token");
    QTEST(presented.fromCookie, "fromCookie");
}

void tst_Presented::overTls_data()
{
    QTest::addColumn<QByteArray>("cookie");
    QTest::addColumn<QByteArray>("token");
    QTest::newRow("its name") << QByteArray("__Host-rookery_session=abc") << QByteArray("abc");
    QTest::newRow("the name that neighbours can set") << QByteArray("rookery_session=abc") << QByteArray();
    QTest::newRow("both") << QByteArray("rookery_session=def; __Host-rookery_session=abc")
                          << QByteArray("abc");
    QTest::newRow("two") << QByteArray("__Host-rookery_session=abc; __Host-rookery_session=def")
                         << QByteArray();
}

/// THREATS 40.
void tst_Presented::overTls()
{
    QFETCH(QByteArray, cookie);
    QTEST(presentedToken(QByteArray(), cookie, true).token, "token");
    net::Handshake handshake;
    handshake.cookie = cookie;
    handshake.peer.secure = true;
    QTEST(presentedToken(handshake).token, "token");
}

void tst_Presented::needsNoOrigin()
{
    const QByteArray bearer("Bearer abc");
    const QByteArray cookie("rookery_session=def");
    QVERIFY(presentedToken(bearer, "theme=dark", false).needsNoOrigin());
    QVERIFY(!presentedToken(bearer, cookie, false).needsNoOrigin());
    QVERIFY(!presentedToken(bearer, cookie + "; " + cookie, false).needsNoOrigin());
    QVERIFY(!presentedToken({}, cookie, false).needsNoOrigin());
    QVERIFY(!presentedToken({}, {}, false).needsNoOrigin());
}

void tst_Presented::cookieOfALogIn()
{
    const QByteArray plain = sessionCookie("abc", QDateTime::currentDateTimeUtc().addSecs(3600), false);
    QVERIFY2(plain == "rookery_session=abc; Max-Age=3600; Path=/; HttpOnly; SameSite=Strict"
            || plain == "rookery_session=abc; Max-Age=3599; Path=/; HttpOnly; SameSite=Strict",
        plain.constData());
    QVERIFY(sessionCookie("abc", QDateTime::currentDateTimeUtc().addSecs(3600), true).endsWith("; Secure"));
    QVERIFY(sessionCookie("abc", QDateTime::currentDateTimeUtc().addSecs(-5), true).contains("Max-Age=0;"));
    QCOMPARE(presentedToken(QByteArray(), plain.left(plain.indexOf(';')), false).token, QByteArray("abc"));
}

void tst_Presented::cookieTakenBack()
{
    QCOMPARE(clearedSessionCookie(false),
        QByteArray("rookery_session=; Max-Age=0; Path=/; HttpOnly; SameSite=Strict"));
    QCOMPARE(clearedSessionCookie(true),
        QByteArray("__Host-rookery_session=; Max-Age=0; Path=/; HttpOnly; SameSite=Strict; Secure"));
}

void tst_Presented::origins_data()
{
    QTest::addColumn<QByteArray>("origin");
    QTest::addColumn<QByteArray>("host");
    QTest::addColumn<bool>("secure");
    QTest::addColumn<QStringList>("allowed");
    QTest::addColumn<bool>("expected");
    const QStringList none;
    const auto row = [](const QByteArray &name, const char *origin, const char *host, bool secure,
                         bool expected, const QStringList &allowed = {}) {
        QTest::newRow(name.constData())
            << QByteArray(origin) << QByteArray(host) << secure << allowed << expected;
    };
    const QStringList one{QStringLiteral("https://chat.example.org")};
    const QStringList two{QStringLiteral("http://a:8080"), QStringLiteral("https://chat.example.org:443")};

    row("no browser", "", "a:5000", false, true);
    row("no browser, no host", "", "", false, true);
    row("its own", "http://a:5000", "a:5000", false, true);
    row("its own over TLS", "https://a:5000", "a:5000", true, true);
    row("default port left out", "http://a", "a:80", false, true);
    row("default port written out", "http://a:80", "a", false, true);
    row("default port of https", "https://a", "a:443", true, true);
    row("case of the host", "http://EXAMPLE.org", "example.ORG", false, true);
    row("case of the scheme", "HTTP://a", "a", false, true);
    row("IPv4", "http://127.0.0.1:5000", "127.0.0.1:5000", false, true);
    row("IPv6", "http://[::1]:5000", "[::1]:5000", false, true);
    row("IPv6 without a port", "http://[::1]", "[::1]:80", false, true);
    row("IPv6 spelled otherwise", "http://[0:0::0:1]:5000", "[::1]:5000", false, true);
    row("IPv6 in capitals", "http://[FE80::A]:5000", "[fe80::a]:5000", false, true);

    row("another port", "http://a:5001", "a:5000", false, false);
    row("another host", "http://b:5000", "a:5000", false, false);
    row("another scheme", "https://a:5000", "a:5000", false, false);
    row("plain page, TLS server", "http://a", "a", true, false);
    row("default port of the other scheme", "http://a:443", "a:443", true, false);
    row("localhost is not 127.0.0.1", "http://localhost:5000", "127.0.0.1:5000", false, false);
    row("a host that starts with it", "http://a.evil.example", "a", false, false);
    row("a host that ends with it", "http://evil-a", "a", false, false);
    row("a trailing dot", "http://a.", "a", false, false);
    row("null", "null", "null", false, false);
    row("a file", "file://", "a", false, false);
    row("an extension", "chrome-extension://a", "a", false, false);
    row("a WebSocket's scheme", "ws://a", "a", false, false);
    row("no scheme", "a:5000", "a:5000", false, false);
    row("no host", "http://", "", false, false);
    row("no host, a port", "http://:5000", ":5000", false, false);
    row("a path", "http://a/", "a", false, false);
    row("a query", "http://a?", "a", false, false);
    row("a user", "http://a@b", "b", false, false);
    row("a list", "http://a http://b", "a", false, false);
    row("a list with a comma", "http://a,http://b", "a", false, false);
    row("white space", " http://a", "a", false, false);
    row("an empty port", "http://a:", "a:", false, false);
    row("a port too large", "http://a:65536", "a:65536", false, false);
    row("65616 is not 80", "http://a:65616", "a", false, false);
    row("a port with a sign", "http://a:+80", "a", false, false);
    row("port 0", "http://a:0", "a:0", false, false);
    row("an escaped host", "http://%61", "a", false, false);
    row("a broken literal", "http://[::1", "[::1", false, false);
    row("a literal with a zone", "http://[fe80::1%25eth0]", "[fe80::1%25eth0]", false, false);
    row("brackets around a name", "http://[a]", "[a]", false, false);
    row("bytes that are no host", "http://\xc3\xa4", "\xc3\xa4", false, false);
    row("a star", "*", "a", false, false);
    row("no Host header", "http://a", "", false, false);
    row("a Host that is none", "http://a", "a b", false, false);

    row("allowed", "https://chat.example.org", "a:5000", false, true, one);
    row("allowed, port written out", "https://chat.example.org:443", "a:5000", false, true, one);
    row("allowed, the second", "https://CHAT.example.org", "a:5000", false, true, two);
    row("allowed, with a port", "http://a:8080", "b", false, true, two);
    row("not with another port", "http://a:8081", "b", false, false, two);
    row("not with another scheme", "http://chat.example.org", "a:5000", false, false, one);
    row("not a subdomain", "https://x.chat.example.org", "a:5000", false, false, one);
    row("null, listed", "null", "a", false, true, {QStringLiteral("null")});
    row("null, another listed", "null", "a", false, false, one);
    for (const char *app : {"capacitor://localhost", "tauri://localhost", "ionic://localhost",
             "chrome-extension://abcdefgh", "file://"}) {
        row(app, app, "a", false, true, {QString::fromLatin1(app)});
        row(QByteArray(app) + ", not listed", app, "a", false, false, one);
    }
    row("an app's, in capitals", "Capacitor://LOCALHOST", "a", false, true,
        {QStringLiteral("capacitor://localhost")});
    row("an app's, and more", "capacitor://localhost.evil", "a", false, false,
        {QStringLiteral("capacitor://localhost")});
    row("an app's with a port", "capacitor://localhost:80", "a", false, false,
        {QStringLiteral("capacitor://localhost")});
    row("a star allows nothing", "https://b", "a", false, false, {QStringLiteral("*")});
}

void tst_Presented::origins()
{
    QFETCH(QByteArray, origin);
    QFETCH(QByteArray, host);
    QFETCH(bool, secure);
    QFETCH(QStringList, allowed);
    QTEST(originAllowed(origin, host, secure, allowed), "expected");
}

QTEST_GUILESS_MAIN(tst_Presented)
#include "tst_presented.moc"
