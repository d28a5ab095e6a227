// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "server/net/connection.h"
#include "server/net/peer/connectionquota.h"

#include <memory>
#include <vector>

namespace rookery::net {

/// The open connections of a thread, counted against the quotas of all. Those beyond are still let in, a few
/// at a time, to be told so.
class ConnectionSet
{
public:
    explicit ConnectionSet(std::shared_ptr<ConnectionQuota> quota)
        : m_quota(std::move(quota))
    { }

    /// Takes the descriptor over.
    void admit(Connection::Host &host, int descriptor, const std::shared_ptr<TlsContext> &tls);
    std::unique_ptr<Connection> remove(Connection *connection);

    size_t size() const { return m_all.size(); }
    /// Connections may end meanwhile, others may not be admitted.
    template <typename Do>
    void forEach(Do action)
    {
        for (size_t i = m_all.size(); i > 0; --i) { // remove() fills the gap with the last
            if (i <= m_all.size())
                action(*m_all[i - 1]);
        }
    }

private:
    std::shared_ptr<ConnectionQuota> m_quota;
    std::vector<std::unique_ptr<Connection>> m_all;
};

} // namespace rookery::net
