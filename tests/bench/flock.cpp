// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/bench/flock.h"

#include <algorithm>

namespace rookery::bench {

using namespace load;

Flock::Flock(EventLoop &loop, const Endpoints &endpoints, FailureNote &failures)
    : m_loop(loop)
    , m_endpoints(endpoints)
    , m_failures(failures)
{ }

Session &Flock::add(Seat seat, std::uint32_t index)
{
    SessionOwner &owner = *this;
    const Endpoint &endpoint = m_endpoints.at(seat.node);
    m_sessions.push_back(std::make_unique<Session>(m_loop, endpoint, owner, std::move(seat), index));
    return *m_sessions.back();
}

void Flock::openSome(std::size_t first, std::size_t last, int concurrency)
{
    m_greeting = false;
    m_nextToOpen = first;
    m_lastToOpen = last;
    for (int i = 0; i < concurrency; ++i)
        next();
}

void Flock::greetAll(int concurrency)
{
    m_greeting = true;
    m_nextToOpen = 0;
    m_lastToOpen = m_sessions.size();
    for (int i = 0; i < concurrency; ++i)
        next();
}

void Flock::next()
{
    while (m_nextToOpen < m_lastToOpen) {
        Session &session = *m_sessions[m_nextToOpen++];
        if (!m_greeting) {
            session.open();
            return;
        }
        if (session.isReady()) {
            session.greet();
            return;
        }
        ++m_settled;
    }
}

void Flock::closeAll()
{
    m_nextToOpen = m_lastToOpen = 0;
    for (const auto &session : m_sessions)
        session->close();
}

std::string Flock::firstReason()
{
    try {
        m_reason.raise();
    } catch (const Failure &failure) {
        return failure.what();
    }
    return {};
}

void Flock::sessionReady(Session &session)
{
    (m_greeting ? m_greetingTimes : m_openingTimes).record(now() - session.beganAt());
    ++m_ready;
    ++m_settled;
    next();
}

void Flock::sessionFrame(Session &session, std::string_view frame, Nanos at)
{
    if (m_sink)
        m_sink->frame(session, frame, at);
}

void Flock::sessionEnded(Session &session, const std::string &reason)
{
    ++m_ended;
    const std::string sentence = "socket " + std::to_string(session.index()) + ": " + reason;
    m_reason.note(sentence);
    if (!m_tolerant)
        m_failures.note(sentence);
    if (session.wasReady())
        return;
    ++m_settled;
    // Not from within: connecting may fail at once, and so may the next and the one after it.
    m_loop.post([this] { next(); });
}

Gathering::Gathering(Crew &crew, const Endpoints &endpoints)
    : m_crew(crew)
    , m_opened(std::size_t(crew.size()), 0)
{
    for (int i = 0; i < crew.size(); ++i)
        m_flocks.push_back(std::make_unique<Flock>(crew.loop(i), endpoints, crew.failures()));
}

Gathering::~Gathering()
{
    close();
}

Session &Gathering::add(Seat seat, int worker)
{
    return flock(worker).add(std::move(seat), std::uint32_t(m_count++));
}

Session &Gathering::add(Seat seat)
{
    return add(std::move(seat), int(m_count % m_flocks.size()));
}

void Gathering::openWithoutWaiting(int concurrency)
{
    const int each = std::max(1, concurrency / m_crew.size());
    m_crew.onAll([this, each](int worker) {
        std::size_t &opened = m_opened[std::size_t(worker)];
        flock(worker).openSome(std::exchange(opened, flock(worker).size()), flock(worker).size(), each);
    });
}

void Gathering::open(int concurrency)
{
    openWithoutWaiting(concurrency);
    waitReady(m_count);
}

void Gathering::waitReady(std::size_t count)
{
    if (!m_crew.reaches([this] { return ready(); }, count))
        throw Failure(
            QStringLiteral("Only %1 of %2 sockets are ready, and none became so in the last %3 s: the "
                           "server does not answer the others.")
                .arg(ready())
                .arg(count)
                .arg(m_crew.patience()));
}

void Gathering::greetAll(int concurrency)
{
    const int each = std::max(1, concurrency / m_crew.size());
    m_crew.onAll([this, each](int worker) { flock(worker).greetAll(each); });
}

void Gathering::close()
{
    m_crew.onAll([this](int worker) { flock(worker).closeAll(); });
    // The turn in which they were closed may hold events of theirs; once the next one has begun it does not.
    m_crew.barrier();
}

std::size_t Gathering::ready() const
{
    std::size_t sum = 0;
    for (const auto &flock : m_flocks)
        sum += flock->ready();
    return sum;
}

std::size_t Gathering::settled() const
{
    std::size_t sum = 0;
    for (const auto &flock : m_flocks)
        sum += flock->settled();
    return sum;
}

std::size_t Gathering::ended() const
{
    std::size_t sum = 0;
    for (const auto &flock : m_flocks)
        sum += flock->ended();
    return sum;
}

std::uint64_t Gathering::pings()
{
    std::atomic<std::uint64_t> sum = 0;
    m_crew.onAll([&](int worker) {
        for (std::size_t i = 0; i < flock(worker).size(); ++i)
            sum += flock(worker).session(i).pings();
    });
    return sum;
}

Histogram Gathering::openingTimes() const
{
    Histogram all;
    for (const auto &flock : m_flocks)
        all.merge(flock->openingTimes());
    return all;
}

Histogram Gathering::greetingTimes() const
{
    Histogram all;
    for (const auto &flock : m_flocks)
        all.merge(flock->greetingTimes());
    return all;
}

} // namespace rookery::bench
