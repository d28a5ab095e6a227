// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "server/core/securitylog.h"

#include <QHash>
#include <QList>
#include <QString>

#include <chrono>
#include <functional>
#include <mutex>

namespace rookery::core {

/// Decides which refusals get a line of their own in the log, so that nobody can fill the disk with them: a
/// number per minute of each kind and network, and a number in all. The others are counted and logged as
/// sums. Bounded. Thread-safe.
class RefusalCounter
{
public:
    using Clock = std::function<std::chrono::steady_clock::time_point()>;

    static constexpr std::chrono::seconds window{60};
    static constexpr int linesOfOne = 10; ///< of one kind and network in a window
    static constexpr int linesOfAll = 600;
    static constexpr int mostKinds = 1000; ///< kinds and networks that are counted apart

    /// Refusals of one kind and network that had no line of their own.
    struct Sum
    {
        SecurityEvent event;
        QString network; ///< empty: of further ones
        QString kind;
        qint64 count;
    };

    explicit RefusalCounter(Clock clock = &std::chrono::steady_clock::now);

    /// Whether this refusal gets a line of its own.
    bool tells(SecurityEvent event, const QString &network, const QString &kind);
    /// The sums of a finished window, once. Call it before tells(), which counts in the next window.
    QList<Sum> takeSums();

private:
    struct Count
    {
        SecurityEvent event;
        QString network;
        QString kind;
        int told = 0;
        qint64 untold = 0;
    };

    Clock m_clock;
    std::mutex m_mutex;
    std::chrono::steady_clock::time_point m_since; ///< the window's beginning
    QHash<QString, Count> m_counts;
    int m_told = 0; ///< in all
};

} // namespace rookery::core
