#pragma once

#include "common/messages.h"
#include "server/core/encoded.h"

namespace rookery::core {

/// The new state of one user in one room, on its way to many sockets. Not thread-safe: lives and dies on one
/// thread.
class MemberChange
{
public:
    MemberChange(QString roomId, Member member)
        : m_roomId(std::move(roomId))
        , m_member(std::move(member))
    { }

    const QString &roomId() const { return m_roomId; }
    const Member &member() const { return m_member; }

    using Encoder = Encoded<MemberChange>::Encoder;
    /// The frame in UTF-8 that `encoder` makes of it, made at the first call for this encoder.
    const QByteArray &frame(Encoder encoder) const { return m_frames.by(encoder, *this); }

private:
    QString m_roomId;
    Member m_member;
    Encoded<MemberChange> m_frames;
};

} // namespace rookery::core
