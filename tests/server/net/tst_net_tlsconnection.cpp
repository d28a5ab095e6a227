// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/net/websocket.h"
#include "tests/server/net/dispatchermain.h"
#include "tests/server/net/socketwatch.h"
#include "tests/server/net/testserver.h"
#include "tests/wire/rawclient.h"

#include <QFile>
#include <QFileInfo>
#include <QSignalSpy>
#include <QSslCertificate>
#include <QSslConfiguration>
#include <QSslKey>
#include <QTemporaryDir>
#include <QTest>
#include <QWebSocket>

using namespace rookery;
using namespace rookery::net;
using namespace rookery::net::test;
using rookery::test::RawClient;
using namespace std::chrono_literals;

/// The same over TLS, with the daemon's self-signed certificate.
class TestTlsConnection : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void initTestCase();
    void certificate();
    void certificateStays();
    void certificateFails();
    void unreadableFiles_data();
    void unreadableFiles();

    void requests();
    void verifiedByItsOwnCertificate();
    void oldTlsIsRefused();
    void webSocket();
    void slowReader();
    void plainHttpOnTheTlsPort();
    void stalledHandshake();
    void quota();
    void refusal();
    void clientLeavesDuringAnAnswer();

private:
    QTemporaryDir m_folder;
    std::optional<TlsFiles> m_files;
};

void TestTlsConnection::initTestCase()
{
    auto files = ensureSelfSignedCertificate(m_folder.filePath(QStringLiteral("new/folder")));
    QVERIFY(files.ok());
    m_files = *files;
}

void TestTlsConnection::certificate()
{
    const QList<QSslCertificate> chain = QSslCertificate::fromPath(m_files->certificate);
    QCOMPARE(chain.size(), 1);
    const QSslCertificate &certificate = chain.first();
    QVERIFY(certificate.isSelfSigned());
    const auto names = certificate.subjectAlternativeNames();
    QVERIFY(names.contains(QSsl::DnsEntry, QStringLiteral("localhost")));
    QVERIFY(names.contains(QSsl::IpAddressEntry, QStringLiteral("127.0.0.1")));
    QCOMPARE(names.values(QSsl::IpAddressEntry).size(), 2);
    QCOMPARE(certificate.publicKey().algorithm(), QSsl::Ec);
    QCOMPARE(certificate.publicKey().length(), 256);
    const QDateTime now = QDateTime::currentDateTimeUtc();
    QVERIFY(certificate.effectiveDate() < now);
    QVERIFY(certificate.expiryDate() > now.addYears(9));
    QVERIFY(certificate.expiryDate() < now.addYears(11));
    QCOMPARE(QFile::permissions(m_files->key)
            & (QFile::ReadGroup | QFile::WriteGroup | QFile::ReadOther | QFile::WriteOther | QFile::ExeOwner),
        QFile::Permissions());
}

void TestTlsConnection::certificateStays()
{
    const auto read = [](const QString &path) {
        QFile file(path);
        return file.open(QIODevice::ReadOnly) ? file.readAll() : QByteArray();
    };
    const QByteArray before = read(m_files->certificate) + read(m_files->key);
    const auto again = ensureSelfSignedCertificate(QFileInfo(m_files->key).path());
    QVERIFY(again.ok());
    QCOMPARE(again->certificate, m_files->certificate);
    QCOMPARE(read(again->certificate) + read(again->key), before);
}

void TestTlsConnection::certificateFails()
{
    QFile blocking(m_folder.filePath(QStringLiteral("file")));
    QVERIFY(blocking.open(QIODevice::WriteOnly));
    const auto files = ensureSelfSignedCertificate(blocking.fileName() + QStringLiteral("/below"));
    QVERIFY(!files);
    QVERIFY(files.error().detail.contains(blocking.fileName()));
}

void TestTlsConnection::unreadableFiles_data()
{
    QTest::addColumn<QString>("certificate");
    QTest::addColumn<QString>("key");
    QTest::addColumn<QString>("named");

    QFile junk(m_folder.filePath(QStringLiteral("junk.pem")));
    QVERIFY(junk.open(QIODevice::WriteOnly));
    junk.write("-----BEGIN NOTHING-----\n");
    const auto other = ensureSelfSignedCertificate(m_folder.filePath(QStringLiteral("other")));
    QVERIFY(other.ok());
    const QString missing = m_folder.filePath(QStringLiteral("missing.pem"));

    QTest::newRow("no certificate") << missing << m_files->key << missing;
    QTest::newRow("no key") << m_files->certificate << missing << missing;
    QTest::newRow("junk for a certificate") << junk.fileName() << m_files->key << junk.fileName();
    QTest::newRow("junk for a key") << m_files->certificate << junk.fileName() << junk.fileName();
    QTest::newRow("another's key") << m_files->certificate << other->key << other->key;
}

