// SPDX-License-Identifier: GPL-3.0-or-later
#include "client/api/websockettransport.h"
#include "client/sentences/sentences.h"

#include <QSignalSpy>
#include <QTcpServer>
#include <QTcpSocket>
#include <QTest>
#include <QWebSocketServer>

using namespace rookery::client;

namespace {

/// Forwards bytes to a WebSocket server and can be cut; a WebSocket server itself always closes in order.
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
        for (const int code : {1000, 1001, 1003, 1007, 1009, 1011, 1012, 4001, 4008})
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
        QVERIFY(!inWords(closed.constFirst().at(1).value<Problem>()).isEmpty());
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
        QCOMPARE(inWords(closed.constFirst().at(1).value<Problem>()),
            QStringLiteral("Cannot reach 127.0.0.1:%1: connection refused.").arg(port));
    }

    void anHttpAnswerInsteadOfAHandshake_data()
    {
        QTest::addColumn<QByteArray>("handshake");
        QTest::addColumn<QByteArray>("me");
        QTest::addColumn<int>("code");
        QTest::addColumn<QString>("says");
        const QByteArray none = "\r\nContent-Length: 0\r\n\r\n";
        const QByteArray refusal = R"({"code":"unauthorized","detail":"No."})";
        const QByteArray unauthorized = "401 Unauthorized\r\nContent-Length: "
            + QByteArray::number(refusal.size()) + "\r\n\r\n" + refusal;
        const QByteArray good = "200 OK\r\nContent-Length: 2\r\n\r\n{}";
        const auto add = [](const char *name, const QByteArray &handshake, const QByteArray &me, int code,
                             const char *says) {
            QTest::newRow(name) << handshake << me << code << QString::fromLatin1(says);
        };
        add("a proxy", "502 Bad Gateway" + none, "502 Bad Gateway" + none, 1006, "502");
        add("a redirect", "302 Found\r\nLocation: ws://127.0.0.2:1/" + none, good, 1006, "WebSocket");
        add("a proxy without WebSockets", "400 Bad Request" + none, good, 1006, "WebSocket");
        // By the code, not by what a library calls it.
        add("no log-in", unauthorized, unauthorized, 4001, "Log in again");
        add("no log-in, in other words", "401 Nope" + none, unauthorized, 4001, "Log in again");
        add("a proxy that wants a log-in", "401 Unauthorized" + none, "401 Unauthorized" + none, 1006, "401");
        add("no log-in, and the connection is just closed", {}, unauthorized, 4001, "Log in again");
    }
    void anHttpAnswerInsteadOfAHandshake()
    {
        QFETCH(QByteArray, handshake);
        QFETCH(QByteArray, me);
        QTcpServer server;
        QVERIFY(server.listen(QHostAddress::LocalHost));
        QByteArray asked;
        connect(&server, &QTcpServer::newConnection, this, [&] {
            QTcpSocket *socket = server.nextPendingConnection();
            connect(socket, &QTcpSocket::readyRead, socket, [&, socket] {
                const QByteArray head = socket->readAll();
                const bool isHandshake = head.startsWith("GET /ws/v1 ");
                if (!isHandshake)
                    asked = head;
                const QByteArray &answer = isHandshake ? handshake : me;
                if (!answer.isEmpty())
                    socket->write("HTTP/1.1 " + answer);
                socket->disconnectFromHost();
            });
        });
        WebSocketTransport transport;
        QSignalSpy closed(&transport, &Transport::closed);
        transport.open(urlOf(server.serverPort()), "secret");
        QTRY_COMPARE(closed.size(), 1);
        QTEST(closed.constFirst().at(0).toInt(), "code");
        QFETCH(QString, says);
        const QString sentence = inWords(closed.constFirst().at(1).value<Problem>());
        QVERIFY2(sentence.contains(says), qPrintable(sentence));
        QVERIFY(asked.startsWith("GET /api/v1/me "));
        QVERIFY(asked.toLower().contains("authorization: bearer secret"));
    }

    void belowThePathOfTheServer()
    {
        QTcpServer server;
        QVERIFY(server.listen(QHostAddress::LocalHost));
        QByteArrayList asked;
        connect(&server, &QTcpServer::newConnection, this, [&] {
            QTcpSocket *socket = server.nextPendingConnection();
            connect(socket, &QTcpSocket::readyRead, socket, [&, socket] {
                asked.append(socket->readLine().trimmed());
                socket->write("HTTP/1.1 502 Bad Gateway\r\nContent-Length: 0\r\n\r\n");
                socket->disconnectFromHost();
            });
        });
        WebSocketTransport transport;
        QSignalSpy closed(&transport, &Transport::closed);
        transport.open(
            QUrl(QStringLiteral("ws://127.0.0.1:%1/chat/ws/v1").arg(server.serverPort())), "secret");
        QTRY_COMPARE(closed.size(), 1);
        QCOMPARE(asked, (QByteArrayList{"GET /chat/ws/v1 HTTP/1.1", "GET /chat/api/v1/me HTTP/1.1"}));
        const QString sentence = inWords(closed.constFirst().at(1).value<Problem>());
        QVERIFY2(sentence.contains(QStringLiteral("127.0.0.1:%1/chat ").arg(server.serverPort())),
            qPrintable(sentence));
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
