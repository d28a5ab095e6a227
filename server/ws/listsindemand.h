// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "server/core/live/memberchange.h"
#include "server/ws/encodedlist.h"

#include <QBasicTimer>
#include <QObject>

#include <unordered_map>
#include <vector>

namespace rookery::ws {

/// Lists of the people in a room that many ask for one after the other, as in a storm of joins: the last one
/// is kept, and changed by those who came and went since when it is asked for again. Forgotten when nobody
/// has asked for some time. Lives on the reactor's thread.
class ListsInDemand : public QObject
{
public:
    /// What a member's change makes of a list; false where the list has to be made anew.
    using Apply = bool (*)(EncodedList &list, const core::MemberChange &change);

    explicit ListsInDemand(Apply apply, QObject *parent = nullptr);

    /// As it is by now; null where none is kept. Good until the next call.
    const EncodedList *find(const QString &roomId);
    void forget(const QString &roomId) { m_lists.erase(roomId); }
    /// Keeps it from now on, unless it is so short that it is made as quickly.
    void keep(const QString &roomId, EncodedList list);
    /// Somebody's state in the room has changed.
    void note(const core::MemberChange &change);

protected:
    void timerEvent(QTimerEvent *event) override;

private:
    struct Kept
    {
        EncodedList list;
        std::vector<core::MemberChange> changes; ///< not in the list yet
        bool asked = true; ///< for, since the timer was here last
    };

    Apply m_apply;
    std::unordered_map<QString, Kept> m_lists; ///< by room id
    QBasicTimer m_timer; ///< while there are any
};

} // namespace rookery::ws
