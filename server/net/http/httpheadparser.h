// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "common/limits.h"
#include "server/net/http/refusal.h"
#include "server/net/http/requesthead.h"

#include <QByteArray>
#include <QByteArrayView>

#include <utility>

namespace rookery::net {

/// Reads the head of one HTTP request, byte by byte if need be. Strict: what RFC 9112 calls invalid is
/// refused and nothing is repaired, because request smuggling exploits two parsers that repair differently.
/// Memory is bounded by Limits::urlBytes and Limits::headerBytes. Pure: no I/O, no clock.
///
/// Errors: 400; 414 past urlBytes; 431 past headerBytes or headerFields; 417 for an unknown expectation; 501
/// for an unknown method or transfer coding; 505 for anything but HTTP/1.0 and HTTP/1.1.
class HttpHeadParser
{
public:
    enum class State { Reading, Complete, Refused };

    explicit HttpHeadParser(const Limits &limits);

    /// Consumes bytes up to the end of the head and returns how many. After an error it consumes none.
    qsizetype feed(QByteArrayView bytes);

    State state() const { return m_state; }
    /// Whether any byte of a request has been seen. The empty line that a client may send before a request
    /// does not count.
    bool started() const { return m_started; }
    const RequestHead &head() const { return m_head; }
    /// The head; call once. It stays valid after the parser is gone.
    RequestHead takeHead() { return std::move(m_head); }
    const Refusal &refusal() const { return m_refusal; }

private:
    void takeLine(QByteArrayView line);
    void takeRequestLine(QByteArrayView line);
    void takeField(QByteArrayView line);
    void finish();
    bool takeTarget(QByteArrayView target);
    bool takeAbsoluteTarget(QByteArrayView target);
    bool takeHost();
    bool takeFraming();
    bool checkUnfinishedLine(QByteArrayView fresh);
    bool refuse(Refusal refusal);

    qint64 m_urlBytes;
    qint64 m_headerBytes;
    int m_headerFields;
    qint64 m_blockBytes = 0; ///< of the lines after the request line
    int m_emptyLines = 0;
    State m_state = State::Reading;
    bool m_started = false;
    bool m_haveRequestLine = false;
    bool m_absoluteTarget = false;
    QByteArray m_line; ///< the beginning of a line whose end has not arrived
    RequestHead m_head;
    Refusal m_refusal;
};

} // namespace rookery::net
