// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "common/limits.h"
#include "server/net/http/refusal.h"
#include "server/net/http/requesthead.h"

#include <QByteArray>
#include <QByteArrayView>

namespace rookery::net {

/// Reads the body of one request, by Content-Length or chunked (RFC 9112 sections 6 and 7.1). Strict: chunk
/// extensions and trailers are checked, bounded and discarded. Refuses with 413 past Limits::bodyBytes; if
/// Content-Length exceeds it, before reading. Pure: no I/O, no clock.
class BodyReader
{
public:
    enum class State { Reading, Complete, Refused };

    BodyReader(const RequestHead &head, const Limits &limits);

    /// Consumes bytes up to the end of the body and returns how many.
    qsizetype feed(QByteArrayView bytes);

    State state() const { return m_state; }
    const Refusal &refusal() const { return m_refusal; }
    /// Bytes consumed so far, framing included; used to judge the client's speed.
    qint64 received() const { return m_received; }
    /// The decoded body; call once, after Complete.
    QByteArray take() { return std::move(m_body); }

private:
    enum class Part { Data, ChunkSize, ChunkEnd, Trailer };

    qsizetype feedData(QByteArrayView bytes);
    qsizetype feedLine(QByteArrayView bytes);
    void takeLine(QByteArrayView line);
    void takeChunkSize(QByteArrayView line);
    void takeTrailer(QByteArrayView line);
    void refuse(Refusal refusal);
    void refuseTooLarge();

    qint64 m_limit;
    qint64 m_trailerBytes;
    qint64 m_remaining = 0; ///< of the body, or of the chunk
    qint64 m_received = 0;
    qint64 m_overhead = 0; ///< bytes of chunk extensions and trailers
    State m_state = State::Reading;
    Part m_part = Part::Data;
    bool m_chunked = false;
    QByteArray m_line;
    QByteArray m_body;
    Refusal m_refusal;
};

} // namespace rookery::net
