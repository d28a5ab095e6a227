// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/simulation/session.h"

#include "tests/simulation/world.h"

#include <algorithm>

namespace simulation {

namespace {

constexpr int pageEvents = 20;
constexpr qint64 retryMs = 500;

} // namespace

Feed::Feed(World *world, Session *session, const Room &room)
    : m_world(world)
    , m_session(session)
    , m_room(room)
{
    m_session->hub().addListener(room.id, this);
    m_world->witness.entered(room.id, user().id);
}

Feed::~Feed()
{
    if (m_state == State::Ended)
        return;
    m_session->hub().removeListener(m_room.id, this);
    m_world->witness.left(m_room.id, user().id);
}

const User &Feed::user() const
{
    return m_session->user();
}

void Feed::start(qint64 seq)
{
    m_seq = seq;
    const auto newest = m_session->hub().newestSeq(m_room.id);
    if (newest && seq >= *newest)
        m_state = State::Live;
    else
        fallBehind(newest.value_or(0));
}

void Feed::publish(const core::Broadcast &broadcast)
{
    const qint64 seq = broadcast.event().seq;
    if (m_state == State::CatchingUp)
        m_newest = std::max(m_newest, seq);
    if (m_state != State::Live || seq <= m_seq)
        return;
    if (seq == m_seq + 1)
        deliver(broadcast.event());
    else
        fallBehind(seq);
}

void Feed::headIs(qint64 seq)
{
    if (m_state == State::CatchingUp)
        m_newest = std::max(m_newest, seq);
    else if (m_state == State::Live && seq > m_seq)
        fallBehind(seq);
}

void Feed::evicted()
{
    m_state = State::Ended;
    m_world->trace(
        m_session->process().index(), "evicts %s from %s", qPrintable(user().id), qPrintable(m_room.id));
    m_world->witness.left(m_room.id, user().id);
}

void Feed::fallBehind(qint64 newest)
{
    m_state = State::CatchingUp;
    m_newest = newest;
    readPage();
}

void Feed::readPage()
{
    if (std::exchange(m_isReading, true))
        return;
    store::PageQuery query;
    query.roomId = m_room.id;
    query.after = m_seq;
    query.limit = pageEvents;
    query.viewer = user().id;
    m_session->process().store().page(query, &m_context, [this](const Result<Page> &page) {
        m_isReading = false;
        if (m_state != State::CatchingUp)
            return;
        if (page) {
            take(*page);
        } else if (isRetryable(page.error().code)) {
            const QPointer<QObject> alive(&m_context);
            m_world->later(m_session->process(), retryMs, [this, alive] {
                if (alive && m_state == State::CatchingUp)
                    readPage();
            });
        } else {
            m_session->hub().removeListener(m_room.id, this);
            evicted();
        }
    });
}

void Feed::take(const Page &page)
{
    m_session->hub().noteNewest(m_room.id, page.lastSeq);
    for (const RoomEvent &event : page.events) {
        if (event.seq > m_seq)
            deliver(event);
    }
    if (!page.hasMore && m_seq >= m_newest)
        m_state = State::Live;
    else
        readPage();
}

void Feed::deliver(const RoomEvent &event)
{
    m_seq = event.seq;
    if (Client *client = m_session->client())
        client->take(event);
}

Session::Session(World *world, Process *process, int hub, quint64 number, Client *client)
    : m_world(world)
    , m_process(process)
    , m_hub(hub)
    , m_number(number)
    , m_client(client)
    , m_user(client->user())
{
    this->hub().addSession(this);
}

Session::~Session()
{
    m_feeds.clear();
    hub().removeSession(this);
    if (m_client)
        m_client->lostConnection();
}

core::Hub &Session::hub()
{
    return m_process->hub(m_hub);
}

const Feed *Session::feed(const QString &roomId) const
{
    const auto found = m_feeds.find(roomId);
    return found == m_feeds.end() || found->second->isEnded() ? nullptr : found->second.get();
}

void Session::subscribe(const QString &roomId, qint64 seq)
{
    const quint64 before = hub().removals(RoomKind::Private);
    // Only the last request counts, and none that was taken back since.
    const quint64 request = ++m_requests;
    m_requested[roomId] = request;
    m_process->store().findRoom(
        roomId, {}, m_user.id, &m_context, [this, roomId, seq, before, request](const Result<Room> &room) {
            if (!room || feed(roomId) || m_requested[roomId] != request)
                return;
            if (room->kind != RoomKind::Public && hub().removals(RoomKind::Private) != before) {
                subscribe(roomId, seq);
                return;
            }
            if (!bus::maySee(room->kind, room->role))
                return;
            auto &feed = m_feeds[roomId];
            feed = std::make_unique<Feed>(m_world, this, *room);
            feed->start(seq);
        });
}

void Session::unsubscribe(const QString &roomId)
{
    m_requested.erase(roomId);
    m_feeds.erase(roomId);
}

void Session::send(const QString &roomId, const QString &clientId, const QString &text)
{
    store::NewMessage message;
    message.roomId = roomId;
    message.sender = m_user;
    message.clientId = clientId;
    message.text = text;
    m_process->store().append(
        std::move(message), &m_context, [this, clientId](const Result<store::Appended> &appended) {
            if (m_client)
                m_client->answered(clientId, appended);
        });
}

void Session::setRole(const QString &roomId, const QString &userId, Role role)
{
    m_process->store().setRole(
        {roomId, m_user, userId, role, {}}, &m_context, [](const Result<store::MembershipChange> &) {});
}

void Session::membershipChanged(const Room &room, bool member)
{
    if (member && m_client)
        m_client->joined(room.id);
}

} // namespace simulation
