// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/bus/postgres/notifywire.h"

#include "server/store/postgres/connection.h"

#include <QRandomGenerator>
#include <QSocketNotifier>
#include <QTimer>

#include <algorithm>
#include <chrono>
#include <utility>
#include <vector>

namespace rookery::bus {

namespace {

using namespace std::chrono_literals;
using store::DatabaseError;
using store::Statement;
using store::postgres::PostgresConnection;

/// A payload is shorter than 8,000 bytes (PostgreSQL's manual, NOTIFY).
constexpr qsizetype mostPayloadBytes = 7'999;
/// Frames of one statement.
constexpr size_t mostAtOnce = 100;
constexpr auto firstPause = 100ms;
constexpr auto longestPause = 5'000ms;
constexpr auto patience = 2'000ms;

} // namespace

/// The connection, on its thread.
class NotifyWire::Line final : public QObject
{
    Q_OBJECT
public:
    Line(NotifyOptions options, std::shared_ptr<std::atomic<qsizetype>> queued)
        : m_options(std::move(options))
        , m_queued(std::move(queued))
        , m_retry(this)
    {
        m_retry.setSingleShot(true);
        connect(&m_retry, &QTimer::timeout, this, &Line::connectNow);
    }

    void connectNow()
    {
        auto connection = PostgresConnection::open({.conninfo = m_options.conninfo,
            .password = m_options.password,
            .applicationName = QStringLiteral("rookeryd bus"),
            .patience = patience});
        if (!connection) {
            fail(connection.error().detail);
            return;
        }
        m_connection = std::move(connection).value();
        try {
            m_connection->execute(QStringLiteral("SET synchronous_commit = off"));
            m_connection->execute(QStringLiteral("LISTEN \"%1\"").arg(m_options.channel));
        } catch (const DatabaseError &error) {
            fail(error.text);
            return;
        }
        m_notifier = std::make_unique<QSocketNotifier>(m_connection->socket(), QSocketNotifier::Read);
        connect(m_notifier.get(), &QSocketNotifier::activated, this, &Line::read);
        m_pause = firstPause;
        Q_EMIT opened();
    }

    void send(const QByteArray &frame)
    {
        *m_queued -= frame.size();
        if (!m_connection)
            return;
        m_waiting.push_back(frame.toBase64());
        if (m_waiting.size() == 1)
            QMetaObject::invokeMethod(this, &Line::write, Qt::QueuedConnection);
    }

    void drop(const QString &reason) { fail(reason); }

    void end()
    {
        m_retry.stop();
        m_notifier.reset();
        m_connection.reset();
    }

Q_SIGNALS:
    void opened();
    void closed(const QString &reason);
    void received(const QByteArray &frame);

private:
    void write()
    {
        if (!m_connection)
            return;
        try {
            for (size_t i = 0; i < m_waiting.size(); i += mostAtOnce) {
                QByteArray frames;
                for (size_t k = i; k < std::min(i + mostAtOnce, m_waiting.size()); ++k)
                    frames += (k == i ? "" : " ") + m_waiting[k];
                Statement said =
                    m_connection->statement("SELECT count(pg_notify(CAST($1 AS TEXT), frame)) "
                                            "FROM unnest(string_to_array(CAST($2 AS TEXT), ' ')) AS frame");
                said.text(1, m_options.channel).text(2, QString::fromLatin1(frames)).next();
            }
            m_waiting.clear();
            read();
        } catch (const DatabaseError &error) {
            fail(error.text);
        }
    }

    void read()
    {
        if (!m_connection)
            return;
        try {
            const QList<QByteArray> said = m_connection->takeNotifications();
            for (const QByteArray &payload : said)
                Q_EMIT received(QByteArray::fromBase64(payload));
        } catch (const DatabaseError &error) {
            fail(error.text);
        }
    }

    void fail(const QString &reason)
    {
        end();
        m_waiting.clear();
        Q_EMIT closed(reason);
        m_retry.start(m_pause + std::chrono::milliseconds(QRandomGenerator::global()->bounded(100)));
        m_pause = std::min<std::chrono::milliseconds>(2 * m_pause, longestPause);
    }

    const NotifyOptions m_options;
    const std::shared_ptr<std::atomic<qsizetype>> m_queued;
    std::unique_ptr<PostgresConnection> m_connection;
    std::unique_ptr<QSocketNotifier> m_notifier;
    std::vector<QByteArray> m_waiting; ///< in Base64
    QTimer m_retry;
    std::chrono::milliseconds m_pause{firstPause};
};

NotifyWire::NotifyWire(NotifyOptions options, QObject *parent)
    : Wire(parent)
    , m_queued(std::make_shared<std::atomic<qsizetype>>(0))
    , m_line(std::make_unique<Line>(std::move(options), m_queued))
{
    m_thread.setObjectName(QStringLiteral("notify"));
    m_line->moveToThread(&m_thread);
    connect(m_line.get(), &Line::opened, this, [this] {
        m_isOpen = true;
        Q_EMIT opened();
    });
    connect(m_line.get(), &Line::closed, this, [this](const QString &reason) {
        m_isOpen = false;
        Q_EMIT closed(reason);
    });
    connect(m_line.get(), &Line::received, this, &NotifyWire::received);
}

NotifyWire::~NotifyWire()
{
    if (m_thread.isRunning()) {
        QMetaObject::invokeMethod(m_line.get(), &Line::end, Qt::BlockingQueuedConnection);
        m_thread.quit();
        m_thread.wait();
    }
}

void NotifyWire::open()
{
    m_thread.start();
    QMetaObject::invokeMethod(m_line.get(), &Line::connectNow);
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

#include "notifywire.moc"
