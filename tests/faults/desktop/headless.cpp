// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/faults/desktop/headless.h"

#include "client/api/restclient.h"
#include "client/api/websockettransport.h"
#include "client/sentences/sentences.h"
#include "client/timeline/timelinesource.h"

#include <QCoreApplication>
#include <QJsonArray>
#include <QJsonDocument>
#include <QRandomGenerator>

#include <array>
#include <cstdio>
#include <utility>

#include <unistd.h>

namespace rookery::faults {

namespace {

using namespace std::chrono_literals;
using namespace Qt::StringLiterals;

QString deliveryText(client::Delivery delivery)
{
    switch (delivery) {
    case client::Delivery::Sent:
        return u"sent"_s;
    case client::Delivery::Pending:
        return u"pending"_s;
    case client::Delivery::Failed:
        return u"failed"_s;
    }
    return {};
}

} // namespace

client::SessionParts Headless::parts(const What &what)
{
    client::LinkTimings timings;
    for (auto *time : {&timings.connecting, &timings.heartbeat, &timings.pong, &timings.probe,
             &timings.request, &timings.stable, &timings.longestWait})
        *time /= what.hurry;
    // The policy multiplies its delay by a random number within [0, 1): a smaller number shortens it.
    client::ReconnectPolicy policy(
        [hurry = what.hurry] { return QRandomGenerator::global()->generateDouble() / hurry; });
    return {client::WebSocketTransport::factory(),
        std::make_unique<client::RestClient>(what.account.server, what.account.token), timings,
        std::move(policy)};
}

Headless::Headless(const What &what)
    : m_rooms(what.rooms)
    , m_core(what.account, what.cacheDirectory, parts(what))
    , m_input(STDIN_FILENO, QSocketNotifier::Read)
{
    connect(&m_input, &QSocketNotifier::activated, this, &Headless::readInput);
    m_saving.setInterval(1ms);
    connect(&m_saving, &QTimer::timeout, this, &Headless::tellSaved);
    m_reading.setInterval(5ms);
    connect(&m_reading, &QTimer::timeout, this, &Headless::readOn);
    QJsonObject started = report();
    started[u"is"_s] = u"started"_s;
    say(started);
}

void Headless::readInput()
{
    std::array<char, 65'536> block{};
    const ssize_t size = ::read(STDIN_FILENO, block.data(), block.size());
    if (size <= 0) {
        m_input.setEnabled(false);
        QCoreApplication::quit();
        return;
    }
    m_unread.append(block.data(), size);
    while (true) {
        const qsizetype end = m_unread.indexOf('\n');
        if (end < 0)
            break;
        const QByteArray line = m_unread.first(end);
        m_unread.remove(0, end + 1);
        obey(QJsonDocument::fromJson(line).object());
    }
}

void Headless::obey(const QJsonObject &command)
{
    const QString what = command[u"do"_s].toString();
    if (what == u"type"_s)
        type(command[u"room"_s].toString(), command[u"text"_s].toString());
    else if (what == u"report"_s)
        say(report());
    else if (what == u"read"_s)
        m_reading.start();
}

void Headless::type(const QString &room, const QString &text)
{
    client::Problem problem;
    if (!m_core.send(room, text, &problem)) {
        say({{u"is"_s, u"refused"_s}, {u"text"_s, text}, {u"why"_s, client::inWords(problem)}});
        return;
    }
    m_unsaved.append(text);
    tellSaved();
    if (!m_unsaved.isEmpty())
        m_saving.start();
}

void Headless::tellSaved()
{
    if (!m_core.isOutboxSaved())
        return;
    m_saving.stop();
    for (const QString &text : std::exchange(m_unsaved, {}))
        say({{u"is"_s, u"typed"_s}, {u"text"_s, text}});
}

void Headless::readOn()
{
    bool isWhole = true;
    for (const QString &room : std::as_const(m_rooms)) {
        client::TimelineSource *timeline = m_core.timeline(room);
        if (timeline->hasOlder()) {
            timeline->loadOlder();
            isWhole = false;
        }
    }
    if (!isWhole)
        return;
    m_reading.stop();
    say(report());
}

QJsonObject Headless::report()
{
    QJsonObject rooms;
    for (const QString &room : std::as_const(m_rooms)) {
        const client::TimelineSource *timeline = m_core.timeline(room);
        QJsonArray rows;
        for (int row = 0; row < timeline->count(); ++row) {
            const client::TimelineItem &item = timeline->at(row);
            rows.append(QJsonObject{{u"seq"_s, item.seq}, {u"client_id"_s, item.clientId},
                {u"sender"_s, item.senderName}, {u"text"_s, item.text},
                {u"delivery"_s, deliveryText(item.delivery)}, {u"why"_s, client::inWords(item.failure)}});
        }
        rooms[room] = rows;
    }
    return {{u"is"_s, u"report"_s}, {u"connected"_s, m_core.linkState() == client::LinkState::Connected},
        {u"ended"_s, m_core.linkState() == client::LinkState::Ended},
        {u"problem"_s, client::inWords(m_core.linkProblem())}, {u"unsent"_s, m_core.unsentCount()},
        {u"rooms"_s, rooms}};
}

void Headless::say(const QJsonObject &what)
{
    // In one write, without a buffer that would be lost with the process.
    const QByteArray line = QJsonDocument(what).toJson(QJsonDocument::Compact) + '\n';
    for (qsizetype at = 0; at < line.size();) {
        const ssize_t size = ::write(STDOUT_FILENO, line.constData() + at, size_t(line.size() - at));
        if (size <= 0)
            return;
        at += size;
    }
}

} // namespace rookery::faults
