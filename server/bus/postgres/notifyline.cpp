// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/bus/postgres/notifyline.h"

#include <QRandomGenerator>

#include <algorithm>
#include <utility>

namespace rookery::bus {

namespace {

using namespace std::chrono_literals;
using store::DatabaseError;
using store::Statement;
using store::postgres::PostgresConnection;

/// Frames of one statement.
constexpr size_t framesAtOnce = 100;
constexpr std::chrono::milliseconds firstPause = 100ms;
constexpr std::chrono::milliseconds longestPause = 5'000ms;
/// For an answer of the server.
constexpr std::chrono::milliseconds patience = 2'000ms;

} // namespace

NotifyLine::NotifyLine(NotifyOptions options, std::shared_ptr<std::atomic<qsizetype>> queued)
    : m_options(std::move(options))
    , m_queued(std::move(queued))
    , m_retry(this)
    , m_pause(firstPause)
{
    m_retry.setSingleShot(true);
    connect(&m_retry, &QTimer::timeout, this, &NotifyLine::connectNow);
}

void NotifyLine::connectNow()
{
    auto connection = PostgresConnection::open({.conninfo = m_options.conninfo,
        .password = m_options.password,
        .applicationName = QStringLiteral("rookeryd bus"),
        .patience = patience});
    if (!connection) {
        drop(connection.error().detail);
        return;
    }
    m_connection = std::move(connection).value();
    try {
        m_connection->execute(QStringLiteral("SET synchronous_commit = off"));
        m_connection->execute(QStringLiteral("LISTEN \"%1\"").arg(m_options.channel));
    } catch (const DatabaseError &error) {
        drop(error.text);
        return;
    }
    m_notifier = std::make_unique<QSocketNotifier>(m_connection->socket(), QSocketNotifier::Read);
    connect(m_notifier.get(), &QSocketNotifier::activated, this, &NotifyLine::read);
    m_pause = firstPause;
    Q_EMIT opened();
}

void NotifyLine::send(const QByteArray &frame)
{
    *m_queued -= frame.size();
    if (!m_connection)
        return;
    m_waiting.push_back(frame.toBase64());
    // What else has been handed over by then goes with it.
    if (m_waiting.size() == 1)
        QMetaObject::invokeMethod(this, &NotifyLine::write, Qt::QueuedConnection);
}

void NotifyLine::write()
{
    if (!m_connection)
        return;
    try {
        for (size_t i = 0; i < m_waiting.size(); i += framesAtOnce) {
            QByteArray frames;
            for (size_t k = i; k < std::min(i + framesAtOnce, m_waiting.size()); ++k)
                frames += (k == i ? "" : " ") + m_waiting[k];
            Statement said =
                m_connection->statement("SELECT count(pg_notify(CAST($1 AS TEXT), frame)) "
                                        "FROM unnest(string_to_array(CAST($2 AS TEXT), ' ')) AS frame");
            said.text(1, m_options.channel).text(2, QString::fromLatin1(frames)).next();
        }
        m_waiting.clear();
        read();
    } catch (const DatabaseError &error) {
        drop(error.text);
    }
}

void NotifyLine::read()
{
    if (!m_connection)
        return;
    try {
        const QList<QByteArray> said = m_connection->takeNotifications();
        for (const QByteArray &payload : said)
            Q_EMIT received(QByteArray::fromBase64(payload));
    } catch (const DatabaseError &error) {
        drop(error.text);
    }
}

void NotifyLine::drop(const QString &reason)
{
    end();
    Q_EMIT closed(reason);
    m_retry.start(m_pause + std::chrono::milliseconds(QRandomGenerator::global()->bounded(100)));
    m_pause = std::min(2 * m_pause, longestPause);
}

void NotifyLine::finish()
{
    write();
    end();
}

void NotifyLine::end()
{
    m_retry.stop();
    m_waiting.clear();
    m_notifier.reset();
    m_connection.reset();
}

} // namespace rookery::bus
