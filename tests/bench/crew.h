// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "tests/bench/clock.h"
#include "tests/bench/eventloop.h"
#include "tests/bench/failure.h"

#include <functional>
#include <memory>
#include <string>
#include <thread>
#include <vector>

namespace rookery::bench {

/// The threads of the load generator, each with its event loop. Belongs to the main thread, which only waits
/// and reads meters, so that the loops have the machine to themselves.
class Crew
{
public:
    Crew(int threads, double patience);
    /// Stops and joins them. What their loops watch must be gone.
    ~Crew();
    Crew(const Crew &) = delete;
    Crew &operator=(const Crew &) = delete;

    int size() const { return int(m_workers.size()); }
    EventLoop &loop(int worker) { return m_workers[std::size_t(worker)]->loop; }
    FailureNote &failures() { return m_failures; }

    /// Runs `call(worker)` on every worker's thread and waits until all have returned.
    void onAll(const std::function<void(int)> &call);
    /// The same on one of them.
    void on(int worker, const std::function<void()> &call);
    /// Waits until every worker has begun a new turn of its loop: what was taken off in an earlier one may be
    /// destroyed now.
    void barrier();

    /// Waits until `count()` is at least `goal`; looks every few milliseconds. False where the count has
    /// stood still for patience(). Throws what a thread noted, and Interrupted after Ctrl-C.
    bool reaches(const std::function<std::uint64_t()> &count, std::uint64_t goal);
    /// In seconds.
    double patience() const { return m_patience; }
    /// Lets time pass, with an eye on failures.
    void pass(double seconds);

    /// CPU time of that worker's thread so far.
    Nanos cpuTime(int worker) const;

private:
    struct Worker
    {
        EventLoop loop;
        std::thread thread;
    };
    std::vector<std::unique_ptr<Worker>> m_workers;
    double m_patience;
    FailureNote m_failures;
};

/// Calls when it goes out of scope, so that what a loop still uses is taken off it whatever was thrown.
class AtExit
{
public:
    explicit AtExit(std::function<void()> call)
        : m_call(std::move(call))
    { }
    ~AtExit() { m_call(); }
    AtExit(const AtExit &) = delete;
    AtExit &operator=(const AtExit &) = delete;

private:
    std::function<void()> m_call;
};

/// Makes SIGINT and SIGTERM end the run cleanly: every wait throws Interrupted.
void catchInterrupts();
bool interrupted();

} // namespace rookery::bench
