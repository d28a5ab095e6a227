// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "server/bus/notices.h"

#include <QObject>

#include <chrono>
#include <functional>
#include <vector>

namespace rookery::bus {

using Handler = std::function<void(const Notice &)>;

/// How long what a hub has said of presence holds after its last Bus::renew().
inline constexpr std::chrono::milliseconds leaseTime{10'000};
/// How often a hub renews.
inline constexpr std::chrono::milliseconds renewInterval{2'500};

/// Carries notices to the hubs: of the threads of one process, or of several processes.
///
/// Guarantees:
/// - What one thread publishes arrives at each hub in that order; so do all events of a room that are
///   committed in one process.
/// - A hub gets the notices of the rooms and users that it has declared an interest in, and those for
///   everybody (audienceOf()). It may get others, too.
/// - Every notice that is published after listen() or listenToUser() has returned is sent to that hub. So a
///   hub that declares its interest first, and reads the store's head after that, misses nothing.
/// - Notices may be lost between processes, never within one. A hub notices a lost event by the next one of
///   the room, whose seq jumps, or by HeadCheck, and reads it from the store.
/// - What a bus keeps for a hub is bounded by what the hub declares: an entry for each room and user that it
///   is interested in, and one for each user that it has said to be present in a room.
///
/// Calls that name a hub are made on that hub's thread, which has subscribed. They never call its handler.
class Bus
{
public:
    Bus() = default;
    Bus(const Bus &) = delete;
    Bus &operator=(const Bus &) = delete;
    virtual ~Bus() = default;

    /// From now on the handler is called with each notice, on the thread of `hub`, from its event loop, until
    /// that is destroyed or unsubscribes. The hub's lease begins. Thread-safe.
    virtual void subscribe(QObject *hub, Handler handler) = 0;
    /// A clean end: the handler is not called any more, the hub's interest ends, and nobody is present
    /// through it.
    virtual void unsubscribe(QObject *hub) = 0;

    /// To every hub that is concerned, except the one that says it. Thread-safe.
    virtual void publish(std::vector<Notice> notices, const QObject *sayer = nullptr) = 0;

    /// The hub is interested in the room, until it has called ignore() as many times as listen(). Each call
    /// is answered by RoomPresence, in order with PresenceChanged: what comes before the answer is outdated,
    /// what comes after it is a change of it. The answer comes within a second or two whatever fails, with
    /// what is known.
    virtual void listen(QObject *hub, const QString &roomId) = 0;
    virtual void ignore(QObject *hub, const QString &roomId) = 0;
    /// The same for notices that concern one user. Nothing answers it.
    virtual void listenToUser(QObject *hub, const QString &userId) = 0;
    virtual void ignoreUser(QObject *hub, const QString &userId) = 0;

    /// The user is present in the room through this hub, with this role. Others who are interested in the
    /// room hear PresenceChanged, unless the user was present already; then only the role is replaced.
    virtual void enter(QObject *hub, const QString &roomId, const User &user, Role role) = 0;
    /// The user is not present in the room through this hub any more. Nothing happens if they were not.
    virtual void leave(QObject *hub, const QString &roomId, const QString &userId) = 0;
    /// Prolongs the hub's lease, which is one for all that it has said to be present. Where the lease ends,
    /// others hear that these users went; where the hub renews it after that, they hear that the users are
    /// back. So the bus remembers what the hub has said.
    virtual void renew(QObject *hub) = 0;

    /// Whether some hub is far behind. Nothing is dropped then; who brings new things in should refuse them
    /// for a while. Thread-safe, cheap.
    virtual bool isCongested() const = 0;
};

} // namespace rookery::bus
