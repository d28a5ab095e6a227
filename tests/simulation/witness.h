// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "common/messages.h"

#include <map>
#include <vector>

namespace simulation {

using namespace rookery;

class Process;
class World;

/// Knows what is true, and compares it with what nodes and clients make of it. The first difference ends the simulation.
class Witness
{
public:
    explicit Witness(World *world)
        : m_world(world)
    { }

    const QString &failure() const { return m_failure; }
    void fail(const QString &what);

    void committed(const RoomEvent &event);
    void acknowledged(
        const User &user, const QString &roomId, const QString &clientId, const RoomEvent &event);
    /// A client has got the event after that of seq `before`.
    void taken(int client, const User &user, qint64 before, const RoomEvent &event);
    /// A hub has heard of it.
    void heard(const Process &process, const RoomEvent &event);
    /// The user's socket has entered the room at some node, or left it.
    void entered(const QString &roomId, const QString &userId);
    void left(const QString &roomId, const QString &userId);

    /// Whom the hubs of the process take for present.
    void examine(Process &process);
    /// After all faults: everybody has everything.
    void examineLogs();
    /// And everywhere exactly those are present who are.
    void examinePresence();

    quint64 takenEvents() const { return m_taken; }

private:
    struct Presence
    {
        int sockets = 0;
        qint64 leftAt = 0; ///< when the last one has gone
    };
    bool isTrue(const RoomEvent &event) const;

    World *const m_world;
    QString m_failure;
    std::map<std::pair<QString, QString>, Presence> m_presence; ///< by room and user
    struct Acknowledged
    {
        QString roomId;
        qint64 seq;
        QString clientId;
    };
    std::vector<Acknowledged> m_acknowledged;
    quint64 m_taken = 0;
};

} // namespace simulation
