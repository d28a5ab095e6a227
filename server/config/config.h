// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "common/limits.h"
#include "common/result.h"

#include <QHash>
#include <QProcessEnvironment>
#include <QStringList>
#include <QUrl>

namespace rookery::config {

struct Config
{
    // [server]
    QList<QUrl> listen{QUrl(QStringLiteral("http://127.0.0.1:5000"))};
    QString dataDirectory; ///< absolute; default: `rookery` in the XDG data folder
    QString publicName = QStringLiteral("Rookery"); ///< shown on the front page
    QString logLevel = QStringLiteral("info"); ///< debug, info, warning, error
    int ioThreads = 0; ///< threads that read and write sockets; 0: one per core
    QString unixSocketMode = QStringLiteral("0660"); ///< of the sockets of `unix:` listeners, in octal

    // [storage]
    QString
        storageUrl; ///< empty: SQLite in the data directory; else `postgresql://…`. May hold a password: not logged
    QString signingKeyFile; ///< empty: signing.key in the data directory
    QString storagePasswordFile; ///< holds PostgreSQL's password, so that storageUrl need not
    bool losslessFailover = false; ///< the operator's promise, see store::StoreOptions
    int storageReaders = 2; ///< threads that read from the database, with a connection each

    // [bus]
    QString
        busUrl; ///< empty: by the storage; else `memory`, `postgresql` or `redis://…`. May hold a password: not logged
    QString busPasswordFile; ///< holds the password of the Redis, so that busUrl need not
    QString busCaFile; ///< PEM; who may sign the certificate of the Redis; empty: the system's list

    // [node]
    QString nodeName; ///< of letters, digits, `-`, `_` and `.`; by default made of the host's name

    // [tls] both or neither; without them https makes a self-signed certificate in the data directory
    QString certificateFile;
    QString keyFile;
    std::chrono::seconds hsts{0}; ///< Strict-Transport-Security header of responses over TLS; 0: none

    // [auth]
    bool guests = false;
    bool registration = true; ///< whether strangers may register accounts
    std::chrono::seconds tokenLifetime{30 * 24 * 3600};
    QString issuer = QStringLiteral("rookery");
    QString audience = QStringLiteral("rookery");

    // [accounts]
    QStringList admins; ///< names of users who act as owners in every public room

    // [http]
    QStringList allowedOrigins; ///< `https://chat.example.org`; `*` is refused
    QStringList trustedProxies; ///< addresses, networks (`10.0.0.0/8`), `unix:`: X-Forwarded-For is trusted
    QStringList publicHosts; ///< the names of this server; empty: see net::HostRules

    // [rooms]
    bool createOnFirstUse = true; ///< 003 and 004: a room that does not exist is created when it is named

    // [limits]
    Limits limits;

    /// Not a key: set by ROOKERY_TEST_ECHO=1 in the environment alone. `/test/echo` echoes every message, as
    /// tests of the WebSocket protocol need.
    bool testEcho = false;

    /// Where each key was set, by its path (`tls.key_file`): `FILE:LINE`, the variable or the flag. No entry:
    /// default.
    QHash<QString, QString> places;
    /// For problems with a key's value that are found only later: prefixes the sentence with the key's place
    /// and path. Returns the sentence alone if the value is a default.
    QString placed(const QString &keyPath, const QString &sentence) const;
};

/// What the command line requests beside the configuration.
enum class Action { Run, CheckConfig, Smoke, ShowVersion, ShowHelp };

struct Invocation
{
    Action action = Action::Run;
    Config config;
};

/// `arguments` starts with the program's name. Applies the defaults, then the TOML file (`--config`, or
/// `ROOKERY_CONFIG`), then `ROOKERY_SECTION_KEY` from the environment, then flags. Every error is one
/// sentence that names file and line (`/etc/rookeryd.toml:12: …`), the variable or the flag. A `ROOKERY_`
/// variable that names no key causes a warning on standard error and is ignored. Exempt are ROOKERY_CONFIG
/// and names starting with ROOKERY_TEST_, of which ROOKERY_TEST_ECHO is read.
Result<Invocation> load(const QStringList &arguments, const QProcessEnvironment &environment);

/// The text of --help.
QString helpText();

} // namespace rookery::config
