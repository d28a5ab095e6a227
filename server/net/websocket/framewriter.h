// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "common/closecode.h"

#include <QByteArray>
#include <QByteArrayView>
#include <QString>

/// The frames a server sends (RFC 6455 section 5.2): unmasked, one per message. Headers and payloads are kept
/// apart, so that one payload is shared by everybody it goes to.
namespace rookery::net::frames {

struct Header
{
    char bytes[10];
    qsizetype size;

    operator QByteArrayView() const { return {bytes, size}; }
};

/// The header of an unfragmented message of that many bytes.
Header textHeader(qsizetype payloadBytes);
Header binaryHeader(qsizetype payloadBytes);
/// A whole control frame; `payload` is cut to 125 bytes.
QByteArray ping(const QByteArray &payload = {});
QByteArray pong(const QByteArray &payload);
/// A whole close frame. The reason is cut to 123 bytes of UTF-8, never inside a character. Without a code
/// that may be sent (Abnormal) the frame is empty.
QByteArray close(quint16 code, const QString &reason = {});

} // namespace rookery::net::frames
