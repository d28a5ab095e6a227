// SPDX-License-Identifier: GPL-3.0-or-later
// Certificates that only the user has approved: REST and WebSocket against real TLS servers.

#include "client/api/restclient.h"
#include "client/api/trust.h"
#include "client/api/websockettransport.h"
#include "client/sentences/sentences.h"
#include "tests/support/testcertificate.h"

#include <QSignalSpy>
#include <QSslServer>
#include <QSslSocket>
#include <QTest>
#include <QWebSocketServer>

#include <optional>

using namespace rookery;
using namespace rookery::client;
using namespace std::chrono_literals;
using rookery::test::makeCertificate;
using rookery::test::TestCertificate;

namespace {

const TestCertificate &first()
{
    static const TestCertificate certificate = makeCertificate("First & <b>best</b>");
    return certificate;
}

const TestCertificate &second()
{
    static const TestCertificate certificate = makeCertificate("Second");
    return certificate;
}

const TestCertificate &expired()
{
    static const TestCertificate certificate = makeCertificate(
        "Old", QDateTime::currentDateTimeUtc().addDays(-20), QDateTime::currentDateTimeUtc().addDays(-10));
    return certificate;
}

QSslConfiguration configuration(const TestCertificate &certificate)
{
    QSslConfiguration tls = QSslConfiguration::defaultConfiguration();
    tls.setLocalCertificate(certificate.certificate);
    tls.setPrivateKey(certificate.key);
    return tls;
}

QString digestOf(const TestCertificate &certificate)
{
    return QString::fromLatin1(certificate.certificate.digest(QCryptographicHash::Sha256).toHex());
}

/// Answers every request with an empty object.
class RestServer : public QSslServer
{
public:
    explicit RestServer(const TestCertificate &certificate, quint16 port = 0)
    {
        setSslConfiguration(configuration(certificate));
        listen(QHostAddress::LocalHost, port);
        connect(this, &QTcpServer::pendingConnectionAvailable, this, [this] {
            QTcpSocket *socket = nextPendingConnection();
            const auto read = [this, socket] {
                received += socket->readAll();
                if (received.endsWith("\r\n\r\n"))
                    socket->write("HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\n{}");
            };
            connect(socket, &QTcpSocket::readyRead, this, read);
            read();
        });
    }
    QUrl url() const { return QUrl(QStringLiteral("https://127.0.0.1:%1").arg(serverPort())); }

    QByteArray received; ///< decrypted
};

/// A certificate store that outlives the client.
struct Written
{
    QHash<QString, QString> texts;
    Trust::Store store()
    {
        return {[this](const QString &server) { return texts.value(server); },
            [this](const QString &server, const QString &text) { texts.insert(server, text); }};
    }
};

} // namespace

