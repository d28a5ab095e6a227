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
    int ioThreads = 0; ///< that read and write sockets; 0: as many as there are cores
    QString unixSocketMode = QStringLiteral("0660"); ///< of the sockets of `unix:` listeners, in octal

    // [tls] both or neither; without them https makes a self-signed certificate in the data directory
    QString certificateFile;
    QString keyFile;
    std::chrono::seconds hsts{0}; ///< Strict-Transport-Security of answers over TLS; 0: none

    // [auth]
    bool guests = false;
    bool registration = true; ///< whether strangers may make accounts
    std::chrono::seconds tokenLifetime{30 * 24 * 3600};
    QString issuer = QStringLiteral("rookery");
    QString audience = QStringLiteral("rookery");

    // [accounts]
    QStringList admins; ///< names of users who act as owners in every public room

    // [http]
    QStringList allowedOrigins; ///< `https://chat.example.org`; `*` is refused
    QStringList trustedProxies; ///< addresses, networks (`10.0.0.0/8`), `unix:`: their X-Forwarded-For counts
    QStringList publicHosts; ///< the names of this server; empty: see net::HostRules

    // [rooms]
    bool createOnFirstUse = true; ///< 003 and 004: a room that does not exist is made when it is named

    // [limits]
    Limits limits;

    /// No key: set by ROOKERY_TEST_ECHO=1 in the environment alone. `/test/echo` sends every message back to
    /// whoever connects, which is what tests of the WebSocket protocol need.
    bool testEcho = false;

    /// Where each key was set that was, by its path (`tls.key_file`): `FILE:LINE`, the variable or the flag.
    QHash<QString, QString> places;
    /// For what is found to be wrong with a key's value, or doubtful, only later: the sentence with the key's
    /// place and path before it. The sentence alone where the value is a default.
    QString placed(const QString &keyPath, const QString &sentence) const;
};

/// What the command line asks for beside the configuration.
enum class Action { Run, CheckConfig, Smoke, ShowVersion, ShowHelp };

struct Invocation
{
    Action action = Action::Run;
    Config config;
};

/// `arguments` starts with the program's name. Reads defaults, then the TOML file (`--config`, or
/// `ROOKERY_CONFIG`), then `ROOKERY_SECTION_KEY` from the environment, then flags. Every refusal is one
/// sentence that names file and line (`/etc/rookeryd.toml:12: …`), the variable or the flag. A `ROOKERY_`
/// variable that names no key is told about on standard error and otherwise ignored, but for ROOKERY_CONFIG
/// and those starting with ROOKERY_TEST_, of which ROOKERY_TEST_ECHO is read.
Result<Invocation> load(const QStringList &arguments, const QProcessEnvironment &environment);

/// The text of --help.
QString helpText();

} // namespace rookery::config
