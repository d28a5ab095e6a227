// SPDX-License-Identifier: GPL-3.0-or-later
// A QHttpServer with one route that returns one JSON body: the baseline for the daemon's own answers.
//
//   barehttpserver /path '{"the":"body"}'        prints `barehttpserver ready: URL`, and serves until SIGTERM

#include <QCoreApplication>
#include <QHttpServer>
#include <QHttpServerResponse>
#include <QTcpServer>

#include <cstdio>

int main(int argc, char *argv[])
{
    QCoreApplication application(argc, argv);
    const QStringList arguments = QCoreApplication::arguments();
    if (arguments.size() != 3) {
        std::fputs("usage: barehttpserver /path BODY\n", stderr);
        return 2;
    }
    const QByteArray body = arguments[2].toUtf8();

    QHttpServer server;
    server.route(
        arguments[1], [body] { return QHttpServerResponse(QByteArrayLiteral("application/json"), body); });
    auto *listener = new QTcpServer(&server);
    if (!listener->listen(QHostAddress::LocalHost)) {
        std::fprintf(stderr, "barehttpserver: %s\n", qUtf8Printable(listener->errorString()));
        return 1;
    }
    server.bind(listener);
    std::printf("barehttpserver ready: http://127.0.0.1:%d\n", int(listener->serverPort()));
    std::fflush(stdout);
    return QCoreApplication::exec();
}
