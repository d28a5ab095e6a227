// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QList>

#include <functional>

namespace rookery::ws {

/// Steps that each wait for an answer and must not overtake each other: two messages to one receiver keep
/// their order although looking the receiver up is asynchronous. Bounded by who fills it: nothing is to be
/// added while it is long.
class StepQueue
{
public:
    /// So many wait, or so much, that nothing more is taken until some are done.
    static constexpr qsizetype longFrom = 16;
    static constexpr qsizetype longFromBytes = 64 * 1024;

    /// Runs the step now or behind those before it; it ends by a call of finished(), at once or later.
    /// `bytes` is about what it keeps in memory.
    void add(qsizetype bytes, std::function<void()> step);
    /// The step under way is over.
    void finished();
    bool isLong() const { return m_waiting.size() >= longFrom || m_bytes >= longFromBytes; }
    /// Nothing runs and nothing waits.
    bool isIdle() const { return !m_busy && m_waiting.isEmpty(); }

private:
    void run();

    struct Step
    {
        qsizetype bytes;
        std::function<void()> run;
    };
    QList<Step> m_waiting;
    qsizetype m_bytes = 0; ///< of those that wait
    bool m_busy = false;
    bool m_running = false; ///< inside run(): a step that ends at once must not run the next one in itself
};

} // namespace rookery::ws
