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

/// One listening port, or a Unix socket. QTcpServer opens a port; accepting is done here, since QTcpServer's
/// own loop spins on the whole of a core when the process is out of descriptors, without a word.
///
/// Out of descriptors, a few clients at a time are told to come back later by means of a descriptor that is
/// kept for it, and the others wait in the kernel; then accepting rests for 200 ms. It recovers by itself.
///
/// Thread: that of its construction.
class Listener : public QObject
{
    Q_OBJECT
public:
    /// The descriptor, non-blocking and closed on exec, is the receiver's from then on.
    using Accepted = std::function<void(int descriptor, const std::shared_ptr<TlsContext> &tls)>;

    /// `tls` is null for a plain port.
    Listener(std::shared_ptr<TlsContext> tls, Accepted accepted, QObject *parent = nullptr);
    ~Listener() override;

    /// False: see errorString(). Once only, or listenLocal().
    bool listen(const QHostAddress &address, quint16 port);
    /// On a file, which `mode` says who may connect to.
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
    int m_descriptor = -1; ///< that is listened on, of either
    std::unique_ptr<QSocketNotifier> m_readable;
    QBasicTimer m_pause;
    QElapsedTimer m_troubled; ///< since the last trouble
    int m_reserve = -1; ///< a descriptor to be given up when there are no others
};

} // namespace rookery::net
