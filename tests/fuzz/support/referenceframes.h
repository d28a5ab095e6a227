// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "server/net/websocket/framereader.h"

#include <QList>

/// RFC 6455 section 5 in the plainest words, over all that a client sent at once: a second opinion on
/// net::FrameReader, which reads it in pieces.
namespace rookery::fuzz {

/// What the bytes mean, up to the first thing after which nothing is read any more.
QList<net::FrameReader::Event> eventsOf(
    QByteArrayView bytes, qint64 messageBytes, net::FrameReader::BinaryMessages binary);

/// One unfragmented, unmasked frame, as servers send: its opcode and payload. Requires that `bytes` are
/// exactly that.
std::pair<int, QByteArray> serverFrame(const QByteArray &bytes);

} // namespace rookery::fuzz
