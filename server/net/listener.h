#pragma once

#include "server/net/tlscontext.h"

#include <QTcpServer>

#include <functional>
#include <memory>

namespace rookery::net {

/// One listening port. It gives accepted descriptors away and outlives the want of descriptors, after which
/// QTcpServer would never accept again.
class Listener : public QTcpServer
{
    Q_OBJECT
public:
    using Accepted = std::function<void(int descriptor, const std::shared_ptr<TlsContext> &tls)>;

    /// `tls` is null for a plain port.
    Listener(std::shared_ptr<TlsContext> tls, Accepted accepted, QObject *parent = nullptr);

protected:
    void incomingConnection(qintptr handle) override;

private:
    std::shared_ptr<TlsContext> m_tls;
    Accepted m_accepted;
};

} // namespace rookery::net
