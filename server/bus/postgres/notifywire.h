// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "server/bus/wire.h"

#include <QThread>

#include <atomic>
#include <memory>

namespace rookery::bus {

class NotifyLine;

struct NotifyOptions
{
    /// As libpq reads it. It may hold a password and is not logged.
    QString conninfo;
    QString password = {}; ///< used where the conninfo has none
    QString channel = QStringLiteral("rookery");
};

/// A wire through NOTIFY and LISTEN of the database that the nodes share, so that they need nothing else. A frame is a
/// payload in Base64. What is sent waits for no disk, but for the lock that NOTIFY takes in the whole server: slower than
/// Redis, and enough where there is none.
///
/// The database is spoken to on a thread of its own, since libpq blocks. Not through a pooler that shares connections.
class NotifyWire final : public Wire
{
    Q_OBJECT
public:
    explicit NotifyWire(NotifyOptions options, QObject *parent = nullptr);
    ~NotifyWire() override;

    void open() override;
    bool isOpen() const override { return m_isOpen; }
    qsizetype mostFrameBytes() const override;
    void send(const QByteArray &frame) override;
    void reconnect() override;

private:
    QThread m_thread;
    std::shared_ptr<std::atomic<qsizetype>> m_queued; ///< bytes on their way to the thread
    std::unique_ptr<NotifyLine> m_line; ///< lives on the thread
    bool m_isOpen = false;
};

} // namespace rookery::bus
