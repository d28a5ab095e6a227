// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "tests/wire/load/clock.h"
#include "tests/wire/load/eventloop.h"
#include "tests/wire/load/failure.h"

#include <functional>
#include <memory>
#include <string>
#include <thread>
#include <vector>

namespace rookery::load {

/// The threads of the load generator, each with its event loop. Belongs to the main thread, which only waits
/// and reads meters, so that the loops have the machine to themselves.
class Crew
{
public:
    Crew(int threads, double patience);
    /// Stops and joins the threads. Everything watched by their loops must be gone.
    ~Crew();
    Crew(const Crew &) = delete;
    Crew &operator=(const Crew &) = delete;

    int size() const { return int(m_workers.size()); }
    EventLoop &loop(int worker) { return m_workers[std::size_t(worker)]->loop; }
    FailureNote &failures() { return m_failures; }

    /// Runs `call(worker)` on every worker's thread and waits until all have returned.
    void onAll(const std::function<void(int)> &call);
    /// The same on one worker.
    void on(int worker, const std::function<void()> &call);
    /// Waits until every worker has begun a new turn of its loop: what was removed in an earlier turn may now
    /// be destroyed.
    void barrier();

    /// Waits until `count()` is at least `goal`; polls every few milliseconds. False if the count has not
    /// changed for patience(). Throws errors noted by threads, and Interrupted after Ctrl-C.
    bool reaches(const std::function<std::uint64_t()> &count, std::uint64_t goal);
    /// In seconds.
    double patience() const { return m_patience; }
    /// Waits, and checks for failures meanwhile.
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

/// A scope guard, which removes objects from a loop even if an exception is thrown.
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

} // namespace rookery::load
