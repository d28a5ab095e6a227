// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QByteArray>
#include <QList>

namespace rookery::ws {

/// The frames that came before they could be handled: clients send as soon as the socket is open, while the
/// user is still being admitted or the room opened. Bounded; holds a whole burst of messages
/// (Limits::messagesBurst).
class Inbox
{
public:
    static constexpr qsizetype frameBound = 64;
    static constexpr qsizetype byteBound = 256 * 1024;

    /// False where the frame goes past a bound; it is not kept then.
    bool push(const QByteArray &frame);
    /// The oldest frame; there must be one.
    QByteArray take();
    bool isEmpty() const { return m_frames.isEmpty(); }

private:
    QList<QByteArray> m_frames;
    qsizetype m_bytes = 0;
};

} // namespace rookery::ws
