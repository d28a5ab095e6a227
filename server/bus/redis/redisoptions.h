// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "common/result.h"

#include <QList>
#include <QSslCertificate>
#include <QString>

namespace rookery::bus {

/// Where a Redis server or a Sentinel listens: a host and port, or the path of a Unix socket.
struct RedisAddress
{
    QString host; ///< a name or an IP address, IPv6 without brackets; empty: `path` counts
    quint16 port = 0;
    QString path;

    bool isLocal() const { return host.isEmpty(); }
    /// `redis.example.org:6379`, `[::1]:6379` or `/run/redis.sock`, for messages.
    QString text() const;
    bool operator==(const RedisAddress &other) const = default;
};

/// How a Redis is reached, and who one is there.
struct RedisOptions
{
    static constexpr quint16 defaultPort = 6379;
    static constexpr quint16 defaultSentinelPort = 26379;

    /// One server; with a masterName, the Sentinels to ask for it, in this order.
    QList<RedisAddress> addresses;
    QString masterName; ///< as the Sentinels call it; empty: there are no Sentinels
    int database = 0; ///< for keys; pub/sub knows no databases
    bool tls = false; ///< to the Sentinels, too
    QList<QSslCertificate>
        authorities; ///< who may have signed the servers' certificates; empty: the system's list
    QString user; ///< of an ACL; empty: the default user
    QString password; ///< empty: no AUTH

    bool hasSentinels() const { return !masterName.isEmpty(); }
};

/// Reads one of
///
///     redis://[[USER]:PASSWORD@]HOST[:PORT][/DATABASE]                     rediss://… with TLS
///     redis+sentinel://[[USER]:PASSWORD@]HOST[:PORT][,HOST[:PORT]…]/MASTER  rediss+sentinel://… with TLS
///     redis+unix://[[USER]:PASSWORD@]/PATH
///
/// in which `@`, `:`, `/`, `?`, `#`, `,` and `%` in a user, password, path or master's name are percent-encoded. USER alone
/// is possible if there is a `password`, which is for what a file holds. DATABASE is a number of up to nine digits.
/// `caFile` is a PEM file, read at once.
///
/// Error::field is the key of `[bus]` that is wrong (`url`, `password_file`, `ca_file`), Error::detail a sentence that names the
/// part of the URL and never repeats any of it.
Result<RedisOptions> readRedisUrl(
    const QString &url, const QString &password = {}, const QString &caFile = {});

} // namespace rookery::bus
