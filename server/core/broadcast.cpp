#include "server/core/broadcast.h"

namespace rookery::core {

User Broadcast::receiver() const
{
    for (const User &peer : m_room->peers) {
        if (peer.id != m_event.sender.id)
            return peer;
    }
    return m_event.sender;
}

const QByteArray &Broadcast::frame(Encoder encoder) const
{
    for (const auto &[known, bytes] : m_frames) {
        if (known == encoder)
            return bytes;
    }
    return m_frames.emplace_back(encoder, encoder(*this)).second;
}

} // namespace rookery::core
