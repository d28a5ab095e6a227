// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QByteArray>
#include <QList>

namespace rookery::ws {

/// Frames that cannot be handled yet: clients send as soon as the socket is open, while the user is still
/// being admitted or the room opened. Bounded; holds a full burst of messages (Limits::messagesBurst).
class Inbox
{
public:
    static constexpr qsizetype frameBound = 64;
    static constexpr qsizetype byteBound = 256 * 1024;

    /// False if the frame would exceed a bound; then it is not kept.
    bool push(const QByteArray &frame);
    /// Removes the oldest frame; there must be one.
    QByteArray take();
    bool isEmpty() const { return m_frames.isEmpty(); }

private:
    QList<QByteArray> m_frames;
    qsizetype m_bytes = 0;
};

} // namespace rookery::ws
