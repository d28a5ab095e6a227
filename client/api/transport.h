// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "client/problems/problem.h"

#include <QByteArray>
#include <QObject>
#include <QString>
#include <QUrl>

#include <functional>
#include <memory>

namespace rookery::client {

/// One connection that carries text frames; used for one attempt and then thrown away. Lives on the GUI
/// thread and never blocks. After closed() nothing more is emitted.
class Transport : public QObject
{
    Q_OBJECT
public:
    using QObject::QObject;

    /// Starts connecting; `token` goes into the Authorization header of the handshake. Ends in opened() or
    /// closed().
    virtual void open(const QUrl &url, const QByteArray &token) = 0;
    virtual void send(const QString &text) = 0;
    /// Sends a close frame if that is possible at once. closed() need not follow.
    virtual void close() = 0;

Q_SIGNALS:
    void opened();
    void received(const QString &text);
    /// The connection is over, or could not be made. `code` is the close code that the server sent, 1006
    /// where it sent none; `problem` says why in that case.
    void closed(quint16 code, const rookery::client::Problem &problem);
};

using TransportFactory = std::function<std::unique_ptr<Transport>()>;

} // namespace rookery::client
