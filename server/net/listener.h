// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "server/net/stream/localsocket.h"
#include "server/net/stream/tlscontext.h"

#include <QBasicTimer>
#include <QElapsedTimer>
#include <QSocketNotifier>
#include <QTcpServer>

#include <functional>
#include <memory>

namespace rookery::net {

/// One listening port or Unix socket. QTcpServer opens the port; accepting is done here, because QTcpServer's
/// own loop silently spins on a full core when the process is out of descriptors.
///
/// Out of descriptors, it answers a few clients at a time with "come back later", using a reserved
/// descriptor; the others wait in the kernel's backlog. Then accepting pauses for 200 ms. It recovers by
/// itself.
///
/// Thread: the one it was constructed on.
class Listener : public QObject
{
    Q_OBJECT
public:
    /// The receiver owns the descriptor, which is non-blocking and close-on-exec.
    using Accepted = std::function<void(int descriptor, const std::shared_ptr<TlsContext> &tls)>;

    /// `tls` is null for a plain port.
    Listener(std::shared_ptr<TlsContext> tls, Accepted accepted, QObject *parent = nullptr);
    ~Listener() override;

    /// False: see errorString(). Call this or listenLocal(), once.
    bool listen(const QHostAddress &address, quint16 port);
    /// Listens on a Unix socket; `mode` is the mode of its file and decides who may connect.
    Result<Nothing> listenLocal(const QString &path, mode_t mode);
    QString errorString() const { return m_port.errorString(); }
    quint16 port() const { return m_port.serverPort(); }

protected:
    void timerEvent(QTimerEvent *event) override;

private:
    void watch(int descriptor);
    void acceptSome();
    int acceptOne();
    void trouble(int error);
    bool refuseOne();
    void openReserve();

    std::shared_ptr<TlsContext> m_tls;
    Accepted m_accepted;
    QTcpServer m_port;
    std::unique_ptr<LocalSocket> m_file;
    int m_descriptor = -1; ///< the listening descriptor, of either kind
    std::unique_ptr<QSocketNotifier> m_readable;
    QBasicTimer m_pause;
    QElapsedTimer m_troubled; ///< since the last accept error
    int m_reserve = -1; ///< a descriptor in reserve, closed when there are no others
};

} // namespace rookery::net
