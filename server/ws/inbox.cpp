// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/ws/inbox.h"

namespace rookery::ws {

bool Inbox::push(const QByteArray &frame)
{
    if (m_frames.size() >= frameBound || m_bytes + frame.size() > byteBound)
        return false;
    m_frames.append(frame);
    m_bytes += frame.size();
    return true;
}

QByteArray Inbox::take()
{
    QByteArray frame = m_frames.takeFirst();
    m_bytes -= frame.size();
    return frame;
}

} // namespace rookery::ws
