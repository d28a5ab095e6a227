#pragma once

#include <QList>

#include <functional>

namespace rookery::ws {

/// Steps that each wait for an answer and must not overtake each other: two messages to one receiver keep
/// their order although looking the receiver up is asynchronous. Bounded.
class StepQueue
{
public:
    static constexpr qsizetype bound = 64;

    /// Runs the step now or behind those before it; it ends by a call of finished(), at once or later. False
    /// where too many wait already.
    bool add(std::function<void()> step);
    /// The step under way is over.
    void finished();
    /// Nothing runs and nothing waits.
    bool isIdle() const { return !m_busy && m_waiting.isEmpty(); }

private:
    void run();

    QList<std::function<void()>> m_waiting;
    bool m_busy = false;
    bool m_running = false; ///< inside run(): a step that ends at once must not run the next one in itself
};

} // namespace rookery::ws
