// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "common/result.h"
#include "server/core/live/memberchange.h"
#include "server/ws/listsindemand.h"

#include <QPointer>

#include <functional>

namespace rookery::core {
struct Core;
struct MembersPage;
class Rooms;
} // namespace rookery::core

namespace rookery::ws {

/// The `members` of `subscribed` on `/ws/v1` (common/README.md): the first of the members and visitors,
/// online ones first, then by name. Lives on the reactor's thread.
class MembersLists : public QObject
{
    Q_OBJECT
public:
    struct First
    {
        QByteArray items; ///< the members as JSON, separated by commas
        qint64 count = 0; ///< of all members; approximate if there are more than these
        bool isWhole = true; ///< if not, all members are read by core::Rooms::members(), from the start
    };
    using Listed = std::function<void(const Result<First> &first)>;

    explicit MembersLists(const core::Core &core, QObject *parent = nullptr);

    /// `room` must come from core::Rooms for somebody who may see it. Answers from inside the call where the
    /// list is known, and not at all once the context is destroyed; those who ask while it is being read
    /// share one reading.
    void of(const Room &room, QObject *context, Listed done);

private:
    struct Asker
    {
        QPointer<QObject> context;
        Listed done;
    };

    void read(const QString &roomId, const Result<core::MembersPage> &page);

    core::Rooms *m_rooms;
    std::unordered_map<QString, std::vector<Asker>> m_readings; ///< by room id
    ListsInDemand m_lists;
};

} // namespace rookery::ws
