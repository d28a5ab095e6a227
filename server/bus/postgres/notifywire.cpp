// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/bus/postgres/notifywire.h"

#include "server/bus/postgres/notifyline.h"

namespace rookery::bus {

namespace {

/// A payload is shorter than 8,000 bytes (PostgreSQL's manual, NOTIFY).
constexpr qsizetype mostPayloadBytes = 7'999;

} // namespace

NotifyWire::NotifyWire(NotifyOptions options, QObject *parent)
    : Wire(parent)
    , m_queued(std::make_shared<std::atomic<qsizetype>>(0))
    , m_line(std::make_unique<NotifyLine>(std::move(options), m_queued))
{
    m_thread.setObjectName(QStringLiteral("notify"));
    m_line->moveToThread(&m_thread);
    connect(m_line.get(), &NotifyLine::opened, this, [this] {
        m_isOpen = true;
        Q_EMIT opened();
    });
    connect(m_line.get(), &NotifyLine::closed, this, [this](const QString &reason) {
        m_isOpen = false;
        Q_EMIT closed(reason);
    });
    connect(m_line.get(), &NotifyLine::received, this, &NotifyWire::received);
}

NotifyWire::~NotifyWire()
{
    if (m_thread.isRunning()) {
        QMetaObject::invokeMethod(m_line.get(), &NotifyLine::finish, Qt::BlockingQueuedConnection);
        m_thread.quit();
        m_thread.wait();
    }
}

void NotifyWire::open()
{
    m_thread.start();
    QMetaObject::invokeMethod(m_line.get(), &NotifyLine::connectNow);
}

qsizetype NotifyWire::mostFrameBytes() const
{
    return mostPayloadBytes / 4 * 3;
}

void NotifyWire::send(const QByteArray &frame)
{
    if (!m_isOpen || frame.size() > mostFrameBytes())
        return;
    if (*m_queued + frame.size() > mostQueuedBytes) {
        m_isOpen = false; // what follows is lost, too
        QMetaObject::invokeMethod(m_line.get(),
            [line = m_line.get()] { line->drop(QStringLiteral("the database takes frames too slowly")); });
        return;
    }
    *m_queued += frame.size();
    QMetaObject::invokeMethod(m_line.get(), [line = m_line.get(), frame] { line->send(frame); });
}

void NotifyWire::reconnect()
{
    m_isOpen = false;
    QMetaObject::invokeMethod(m_line.get(),
        [line = m_line.get()] { line->drop(QStringLiteral("what was said did not come back")); });
}

} // namespace rookery::bus
