// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "server/core/live/memberchange.h"
#include "server/ws/encodedlist.h"

#include <QBasicTimer>
#include <QObject>

#include <unordered_map>
#include <vector>

namespace rookery::ws {

/// Caches the member lists of rooms while many clients ask for them, as after a reconnect of all. A cached
/// list is updated with the changes since its last use, and dropped if it is not used for some time. Lives on
/// the reactor's thread.
class ListsInDemand : public QObject
{
public:
    /// Applies a change to a list; false if the list must be made again.
    using Apply = bool (*)(EncodedList &list, const core::MemberChange &change);

    explicit ListsInDemand(Apply apply, QObject *parent = nullptr);

    /// The up-to-date list; nullptr if none is cached. Valid until the next call.
    const EncodedList *find(const QString &roomId);
    void forget(const QString &roomId) { m_lists.erase(roomId); }
    /// Caches the list, unless it is so short that making it is as cheap.
    void keep(const QString &roomId, EncodedList list);
    /// Notes a change in a room.
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
