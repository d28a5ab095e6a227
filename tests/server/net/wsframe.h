// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QByteArray>
#include <QtEndian>

namespace rookery::net::test {

constexpr int continuation = 0;
constexpr int textFrame = 1;
constexpr int binaryFrame = 2;
constexpr int closeFrame = 8;
constexpr int pingFrame = 9;
constexpr int pongFrame = 10;
constexpr int fin = 0x80;

/// One frame with exactly these first bits. An empty `mask`: unmasked, which clients must not send.
inline QByteArray frame(int first, const QByteArray &payload, const QByteArray &mask = "\x12\x34\x56\x78")
{
    QByteArray out(1, char(first));
    const int maskBit = mask.isEmpty() ? 0 : 0x80;
    if (payload.size() < 126) {
        out += char(payload.size() | maskBit);
    } else if (payload.size() < 65536) {
        out += char(126 | maskBit);
        char length[2];
        qToBigEndian(quint16(payload.size()), length);
        out.append(length, 2);
    } else {
        out += char(127 | maskBit);
        char length[8];
        qToBigEndian(quint64(payload.size()), length);
        out.append(length, 8);
    }
    out += mask;
    for (qsizetype i = 0; i < payload.size(); ++i)
        out += mask.isEmpty() ? payload[i] : char(payload[i] ^ mask[i % 4]);
    return out;
}

inline QByteArray text(const QByteArray &payload)
{
    return frame(fin | textFrame, payload);
}

inline QByteArray closePayload(quint16 code, const QByteArray &reason = {})
{
    char bytes[2];
    qToBigEndian(code, bytes);
    return QByteArray(bytes, 2) + reason;
}

} // namespace rookery::net::test
