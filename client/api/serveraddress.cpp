#include "client/api/serveraddress.h"

#include <QHostAddress>

namespace rookery::client {

namespace {

constexpr int daemonPort = 5000;

Error problem(const QString &sentence)
{
    return {ErrorCode::InvalidField, sentence, QStringLiteral("server")};
}

int defaultPort(const QUrl &server)
{
    return server.scheme() == QLatin1String("https") ? 443 : 80;
}

} // namespace

bool isLoopback(const QString &host)
{
    return host.compare(QLatin1String("localhost"), Qt::CaseInsensitive) == 0
        || host.endsWith(QLatin1String(".localhost"), Qt::CaseInsensitive) || QHostAddress(host).isLoopback();
}

Result<QUrl> parseServerAddress(const QString &typed)
{
    const QString text = typed.trimmed();
    if (text.isEmpty())
        return problem(QStringLiteral("Enter the address of a server, such as chat.example.org."));

    const bool hasScheme = text.contains(QLatin1String("://"));
    QUrl url(hasScheme ? text : QLatin1String("https://") + text, QUrl::StrictMode);
    if (!url.isValid() || url.host().isEmpty())
        return problem(QStringLiteral("'%1' is not the address of a server.").arg(text));
    const QString scheme = url.scheme();
    if (scheme != QLatin1String("https") && scheme != QLatin1String("http"))
        return problem(
            QStringLiteral("An address starts with https:// or http://, not with %1://.").arg(scheme));
    if (!url.userInfo().isEmpty())
        return problem(QStringLiteral("Enter the name in its own field, not in the address."));
    if ((!url.path().isEmpty() && url.path() != QLatin1String("/")) || url.hasQuery() || url.hasFragment())
        return problem(QStringLiteral("Enter only the host and port, such as %1.").arg(url.authority()));

    const bool loopback = isLoopback(url.host());
    if (!hasScheme && loopback)
        url.setScheme(QStringLiteral("http"));
    if (url.port() == 0)
        return problem(QStringLiteral("0 is not a port that a server can be reached at."));
    if (url.port() < 0)
        url.setPort(!hasScheme && loopback ? daemonPort : defaultPort(url));
    url.setPath(QString());
    return url;
}

QUrl webSocketUrl(const QUrl &server)
{
    QUrl url = server;
    url.setScheme(server.scheme() == QLatin1String("https") ? QStringLiteral("wss") : QStringLiteral("ws"));
    url.setPath(QStringLiteral("/ws/v1"));
    return url;
}

QString serverName(const QUrl &server)
{
    const int port = server.port();
    const QString host = server.host().contains(u':') ? u'[' + server.host() + u']' : server.host();
    return port < 0 || port == defaultPort(server) ? host : host + u':' + QString::number(port);
}

} // namespace rookery::client