class TrustTest : public QObject
{
    Q_OBJECT

private:
    Outcome<JsonReader> ask(const QUrl &url, Trust *trust)
    {
        RestClient rest(url, "the-token", nullptr, 15s, trust);
        std::optional<Outcome<JsonReader>> answer;
        rest.send({HttpMethod::Get, QStringLiteral("rooms")}, this,
            [&answer](Outcome<JsonReader> result) { answer = std::move(result); });
        if (!QTest::qWaitFor([&answer] { return answer.has_value(); }, 20'000))
            return Error{ErrorCode::Internal, QStringLiteral("no answer")};
        return *answer;
    }
    /// Empty where the WebSocket was opened, else why not.
    QString connectTo(const QUrl &url, Trust *trust)
    {
        WebSocketTransport transport(trust);
        QSignalSpy opened(&transport, &Transport::opened);
        QSignalSpy closed(&transport, &Transport::closed);
        transport.open(url, "the-token");
        if (!QTest::qWaitFor([&] { return !opened.isEmpty() || !closed.isEmpty(); }, 20'000))
            return QStringLiteral("no answer");
        return closed.isEmpty() ? QString() : inWords(closed.constFirst().at(1).value<Problem>());
    }
    static bool listen(QWebSocketServer &server, const TestCertificate &certificate, quint16 port = 0)
    {
        server.setSslConfiguration(configuration(certificate));
        return server.listen(QHostAddress::LocalHost, port);
    }
    static QUrl urlOf(const QWebSocketServer &server)
    {
        return QUrl(QStringLiteral("wss://127.0.0.1:%1/ws/v1").arg(server.serverPort()));
    }

private Q_SLOTS:
    void initTestCase()
    {
        QVERIFY(QSslSocket::supportsSsl());
        for (const TestCertificate &each : {first(), second(), expired()})
            QVERIFY(!each.certificate.isNull() && !each.key.isNull());
    }

    void aSelfSignedCertificateIsRefusedAndShown()
    {
        RestServer server(first());
        Trust trust;
        const auto answer = ask(server.url(), &trust);
        QVERIFY(!answer.ok());
        QCOMPARE(answer.error().field, QStringLiteral("server"));
        QVERIFY(server.received.isEmpty()); // above all no token
        const auto problem = trust.problem(server.url());
        QVERIFY(problem);
        const QString name = QStringLiteral("127.0.0.1:%1").arg(server.serverPort());
        QCOMPARE(problem->server, name);
        QCOMPARE(inWords(*problem),
            QStringLiteral("%1 cannot be trusted yet: its certificate is self-signed and not trusted by this "
                           "computer.")
                .arg(name));
        QCOMPARE(inWords(answer.error()), inWords(*problem));
        QCOMPARE(QString(problem->fingerprint).remove(u':').toLower(), digestOf(first()));
        QCOMPARE(problem->fingerprint.size(), 32 * 3 - 1);
        QCOMPARE(problem->subject, QStringLiteral("First & <b>best</b>"));
        QCOMPARE(problem->issuer, QStringLiteral("First & <b>best</b>"));
        QCOMPARE(problem->validUntil, first().certificate.expiryDate());
        QVERIFY(!problem->hasChanged());
        // And without anybody to ask.
        QVERIFY(!ask(server.url(), nullptr).ok());
        QVERIFY(server.received.isEmpty());
    }

    void theSameOverAWebSocket()
    {
        QWebSocketServer server(QString(), QWebSocketServer::SecureMode);
        QVERIFY(listen(server, first()));
        Trust trust;
        const QString why = connectTo(urlOf(server), &trust);
        const auto problem = trust.problem(urlOf(server));
        QVERIFY2(problem, qPrintable(why));
        QCOMPARE(why, inWords(*problem));
        QCOMPARE(QString(problem->fingerprint).remove(u':').toLower(), digestOf(first()));
        QVERIFY(!server.hasPendingConnections());
        QVERIFY(!connectTo(urlOf(server), nullptr).isEmpty());
    }

    void whatIsTrustedIsTrustedByBothAndNextTimeToo()
    {
        RestServer rest(first());
        QWebSocketServer socket(QString(), QWebSocketServer::SecureMode);
        QVERIFY(listen(socket, first()));
        Written written;
        {
            Trust trust(written.store());
            QVERIFY(!ask(rest.url(), &trust).ok());
            QVERIFY(trust.accept(rest.url(), trust.problem(rest.url())->fingerprint));
            QVERIFY(!trust.problem(rest.url()));
            QVERIFY(ask(rest.url(), &trust).ok());
            QVERIFY(rest.received.contains("the-token"));
            // One server is one host and one port: by wss it is the same, another port is another.
            QVERIFY(!connectTo(urlOf(socket), &trust).isEmpty());
            QVERIFY(trust.accept(urlOf(socket), trust.problem(urlOf(socket))->fingerprint));
            QCOMPARE(connectTo(urlOf(socket), &trust), QString());
        }
        QCOMPARE(written.texts.value(QStringLiteral("127.0.0.1:%1").arg(rest.serverPort())),
            QStringLiteral("sha256:") + digestOf(first()));
        Trust trust(written.store());
        QVERIFY(ask(rest.url(), &trust).ok());
        QCOMPARE(connectTo(urlOf(socket), &trust), QString());
    }

    void aChangedCertificateIsRefused()
    {
        RestServer rest(second());
        QWebSocketServer socket(QString(), QWebSocketServer::SecureMode);
        QVERIFY(listen(socket, second()));
        Written written;
        for (const quint16 port : {rest.serverPort(), socket.serverPort()})
            written.texts.insert(
                QStringLiteral("127.0.0.1:%1").arg(port), QStringLiteral("sha256:") + digestOf(first()));
        Trust trust(written.store());
        const QString changed =
            QStringLiteral("The certificate of 127.0.0.1:%1 has changed: it is not the one that you trust.");
        const auto answer = ask(rest.url(), &trust);
        QVERIFY(!answer.ok());
        QCOMPARE(inWords(answer.error()), changed.arg(rest.serverPort()));
        QVERIFY(rest.received.isEmpty());
        QVERIFY(trust.problem(rest.url())->hasChanged());
        QCOMPARE(connectTo(urlOf(socket), &trust), changed.arg(socket.serverPort()));
        QVERIFY(!socket.hasPendingConnections());
        // A person may trust the new one; then the old one is the stranger.
        QVERIFY(trust.accept(rest.url(), trust.problem(rest.url())->fingerprint));
        QVERIFY(ask(rest.url(), &trust).ok());
    }

    /// Also where an authority vouches for it: exactly that certificate was trusted.
    void aChangedCertificateOfAnAuthorityIsRefused()
    {
        const QSslConfiguration usual = QSslConfiguration::defaultConfiguration();
        QSslConfiguration withAuthority = usual;
        withAuthority.setCaCertificates({second().certificate});
        QSslConfiguration::setDefaultConfiguration(withAuthority);
        RestServer server(second());
        Written written;
        Trust trust(written.store());
        const bool isGoodAtFirst = ask(server.url(), &trust).ok();
        written.texts.insert(QStringLiteral("127.0.0.1:%1").arg(server.serverPort()),
            QStringLiteral("sha256:") + digestOf(first()));
        server.received.clear();
        const auto answer = ask(server.url(), &trust);
        const auto problem = trust.problem(server.url());
        QSslConfiguration::setDefaultConfiguration(usual);
        QVERIFY(isGoodAtFirst);
        QVERIFY(!answer.ok());
        QVERIFY(server.received.isEmpty());
        QVERIFY(problem && problem->hasChanged());
        QVERIFY2(inWords(*problem).endsWith(
                     QLatin1String("An authority that this computer trusts vouches for the new one.")),
            qPrintable(inWords(*problem)));
    }

    void aTrustedCertificateThatHasExpiredSaysSo()
    {
        RestServer server(expired());
        QWebSocketServer socket(QString(), QWebSocketServer::SecureMode);
        QVERIFY(listen(socket, expired()));
        Written written;
        for (const quint16 port : {server.serverPort(), socket.serverPort()})
            written.texts.insert(
                QStringLiteral("127.0.0.1:%1").arg(port), QStringLiteral("sha256:") + digestOf(expired()));
        Trust trust(written.store());
        const auto answer = ask(server.url(), &trust);
        QVERIFY(!answer.ok());
        QVERIFY2(
            inWords(answer.error())
                .startsWith(QStringLiteral("The certificate of 127.0.0.1:%1 that you trust has expired on ")
                                .arg(server.serverPort())),
            qPrintable(inWords(answer.error())));
        QVERIFY(!trust.problem(server.url())->hasChanged());
        QVERIFY(server.received.isEmpty());
        QVERIFY(connectTo(urlOf(socket), &trust).contains(QLatin1String("has expired")));
        // Who trusts it now knows that, and is not asked again.
        QVERIFY(trust.accept(server.url(), trust.problem(server.url())->fingerprint));
        QVERIFY(ask(server.url(), &trust).ok());
    }

    /// Between the question and the answer the server may have shown another one.
    void onlyWhatWasLookedAtIsTrusted()
    {
        RestServer server(first());
        Trust trust;
        QVERIFY(!ask(server.url(), &trust).ok());
        QString other = trust.problem(server.url())->fingerprint;
        other.replace(
            0, 2, other.startsWith(QLatin1String("00")) ? QStringLiteral("01") : QStringLiteral("00"));
        QVERIFY(!trust.accept(server.url(), other));
        QVERIFY(!trust.accept(QUrl(QStringLiteral("https://127.0.0.1:1")), other));
        QVERIFY(!ask(server.url(), &trust).ok());
    }

    /// What is written down may be damaged: it trusts nothing then, and nothing else is refused for it.
    void damagedPinsTrustNothing_data()
    {
        QTest::addColumn<QString>("text");
        QTest::newRow("empty") << QString();
        QTest::newRow("no digest") << QStringLiteral("sha256:");
        QTest::newRow("another algorithm") << QStringLiteral("sha1:") + digestOf(first());
        QTest::newRow("bare") << digestOf(first());
        QTest::newRow("cut") << QStringLiteral("sha256:") + digestOf(first()).left(32);
    }
    void damagedPinsTrustNothing()
    {
        QFETCH(QString, text);
        RestServer server(first());
        Written written;
        written.texts.insert(QStringLiteral("127.0.0.1:%1").arg(server.serverPort()), text);
        Trust trust(written.store());
        QVERIFY(!ask(server.url(), &trust).ok());
        QVERIFY(trust.problem(server.url()));
    }

    void otherFailuresAreNoQuestionOfTrust()
    {
        QUrl url;
        {
            RestServer server(first());
            url = server.url();
            Trust trust;
            QVERIFY(!ask(url, &trust).ok());
            QVERIFY(trust.problem(url));
        }
        // Nothing listens there any more, or something that does not speak TLS.
        Trust trust;
        QVERIFY(!ask(url, &trust).ok());
        QVERIFY(!trust.problem(url));
        QTcpServer plain;
        QVERIFY(plain.listen(QHostAddress::LocalHost));
        connect(&plain, &QTcpServer::newConnection, this, [&plain] {
            plain.nextPendingConnection()->write("HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n");
        });
        url = QUrl(QStringLiteral("https://127.0.0.1:%1").arg(plain.serverPort()));
        const auto answer = ask(url, &trust);
        QVERIFY(!answer.ok());
        QVERIFY(!trust.problem(url));
    }
};

QTEST_GUILESS_MAIN(TrustTest)
#include "tst_trust.moc"
