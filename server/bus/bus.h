// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "common/invitation.h"
#include "common/messages.h"
#include "common/selfevent.h"

#include <QObject>

#include <functional>
#include <memory>
#include <variant>
#include <vector>

namespace rookery::bus {

/// A durable event of a room.
struct EventCommitted
{
    RoomEvent event;
    std::shared_ptr<const Room> room;
};

/// The user has become a member of the room without an event there: of one that begins with them, or of the
/// first room of a new account. Every other change of membership is an event.
struct MembershipChanged
{
    Room room; ///< as the user sees it: its role is the new one
    User user;
};

/// A durable event of a user's self stream: of no concern to anybody else.
struct SelfEventCommitted
{
    QString userId;
    SelfEvent event;
};

/// A user is invited into a room, or is not any more: accepted, declined or withdrawn.
struct InvitationChanged
{
    Invitation invitation;
    User invited;
    bool open = false;
};

/// The user came online in the room on the hub that says so, or has no socket there any more. A hub says
/// neither twice in a row of the same user and room.
struct PresenceChanged
{
    QString roomId;
    User user;
    Role role = Role::None;
    bool online = false;
};

/// Revoked or expired: its sockets must be closed.
struct SessionEnded
{
    QString sessionId;
    QString reason;
};

using Notice = std::variant<EventCommitted, MembershipChanged, InvitationChanged, PresenceChanged,
    SessionEnded, SelfEventCommitted>;
using Handler = std::function<void(const Notice &)>;

/// Carries notices to every subscriber.
///
/// Guarantees:
/// - What one thread publishes arrives at each subscriber in that order; so do all events of a room, since
///   one thread commits them.
/// - A notice is the same object for all subscribers, and constant.
/// - It may be lost only where a process is: a hub that sees a room's seq jump reads the hole from the store
///   (resources/docs/guarantees.md, 5).
class Bus
{
public:
    Bus() = default;
    Bus(const Bus &) = delete;
    Bus &operator=(const Bus &) = delete;
    virtual ~Bus() = default;

    /// From now on the handler is called with each notice, on the thread of `subscriber`, from its event
    /// loop, until that is destroyed or unsubscribes. Thread-safe.
    virtual void subscribe(QObject *subscriber, Handler handler) = 0;
    /// On the subscriber's thread: the handler is not called any more.
    virtual void unsubscribe(QObject *subscriber) = 0;

    /// To everybody, but for the one who says it, if it is a subscriber. Thread-safe.
    virtual void publish(std::vector<Notice> notices, const QObject *sayer = nullptr) = 0;

    /// Whether some subscriber is far behind. Nothing is dropped then; who brings new things in should refuse
    /// them for a while. Thread-safe, cheap.
    virtual bool isCongested() const = 0;
};

} // namespace rookery::bus
