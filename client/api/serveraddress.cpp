// SPDX-License-Identifier: GPL-3.0-or-later
#include "client/api/serveraddress.h"

#include <QHostAddress>

namespace rookery::client {

namespace {

constexpr int daemonPort = 5000;
const QLatin1String webSocketPath("/ws/v1");

Problem problem(Problem::Kind kind, const QString &detail = {})
{
    return Problem::typed(kind, QStringLiteral("server"), detail);
}

int defaultPort(const QUrl &server)
{
    return server.scheme() == QLatin1String("https") || server.scheme() == QLatin1String("wss") ? 443 : 80;
}

} // namespace

bool isLoopback(const QString &host)
{
    return host.compare(QLatin1String("localhost"), Qt::CaseInsensitive) == 0
        || host.endsWith(QLatin1String(".localhost"), Qt::CaseInsensitive) || QHostAddress(host).isLoopback();
}

Outcome<QUrl> parseServerAddress(const QString &typed)
{
    const QString text = typed.trimmed();
    if (text.isEmpty())
        return problem(Problem::NoAddress);

    const bool hasScheme = text.contains(QLatin1String("://"));
    QUrl url(hasScheme ? text : QLatin1String("https://") + text, QUrl::StrictMode);
    if (!url.isValid() || url.host().isEmpty())
        return problem(Problem::BadAddress, text);
    const QString scheme = url.scheme();
    if (scheme != QLatin1String("https") && scheme != QLatin1String("http"))
        return problem(Problem::BadScheme, scheme);
    if (!url.userInfo().isEmpty())
        return problem(Problem::UserInAddress);
    if (url.hasQuery() || url.hasFragment())
        return problem(Problem::QueryInAddress, QString(url.hasQuery() ? u'?' : u'#'));

    const bool loopback = isLoopback(url.host());
    if (!hasScheme && loopback)
        url.setScheme(QStringLiteral("http"));
    if (url.port() == 0)
        return problem(Problem::BadPort);
    if (url.port() < 0)
        url.setPort(!hasScheme && loopback ? daemonPort : defaultPort(url));
    // As a browser reads it; the slash at its end is of no account.
    QString path = url.adjusted(QUrl::NormalizePathSegments).path(QUrl::FullyEncoded);
    while (path.endsWith(u'/'))
        path.chop(1);
    url.setPath(path, QUrl::StrictMode);
    return url;
}

QUrl webSocketUrl(const QUrl &server)
{
    QUrl url = server;
    url.setScheme(server.scheme() == QLatin1String("https") ? QStringLiteral("wss") : QStringLiteral("ws"));
    return below(url, webSocketPath);
}

QUrl serverOfWebSocket(const QUrl &socket)
{
    QUrl url = socket;
    url.setScheme(socket.scheme() == QLatin1String("wss") ? QStringLiteral("https") : QStringLiteral("http"));
    const QString path = url.path(QUrl::FullyEncoded);
    url.setPath(path.endsWith(webSocketPath) ? path.chopped(webSocketPath.size()) : path, QUrl::StrictMode);
    return url;
}

QUrl below(const QUrl &server, const QString &path)
{
    QUrl url = server;
    url.setPath(server.path(QUrl::FullyEncoded) + path, QUrl::TolerantMode);
    return url;
}

QString hostName(const QUrl &server)
{
    const int port = server.port();
    const QString host = server.host().contains(u':') ? u'[' + server.host() + u']' : server.host();
    return port < 0 || port == defaultPort(server) ? host : host + u':' + QString::number(port);
}

QString serverName(const QUrl &server)
{
    return hostName(server) + server.path(QUrl::FullyEncoded);
}

} // namespace rookery::client
