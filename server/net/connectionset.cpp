#include "server/net/connectionset.h"

#include "server/net/addresses.h"

#include <QtEndian>

#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

namespace rookery::net {

namespace {

using namespace std::chrono_literals;

Peer peerOf(int descriptor, bool secure)
{
    sockaddr_storage storage{};
    socklen_t size = sizeof storage;
    Peer peer;
    peer.secure = secure;
    if (::getpeername(descriptor, reinterpret_cast<sockaddr *>(&storage), &size) != 0)
        return peer;
    peer.address = plainAddress(QHostAddress(reinterpret_cast<const sockaddr *>(&storage)));
    quint16 port = 0;
    if (storage.ss_family == AF_INET)
        port = reinterpret_cast<const sockaddr_in &>(storage).sin_port;
    else if (storage.ss_family == AF_INET6)
        port = reinterpret_cast<const sockaddr_in6 &>(storage).sin6_port;
    peer.port = qFromBigEndian(port);
    return peer;
}

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
    const ConnectionQuota::Verdict verdict = m_quota->enter(peer.address);
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
        m_quota->leave(removed->peer().address);
    return removed;
}

} // namespace rookery::net
