// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QString>

#include <chrono>
#include <functional>
#include <map>
#include <mutex>

namespace rookery::store {

/// Log lines about faults of the database. On a full disk the same fault occurs many times a second: it is logged at
/// once, and then once a minute with its count. Thread-safe.
class FaultLog
{
public:
    using Clock = std::function<std::chrono::steady_clock::time_point()>;

    static constexpr std::chrono::seconds interval{60};
    static constexpr size_t mostKinds = 100; ///< of faults, each counted apart

    /// `path`: of the database, for the lines; empty: it is not named.
    explicit FaultLog(QString path = {}, Clock clock = &std::chrono::steady_clock::now);

    /// `what` is a literal such as "a read failed".
    void tell(const char *what, const QString &why);

private:
    struct Fault
    {
        std::chrono::steady_clock::time_point told;
        qint64 untold = 0; ///< since then
    };

    const QString m_path;
    const Clock m_clock;
    std::mutex m_mutex;
    std::map<QString, Fault> m_faults;
};

} // namespace rookery::store
