// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "common/closecode.h"
#include "server/net/websocket/utf8validator.h"

#include <QByteArray>
#include <QByteArrayView>

#include <utility>

namespace rookery::net {

/// Reads the frames a client sends (RFC 6455 section 5), however they are split, and returns whole messages
/// and control frames. Strict and early: an invalid byte of text, a frame that will be too large or a
/// reserved bit is refused as soon as it is seen. Memory is bounded by the message limit. Pure: no I/O, no
/// clock.
class FrameReader
{
public:
    struct Event
    {
        enum Kind {
            Nothing, ///< all bytes were consumed, more are needed
            Text, ///< `payload` is one whole message in valid UTF-8
            Binary, ///< `payload` is one whole message; only if accepted
            Ping,
            Pong,
            Close, ///< `code` (Abnormal if none was sent) and `payload`, the reason in valid UTF-8
            Refused, ///< `code` is the close code to send, `payload` the reason
        };
        Kind kind = Nothing;
        QByteArray payload = {};
        quint16 code = 0;
    };

    enum class BinaryMessages : bool {
        Refused, ///< at their first two bytes, with UnsupportedData
        Taken,
    };

    explicit FrameReader(qint64 messageBytes, BinaryMessages binary = BinaryMessages::Refused)
        : m_limit(messageBytes)
        , m_binary(binary)
    { }

    /// Consumes bytes up to the end of the next event and shortens `bytes` by them. After Close and Refused
    /// the rest is consumed and ignored.
    Event next(QByteArrayView &bytes);
    /// The number of frames of any kind that have begun since the last call.
    int takeFrameCount() { return std::exchange(m_frames, 0); }
    /// Between two messages: a new reader would continue just as well.
    bool isAtRest() const { return m_headerHave == 0 && !m_inPayload && !m_inMessage && !m_over; }

private:
    enum class Opcode : quint8 { Continuation = 0, Text = 1, Binary = 2, Close = 8, Ping = 9, Pong = 10 };

    bool takeHeader(QByteArrayView &bytes, Event &event);
    bool checkFirstBytes(Event &event);
    void takePayload(QByteArrayView &bytes, Event &event);
    void endOfFrame(Event &event);
    void endOfClose(Event &event);
    void refuse(Event &event, CloseCode code, const char *reason);
    bool isControl() const { return (quint8(m_opcode) & 8) != 0; }

    qint64 m_limit;
    qint64 m_remaining = 0; ///< of the frame's payload
    QByteArray m_message; ///< the message so far, over all fragments
    QByteArray m_control; ///< a control frame may come between two fragments
    Utf8Validator m_utf8;
    int m_frames = 0;
    quint8 m_header[14] = {};
    quint8 m_headerHave = 0;
    quint8 m_headerNeed = 2;
    quint8 m_maskAt = 0; ///< the index of the next of the four key bytes
    Opcode m_opcode = Opcode::Continuation;
    bool m_final = false;
    bool m_inPayload = false;
    BinaryMessages m_binary;
    bool m_inMessage = false; ///< a message has begun and not ended
    bool m_isText = false; ///< the type of that message
    bool m_over = false;
};

} // namespace rookery::net
