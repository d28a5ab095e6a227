// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "tests/support/testdaemon.h"
#include "tests/support/testuser.h"
#include "tests/wire/websocketclient.h"

#include <QJsonObject>
#include <QString>

#include <array>
#include <memory>

namespace rookery::test {

/// The answer to a message, in any dialect.
struct Verdict
{
    bool acknowledged = false;
    QString code = {}; ///< of an error
    int status = 0; ///< HTTP only
    bool retryHint = false; ///< the answer says when to retry
};

/// One user who sends through every dialect, to the lobby or, where the dialect has direct messages only, to
/// themself; and reads the messages back.
class EveryDialect
{
public:
    enum Way { Http000, Http002, Http003, HttpNative, Socket000, Socket001, Socket003, SocketNative };
    static constexpr std::array ways{
        Http000, Http002, Http003, HttpNative, Socket000, Socket001, Socket003, SocketNative};
    static const char *name(Way way);

    /// Registers, logs in and opens the sockets. False if one of them fails.
    bool begin(const TestDaemon &daemon, const QString &userName);
    /// Opens the sockets again, with the same token.
    bool reconnect(const TestDaemon &daemon);
    void disconnect();
    bool socketsAreOpen() const;

    Verdict send(Way way, const QString &text, const QString &clientId);
    /// The messages that a fresh reader gets over REST, as "client id: text". Checks that seq has no gaps; if
    /// it has, returns one line that says so.
    QStringList history() const;

    TestUser user;

private:
    Verdict overHttp(const char *path, QJsonObject body, const QString &clientId) const;
    Verdict overSocket(WebSocketClient &socket, QJsonObject frame, const QString &clientId) const;
    QStringList historyOf(const QString &room) const;

    QUrl m_server;
    QString m_ownRoom; ///< the user's direct room with themself
    std::array<std::unique_ptr<WebSocketClient>, 4> m_sockets; ///< from Socket000 on
};

QString newClientId();

} // namespace rookery::test
