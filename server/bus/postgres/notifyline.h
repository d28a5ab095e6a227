// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "server/bus/postgres/notifywire.h"
#include "server/store/postgres/connection.h"

#include <QObject>
#include <QSocketNotifier>
#include <QTimer>

#include <atomic>
#include <chrono>
#include <memory>
#include <vector>

namespace rookery::bus {

/// The connection of a NotifyWire, on its thread, which may block for it.
class NotifyLine final : public QObject
{
    Q_OBJECT
public:
    /// `queued`: bytes of frames that were handed over and not taken yet.
    NotifyLine(NotifyOptions options, std::shared_ptr<std::atomic<qsizetype>> queued);

    void connectNow();
    void send(const QByteArray &frame);
    /// Ends the connection, and makes a new one after a pause.
    void drop(const QString &reason);
    /// Says what was handed over, as that this node leaves, and ends it for good.
    void finish();

Q_SIGNALS:
    void opened();
    void closed(const QString &reason);
    void received(const QByteArray &frame);

private:
    void write();
    void read();
    void end();

    const NotifyOptions m_options;
    const std::shared_ptr<std::atomic<qsizetype>> m_queued;
    std::unique_ptr<store::postgres::PostgresConnection> m_connection;
    std::unique_ptr<QSocketNotifier> m_notifier;
    std::vector<QByteArray> m_waiting; ///< in Base64
    QTimer m_retry;
    std::chrono::milliseconds m_pause; ///< before the next attempt
};

} // namespace rookery::bus
