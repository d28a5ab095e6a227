// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "tests/bench/histogram.h"
#include "tests/bench/session.h"
#include "tests/wire/load/crew.h"

#include <atomic>
#include <deque>
#include <memory>
#include <vector>

namespace rookery::bench {

/// The servers of a run; Seat::node is an index into it.
using Endpoints = std::deque<load::Endpoint>;

/// Receives the frames of a flock's sessions, on their loop's thread.
class FrameSink
{
public:
    virtual void frame(Session &session, std::string_view frame, load::Nanos at) = 0;

protected:
    ~FrameSink() = default;
};

/// The sessions of one worker. Created and destroyed on the main thread, before the worker knows of it or
/// after closeAll(); in between it belongs to the worker.
class Flock final : private SessionOwner
{
public:
    Flock(load::EventLoop &loop, const Endpoints &endpoints, load::FailureNote &failures);

    Session &add(Seat seat, std::uint32_t index);
    void setSink(FrameSink *sink) { m_sink = sink; }
    std::size_t size() const { return m_sessions.size(); }
    Session &session(std::size_t at) { return *m_sessions[at]; }

    /// Opens sessions `first` to `last`, `concurrency` at once.
    void openSome(std::size_t first, std::size_t last, int concurrency);
    /// Makes sessions that were opened without a greeting say hello; each is counted in settled(), and once
    /// more in ready() when it is answered.
    void greetAll(int concurrency);
    void closeAll();

    /// A session that ends fails the run, unless it is tolerant: then it is counted and the next one is
    /// opened.
    void setTolerant(bool tolerant) { m_tolerant = tolerant; }

    // Callable from every thread:
    std::size_t ready() const { return m_ready; }
    /// Sessions that became ready, and those that ended before.
    std::size_t settled() const { return m_settled; }
    std::size_t ended() const { return m_ended; }
    std::string firstReason();

    /// From the beginning of connect() until ready; for the main thread when all are ready.
    const Histogram &openingTimes() const { return m_openingTimes; }
    /// The same from the `hello` of greetAll().
    const Histogram &greetingTimes() const { return m_greetingTimes; }

private:
    void sessionReady(Session &session) override;
    void sessionFrame(Session &session, std::string_view frame, load::Nanos at) override;
    void sessionEnded(Session &session, const std::string &reason) override;
    void next();

    load::EventLoop &m_loop;
    const Endpoints &m_endpoints;
    load::FailureNote &m_failures;
    load::FailureNote m_reason;
    FrameSink *m_sink = nullptr;
    std::vector<std::unique_ptr<Session>> m_sessions;
    std::size_t m_nextToOpen = 0;
    std::size_t m_lastToOpen = 0;
    bool m_greeting = false;
    bool m_tolerant = false;
    std::atomic<std::size_t> m_ready = 0;
    std::atomic<std::size_t> m_settled = 0;
    std::atomic<std::size_t> m_ended = 0;
    Histogram m_openingTimes;
    Histogram m_greetingTimes;
};

/// The sessions of a run, spread over the crew.
class Gathering
{
public:
    Gathering(load::Crew &crew, const Endpoints &endpoints);
    ~Gathering();

    /// Adds one on that worker; its index counts over all workers.
    Session &add(Seat seat, int worker);
    /// Adds one on the next worker.
    Session &add(Seat seat);
    Flock &flock(int worker) { return *m_flocks[std::size_t(worker)]; }
    std::size_t size() const { return m_count; }

    /// Opens all that are not open yet and waits for them. Throws Failure if one is refused, ends, or is not
    /// ready in time.
    void open(int concurrency);
    void openWithoutWaiting(int concurrency);
    void waitReady(std::size_t count);
    void greetAll(int concurrency);
    void close();

    std::size_t ready() const;
    std::size_t settled() const;
    std::size_t ended() const;
    std::uint64_t pings();
    Histogram openingTimes() const;
    Histogram greetingTimes() const;

private:
    load::Crew &m_crew;
    std::vector<std::unique_ptr<Flock>> m_flocks;
    std::vector<std::size_t> m_opened; ///< per flock
    std::size_t m_count = 0;
};

} // namespace rookery::bench
