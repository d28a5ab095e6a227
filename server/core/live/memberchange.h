// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "common/messages.h"
#include "server/core/live/encoded.h"

namespace rookery::core {

/// The new state of one user in one room, on its way to many sockets. Not thread-safe: lives and dies on one
/// thread.
class MemberChange
{
public:
    enum class What {
        Presence, ///< came online or went; not told to the user's own sockets
        Membership,
    };

    MemberChange(QString roomId, Member member, What what)
        : m_roomId(std::move(roomId))
        , m_member(std::move(member))
        , m_what(what)
    { }

    const QString &roomId() const { return m_roomId; }
    const Member &member() const { return m_member; }
    What what() const { return m_what; }

    using Encoder = Encoded<MemberChange>::Encoder;
    /// The frame in UTF-8 that `encoder` makes of it, made at the first call for this encoder.
    const QByteArray &frame(Encoder encoder) const { return m_frames.by(encoder, *this); }

private:
    QString m_roomId;
    Member m_member;
    What m_what;
    Encoded<MemberChange> m_frames;
};

/// How many are online in a room, told where their coming and going is too much to be told one by one. As
/// MemberChange, it is made ready once for many sockets.
class PresenceCount
{
public:
    /// `missed`: changes have not been told that will not be told later either.
    PresenceCount(QString roomId, qint64 online, bool missed)
        : m_roomId(std::move(roomId))
        , m_online(online)
        , m_missed(missed)
    { }

    const QString &roomId() const { return m_roomId; }
    qint64 online() const { return m_online; }
    bool missed() const { return m_missed; }

    using Encoder = Encoded<PresenceCount>::Encoder;
    const QByteArray &frame(Encoder encoder) const { return m_frames.by(encoder, *this); }

private:
    QString m_roomId;
    qint64 m_online;
    bool m_missed;
    Encoded<PresenceCount> m_frames;
};

} // namespace rookery::core
