#pragma once

#include "common/result.h"
#include "server/core/memberchange.h"
#include "server/ws/listsindemand.h"

#include <QPointer>

#include <functional>

namespace rookery::core {
struct Core;
class Rooms;
} // namespace rookery::core

namespace rookery::ws {

/// The `members` of `subscribed` on `/ws/v1` (common/README.md): members and visitors, online ones first,
/// then by name. Lives on the reactor's thread.
class MembersLists : public QObject
{
    Q_OBJECT
public:
    /// The members as JSON, separated by commas.
    using Done = std::function<void(const Result<QByteArray> &items)>;

    explicit MembersLists(const core::Core &core, QObject *parent = nullptr);

    /// `room` must come from core::Rooms for somebody who may see it. Answers from inside the call where the
    /// list is known, and not at all once the context is destroyed; those who ask while it is being read
    /// share one reading.
    void of(const Room &room, QObject *context, Done done);

private:
    struct Asker
    {
        QPointer<QObject> context;
        Done done;
    };
    struct Reading
    {
        std::vector<Asker> askers;
        std::vector<Member> changes; ///< that the store may not have known
    };

    void note(const core::MemberChange &change);
    void read(const QString &roomId, const Result<QList<Member>> &members);

    core::Rooms *m_rooms;
    std::unordered_map<QString, Reading> m_readings; ///< by room id
    ListsInDemand m_lists;
};

} // namespace rookery::ws
