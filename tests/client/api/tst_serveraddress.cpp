// SPDX-License-Identifier: GPL-3.0-or-later
#include "client/api/serveraddress.h"
#include "client/sentences/sentences.h"

#include <QTest>

using namespace rookery;
using namespace rookery::client;

class TestServerAddress : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void understands_data()
    {
        QTest::addColumn<QString>("typed");
        QTest::addColumn<QString>("server");
        QTest::addColumn<QString>("socket");
        QTest::addColumn<QString>("name");
        const auto row = [](const char *typed, const char *server, const char *socket, const char *name) {
            QTest::newRow(typed) << QString::fromUtf8(typed) << QString::fromUtf8(server)
                                 << QString::fromUtf8(socket) << QString::fromUtf8(name);
        };
        row("chat.example.org", "https://chat.example.org:443", "wss://chat.example.org:443/ws/v1",
            "chat.example.org");
        row("chat.example.org:8443", "https://chat.example.org:8443", "wss://chat.example.org:8443/ws/v1",
            "chat.example.org:8443");
        row("  HTTPS://Chat.Example.org/ ", "https://chat.example.org:443",
            "wss://chat.example.org:443/ws/v1", "chat.example.org");
        row("http://chat.example.org", "http://chat.example.org:80", "ws://chat.example.org:80/ws/v1",
            "chat.example.org");
        row("localhost", "http://localhost:5000", "ws://localhost:5000/ws/v1", "localhost:5000");
        row("localhost:7000", "http://localhost:7000", "ws://localhost:7000/ws/v1", "localhost:7000");
        row("127.0.0.1:5000", "http://127.0.0.1:5000", "ws://127.0.0.1:5000/ws/v1", "127.0.0.1:5000");
        row("[::1]:5000", "http://[::1]:5000", "ws://[::1]:5000/ws/v1", "[::1]:5000");
        row("https://localhost:8443", "https://localhost:8443", "wss://localhost:8443/ws/v1",
            "localhost:8443");
        row("192.168.1.4", "https://192.168.1.4:443", "wss://192.168.1.4:443/ws/v1", "192.168.1.4");
        // Behind a proxy, under a path of its own.
        row("https://example.org/chat/", "https://example.org:443/chat", "wss://example.org:443/chat/ws/v1",
            "example.org/chat");
        row("example.org/chat", "https://example.org:443/chat", "wss://example.org:443/chat/ws/v1",
            "example.org/chat");
        row("http://127.0.0.1:8080/a/Chat//", "http://127.0.0.1:8080/a/Chat",
            "ws://127.0.0.1:8080/a/Chat/ws/v1", "127.0.0.1:8080/a/Chat");
        row("example.org/a/../chat/./", "https://example.org:443/chat", "wss://example.org:443/chat/ws/v1",
            "example.org/chat");
        row("example.org/a%2Fb%25", "https://example.org:443/a%2Fb%25",
            "wss://example.org:443/a%2Fb%25/ws/v1", "example.org/a%2Fb%25");
    }
    void understands()
    {
        QFETCH(QString, typed);
        const auto url = parseServerAddress(typed);
        QVERIFY2(url.ok(), qPrintable(url.ok() ? QString() : inWords(url.error())));
        QTEST(url->toString(), "server");
        QTEST(webSocketUrl(*url).toString(), "socket");
        QTEST(serverName(*url), "name");
        QCOMPARE(serverOfWebSocket(webSocketUrl(*url)), *url);
        QVERIFY(!hostName(*url).contains(u'/'));
    }

    void refuses_data()
    {
        QTest::addColumn<QString>("typed");
        for (const char *typed : {"", "   ", "https://", "ftp://chat.example.org", "file:///etc/passwd",
                 "chat example org", "https://ada:secret@chat.example.org", "chat.example.org/some path",
                 "chat.example.org?x=1", "chat.example.org/chat/?x=1", "chat.example.org/chat#x",
                 "chat.example.org#x", "chat.example.org:99999", "chat.example.org:0",
                 "chat.example.org:port", "javascript:alert(1)"})
            QTest::newRow(*typed ? typed : "empty") << QString::fromUtf8(typed);
    }
    void refuses()
    {
        QFETCH(QString, typed);
        const auto url = parseServerAddress(typed);
        QVERIFY2(!url.ok(), qPrintable(url.ok() ? url->toString() : QString()));
        QCOMPARE(url.error().field, QStringLiteral("server"));
        QVERIFY(inWords(url.error()).endsWith(u'.'));
        QVERIFY(!inWords(url.error()).contains(QLatin1String("secret")));
    }
};

QTEST_GUILESS_MAIN(TestServerAddress)
#include "tst_serveraddress.moc"
