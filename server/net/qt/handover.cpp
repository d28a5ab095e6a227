// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/net/qt/handover.h"

#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

namespace rookery::net {

Handover::Handover(QObject *parent)
    : QTcpServer(parent)
{
    // A Unix socket with a name chosen by the kernel opens no port.
    const int descriptor = ::socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    if (descriptor < 0
        || ::bind(descriptor, reinterpret_cast<const sockaddr *>(&address), sizeof address.sun_family) != 0
        || ::listen(descriptor, 1) != 0 || !setSocketDescriptor(descriptor)) {
        qCritical("The socket between the guard and QHttpServer cannot be made.");
        if (descriptor >= 0)
            ::close(descriptor);
    }
}

void Handover::give(GuardSocket *guard)
{
    if (guard->introduce())
        addPendingConnection(guard);
    Q_EMIT guard->readyRead();
}

void Handover::incomingConnection(qintptr handle)
{
    ::close(int(handle));
}

} // namespace rookery::net
