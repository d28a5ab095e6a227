// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "server/net/websocket/framereader.h"

#include <QList>

/// RFC 6455 section 5, implemented as simply as possible over all bytes of a client at once: a reference for
/// net::FrameReader, which reads them in pieces.
namespace rookery::fuzz {

/// The meaning of the bytes, up to the first event after which nothing is read any more.
QList<net::FrameReader::Event> eventsOf(
    QByteArrayView bytes, qint64 messageBytes, net::FrameReader::BinaryMessages binary);

/// One unfragmented, unmasked frame, as servers send: its opcode and payload. Requires that `bytes` is
/// exactly one frame.
std::pair<int, QByteArray> serverFrame(const QByteArray &bytes);

} // namespace rookery::fuzz
