// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "common/closecode.h"

#include <QByteArray>
#include <QByteArrayView>
#include <QString>

/// Writes the frames a server sends (RFC 6455 section 5.2): unmasked, one per message. Headers and payloads
/// are separate, so that all receivers share one payload.
namespace rookery::net::frames {

struct Header
{
    char bytes[10];
    qsizetype size;

    operator QByteArrayView() const { return {bytes, size}; }
};

/// The header of an unfragmented message of this many bytes.
Header textHeader(qsizetype payloadBytes);
Header binaryHeader(qsizetype payloadBytes);
/// A whole control frame; `payload` is truncated to 125 bytes.
QByteArray ping(const QByteArray &payload = {});
QByteArray pong(const QByteArray &payload);
/// A whole close frame. The reason is truncated to 123 bytes of UTF-8, at a character boundary. With a code
/// that must not be sent (Abnormal) the frame is empty.
QByteArray close(quint16 code, const QString &reason = {});

} // namespace rookery::net::frames
