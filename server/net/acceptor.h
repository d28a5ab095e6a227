#pragma once

#include "common/result.h"
#include "server/net/tlsfiles.h"

#include <QObject>
#include <QUrl>

#include <memory>
#include <optional>
#include <vector>

namespace rookery::net {

class Listener;
class Server;
class TlsContext;

/// The daemon's ports. What it accepts goes to the servers in turn, one of each thread.
///
/// Thread: that of its construction. The servers may live on any; they must outlive it, or at least close().
class Acceptor : public QObject
{
    Q_OBJECT
public:
    explicit Acceptor(std::vector<Server *> servers, QObject *parent = nullptr);
    ~Acceptor() override;

    /// Listens on `http://ADDRESS:PORT` or `https://ADDRESS:PORT`; port 0 picks one. Answers the URL with the
    /// port that was taken, or a sentence that says which address could not be had and why. https needs
    /// `tls`.
    Result<QUrl> listen(const QUrl &url, const std::optional<TlsFiles> &tls = std::nullopt);

    /// Gives up all ports. Nothing is handed to a server any more once it returns.
    void close();

private:
    void handOver(int descriptor, const std::shared_ptr<TlsContext> &tls);

    std::vector<Server *> m_servers;
    size_t m_next = 0; ///< the server whose turn it is
    std::vector<std::unique_ptr<Listener>> m_listeners;
};

} // namespace rookery::net
