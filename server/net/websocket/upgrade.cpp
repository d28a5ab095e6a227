// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/net/websocket/upgrade.h"

#include "server/net/http/httpgrammar.h"
#include "server/net/websocket/utf8validator.h"

#include <algorithm>

namespace rookery::net {

namespace {

/// Base64 of 16 bytes.
bool isKey(const QByteArray &key)
{
    const auto isBase64 = [](char c) {
        return grammar::isAlpha(c) || grammar::isDigit(c) || c == '+' || c == '/';
    };
    return key.size() == 24 && key.endsWith("==") && std::all_of(key.begin(), key.end() - 2, isBase64);
}

Refusal otherVersion()
{
    return {426,
        {ErrorCode::InvalidRequest,
            QStringLiteral("Only version 13 of the WebSocket protocol is spoken here.")},
        "Upgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"};
}

} // namespace

bool wantsWebSocket(const RequestHead &head)
{
    // With only half of the fields it is a broken handshake, which gets an error that says so.
    return head.lists("upgrade", "websocket")
        && (head.lists("connection", "upgrade") || head.count("sec-websocket-key") > 0);
}

std::variant<Upgrade, Refusal> checkUpgrade(const RequestHead &head, const Peer &peer)
{
    if (head.method != "GET" || head.minorVersion == 0)
        return malformed(QStringLiteral("A WebSocket handshake must be a GET of HTTP/1.1."));
    if (!head.lists("connection", "upgrade"))
        return malformed(QStringLiteral("A WebSocket handshake needs 'Connection: Upgrade'."));
    if (head.body != RequestHead::Body::None)
        return malformed(QStringLiteral("A WebSocket handshake must not have a body."));
    if (head.count("sec-websocket-version") == 0)
        return malformed(QStringLiteral("The handshake does not say its Sec-WebSocket-Version."));
    if (head.single("sec-websocket-version") != "13")
        return otherVersion();
    const QByteArray key = head.single("sec-websocket-key");
    if (!isKey(key))
        return malformed(QStringLiteral("The Sec-WebSocket-Key must be the base64 of 16 bytes."));
    const QByteArrayList subprotocols = head.list("sec-websocket-protocol");
    if (!std::ranges::all_of(subprotocols, [](const QByteArray &name) { return grammar::isToken(name); }))
        return malformed(QStringLiteral("A WebSocket subprotocol is not a token."));

    const QByteArray path = QByteArray::fromPercentEncoding(withoutTrailingSlash(head.path).toByteArray());
    Utf8Validator utf8;
    if (!utf8.feed(path) || !utf8.complete())
        return malformed(QStringLiteral("The path is not UTF-8."));

    Upgrade upgrade;
    Handshake &handshake = upgrade.handshake;
    handshake.path = QString::fromUtf8(path);
    handshake.query = QUrlQuery(QString::fromLatin1(head.query.mid(1)));
    handshake.host = head.host;
    handshake.origin = head.single("origin");
    handshake.authorization = head.single("authorization");
    handshake.cookie = head.cookies();
    handshake.userAgent = head.single("user-agent");
    handshake.subprotocols = subprotocols;
    handshake.peer = peer;

    upgrade.minimalHead = "GET / HTTP/1.1\r\nHost: guard\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                          "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: "
        + key + "\r\n";
    if (subprotocols.size() > 1 && subprotocols.contains("bearer"))
        upgrade.minimalHead += "Sec-WebSocket-Protocol: bearer\r\n";
    upgrade.minimalHead += "\r\n";
    return upgrade;
}

} // namespace rookery::net
