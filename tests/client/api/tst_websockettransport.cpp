#include "client/api/websockettransport.h"

#include <QSignalSpy>
#include <QTcpServer>
#include <QTcpSocket>
#include <QTest>
#include <QWebSocketServer>

using namespace rookery::client;

namespace {

/// Passes bytes on to a WebSocket server and can be cut, which a WebSocket server itself does too politely.
class Cable : public QTcpServer
{
public:
    explicit Cable(quint16 to)
    {
        listen(QHostAddress::LocalHost);
        connect(this, &QTcpServer::newConnection, this, [this, to] {
            near = nextPendingConnection();
            far = new QTcpSocket(near);
            connect(near, &QTcpSocket::readyRead, far, [this] { far->write(near->readAll()); });
            connect(far, &QTcpSocket::readyRead, near, [this] { near->write(far->readAll()); });
            far->connectToHost(QHostAddress::LocalHost, to);
        });
    }
    QTcpSocket *near = nullptr;
    QTcpSocket *far = nullptr;
};

QUrl urlOf(quint16 port)
{
    return QUrl(QStringLiteral("ws://127.0.0.1:%1/ws/v1").arg(port));
}

} // namespace

class TestWebSocketTransport : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void textGoesBothWaysAndTheTokenIsInTheHandshake()
    {
        QWebSocketServer server(QString(), QWebSocketServer::NonSecureMode);
        QVERIFY(server.listen(QHostAddress::LocalHost));
        WebSocketTransport transport;
        QSignalSpy opened(&transport, &Transport::opened);
        QSignalSpy received(&transport, &Transport::received);
        transport.open(urlOf(server.serverPort()), "secret");
        QVERIFY(opened.wait());
        QTRY_VERIFY(server.hasPendingConnections());
        std::unique_ptr<QWebSocket> peer(server.nextPendingConnection());
        QCOMPARE(peer->request().rawHeader("Authorization"), QByteArray("Bearer secret"));
        QCOMPARE(peer->requestUrl().path(), QStringLiteral("/ws/v1"));
        QSignalSpy atPeer(peer.get(), &QWebSocket::textMessageReceived);
        transport.send(QStringLiteral("hé"));
        QVERIFY(atPeer.wait());
        QCOMPARE(atPeer.constFirst().constFirst().toString(), QStringLiteral("hé"));
        // Larger than any frame or buffer on the way.
        const QString large(3 * 1024 * 1024, u'x');
        peer->sendTextMessage(large);
        QTRY_COMPARE(received.size(), 1);
        QCOMPARE(received.constFirst().constFirst().toString(), large);
    }

    void theCloseCodeArrives_data()
    {
        QTest::addColumn<int>("code");
        for (const int code : {1000, 1001, 1011, 4001, 4008})
            QTest::addRow("%d", code) << code;
    }
    void theCloseCodeArrives()
    {
        QFETCH(int, code);
        QWebSocketServer server(QString(), QWebSocketServer::NonSecureMode);
        QVERIFY(server.listen(QHostAddress::LocalHost));
        WebSocketTransport transport;
        QSignalSpy closed(&transport, &Transport::closed);
        transport.open(urlOf(server.serverPort()), {});
        QTRY_VERIFY(server.hasPendingConnections());
        std::unique_ptr<QWebSocket> peer(server.nextPendingConnection());
        peer->close(QWebSocketProtocol::CloseCode(code));
        QTRY_COMPARE(closed.size(), 1);
        QCOMPARE(closed.constFirst().at(0).toInt(), code);
        QVERIFY(!closed.constFirst().at(1).toString().isEmpty());
    }

    void aCutConnectionIsNotANormalClose()
    {
        // QWebSocket says 1000 here, after which no client would come back.
        QWebSocketServer server(QString(), QWebSocketServer::NonSecureMode);
        QVERIFY(server.listen(QHostAddress::LocalHost));
        Cable cable(server.serverPort());
        WebSocketTransport transport;
        QSignalSpy opened(&transport, &Transport::opened);
        QSignalSpy closed(&transport, &Transport::closed);
        transport.open(urlOf(cable.serverPort()), {});
        QVERIFY(opened.wait());
        cable.near->abort();
        QTRY_COMPARE(closed.size(), 1);
        QCOMPARE(closed.constFirst().at(0).toInt(), 1006);
    }

    void aClosedPortIsASentence()
    {
        quint16 port = 0;
        {
            QTcpServer server;
            QVERIFY(server.listen(QHostAddress::LocalHost));
            port = server.serverPort();
        }
        WebSocketTransport transport;
        QSignalSpy closed(&transport, &Transport::closed);
        transport.open(urlOf(port), {});
        QTRY_COMPARE(closed.size(), 1);
        QCOMPARE(closed.constFirst().at(0).toInt(), 1006);
        QCOMPARE(closed.constFirst().at(1).toString(),
            QStringLiteral("Cannot reach 127.0.0.1:%1: connection refused.").arg(port));
    }

    void anHttpAnswerInsteadOfAHandshake_data()
    {
        QTest::addColumn<QByteArray>("head");
        QTest::addColumn<int>("code");
        QTest::addColumn<QString>("sentence");
        const auto row = [](const char *name, const char *head, int code, const char *sentence) {
            QTest::newRow(name) << QByteArray(head) << code << QString::fromLatin1(sentence);
        };
        row("a proxy", "502 Bad Gateway", 1006, "HTTP status 502");
        row("a redirect", "302 Found\r\nLocation: ws://127.0.0.2:1/", 1006, "HTTP status 302");
        row("a busy server", "503 Service Unavailable\r\nConnection: close", 1006, "HTTP status 503");
        // Qt has a text of its own for each of these.
        row("no log-in", "401 Unauthorized", 4001, "log in");
        row("no log-in, with a challenge", "401 Unauthorized\r\nWWW-Authenticate: Bearer", 4001, "log in");
        row("no log-in, with another", "401 Unauthorized\r\nWWW-Authenticate: Basic realm=\"x\"", 4001,
            "log in");
    }
    void anHttpAnswerInsteadOfAHandshake()
    {
        QFETCH(QByteArray, head);
        QFETCH(QString, sentence);
        QTcpServer server;
        QVERIFY(server.listen(QHostAddress::LocalHost));
        QList<QByteArray> requests;
        connect(&server, &QTcpServer::newConnection, this, [&] {
            QTcpSocket *socket = server.nextPendingConnection();
            connect(socket, &QTcpSocket::readyRead, this, [&, socket, request = QByteArray()]() mutable {
                request += socket->readAll();
                if (!request.contains("\r\n\r\n"))
                    return;
                requests.append(std::exchange(request, {}));
                socket->write("HTTP/1.1 " + head + "\r\nContent-Length: 0\r\n\r\n");
            });
        });
        WebSocketTransport transport;
        QSignalSpy closed(&transport, &Transport::closed);
        transport.open(urlOf(server.serverPort()), "token");
        QTRY_COMPARE(closed.size(), 1);
        QTEST(closed.constFirst().at(0).toInt(), "code");
        QVERIFY2(closed.constFirst().at(1).toString().contains(sentence, Qt::CaseInsensitive),
            qPrintable(closed.constFirst().at(1).toString()));
        // The status is asked for by a handshake that asks for the same.
        QVERIFY(!requests.isEmpty());
        for (const QByteArray &request : std::as_const(requests)) {
            QVERIFY2(request.startsWith("GET /ws/v1 HTTP/1.1\r\n"), request);
            QVERIFY2(request.toLower().contains("\r\nauthorization: bearer token\r\n"), request);
            QVERIFY2(request.toLower().contains("\r\nupgrade: websocket\r\n"), request);
        }
    }

    void nothingIsSaidAfterClose()
    {
        QWebSocketServer server(QString(), QWebSocketServer::NonSecureMode);
        QVERIFY(server.listen(QHostAddress::LocalHost));
        WebSocketTransport transport;
        QSignalSpy opened(&transport, &Transport::opened);
        QSignalSpy closed(&transport, &Transport::closed);
        transport.open(urlOf(server.serverPort()), {});
        QVERIFY(opened.wait());
        QTRY_VERIFY(server.hasPendingConnections());
        std::unique_ptr<QWebSocket> peer(server.nextPendingConnection());
        QSignalSpy gone(peer.get(), &QWebSocket::disconnected);
        transport.close();
        QVERIFY(gone.wait());
        QCOMPARE(closed.size(), 0);
    }
};

QTEST_GUILESS_MAIN(TestWebSocketTransport)
#include "tst_websockettransport.moc"
