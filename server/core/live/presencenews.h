// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "common/messages.h"

#include <QHash>

#include <list>
#include <vector>

namespace rookery::core {

class RoomListener;

/// Changes of presence in one room that its listeners have not been told yet: one difference for each user,
/// however often that user came and went. A listener that was added meanwhile has read the list of users as
/// it was then, so a difference for others may be none for it.
class PresenceNews
{
public:
    struct Change
    {
        Member member; ///< as it is now
        bool told = false; ///< whether the listeners believe the user to be online
        std::vector<quint64> flips = {}; ///< when the user came or went since then, by PresenceNews's counter
        bool isCut = false; ///< the oldest flips have been forgotten

        /// Whether a listener that was added at `then` believes the user to be online. If that has been
        /// forgotten, the opposite of the truth, so that it is told.
        bool knownSince(quint64 then) const;
    };
    using Newcomers = QHash<const RoomListener *, quint64>; ///< since when

    /// When the next changes are sent, in milliseconds of the hub's clock.
    qint64 due = 0;

    bool isEmpty() const { return m_changes.empty(); }
    /// The user has come (`member.online`) or gone.
    void note(const Member &member);
    /// The user's membership has changed. Ignored if no change of the user waits.
    void noteMembership(const QString &userId, Role role);
    /// Removes and returns the user's change, if there is one.
    std::list<Change> take(const QString &userId);
    /// Removes and returns the oldest changes, up to about so many bytes of frames.
    std::list<Change> take(qsizetype bytes);

    /// A listener was added. Forgotten when no changes wait any more.
    void came(const RoomListener *listener);
    void went(const RoomListener *listener) { m_newcomers.remove(listener); }
    const Newcomers &newcomers() const { return m_newcomers; }

private:
    using Changes = std::list<Change>;
    Changes m_changes; ///< the oldest first
    QHash<QString, Changes::iterator> m_byUser;
    Newcomers m_newcomers;
    quint64 m_count = 0; ///< of flips and new listeners, in their order
};

} // namespace rookery::core
