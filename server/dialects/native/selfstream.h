// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "common/result.h"
#include "common/selfevent.h"

#include <QByteArray>

namespace rookery::ws {

/// The socket, as its self stream sees it.
class SelfStreamOwner
{
public:
    virtual ~SelfStreamOwner() = default;
    virtual void deliver(const QByteArray &utf8) = 0;
    /// Whether the socket takes history; if not, resume() is called later.
    virtual bool canDeliver() const = 0;
    /// Reads a page of the stream, and gives it to pageRead().
    virtual void readSelfStream(qint64 after) = 0;
    /// Calls resume() in a while.
    virtual void retrySelfStream() = 0;
};

/// The user's self stream on one socket: what was missed, page by page as the socket drains, then live events. An
/// event that jumps in seq, and one that the socket cannot take, sends it back to the store. So nothing is left
/// out, and nothing comes twice. Lives on the reactor's thread.
class SelfStream
{
public:
    /// Everything after `seq`; `newest` is the last seq that is known. `owner` is not owned.
    SelfStream(SelfStreamOwner *owner, qint64 seq, qint64 newest);

    void start();
    /// What the hub says.
    void hear(const SelfEvent &event);
    void pageRead(const Result<SelfPage> &page);
    /// The socket takes history again.
    void resume();

private:
    enum class State : quint8 { Live, Reading, Waiting };

    void catchUp();

    SelfStreamOwner *m_owner;
    qint64 m_seq; ///< delivered up to here
    qint64 m_newest; ///< heard of
    State m_state = State::Waiting;
};

} // namespace rookery::ws
