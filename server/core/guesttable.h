// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "server/store/store.h"

#include <QCache>
#include <QHash>
#include <QSet>

#include <chrono>
#include <functional>
#include <mutex>
#include <optional>

namespace rookery::core {

/// The guests that are present: those with open sockets, and the guest of each address over HTTP. Bounded:
/// the least recently seen address is forgotten first. Thread-safe.
class GuestTable final : public store::GuestRegister
{
public:
    using Clock = std::function<std::chrono::steady_clock::time_point()>;

    explicit GuestTable(Clock clock = &std::chrono::steady_clock::now);

    /// The guest of this address over HTTP; counts as seen now.
    std::optional<User> find(const QString &address);
    /// Sets the guest of an address. If two are admitted at the same time, the first one stays; answers it.
    User insert(const QString &address, const User &guest);

    /// A socket of the guest has opened. Each call is matched by one of left().
    void arrived(const QString &userId);
    void left(const QString &userId);

    QStringList takeGone(int most) override;
    bool letGo(const QString &userId) override;

private:
    struct Caller
    {
        ~Caller() { addresses->remove(user.id); }
        User user;
        std::chrono::steady_clock::time_point called;
        QHash<QString, QString> *addresses;
    };

    const Clock m_clock;
    std::mutex m_mutex;
    QHash<QString, int> m_sockets; ///< open ones by user id
    QSet<QString> m_gone; ///< ids whose last socket has closed, not taken yet
    QHash<QString, QString> m_addresses; ///< of m_callers, by user id
    QCache<QString, Caller> m_callers; ///< by address
};

} // namespace rookery::core
