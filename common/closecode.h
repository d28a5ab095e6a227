// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QtGlobal>

namespace rookery {

/// WebSocket close codes in use: those below 4000 are from RFC 6455 section 7.4.1, those from 4000 are
/// Rookery's own.
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
    RoomUnavailable = 4000, ///< document 004: the room was not found or could not be created
    Unauthorized = 4001, ///< document 004: no token, or an invalid one
    SlowReader = 4008, ///< the outbound queue is full: reconnect and resume
};

/// How a client should react to a close code.
struct CloseCodeRule
{
    CloseCode code;
    bool comesBack; ///< reconnect automatically, with a growing delay; false: it would be refused again
    const char *meaning; ///< in UTF-8
};

/// Every close code that a client can receive. The tables in resources/docs/api.md and common/README.md
/// repeat these rows; tst_closecode compares them.
inline constexpr CloseCodeRule closeCodeRules[] = {
    {CloseCode::Normal, false, "asked for: a `disconnect` event, or the client's own close frame"},
    {CloseCode::GoingAway, true, "a proxy or the other program ends; the server sends it only in answer"},
    {CloseCode::ProtocolError, false, "a frame that breaks RFC 6455"},
    {CloseCode::UnsupportedData, false, "a binary message; every message is text"},
    {CloseCode::Abnormal, true, "never sent: the connection ended without a close frame"},
    {CloseCode::InvalidPayload, false, "a text message or a close reason that is not UTF-8"},
    {CloseCode::PolicyViolation, false,
        "a query with a wrong value, or too many messages before the socket was ready"},
    {CloseCode::TooBig, false, "a message past its bound"},
    {CloseCode::InternalError, true,
        "a fault of the server, or a refusal that ends by itself; the error frame before it says which"},
    {CloseCode::ServiceRestart, true, "the server restarts, or this node cannot reach the database"},
    {CloseCode::RoomUnavailable, false,
        "the room was not found or could not be made; also a private room of others"},
    {CloseCode::Unauthorized, false, "no token, or one that is not good (any more): log in first"},
    {CloseCode::SlowReader, true, "too slow a reader"},
};

/// Whether a client should reconnect automatically after this code. Of the codes without a rule, 4000–4007
/// are reserved for refusals; all others come from intermediaries and are temporary.
constexpr bool mayReconnect(quint16 code)
{
    for (const CloseCodeRule &rule : closeCodeRules) {
        if (quint16(rule.code) == code)
            return rule.comesBack;
    }
    return code < 4000 || code > 4007;
}

} // namespace rookery
