// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "common/limits.h"
#include "server/net/http/refusal.h"
#include "server/net/http/requesthead.h"

#include <QByteArray>
#include <QByteArrayView>

#include <utility>

namespace rookery::net {

/// Reads the head of one HTTP request, byte by byte if it must. Strict: what RFC 9112 calls invalid is
/// refused and nothing is repaired, since two readers that repair differently are what request smuggling lives
/// on. Memory is bounded by Limits::urlBytes and Limits::headerBytes. Pure: no I/O, no time.
///
/// Refusals: 400; 414 past urlBytes; 431 past headerBytes or headerFields; 417 for an unknown expectation;
/// 501 for an unknown method or transfer coding; 505 for anything but HTTP/1.0 and HTTP/1.1.
class HttpHeadParser
{
public:
    enum class State { Reading, Complete, Refused };

    explicit HttpHeadParser(const Limits &limits);

    /// Takes bytes up to the end of the head at most, and answers how many. After a refusal none are taken.
    qsizetype feed(QByteArrayView bytes);

    State state() const { return m_state; }
    /// Whether anything of a request has been seen (the empty line a client may send before one is nothing).
    bool started() const { return m_started; }
    const RequestHead &head() const { return m_head; }
    /// The head, once, for who outlives the parser.
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
    QByteArray m_line; ///< the part of a line that came without its end
    RequestHead m_head;
    Refusal m_refusal;
};

} // namespace rookery::net
