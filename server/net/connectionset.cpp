// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/net/connectionset.h"

#include "server/net/peer/addresses.h"

#include <unistd.h>

namespace rookery::net {

namespace {

using namespace std::chrono_literals;

Refusal unwelcome(ConnectionQuota::Verdict verdict)
{
    if (verdict == ConnectionQuota::Verdict::AddressFull)
        return {429,
            {ErrorCode::RateLimited, QStringLiteral("Too many connections are open from this address."), {},
                10s}};
    return {503, {ErrorCode::Overloaded, QStringLiteral("Too many connections are open."), {}, 10s}};
}

} // namespace

void ConnectionSet::admit(Connection::Host &host, int descriptor, const std::shared_ptr<TlsContext> &tls)
{
    const Peer peer = peerOf(descriptor, tls != nullptr);
    const ConnectionQuota::Verdict verdict = m_quota->enter(peer);
    if (verdict != ConnectionQuota::Verdict::Welcome && verdict != ConnectionQuota::Verdict::Full)
        host.tooMany(peer);
    if (verdict == ConnectionQuota::Verdict::Unheard) {
        ::close(descriptor);
        return;
    }
    auto connection = std::make_unique<Connection>(host, descriptor, peer, tls);
    connection->index = m_all.size();
    connection->beyondQuota = verdict != ConnectionQuota::Verdict::Welcome;
    m_all.push_back(std::move(connection));
    if (m_all.back()->beyondQuota)
        m_all.back()->refuseAtOnce(unwelcome(verdict));
}

std::unique_ptr<Connection> ConnectionSet::remove(Connection *connection)
{
    const size_t at = connection->index;
    std::unique_ptr<Connection> removed = std::move(m_all[at]);
    if (at + 1 < m_all.size()) {
        m_all[at] = std::move(m_all.back());
        m_all[at]->index = at;
    }
    m_all.pop_back();
    if (removed->beyondQuota)
        m_quota->leaveRefused();
    else
        m_quota->leave(removed->peer());
    return removed;
}

} // namespace rookery::net
