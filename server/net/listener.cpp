// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/net/listener.h"

#include "server/net/http/refusal.h"

#include <QTimerEvent>

#include <array>
#include <cerrno>
#include <chrono>
#include <cstring>

#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>

namespace rookery::net {

namespace {

using namespace std::chrono_literals;

constexpr int backlog = 4096; // reconnecting clients queue in the kernel instead of waiting for their retries
/// After this many, other sockets have their turn.
constexpr int acceptedAtOnce = 64;
constexpr std::chrono::milliseconds pauseAfterTrouble = 200ms;
/// Accept errors are one episode until there has been none for this long; each episode is logged once.
constexpr std::chrono::milliseconds boutEnds = 10s;

/// Whether the error concerns only the connection that failed (accept(2)); the next one may succeed.
bool concernsOneConnection(int error)
{
    switch (error) {
    case EINTR:
    case ECONNABORTED:
    case EPROTO:
    case EPERM: // rejected by a firewall
    case ENETDOWN:
    case ENOPROTOOPT:
    case EHOSTDOWN:
    case ENONET:
    case EHOSTUNREACH:
    case EOPNOTSUPP:
    case ENETUNREACH:
    case ETIMEDOUT:
        return true;
    default:
        return false;
    }
}

const QByteArray &outOfDescriptors()
{
    static const QByteArray answer = [] {
        const Refusal refusal{503,
            {ErrorCode::Overloaded, QStringLiteral("The server can open no more connections."), {}, 10s}};
        return finishRefusal(plainRefusal(refusal.status, refusal.error), refusal, false);
    }();
    return answer;
}

} // namespace

Listener::Listener(std::shared_ptr<TlsContext> tls, Accepted accepted, QObject *parent)
    : QObject(parent)
    , m_tls(std::move(tls))
    , m_accepted(std::move(accepted))
{
    m_port.setListenBacklogSize(backlog);
    openReserve();
}

Listener::~Listener()
{
    if (m_reserve >= 0)
        ::close(m_reserve);
}

bool Listener::listen(const QHostAddress &address, quint16 port)
{
    if (!m_port.listen(address, port))
        return false;
    m_port.pauseAccepting(); // permanently
    watch(int(m_port.socketDescriptor()));
    return true;
}

Result<Nothing> Listener::listenLocal(const QString &path, mode_t mode)
{
    auto file = LocalSocket::listen(path, mode, backlog);
    if (!file)
        return file.error();
    m_file = std::move(file).value();
    watch(m_file->descriptor());
    return Nothing();
}

void Listener::watch(int descriptor)
{
    m_descriptor = descriptor;
    m_readable = std::make_unique<QSocketNotifier>(descriptor, QSocketNotifier::Read);
    connect(m_readable.get(), &QSocketNotifier::activated, this, &Listener::acceptSome);
}

void Listener::acceptSome()
{
    for (int i = 0; i < acceptedAtOnce; ++i) {
        const int descriptor = acceptOne();
        if (descriptor >= 0) {
            m_accepted(descriptor, m_tls);
            continue;
        }
        if (errno == EAGAIN || errno == EWOULDBLOCK)
            return;
        if (!concernsOneConnection(errno)) {
            trouble(errno);
            return;
        }
    }
}

int Listener::acceptOne()
{
    return ::accept4(m_descriptor, nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC);
}

void Listener::trouble(int error)
{
    if (!m_troubled.isValid() || m_troubled.hasExpired(boutEnds.count()))
        qWarning("Connections cannot be accepted for now: %s.", std::strerror(error));
    m_troubled.start();
    if (error == EMFILE || error == ENFILE) {
        for (int i = 0; i < acceptedAtOnce && refuseOne();)
            ++i;
    }
    m_readable->setEnabled(false);
    m_pause.start(int(pauseAfterTrouble.count()), this);
}

/// False: no connection is left to refuse, or there is no descriptor to do it with.
bool Listener::refuseOne()
{
    if (m_reserve < 0)
        return false;
    ::close(m_reserve);
    m_reserve = -1;
    const int descriptor = acceptOne();
    if (descriptor >= 0) {
        // On TLS there was no handshake yet, so no answer can be sent.
        if (!m_tls) {
            const QByteArray &answer = outOfDescriptors();
            ::send(descriptor, answer.constData(), size_t(answer.size()), MSG_NOSIGNAL);
            ::shutdown(descriptor, SHUT_WR);
            // Closing a socket with unread bytes resets the connection, and the answer is lost. One read
            // suffices for a request.
            std::array<char, 16 * 1024> unread;
            ::recv(descriptor, unread.data(), unread.size(), 0);
        }
        ::close(descriptor);
    }
    openReserve();
    return descriptor >= 0;
}

void Listener::openReserve()
{
    m_reserve = ::open("/dev/null", O_RDONLY | O_CLOEXEC);
}

void Listener::timerEvent(QTimerEvent *event)
{
    if (event->timerId() != m_pause.timerId()) {
        QObject::timerEvent(event);
        return;
    }
    m_pause.stop();
    if (m_reserve < 0)
        openReserve();
    m_readable->setEnabled(true);
}

} // namespace rookery::net
