// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QByteArray>
#include <QByteArrayView>

namespace rookery::net {

/// Follows the answer to one request while it is written in pieces, knows when it is complete, and makes it
/// fit for the wire: the Connection field is set here and nowhere else, answers that have no body (to HEAD,
/// 1xx, 204, 304; RFC 9110 section 6.4.1) lose what was written as one. Pure: no I/O, no time.
class ResponseFramer
{
public:
    enum class State {
        Head,
        Body,
        Complete,
        Broken, ///< what was written is no HTTP answer; nothing of it may be sent
    };

    explicit ResponseFramer(bool bodyless = false)
        : m_bodyless(bodyless)
    { }

    /// The Connection field to send: "close", "keep-alive" (to HTTP/1.0) or nothing. Counts until the head is
    /// complete. An answer that only its end can delimit is sent with "close" in any case.
    void setConnectionField(const QByteArray &value) { m_connection = value; }

    /// Lines that the head gets besides, each with its CRLF; not that of a 101. Counts as long.
    void setFurtherFields(const QByteArray &lines) { m_further = lines; }

    /// Takes what was written and appends what goes to the client.
    State feed(QByteArrayView bytes, QByteArray &out);
    /// The writer says that nothing more will come: Complete where the end delimits the body, otherwise
    /// Broken.
    State finish();

    /// Where a body of just this size is due: counts it as fed, without having seen it, and is true.
    /// Otherwise nothing happens.
    bool passBody(qint64 size);

    State state() const { return m_state; }
    int status() const { return m_status; }
    /// The connection cannot be used after this answer.
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
    bool m_upgrade = false; ///< an Upgrade field stands in the head
    int m_status = 0;
    qint64 m_remaining = -1;
    QByteArray m_connection;
    QByteArray m_further;
    QByteArray m_buffer; ///< the head, later the line between two chunks
};

} // namespace rookery::net
