#include "server/net/listener.h"

#include <QTimer>

#include <chrono>

namespace rookery::net {

namespace {

using namespace std::chrono_literals;

constexpr int backlog = 4096; // a storm of reconnecting clients waits in the kernel, not in its retries
constexpr auto pauseAfterError = 200ms;

} // namespace

Listener::Listener(std::shared_ptr<TlsContext> tls, Accepted accepted, QObject *parent)
    : QTcpServer(parent)
    , m_tls(std::move(tls))
    , m_accepted(std::move(accepted))
{
    setListenBacklogSize(backlog);
    connect(this, &QTcpServer::acceptError, this, [this] {
        qWarning("Accepting a connection failed: %s", qPrintable(errorString()));
        QTimer::singleShot(pauseAfterError, this, [this] {
            if (isListening())
                resumeAccepting();
        });
    });
}

void Listener::incomingConnection(qintptr handle)
{
    m_accepted(int(handle), m_tls);
}

} // namespace rookery::net
