// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "common/messages.h"
#include "server/core/live/encoded.h"

namespace rookery::core {

/// The new state of one user in one room, on its way to many sockets. Not thread-safe.
class MemberChange
{
public:
    enum class What {
        Presence, ///< came online or went offline; not sent to the user's own sockets
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
    /// The frame in UTF-8. `encoder` is called the first time only.
    const QByteArray &frame(Encoder encoder) const { return m_frames.by(encoder, *this); }

private:
    QString m_roomId;
    Member m_member;
    What m_what;
    Encoded<MemberChange> m_frames;
};

/// How many users are online in a room, sent when there are too many changes to send each. Encoded once for
/// many sockets, as MemberChange is.
class PresenceCount
{
public:
    /// `missed`: some changes were not sent, and will not be.
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
