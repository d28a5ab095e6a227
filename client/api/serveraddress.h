#pragma once

#include "common/result.h"

#include <QString>
#include <QUrl>

namespace rookery::client {

/// The server that a person means: `chat.example.org`, `localhost:5000`, `https://[::1]:8443/`. A missing
/// scheme becomes http for loopback addresses and https otherwise; a loopback address without a port means
/// the daemon's own default, 5000. Answers `http(s)://HOST:PORT` with the port always written out; otherwise
/// an error with a sentence, whose field is `server`.
Result<QUrl> parseServerAddress(const QString &typed);

/// Whether this is the computer itself: nobody is on the way.
bool isLoopback(const QString &host);

/// Where the native API's events come from: `ws(s)://HOST:PORT/ws/v1`.
QUrl webSocketUrl(const QUrl &server);

/// What to call the server in a sentence: its host, with the port where it is not the scheme's own.
QString serverName(const QUrl &server);

} // namespace rookery::client
