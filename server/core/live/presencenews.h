// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "common/messages.h"

#include <QHash>

#include <list>
#include <vector>

namespace rookery::core {

class RoomListener;

/// What the listeners of one room have not been told yet of who came online and who went: one difference per
/// user, however often that user came and went. Whoever became a listener meanwhile has seen the room as it
/// was then, so that the same difference need not be one for everybody.
class PresenceNews
{
public:
    struct Change
    {
        Member member; ///< as it is now
        bool told = false; ///< whether the user was online when the listeners heard of this user last
        std::vector<quint64> flips = {}; ///< when the user came or went since, as PresenceNews counts
        bool isCut = false; ///< the oldest flips have been forgotten

        /// Whether the user is online as far as somebody knows who has listened since then; where that has
        /// been forgotten, the opposite of what is true, so that they are told.
        bool knownSince(quint64 then) const;
    };
    using Newcomers = QHash<const RoomListener *, quint64>; ///< since when

    /// In milliseconds of the hub's clock: told again then.
    qint64 due = 0;

    bool isEmpty() const { return m_changes.empty(); }
    /// The user has come (`member.online`) or gone.
    void note(const Member &member);
    /// The user's membership has changed; nothing where the user has no news.
    void noteMembership(const QString &userId, Role role);
    /// Takes out the user's change, if there is one.
    std::list<Change> take(const QString &userId);
    /// Takes out the oldest changes, up to about so many bytes of frames.
    std::list<Change> take(qsizetype bytes);

    /// Somebody has become a listener. Forgotten once there are no changes.
    void came(const RoomListener *listener);
    void went(const RoomListener *listener) { m_newcomers.remove(listener); }
    const Newcomers &newcomers() const { return m_newcomers; }

private:
    using Changes = std::list<Change>;
    Changes m_changes; ///< the oldest first
    QHash<QString, Changes::iterator> m_byUser;
    Newcomers m_newcomers;
    quint64 m_count = 0; ///< of what happened, in its order
};

} // namespace rookery::core