void TestTlsConnection::unreadableFiles()
{
    QFETCH(QString, certificate);
    QFETCH(QString, key);
    QFETCH(QString, named);
    Server server{Limits(), makeConnectionQuota(Limits())};
    Acceptor acceptor({&server});
    const auto url = acceptor.listen(QUrl(QStringLiteral("https://127.0.0.1:0")), TlsFiles{certificate, key});
    QVERIFY(!url);
    QVERIFY2(url.error().detail.contains(named), qPrintable(url.error().detail));
}

void TestTlsConnection::requests()
{
    TestServer server({}, m_files);
    QCOMPARE(server.url().scheme(), QStringLiteral("https"));
    RawClient client(server.url());
    client.send("GET /headers HTTP/1.1\r\nHost: a\r\nX-Rookery-Scheme: http\r\n\r\n"
                "GET /later HTTP/1.1\r\nHost: a\r\n\r\n"
                "GET /large/3000000 HTTP/1.1\r\nHost: a\r\n\r\n");
    QVERIFY(client.answer().body.startsWith("over TLS\n"));
    QCOMPARE(client.answer().body, "later");
    QCOMPARE(client.answer().body.size(), 3'000'000);
    const QByteArray body(60'000, 'b');
    client.send(
        "POST /echo HTTP/1.1\r\nHost: a\r\nConnection: close\r\nContent-Length: 60000\r\n\r\n" + body);
    QCOMPARE(client.answer().body, body);
    QVERIFY(client.waitForEnd());
    QTRY_COMPARE(server.server().connectionCount(), 0);
}

void TestTlsConnection::verifiedByItsOwnCertificate()
{
    TestServer server({}, m_files);
    QSslSocket socket;
    QSslConfiguration configuration = QSslConfiguration::defaultConfiguration();
    configuration.setCaCertificates(QSslCertificate::fromPath(m_files->certificate));
    configuration.setPeerVerifyMode(QSslSocket::VerifyPeer);
    socket.setSslConfiguration(configuration);
    socket.setPeerVerifyName(QStringLiteral("localhost"));
    QSignalSpy errors(&socket, &QSslSocket::sslErrors);
    socket.connectToHostEncrypted(QStringLiteral("127.0.0.1"), quint16(server.url().port()));
    QTRY_VERIFY(socket.isEncrypted());
    QCOMPARE(errors.size(), 0);
}

void TestTlsConnection::oldTlsIsRefused()
{
    TestServer server({}, m_files);
    QSslSocket socket;
    socket.setPeerVerifyMode(QSslSocket::VerifyNone);
    QT_WARNING_PUSH
    QT_WARNING_DISABLE_DEPRECATED
    socket.setProtocol(QSsl::TlsV1_1);
    QT_WARNING_POP
    QSignalSpy failed(&socket, &QSslSocket::errorOccurred);
    socket.connectToHostEncrypted(QStringLiteral("127.0.0.1"), quint16(server.url().port()));
    QTRY_VERIFY(!failed.isEmpty());
    QVERIFY(!socket.isEncrypted());
    socket.abort();
    QTRY_COMPARE(server.server().connectionCount(), 0);
}

void TestTlsConnection::webSocket()
{
    TestServer server({}, m_files);
    server.server().setHandshakeFilter([](const Handshake &handshake) -> std::optional<Error> {
        if (!handshake.peer.secure)
            return Error{ErrorCode::Forbidden, QStringLiteral("not secure")};
        return std::nullopt;
    });
    std::optional<SocketWatch> watch;
    connect(&server.server(), &Server::webSocketOpened, this,
        [&watch](WebSocket *socket) { watch.emplace(socket); });
    QWebSocket client;
    QSslConfiguration configuration = client.sslConfiguration();
    configuration.setPeerVerifyMode(QSslSocket::VerifyNone);
    client.setSslConfiguration(configuration);
    QSignalSpy connected(&client, &QWebSocket::connected);
    QSignalSpy received(&client, &QWebSocket::textMessageReceived);
    QSignalSpy disconnected(&client, &QWebSocket::disconnected);
    QUrl url = server.url();
    url.setScheme(QStringLiteral("wss"));
    client.open(url);
    QVERIFY(connected.wait());
    const QString message = QStringLiteral("grüße ").repeated(5000);
    for (int i = 0; i < 20; ++i)
        client.sendTextMessage(message);
    QTRY_COMPARE(received.size(), 20);
    QCOMPARE(received.last().first().toString(), message);
    client.close();
    QTRY_COMPARE(disconnected.size(), 1);
    QTRY_COMPARE(server.server().connectionCount(), 0);
}

void TestTlsConnection::slowReader()
{
    TestServer server({}, m_files);
    server.server().setHandshakeFilter([](const Handshake &) { return std::nullopt; });
    std::optional<SocketWatch> watch;
    connect(&server.server(), &Server::webSocketOpened, this,
        [&watch](WebSocket *socket) { watch.emplace(socket); });
    RawClient client(server.url());
    client.send("GET / HTTP/1.1\r\nHost: a\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n");
    QCOMPARE(client.answer().status, 101);
    QTRY_VERIFY(watch);
    WebSocket *socket = watch->socket;
    // Nobody reads while this loop does not turn: a broadcast to a client that hangs.
    const QByteArray message(10'000, 'x');
    for (int i = 0; i < 5000; ++i)
        socket->sendText(message);
    QVERIFY(socket->queuedBytes() < 512 * 1024);
    // Once it reads again, it gets whole records and learns why.
    QVERIFY(client.waitForEnd());
    QTRY_COMPARE(watch->codes, QList<quint16>{4008});
    const QByteArray received = client.received();
    QVERIFY(received.contains(QByteArray("\x0f\xa8", 2) + "The client does not read fast enough."));
    QTRY_COMPARE(server.server().connectionCount(), 0);
}

void TestTlsConnection::plainHttpOnTheTlsPort()
{
    TestServer server({}, m_files);
    QUrl plain = server.url();
    plain.setScheme(QStringLiteral("http"));
    RawClient client(plain);
    client.send("GET /hello HTTP/1.1\r\nHost: a\r\n\r\n");
    QVERIFY(client.waitForEnd());
    QVERIFY(!client.received().contains("hello"));
    QVERIFY(server.handled().isEmpty());
    QTRY_COMPARE(server.server().connectionCount(), 0);
}

void TestTlsConnection::stalledHandshake()
{
    Limits limits;
    limits.headerTime = 200ms;
    TestServer server(limits, m_files);
    QUrl plain = server.url();
    plain.setScheme(QStringLiteral("http"));
    RawClient client(plain);
    client.send(QByteArray("\x16\x03\x01\x02", 4));
    QVERIFY(client.waitForEnd());
    QTRY_COMPARE(server.server().connectionCount(), 0);
}

void TestTlsConnection::quota()
{
    Limits limits;
    limits.connectionsPerAddress = 1;
    TestServer server(limits, m_files);
    RawClient first(server.url());
    QTRY_COMPARE(server.server().connectionCount(), 1);
    RawClient second(server.url());
    QCOMPARE(second.answer().status, 429);
    QVERIFY(second.waitForEnd());
}

void TestTlsConnection::refusal()
{
    TestServer server({}, m_files);
    RawClient client(server.url());
    client.send("GET / HTTP/1.1\r\n\r\n");
    QCOMPARE(client.answer().status, 400);
    QVERIFY(client.waitForEnd());
    QTRY_COMPARE(server.server().connectionCount(), 0);
}

void TestTlsConnection::clientLeavesDuringAnAnswer()
{
    TestServer server({}, m_files);
    {
        RawClient client(server.url());
        client.send("GET /held HTTP/1.1\r\nHost: a\r\n\r\n");
        QTRY_COMPARE(server.held(), 1);
        client.socket().abort();
    }
    server.answerHeld(QByteArray(1'000'000, 'x'));
    QTRY_COMPARE(server.server().connectionCount(), 0);
}

ROOKERY_DISPATCHER_TEST_MAIN(TestTlsConnection)
#include "tst_net_tlsconnection.moc"
