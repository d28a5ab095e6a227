// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "server/core/live/hub.h"

#include <map>
#include <memory>

namespace simulation {

using namespace rookery;

class Client;
class Process;
class Session;
class World;

/// core::Feed without what it does for its socket's sake, and with the simulation's clock.
class Feed final : private core::RoomListener
{
public:
    Feed(World *world, Session *session, const Room &room);
    Feed(const Feed &) = delete;
    Feed &operator=(const Feed &) = delete;
    ~Feed() override;

    void start(qint64 seq);
    bool isEnded() const { return m_state == State::Ended; }
    qint64 seq() const { return m_seq; }
    const Room &room() const { return m_room; }

private:
    enum class State { Idle, CatchingUp, Live, Ended };

    const User &user() const override;
    Role role() const override { return m_room.role; }
    bool hearsMembers() const override { return false; }
    void publish(const core::Broadcast &broadcast) override;
    void memberChanged(const core::MemberChange & /*change*/) override { }
    void headIs(qint64 seq) override;
    void evicted() override;

    void fallBehind(qint64 newest);
    void readPage();
    void take(const Page &page);
    void deliver(const RoomEvent &event);

    World *const m_world;
    Session *const m_session;
    const Room m_room;
    QObject m_context;
    State m_state = State::Idle;
    qint64 m_seq = 0;
    qint64 m_newest = 0;
    bool m_isReading = false;
};

/// One socket of a client, at the process that it is connected to.
class Session final : private core::SessionListener
{
public:
    Session(World *world, Process *process, int hub, quint64 number, Client *client);
    Session(const Session &) = delete;
    Session &operator=(const Session &) = delete;
    ~Session() override;

    const User &user() const override { return m_user; }
    core::Hub &hub();
    /// Another one for each session.
    quint64 number() const { return m_number; }
    Process &process() { return *m_process; }
    /// Null once the client has gone, which the process may not know yet.
    Client *client() { return m_client; }
    void forgetClient() { m_client = nullptr; }

    /// Looks the room up, and delivers what it has after this seq.
    void subscribe(const QString &roomId, qint64 seq);
    void unsubscribe(const QString &roomId);
    void send(const QString &roomId, const QString &clientId, const QString &text);
    void setRole(const QString &roomId, const QString &userId, Role role);
    /// Null if there is none, or it has ended.
    const Feed *feed(const QString &roomId) const;
    const std::map<QString, std::unique_ptr<Feed>> &feeds() const { return m_feeds; }

private:
    const QString &sessionId() const override { return m_id; }
    void publishDirect(const core::Broadcast & /*broadcast*/) override { }
    void membershipChanged(const Room &room, bool member) override;
    void end(CloseCode /*code*/, const QString & /*reason*/) override { }

    World *const m_world;
    Process *const m_process;
    const int m_hub;
    const quint64 m_number;
    Client *m_client;
    const User m_user;
    const QString m_id;
    QObject m_context;
    std::map<QString, quint64> m_requested; ///< by room: the number of the last request to subscribe
    quint64 m_requests = 0;
    std::map<QString, std::unique_ptr<Feed>> m_feeds;
};

} // namespace simulation
