#pragma once

#include <QtGlobal>

namespace rookery {

/// WebSocket close codes in use: RFC 6455 section 7.4.1 below 4000, the application's own from 4000.
/// By its code a client knows what to do: 4000–4007 do not come back unchanged, 4008 and 1012 come back and
/// resume.
enum class CloseCode : quint16 {
    Normal = 1000,
    GoingAway = 1001,
    ProtocolError = 1002,
    UnsupportedData = 1003,
    Abnormal = 1006, ///< never sent: the connection ended without a close frame
    InvalidPayload = 1007,
    PolicyViolation = 1008,
    TooBig = 1009,
    InternalError = 1011,
    ServiceRestart = 1012,
    RoomUnavailable = 4000, ///< seed 004: room not found or could not be created
    Unauthorized = 4001, ///< seed 004: no token, or a bad one
    TooManyConnections = 4002,
    SlowReader = 4008, ///< the outbound queue is full: reconnect and resume
};

/// Whether a client should reconnect by itself after this code. ProtocolError is among them because
/// QWebSocket of Qt 6.4 calls 1012 one (its list of codes ends at 1011).
constexpr bool mayReconnect(quint16 code)
{
    return !(code == quint16(CloseCode::Normal) || code == quint16(CloseCode::PolicyViolation)
        || (code >= 4000 && code < 4008));
}

} // namespace rookery
