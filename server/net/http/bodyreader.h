// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "common/limits.h"
#include "server/net/http/refusal.h"
#include "server/net/http/requesthead.h"

#include <QByteArray>
#include <QByteArrayView>

namespace rookery::net {

/// Reads the body of one request, by its length or chunked (RFC 9112 sections 6 and 7.1, strictly: extensions
/// and trailers are checked, bounded and thrown away). Refuses with 413 past its limit, before reading where
/// the length says so. Either feed() gathers the whole body, or next() gives it piece by piece and keeps
/// nothing of it. Pure: no I/O, no time.
class BodyReader
{
public:
    enum class State { Reading, Complete, Refused };

    /// The limit is Limits::bodyBytes.
    BodyReader(const RequestHead &head, const Limits &limits);
    /// `bodyBytes`: the most that the body may hold, without its framing.
    BodyReader(const RequestHead &head, const Limits &limits, qint64 bodyBytes);

    /// Takes bytes up to the end of the body at most, and answers how many.
    qsizetype feed(QByteArrayView bytes);
    /// Takes framing from the front of `bytes`, and then data up to the end of the chunk or of the body.
    /// Answers the data, which is a part of `bytes`; empty where none was there.
    QByteArrayView next(QByteArrayView &bytes);

    State state() const { return m_state; }
    const Refusal &refusal() const { return m_refusal; }
    /// Bytes taken so far, framing included: what the client's speed is judged by.
    qint64 received() const { return m_received; }
    /// The body without its framing; once, after Complete.
    QByteArray take() { return std::move(m_body); }

private:
    enum class Part { Data, ChunkSize, ChunkEnd, Trailer };

    qsizetype takeData(qsizetype most);
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
    qint64 m_data = 0; ///< bytes of the body so far
    qint64 m_overhead = 0; ///< bytes of chunk extensions and trailers
    State m_state = State::Reading;
    Part m_part = Part::Data;
    bool m_chunked = false;
    QByteArray m_line;
    QByteArray m_body;
    Refusal m_refusal;
};

} // namespace rookery::net
