// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/client/session/sessionwire.h"

#include "client/timeline/timelinesource.h"

#include <QJsonArray>
#include <QTest>

namespace rookery::client {

namespace {

QString eventJson(
    const QString &room, qint64 seq, const QString &sender, const QString &clientId, const QString &text)
{
    return QStringLiteral(
        R"({"room":"%1","seq":%2,"id":"m%2","kind":"message","sender":{"id":"u-%3","username":"%3"},"client_id":"%4","text":"%5","timestamp":"2026-11-21T08:00:00.000Z"})")
        .arg(room)
        .arg(seq)
        .arg(sender, clientId, text);
}

} // namespace

SessionWire::SessionWire() = default;
SessionWire::~SessionWire() = default;

const Account &SessionWire::account()
{
    static const Account account{QUrl(QStringLiteral("http://chat.example.org:80")),
        User{QStringLiteral("u-ada"), QStringLiteral("ada")}, "token"};
    return account;
}

void SessionWire::start(const Account &as)
{
    stop();
    m_wire = std::make_unique<FakeWire>();
    auto rest = std::make_unique<FakeRest>();
    m_rest = rest.get();
    LinkTimings timings;
    timings.slice = m_slice;
    SessionParts parts{m_wire->factory(), std::move(rest), timings, ReconnectPolicy([] { return 0.0; })};
    m_core = std::make_unique<Session>(as, m_directory.path(), std::move(parts));
}

void SessionWire::stop()
{
    m_core.reset();
    m_rest = nullptr;
}

QJsonObject SessionWire::greet(const QString &rooms, const QString &further)
{
    if (!QTest::qWaitFor(
            [this] { return transport() && transport()->isOpened() && !transport()->isClosed(); }))
        qFatal("No connection is being made.");
    transport()->accept();
    const QJsonObject hello = transport()->takeSent(QStringLiteral("hello"));
    say(QStringLiteral(
        R"({"type":"hello","ref":"%1","user":{"id":"u-ada","username":"ada"},"session":"s","heartbeat_ms":30000,"rooms":[%2]%3})")
            .arg(hello.value(QLatin1String("ref")).toString(), rooms, further));
    return hello;
}

QJsonObject SessionWire::subscribed(qint64 lastSeq)
{
    const QJsonObject request = transport()->takeSent(QStringLiteral("subscribe"));
    const QString room = request.value(QLatin1String("room")).toString();
    say(QStringLiteral(R"({"type":"subscribed","ref":"%1","room":%2,"members":[]})")
            .arg(request.value(QLatin1String("ref")).toString(),
                room.startsWith(u'd') ? directJson(room, lastSeq) : roomJson(room, lastSeq)));
    return request;
}

void SessionWire::resumed(const QString &room, qint64 lastSeq, const QString &epoch)
{
    say(QStringLiteral(R"({"type":"subscribed","ref":"1","room":%1,"members":[]})")
            .arg(roomJson(room, lastSeq, epoch)));
}

void SessionWire::event(
    const QString &room, qint64 seq, const QString &sender, const QString &clientId, const QString &text)
{
    say(QStringLiteral(R"({"type":"event","event":%1})").arg(eventJson(room, seq, sender, clientId, text)));
}

void SessionWire::other(const QString &room, qint64 seq)
{
    event(room, seq, QStringLiteral("bob"), QStringLiteral("x%1").arg(seq), QStringLiteral("t%1").arg(seq));
}

void SessionWire::ack(const QJsonObject &send, qint64 seq)
{
    say(QStringLiteral(
        R"({"type":"ack","ref":"%1","room":"%2","id":"m%3","seq":%3,"client_id":"%4","timestamp":"2026-11-21T08:00:00.000Z","duplicate":false})")
            .arg(send.value(QLatin1String("ref")).toString(), send.value(QLatin1String("room")).toString())
            .arg(seq)
            .arg(send.value(QLatin1String("client_id")).toString()));
}

void SessionWire::refuse(const QJsonObject &send, const QString &code, int retryAfterMs)
{
    say(QStringLiteral(
        R"({"type":"error","ref":"%1","room":"%2","error":"Because of %3.","code":"%3","retry_after_ms":%4})")
            .arg(send.value(QLatin1String("ref")).toString(), send.value(QLatin1String("room")).toString(),
                code)
            .arg(retryAfterMs));
}

QString SessionWire::rows(const QString &room)
{
    const TimelineSource *timeline = m_core->timeline(room);
    QStringList rows;
    for (int row = 0; row < timeline->count(); ++row) {
        const TimelineItem &item = timeline->at(row);
        rows.append(item.delivery == Delivery::Sent
                ? QString::number(item.seq)
                : (item.delivery == Delivery::Pending ? u'p' : u'f') + item.text);
    }
    return rows.join(u' ');
}

QStringList SessionWire::texts(const QString &room)
{
    const TimelineSource *timeline = m_core->timeline(room);
    QStringList texts;
    for (int row = 0; row < timeline->count(); ++row)
        texts.append(timeline->at(row).text);
    return texts;
}

QStringList SessionWire::titles()
{
    QStringList titles;
    const QAbstractItemModel *rooms = m_core->rooms();
    for (int row = 0; row < rooms->rowCount(); ++row)
        titles.append(rooms->index(row, 0).data().toString());
    return titles;
}

int SessionWire::unread(const QString &title)
{
    const QAbstractItemModel *rooms = m_core->rooms();
    for (int row = 0; row < rooms->rowCount(); ++row) {
        if (rooms->index(row, 0).data().toString() == title)
            return rooms->index(row, 0).data(Chat::UnreadRole).toInt();
    }
    return -1;
}

QString SessionWire::roomJson(const QString &id, qint64 lastSeq, const QString &epoch)
{
    return QStringLiteral(
        R"({"id":"%1","name":"room-%1","kind":"public","epoch":"%2","last_seq":%3,"member":true})")
        .arg(id, epoch)
        .arg(lastSeq);
}

QString SessionWire::directJson(const QString &id, qint64 lastSeq)
{
    return QStringLiteral(
        R"({"id":"%1","name":"","kind":"direct","epoch":"e1","last_seq":%2,"member":true,"peers":[{"id":"u-ada","username":"ada"},{"id":"u-bob","username":"bob"}]})")
        .arg(id)
        .arg(lastSeq);
}

QJsonObject SessionWire::page(
    const QString &room, qint64 first, qint64 last, qint64 lastSeq, const QString &epoch)
{
    QJsonArray events;
    for (qint64 seq = first; seq <= last; ++seq)
        events.append(frame(eventJson(room, seq, QStringLiteral("bob"), QStringLiteral("x%1").arg(seq),
            QStringLiteral("t%1").arg(seq))));
    return {{QStringLiteral("epoch"), epoch}, {QStringLiteral("events"), events},
        {QStringLiteral("last_seq"), lastSeq}, {QStringLiteral("has_more"), first > 1}};
}

} // namespace rookery::client
