// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/faults/crowd/crowd.h"

#include <algorithm>

namespace rookery::faults {

using namespace bench;
using namespace load;

namespace {

constexpr Nanos look = 5 * millisecond;
/// Bounds of the first delay and of the longest; each delay is a random part of its bound.
constexpr Nanos firstDelay = second;
constexpr int mostDoublings = 3;

} // namespace

Crowd::Crowd(EventLoop &loop, const Endpoint &endpoint, FailureNote &failures, std::uint32_t seed)
    : m_loop(loop)
    , m_endpoint(endpoint)
    , m_failures(failures)
    , m_random(seed)
    , m_clock(loop, [this](Nanos) { openThoseDue(); })
{ }

Reader &Crowd::add(std::string token, std::string room)
{
    ReaderOwner &owner = *this;
    m_readers.push_back(
        std::make_unique<Reader>(m_loop, m_endpoint, owner, std::move(token), std::move(room)));
    return *m_readers.back();
}

void Crowd::enter(int concurrency)
{
    m_clock.start(now(), look);
    for (int i = 0; i < concurrency; ++i)
        openNext();
}

void Crowd::leave()
{
    m_left = true;
    m_clock.stop();
    for (const auto &reader : m_readers)
        reader->close();
}

void Crowd::setReturning(bool returning)
{
    if (returning == m_returning)
        return;
    m_returning = returning;
    if (!returning)
        return;
    for (const auto &reader : m_readers) {
        if (!reader->endReason.empty())
            comeBack(*reader);
    }
}

void Crowd::startClock(Nanos moment)
{
    m_since = moment;
    m_times.clear();
}

void Crowd::openNext()
{
    if (m_entered < m_readers.size())
        m_readers[m_entered++]->open();
}

void Crowd::openThoseDue()
{
    const Nanos moment = now();
    while (!m_returns.empty() && m_returns.top().due <= moment) {
        Reader *reader = m_returns.top().reader;
        m_returns.pop();
        reader->open();
    }
}

void Crowd::comeBack(Reader &reader)
{
    reader.endReason.clear();
    const Nanos bound = firstDelay << std::min(reader.attempts++, mostDoublings);
    m_returns.push({now() + std::uniform_int_distribution<Nanos>(0, bound)(m_random), &reader});
}

void Crowd::readerReady(Reader &)
{
    if (m_since != 0)
        m_times.record(now() - m_since);
    m_ready.add();
    openNext();
}

void Crowd::readerMoved(Reader &)
{
    m_events.add();
}

void Crowd::readerEnded(Reader &reader, const std::string &)
{
    if (m_left)
        return;
    m_ended.add();
    if (m_returning)
        comeBack(reader);
}

void Crowd::readerCheated(Reader &, const std::string &what)
{
    m_failures.note(what);
}

} // namespace rookery::faults
