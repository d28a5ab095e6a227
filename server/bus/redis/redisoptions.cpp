// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/bus/redis/redisoptions.h"

#include <QFile>
#include <QHostAddress>
#include <QRegularExpression>
#include <QUrl>

#include <algorithm>
#include <optional>

namespace rookery::bus {

namespace {

constexpr int mostSentinels = 32;
constexpr int longestPath = 107; // bytes: sun_path of unix(7), without its NUL

Error wrong(const QString &problem)
{
    return {ErrorCode::InvalidField, problem, QStringLiteral("url")};
}

/// Nothing: not percent-encoded text in UTF-8, or U+0000 in it.
std::optional<QString> decoded(const QString &text)
{
    static const QRegularExpression form(
        QStringLiteral("^(?:[^%]|%[0-9A-Fa-f]{2})*$"), QRegularExpression::DontCaptureOption);
    if (!form.match(text).hasMatch())
        return std::nullopt;
    const QByteArray bytes = QByteArray::fromPercentEncoding(text.toUtf8());
    const QString result = QString::fromUtf8(bytes);
    if (result.toUtf8() != bytes || result.contains(QChar(u'\0')))
        return std::nullopt;
    return result;
}

Result<RedisAddress> readAddress(const QString &text, quint16 defaultPort)
{
    static const QRegularExpression form(
        QStringLiteral("^(?:\\[([0-9A-Fa-f:.]+)\\]|([^:\\[\\]]*))(?::([^:]*))?$"));
    static const QRegularExpression name(
        QStringLiteral("^(?=.{1,253}$)[A-Za-z0-9_-]{1,63}(\\.[A-Za-z0-9_-]{1,63})*\\.?$"),
        QRegularExpression::DontCaptureOption);
    const auto match = form.match(text);
    if (!match.hasMatch())
        return wrong(QStringLiteral(
            "The host must be a name or an address, IPv6 in brackets, with or without a port."));
    RedisAddress address;
    address.host = match.captured(1).isEmpty() ? match.captured(2) : match.captured(1);
    if (address.host.isEmpty())
        return wrong(QStringLiteral("The host is missing."));
    const bool isHost = match.captured(1).isEmpty() ? name.match(address.host).hasMatch()
                                                    : !QHostAddress(address.host).isNull();
    if (!isHost)
        return wrong(QStringLiteral("The host is neither a name nor an address."));
    address.port = defaultPort;
    if (match.hasCaptured(3)) {
        static const QRegularExpression digits(QStringLiteral("^[0-9]{1,5}$"));
        const int port = digits.match(match.captured(3)).hasMatch() ? match.captured(3).toInt() : 0;
        if (port < 1 || port > 65535)
            return wrong(QStringLiteral("The port must be from 1 to 65535."));
        address.port = quint16(port);
    }
    return address;
}

/// `USER`, `USER:PASSWORD` or `:PASSWORD`
std::optional<Error> readUserInfo(const QString &text, RedisOptions *options)
{
    const qsizetype colon = text.indexOf(u':');
    const auto user = decoded(colon < 0 ? text : text.left(colon));
    const auto password = decoded(colon < 0 ? QString() : text.mid(colon + 1));
    if (!user)
        return wrong(QStringLiteral("The user holds a '%' that does not begin a percent-encoded character."));
    if (!password)
        return wrong(
            QStringLiteral("The password holds a '%' that does not begin a percent-encoded character."));
    if (user->contains(u' '))
        return wrong(QStringLiteral("The user must not hold spaces."));
    if (colon >= 0 && password->isEmpty())
        return wrong(QStringLiteral("The password behind the user's ':' is empty."));
    options->user = *user;
    if (password->isEmpty())
        return std::nullopt;
    if (!options->password.isEmpty())
        return Error{ErrorCode::InvalidField, QStringLiteral("There is a password in the URL, too."),
            QStringLiteral("password_file")};
    options->password = *password;
    return std::nullopt;
}

std::optional<Error> readSentinels(const QString &hosts, const QString &path, RedisOptions *options)
{
    const QStringList names = hosts.split(u',');
    if (names.size() > mostSentinels)
        return wrong(QStringLiteral("There are more than %1 Sentinels.").arg(mostSentinels));
    for (const QString &each : names) {
        const auto address = readAddress(each, RedisOptions::defaultSentinelPort);
        if (!address)
            return address.error();
        options->addresses.append(*address);
    }
    const auto master = decoded(path.mid(1));
    const bool isName = master && !master->isEmpty() && !path.mid(1).contains(u'/')
        && std::all_of(
            master->cbegin(), master->cend(), [](QChar c) { return c > u' ' && c != QChar(0x7f); });
    if (!isName)
        return wrong(
            QStringLiteral("The path must be the master's name, as in redis+sentinel://HOST,HOST/MASTER."));
    options->masterName = *master;
    return std::nullopt;
}

std::optional<Error> readSocket(const QString &host, const QString &path, RedisOptions *options)
{
    const auto socket = decoded(path);
    if (!host.isEmpty() || !socket || socket->size() < 2 || socket->endsWith(u'/'))
        return wrong(QStringLiteral("The path must be a Unix socket's, as in redis+unix:///PATH."));
    if (QFile::encodeName(*socket).size() > longestPath)
        return wrong(QStringLiteral("The path of the Unix socket is longer than %1 bytes.").arg(longestPath));
    RedisAddress address;
    address.path = *socket;
    options->addresses.append(address);
    return std::nullopt;
}

std::optional<Error> readServer(const QString &host, const QString &path, RedisOptions *options)
{
    static const QRegularExpression database(QStringLiteral("^(?:/[0-9]{0,9})?$"));
    const auto address = readAddress(host, RedisOptions::defaultPort);
    if (!address) {
        if (host.contains(u','))
            return wrong(
                QStringLiteral("There is more than one host: that is for Sentinels, redis+sentinel://…"));
        return address.error();
    }
    if (!database.match(path).hasMatch())
        return wrong(QStringLiteral("The path must be the number of a database, or empty."));
    options->addresses.append(*address);
    options->database = path.mid(1).toInt();
    return std::nullopt;
}

std::optional<Error> readAuthorities(const QString &file, RedisOptions *options)
{
    const auto refusal = [](const QString &problem) {
        return Error{ErrorCode::InvalidField, problem, QStringLiteral("ca_file")};
    };
    if (!options->tls)
        return refusal(QStringLiteral("It is for TLS, which the URL does not ask for."));
    QFile pem(file);
    if (!pem.open(QIODevice::ReadOnly))
        return refusal(QStringLiteral("%1 cannot be read: %2.").arg(file, pem.errorString()));
    options->authorities = QSslCertificate::fromData(pem.readAll(), QSsl::Pem);
    if (options->authorities.isEmpty())
        return refusal(QStringLiteral("%1 holds no certificate in PEM.").arg(file));
    return std::nullopt;
}

} // namespace

QString RedisAddress::text() const
{
    if (isLocal())
        return path;
    return host.contains(u':') ? QStringLiteral("[%1]:%2").arg(host).arg(port)
                               : QStringLiteral("%1:%2").arg(host).arg(port);
}

Result<RedisOptions> readRedisUrl(const QString &url, const QString &password, const QString &caFile)
{
    // Not by QUrl, which knows one host only.
    static const QRegularExpression form(
        QStringLiteral(
            "^(redis|rediss|redis\\+sentinel|rediss\\+sentinel|redis\\+unix)://([^/?#]*)([^?#]*)(.*)$"),
        QRegularExpression::DotMatchesEverythingOption);
    const auto match = form.match(url);
    if (!match.hasMatch())
        return wrong(QStringLiteral("The scheme must be redis, rediss, redis+sentinel, rediss+sentinel or "
                                    "redis+unix, followed by '://'."));
    if (!match.captured(4).isEmpty())
        return wrong(QStringLiteral("There must be no '?' and no '#': in a password they are %3F and %23."));
    RedisOptions options;
    options.tls = match.captured(1).startsWith(QLatin1String("rediss"));
    options.password = password;
    const QString authority = match.captured(2);
    const QString path = match.captured(3);
    const qsizetype at = authority.lastIndexOf(u'@');
    if (authority.count(u'@') > 1)
        return wrong(QStringLiteral("There is more than one '@': in a password it is %40."));
    if (at >= 0) {
        if (const auto error = readUserInfo(authority.left(at), &options))
            return *error;
    }
    const QString host = authority.mid(at + 1);
    std::optional<Error> error;
    if (match.captured(1).endsWith(QLatin1String("+sentinel")))
        error = readSentinels(host, path, &options);
    else if (match.captured(1).endsWith(QLatin1String("+unix")))
        error = readSocket(host, path, &options);
    else
        error = readServer(host, path, &options);
    if (!error && !options.user.isEmpty() && options.password.isEmpty())
        error = wrong(QStringLiteral("There is a user, but no password, here or in a password_file."));
    if (!error && !caFile.isEmpty())
        error = readAuthorities(caFile, &options);
    if (error)
        return *error;
    return options;
}

} // namespace rookery::bus
