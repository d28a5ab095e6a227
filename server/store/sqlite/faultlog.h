// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QString>

#include <chrono>
#include <functional>
#include <map>
#include <mutex>

namespace rookery::store {

/// The lines about a database that fails. What fails on a full disk does so many times a second: one fault
/// has a line at once, and then one a minute with the number of times. Thread-safe.
class FaultLog
{
public:
    using Clock = std::function<std::chrono::steady_clock::time_point()>;

    static constexpr std::chrono::seconds interval{60};
    static constexpr size_t mostKinds = 100; ///< that are counted apart

    /// `path`: of the database, for the lines; empty: they name none.
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
