// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "common/messages.h"
#include "server/core/live/encoded.h"

#include <memory>

namespace rookery::core {

/// One durable event on its way to many sockets. Each dialect encodes it once; the sockets share the frame.
/// Not thread-safe.
class Broadcast
{
public:
    Broadcast(RoomEvent event, std::shared_ptr<const Room> room)
        : m_event(std::move(event))
        , m_room(std::move(room))
    { }

    const RoomEvent &event() const { return m_event; }
    const Room &room() const { return *m_room; }
    /// Of a message in a direct room: the user it was sent to, who may be the sender.
    User receiver() const;

    using Encoder = Encoded<Broadcast>::Encoder;
    /// The frame in UTF-8. `encoder` is called the first time only.
    const QByteArray &frame(Encoder encoder) const { return m_frames.by(encoder, *this); }

private:
    RoomEvent m_event;
    std::shared_ptr<const Room> m_room;
    Encoded<Broadcast> m_frames;
};

} // namespace rookery::core
