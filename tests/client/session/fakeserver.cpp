// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/client/session/fakeserver.h"

#include <QJsonArray>
#include <QRegularExpression>

namespace rookery::client {

namespace {

QString textOf(const QJsonObject &frame, const char *field)
{
    return frame.value(QLatin1String(field)).toString();
}

} // namespace

FakeServer::FakeServer(SessionWire *wire, QStringList rooms, quint32 seed)
    : m_wire(wire)
    , m_rooms(std::move(rooms))
    , m_random(seed)
{ }

bool FakeServer::step()
{
    FakeTransport *transport = m_wire->transport();
    if (transport != m_transport) {
        m_transport = transport;
        m_out.clear();
        m_subscribed.clear();
        if (transport && transport->isOpened())
            transport->accept();
        else
            m_transport = nullptr;
    }
    const bool hasPage = !m_wire->rest()->waiting().isEmpty();
    if (!m_transport || m_transport->isClosed()) {
        if (hasPage)
            answerPage();
        return hasPage;
    }
    const bool canRead = m_transport->sentCount() > 0;
    const bool canSay = !m_out.isEmpty();
    if (!canRead && !canSay && !hasPage)
        return false;
    const int choice = m_random.bounded(4);
    if (hasPage && (choice == 0 || (!canRead && !canSay)))
        answerPage();
    else if (canRead && (choice == 1 || !canSay))
        read(m_transport->takeSent());
    else if (canSay)
        m_transport->say(m_out.dequeue());
    else
        answerPage();
    return true;
}

void FakeServer::cut()
{
    m_out.clear();
    m_subscribed.clear();
    if (m_transport && !m_transport->isClosed())
        m_transport->drop();
    m_transport = nullptr;
}

void FakeServer::somebodySends(const QString &room)
{
    m_logs[room].append({QStringLiteral("bob"), QStringLiteral("x%1").arg(++m_others),
        QStringLiteral("other %1").arg(m_others)});
    if (m_subscribed.contains(room))
        m_out.enqueue(eventFrame(room, size(room)));
}

QStringList FakeServer::log(const QString &room) const
{
    QStringList texts;
    for (const Stored &stored : m_logs.value(room))
        texts.append(stored.text);
    return texts;
}

void FakeServer::read(const QJsonObject &frame)
{
    const QString type = textOf(frame, "type");
    const QJsonObject ref{{QStringLiteral("ref"), frame.value(QLatin1String("ref"))}};
    if (type == QLatin1String("hello")) {
        QJsonArray rooms;
        for (const QString &room : std::as_const(m_rooms))
            rooms.append(client::frame(roomJson(room)));
        QJsonObject answer = ref;
        answer.insert(QStringLiteral("type"), type);
        answer.insert(QStringLiteral("user"), client::frame(R"({"id":"u-ada","username":"ada"})"));
        answer.insert(QStringLiteral("rooms"), rooms);
        m_out.enqueue(answer);
        for (const QJsonValue &point : frame.value(QLatin1String("resume")).toArray())
            subscribe(ref, textOf(point.toObject(), "room"),
                point.toObject().value(QLatin1String("seq")).toInteger());
    } else if (type == QLatin1String("subscribe")) {
        const QString room = textOf(frame, "room");
        subscribe(ref, room, frame.value(QLatin1String("seq")).toInteger(size(room)));
    } else if (type == QLatin1String("send")) {
        store(frame);
    }
}

void FakeServer::subscribe(const QJsonObject &ref, const QString &room, qint64 from)
{
    QJsonObject answer = ref;
    answer.insert(QStringLiteral("type"), QStringLiteral("subscribed"));
    answer.insert(QStringLiteral("room"), client::frame(roomJson(room)));
    m_out.enqueue(answer);
    m_subscribed.insert(room);
    for (qint64 seq = from + 1; seq <= size(room); ++seq)
        m_out.enqueue(eventFrame(room, seq));
}

void FakeServer::store(const QJsonObject &frame)
{
    const QString room = textOf(frame, "room");
    const QString clientId = textOf(frame, "client_id");
    QJsonObject answer{
        {QStringLiteral("ref"), frame.value(QLatin1String("ref"))}, {QStringLiteral("room"), room}};
    if (m_random.bounded(100) == 0) {
        answer.insert(QStringLiteral("type"), QStringLiteral("error"));
        answer.insert(QStringLiteral("code"), QStringLiteral("overloaded"));
        answer.insert(QStringLiteral("error"), QStringLiteral("Too busy."));
        m_out.enqueue(answer);
        return;
    }
    auto &log = m_logs[room];
    qint64 seq = 0;
    for (qsizetype i = 0; i < log.size() && seq == 0; ++i) {
        if (log.at(i).clientId == clientId)
            seq = i + 1;
    }
    const bool isNew = seq == 0;
    m_duplicates += isNew ? 0 : 1;
    if (isNew) {
        log.append({QStringLiteral("ada"), clientId, textOf(frame, "text")});
        seq = log.size();
    }
    answer.insert(QStringLiteral("type"), QStringLiteral("ack"));
    answer.insert(QStringLiteral("id"), QStringLiteral("m%1").arg(seq));
    answer.insert(QStringLiteral("seq"), seq);
    answer.insert(QStringLiteral("client_id"), clientId);
    answer.insert(QStringLiteral("timestamp"), QStringLiteral("2026-11-21T08:00:00.000Z"));
    const bool ackFirst = m_random.bounded(2) == 0;
    if (ackFirst)
        m_out.enqueue(answer);
    if (isNew && m_subscribed.contains(room))
        m_out.enqueue(eventFrame(room, seq));
    if (!ackFirst)
        m_out.enqueue(answer);
}

QJsonObject FakeServer::eventFrame(const QString &room, qint64 seq) const
{
    const Stored stored = m_logs.value(room).at(seq - 1);
    QJsonObject event =
        client::frame(R"({"kind":"message","id":"m","timestamp":"2026-11-21T08:00:00.000Z"})");
    event.insert(QStringLiteral("room"), room);
    event.insert(QStringLiteral("seq"), seq);
    event.insert(QStringLiteral("client_id"), stored.clientId);
    event.insert(QStringLiteral("text"), stored.text);
    event.insert(QStringLiteral("sender"),
        QJsonObject{{QStringLiteral("id"), QLatin1String("u-") + stored.sender},
            {QStringLiteral("username"), stored.sender}});
    return {{QStringLiteral("type"), QStringLiteral("event")}, {QStringLiteral("event"), event}};
}

void FakeServer::answerPage()
{
    static const QRegularExpression wanted(
        QStringLiteral("^GET rooms/([^/]+)/events\\?(?:before=(\\d+)&)?limit=(\\d+)$"));
    const auto match = wanted.match(m_wire->rest()->waiting().constFirst());
    if (!match.hasMatch())
        qFatal("An unexpected request: %ls", qUtf16Printable(m_wire->rest()->waiting().constFirst()));
    const QString room = match.captured(1);
    const qint64 before = match.captured(2).isEmpty() ? size(room) + 1 : match.captured(2).toLongLong();
    const qint64 first = std::max<qint64>(1, before - match.captured(3).toLongLong());
    QJsonArray events;
    for (qint64 seq = first; seq < before; ++seq)
        events.append(eventFrame(room, seq).value(QLatin1String("event")));
    m_wire->rest()->answer(
        {{QStringLiteral("epoch"), QStringLiteral("e1")}, {QStringLiteral("events"), events},
            {QStringLiteral("last_seq"), size(room)}, {QStringLiteral("has_more"), first > 1}});
}

QString FakeServer::roomJson(const QString &room) const
{
    return SessionWire::roomJson(room, size(room));
}

} // namespace rookery::client
