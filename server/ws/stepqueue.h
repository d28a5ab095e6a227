// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QList>

#include <functional>

namespace rookery::ws {

/// Asynchronous steps that must keep their order: two messages to one receiver stay in order although the
/// receiver is looked up asynchronously. The caller keeps it bounded: it must not add steps while isLong().
class StepQueue
{
public:
    /// So many steps or bytes are waiting that no more may be added.
    static constexpr qsizetype longFrom = 16;
    static constexpr qsizetype longFromBytes = 64 * 1024;

    /// Runs the step now or after those before it. The step ends with a call of finished(), at once or later.
    /// `bytes`: roughly the memory that it holds.
    void add(qsizetype bytes, std::function<void()> step);
    /// The running step is complete.
    void finished();
    bool isLong() const { return m_waiting.size() >= longFrom || m_bytes >= longFromBytes; }
    /// No step is running or waiting.
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
