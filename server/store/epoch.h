// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QString>

#include <memory>
#include <mutex>
#include <utility>

namespace rookery::store {

/// The name of the database's history. It may change while the store is open: what holds one of its copies, which are all
/// the same, reads the one that holds now. Thread-safe.
class Epoch
{
public:
    Epoch() = default;
    /// One that is like no other copy.
    Epoch(QString value) { set(std::move(value)); }

    QString value() const
    {
        const std::scoped_lock lock(m_state->mutex);
        return m_state->value;
    }
    operator QString() const { return value(); }
    void set(QString value)
    {
        const std::scoped_lock lock(m_state->mutex);
        m_state->value = std::move(value);
    }

private:
    struct State
    {
        std::mutex mutex;
        QString value;
    };
    std::shared_ptr<State> m_state = std::make_shared<State>();
};

} // namespace rookery::store
