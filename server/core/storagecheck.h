// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "server/store/store.h"

#include <QObject>
#include <QPointer>
#include <QTimer>

#include <chrono>
#include <optional>
#include <utility>
#include <vector>

namespace rookery::core {

/// Finds out whether the store takes writes, by writing. At most one write a second, however many ask. A write that is not
/// answered for `patience` counts as one that the store does not take, until it is. Lives on its I/O thread; answers as
/// Accounts does.
class StorageCheck : public QObject
{
    Q_OBJECT
public:
    static constexpr std::chrono::milliseconds patience{2000};

    explicit StorageCheck(store::Store *store, QObject *parent = nullptr);

    /// StorageFull, StorageUnavailable, Overloaded: what a message is refused for, now or a second ago.
    void ask(QObject *context, Done<Nothing> done);

private:
    using Clock = std::chrono::steady_clock;
    void answered(const Result<Nothing> &verdict);
    void judge(const Result<Nothing> &verdict);

    store::Store *m_store;
    std::vector<std::pair<QPointer<QObject>, Done<Nothing>>> m_waiting; ///< for the write under way
    std::optional<Result<Nothing>> m_verdict; ///< the last
    Clock::time_point m_since; ///< of the last
    bool m_isAsking = false; ///< the write is under way
    QTimer m_overdue; ///< from its begin
};

} // namespace rookery::core
