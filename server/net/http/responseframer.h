// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QByteArray>
#include <QByteArrayView>

namespace rookery::net {

/// Parses the answer to one request while it is written in pieces, knows when it is complete, and prepares it
/// for sending. The Connection field is set here and nowhere else. Answers without a body (to HEAD, 1xx, 204,
/// 304; RFC 9110 section 6.4.1) lose any body that was written. Pure: no I/O, no clock.
class ResponseFramer
{
public:
    enum class State {
        Head,
        Body,
        Complete,
        Broken, ///< not an HTTP answer; none of it may be sent
    };

    explicit ResponseFramer(bool bodyless = false)
        : m_bodyless(bodyless)
    { }

    /// The Connection field to send: "close", "keep-alive" (to HTTP/1.0) or empty. May be set until the head
    /// is complete. An answer that is delimited by the end of the connection is always sent with "close".
    void setConnectionField(const QByteArray &value) { m_connection = value; }

    /// Lines added to the head, each with its CRLF; not to that of a 101. May be set until the head is
    /// complete.
    void setFurtherFields(const QByteArray &lines) { m_further = lines; }

    /// Takes written bytes and appends what is to be sent to the client.
    State feed(QByteArrayView bytes, QByteArray &out);
    /// The writer will write no more: Complete if the body is delimited by the end, otherwise Broken.
    State finish();

    /// If a body of exactly this size is expected, counts it as fed without seeing it and returns true.
    /// Otherwise does nothing.
    bool passBody(qint64 size);

    State state() const { return m_state; }
    int status() const { return m_status; }
    /// The connection must be closed after this answer.
    bool closes() const { return m_closes; }

private:
    enum class Framing { Length, Chunked, UntilClose };
    enum class Chunk { Size, Data, End, Trailer };

    bool takeHead(QByteArrayView head, QByteArray &out);
    bool takeStatusLine(QByteArrayView line);
    bool takeField(QByteArrayView line, QByteArray &out);
    void takeBody(QByteArrayView bytes, QByteArray &out);
    void takeChunked(QByteArrayView bytes, QByteArray &out);
    void takeChunkLine(QByteArrayView line);

    State m_state = State::Head;
    Framing m_framing = Framing::UntilClose;
    Chunk m_chunk = Chunk::Size;
    bool m_bodyless;
    bool m_closes = false;
    bool m_upgrade = false; ///< the head has an Upgrade field
    int m_status = 0;
    qint64 m_remaining = -1;
    QByteArray m_connection;
    QByteArray m_further;
    QByteArray m_buffer; ///< the head, later the line between two chunks
};

} // namespace rookery::net
