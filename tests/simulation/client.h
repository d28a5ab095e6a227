// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "common/messages.h"
#include "server/store/store.h"

#include <deque>
#include <map>
#include <set>

namespace simulation {

using namespace rookery;

class Session;
class World;

/// A client that resumes where it was, on another node perhaps, and sends again what was not answered.
class Client
{
public:
    /// `isAdmin`: it adds and removes others.
    Client(World *world, int number, User user, bool isAdmin);

    const User &user() const { return m_user; }
    Session *session() { return m_session; }
    qint64 seq(const QString &roomId) const;
    bool wants(const QString &roomId) const { return m_wanted.contains(roomId); }

    /// Does something, or nothing, and does so again soon.
    void act();
    /// From now on it only connects, and sends what it has not sent yet.
    void settle() { m_isSettling = true; }

    void take(const RoomEvent &event);
    void answered(const QString &clientId, const Result<store::Appended> &appended);
    void joined(const QString &roomId);
    void lostConnection();

private:
    struct Draft
    {
        QString roomId;
        QString clientId;
        QString text;
    };

    bool isStill(quint64 session) const;
    void connect();
    void disconnect();
    void compose();
    void sendNext();
    void subscribeWanted();
    void changeRole();
    const QString &anyRoom() const;

    World *const m_world;
    const int m_number;
    const User m_user;
    const bool m_isAdmin;
    Session *m_session = nullptr; ///< the process owns it
    std::set<QString> m_wanted; ///< rooms
    std::map<QString, qint64> m_seqs;
    std::deque<Draft> m_drafts;
    int m_composed = 0;
    bool m_isSending = false;
    bool m_isSettling = false;
};

} // namespace simulation
