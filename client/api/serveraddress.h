// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "client/problems/outcome.h"

#include <QString>
#include <QUrl>

namespace rookery::client {

/// The server that a person means: `chat.example.org`, `localhost:5000`, `https://[::1]:8443/`,
/// `https://example.org/chat/`. A missing scheme becomes http for loopback addresses and https otherwise; a
/// loopback address without a port means the daemon's own default, 5000. Answers `http(s)://HOST:PORT[/PATH]`
/// with the port always written out and no slash at the end; otherwise a problem of the input
/// `server`.
Outcome<QUrl> parseServerAddress(const QString &typed);

/// Whether the host is this computer itself, so that nobody can listen in.
bool isLoopback(const QString &host);

/// A path of the server, such as `/api/v1/me`, percent-encoded: below the path that the server itself is
/// under.
QUrl below(const QUrl &server, const QString &path);

/// Where the native API's events come from: `ws(s)://HOST:PORT[/PATH]/ws/v1`.
QUrl webSocketUrl(const QUrl &server);
/// The way back.
QUrl serverOfWebSocket(const QUrl &socket);

/// What to call the server in a sentence: its host, with the port where it is not the scheme's own, and its
/// path.
QString serverName(const QUrl &server);
/// The same without the path: what a certificate is made for.
QString hostName(const QUrl &server);

} // namespace rookery::client
