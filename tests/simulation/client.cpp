// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/simulation/client.h"

#include "tests/simulation/world.h"

#include <iterator>

namespace simulation {

Client::Client(World *world, int number, User user, bool isAdmin)
    : m_world(world)
    , m_number(number)
    , m_user(std::move(user))
    , m_isAdmin(isAdmin)
{
    for (const auto &[roomId, log] : world->database.rooms()) {
        if (world->random.chance(800))
            m_wanted.insert(roomId);
    }
}

qint64 Client::seq(const QString &roomId) const
{
    const auto known = m_seqs.find(roomId);
    return known == m_seqs.end() ? 0 : known->second;
}

const QString &Client::anyRoom() const
{
    const auto &rooms = m_world->database.rooms();
    return std::next(rooms.begin(), m_world->random.below(int(rooms.size())))->first;
}

void Client::act()
{
    Random &random = m_world->random;
    m_world->schedule.after(random.between(20, m_isSettling ? 200 : 250), [this] { act(); });
    if (!m_session) {
        if (m_isSettling || random.chance(400))
            connect();
        return;
    }
    sendNext();
    subscribeWanted();
    if (m_isSettling)
        return;
    const int what = random.below(100);
    if (what < 50)
        compose();
    else if (what < 60 && m_isAdmin)
        changeRole();
    else if (what < 65)
        disconnect();
    else if (const QString &room = anyRoom(); what < 70 && !m_wanted.erase(room))
        m_wanted.insert(room);
}

bool Client::isStill(quint64 session) const
{
    return m_session && m_session->number() == session;
}

void Client::connect()
{
    Process *process = m_world->living(m_world->random.below(m_world->plan.nodes));
    if (process && !process->isFrozen())
        m_session = process->connect(this);
}

void Client::disconnect()
{
    Session *session = std::exchange(m_session, nullptr);
    m_isSending = false;
    session->forgetClient();
    Process &process = session->process();
    m_world->later(process, m_world->random.between(0, 20),
        [process = &process, number = session->number()] { process->disconnect(number); });
}

void Client::lostConnection()
{
    m_session = nullptr;
    m_isSending = false;
}

void Client::compose()
{
    const QString &roomId = anyRoom();
    if (!m_session->feed(roomId) || m_drafts.size() > 5)
        return;
    const int length = m_world->random.chance(30) ? 6'000 : 5;
    m_drafts.push_back({roomId, QStringLiteral("c%1-%2").arg(m_number).arg(++m_composed),
        QString(length, QChar(u'a' + m_composed % 26))});
    sendNext();
}

void Client::sendNext()
{
    if (m_isSending || m_drafts.empty() || !m_session)
        return;
    m_isSending = true;
    m_world->later(m_session->process(), m_world->random.between(0, 10),
        [this, number = m_session->number(), draft = m_drafts.front()] {
            if (isStill(number))
                m_session->send(draft.roomId, draft.clientId, draft.text);
        });
}

void Client::answered(const QString &clientId, const Result<store::Appended> &appended)
{
    m_isSending = false;
    if (m_drafts.empty() || m_drafts.front().clientId != clientId)
        return;
    if (!appended && isRetryable(appended.error().code))
        return; // the next act() sends it again
    if (appended)
        m_world->witness.acknowledged(m_user, m_drafts.front().roomId, clientId, appended->event);
    m_drafts.pop_front();
}

void Client::subscribeWanted()
{
    for (const auto &[roomId, log] : m_world->database.rooms()) {
        const bool has = m_session->feed(roomId);
        if (has == wants(roomId))
            continue;
        m_world->later(m_session->process(), m_world->random.between(0, 10),
            [this, number = m_session->number(), room = roomId, has] {
                if (!isStill(number))
                    return;
                if (has)
                    m_session->unsubscribe(room);
                else if (!m_session->feed(room))
                    m_session->subscribe(room, seq(room));
            });
    }
}

void Client::changeRole()
{
    const User &other = m_world->anyUser();
    const QString roomId = m_world->anyPrivateRoom();
    if (other.id == m_user.id)
        return;
    const bool isIn = m_world->database.log(roomId).members.contains(other.id);
    m_session->setRole(roomId, other.id, isIn ? Role::None : Role::Member);
}

void Client::joined(const QString &roomId)
{
    m_wanted.insert(roomId);
}

void Client::take(const RoomEvent &event)
{
    qint64 &seq = m_seqs[event.roomId];
    m_world->witness.taken(m_number, m_user, seq, event);
    seq = event.seq;
}

} // namespace simulation
