#pragma once

#include "common/messages.h"

#include <QCache>

#include <mutex>
#include <optional>

namespace rookery::core {

/// Which guest an address is over HTTP. Bounded: the address that has been away for longest is forgotten
/// first. Thread-safe.
class GuestTable
{
public:
    std::optional<User> find(const QString &address)
    {
        const std::lock_guard lock(m_mutex);
        const User *known = m_guests.object(address);
        return known ? std::optional<User>(*known) : std::nullopt;
    }
    /// The guest of the address from now on: the one who came first, where two are admitted at the same time.
    User insert(const QString &address, const User &guest)
    {
        const std::lock_guard lock(m_mutex);
        if (const User *known = m_guests.object(address))
            return *known;
        m_guests.insert(address, new User(guest));
        return guest;
    }

private:
    std::mutex m_mutex;
    QCache<QString, User> m_guests{10'000};
};

} // namespace rookery::core
