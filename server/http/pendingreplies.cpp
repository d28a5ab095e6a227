// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/http/pendingreplies.h"

#include "server/http/responsebuilder.h"
#include "server/net/server.h"

#include <QThread>
#include <QTimerEvent>

#include <vector>

namespace rookery::http {

namespace {

/// How finely the time of a request is told: cheaper than a clock, or a timer, for each.
constexpr int ticksOfPatience = 4;
constexpr std::chrono::seconds retryAfter{5};

} // namespace

PendingReplies::PendingReplies(std::chrono::milliseconds patience, QObject *parent)
    : QObject(parent)
    , m_patience(patience)
{ }

PendingReplies::~PendingReplies()
{
    const Error leaving{ErrorCode::Overloaded, QStringLiteral("The server is stopping."), {}, retryAfter};
    while (!m_open.empty())
        refuse(m_open.begin()->first, leaving);
}

void PendingReplies::refuse(quint64 id, const Error &error)
{
    answer(id, ResponseBuilder().problem(error));
}

void PendingReplies::timerEvent(QTimerEvent *event)
{
    if (event->timerId() != m_ticker.timerId()) {
        QObject::timerEvent(event);
        return;
    }
    ++m_ticks;
    std::vector<quint64> late;
    for (const auto &[id, open] : m_open) {
        // The tick in which it came was not a whole one.
        if (m_ticks - open.since > ticksOfPatience)
            late.push_back(id);
    }
    if (!late.empty())
        qWarning("Requests given up after %lld s without an answer: %zu.",
            static_cast<long long>(std::chrono::floor<std::chrono::seconds>(m_patience).count()),
            late.size());
    const Error tooLate{
        ErrorCode::Overloaded, QStringLiteral("The server did not get to this in time."), {}, retryAfter};
    for (const quint64 id : late)
        refuse(id, tooLate);
    if (m_open.empty())
        m_ticker.stop();
}

quint64 PendingReplies::open(net::Responder responder)
{
    Q_ASSERT(thread() == QThread::currentThread());
    const quint64 id = m_next++;
    m_open.emplace(id, Open{std::move(responder), m_ticks});
    if (!m_ticker.isActive())
        m_ticker.start(int(m_patience.count()) / ticksOfPatience, this);
    return id;
}

void PendingReplies::answer(quint64 id, const net::HttpResponse &response)
{
    Q_ASSERT(thread() == QThread::currentThread());
    Q_ASSERT(!response.source);
    auto open = m_open.extract(id);
    if (!open.empty())
        m_server->answer(
            std::move(open.mapped().responder), response.status, response.headers, response.body);
}

} // namespace rookery::http
