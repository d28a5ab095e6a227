// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/faults/everydialect.h"

#include "tests/wire/httpclient.h"

#include <QUuid>

namespace rookery::test {

namespace {

QString textOf(const QJsonObject &json, const char *field)
{
    return json[QLatin1String(field)].toString();
}

QJsonObject object(std::initializer_list<std::pair<const char *, QString>> fields)
{
    QJsonObject json;
    for (const auto &[name, value] : fields)
        json.insert(QLatin1String(name), value);
    return json;
}

} // namespace

const char *EveryDialect::name(Way way)
{
    static constexpr std::array names{"POST /api/messages", "POST /api/chats/send", "POST /chat/send",
        "POST /api/v1/rooms/lobby/messages", "/", "/websocket", "/ws/chat/lobby/", "/ws/v1"};
    return names[size_t(way)];
}

bool EveryDialect::begin(const TestDaemon &daemon, const QString &userName)
{
    user = registerUser(daemon.url(), userName);
    if (user.token.isEmpty())
        return false;
    const HttpAnswer direct = request("POST", daemon.url().resolved(QUrl(QStringLiteral("/api/v1/direct"))),
        object({{"user", user.id}}), user.token);
    m_ownRoom = direct.json[QLatin1String("room")][QLatin1String("id")].toString();
    return !m_ownRoom.isEmpty() && reconnect(daemon);
}

bool EveryDialect::reconnect(const TestDaemon &daemon)
{
    m_server = daemon.url();
    static constexpr std::array paths{"/", "/websocket", "/ws/chat/lobby/", "/ws/v1"};
    for (size_t i = 0; i < paths.size(); ++i) {
        m_sockets[i] = std::make_unique<WebSocketClient>();
        if (!m_sockets[i]->open(daemon.webSocketUrl(QLatin1String(paths[i])), user.token))
            return false;
    }
    m_sockets[3]->send(object({{"type", QStringLiteral("hello")}}));
    return !m_sockets[3]->next(QStringLiteral("hello")).isEmpty();
}

void EveryDialect::disconnect()
{
    for (auto &socket : m_sockets)
        socket.reset();
}

bool EveryDialect::socketsAreOpen() const
{
    return std::all_of(m_sockets.cbegin(), m_sockets.cend(),
        [](const auto &socket) { return socket->socket().state() == QAbstractSocket::ConnectedState; });
}

Verdict EveryDialect::send(Way way, const QString &text, const QString &clientId)
{
    const QJsonObject said = object({{"message", text}});
    switch (way) {
    case Http000:
        return overHttp("/api/messages",
            object({{"senderId", user.id}, {"receiverId", user.name}, {"message", text}}), clientId);
    case Http002:
        return overHttp("/api/chats/send", said, clientId);
    case Http003:
        return overHttp("/chat/send", said, clientId);
    case HttpNative:
        return overHttp("/api/v1/rooms/lobby/messages", object({{"text", text}}), clientId);
    case Socket000:
        return overSocket(*m_sockets[0], said, clientId);
    case Socket001:
        return overSocket(*m_sockets[1],
            object({{"sender", user.name}, {"receiver", user.name}, {"content", text}}), clientId);
    case Socket003:
        return overSocket(*m_sockets[2], said, clientId);
    case SocketNative:
        return overSocket(*m_sockets[3],
            object({{"type", QStringLiteral("send")}, {"ref", clientId}, {"room", QStringLiteral("lobby")},
                {"text", text}}),
            clientId);
    }
    return {};
}

Verdict EveryDialect::overHttp(const char *path, QJsonObject body, const QString &clientId) const
{
    body.insert(QStringLiteral("client_id"), clientId);
    const HttpAnswer answer = request("POST", m_server.resolved(QUrl(QLatin1String(path))), body, user.token);
    return {answer.status == 200 || answer.status == 201, textOf(answer.json, "code"), answer.status,
        answer.header("Retry-After").toInt() > 0};
}

Verdict EveryDialect::overSocket(WebSocketClient &socket, QJsonObject frame, const QString &clientId) const
{
    frame.insert(QStringLiteral("client_id"), clientId);
    socket.send(frame);
    // Dialect 003 has no acknowledgement: the echo of the message is one.
    const QJsonObject answer = socket.next([&clientId](const QJsonObject &came) {
        const QString type = textOf(came, "type");
        return type == QLatin1String("error")
            || ((type == QLatin1String("ack") || type == QLatin1String("chat_message"))
                && textOf(came, "client_id") == clientId);
    });
    const QString type = textOf(answer, "type");
    return {!type.isEmpty() && type != QLatin1String("error"), textOf(answer, "code"), 0,
        answer[QLatin1String("retry_after_ms")].toInt() > 0};
}

QStringList EveryDialect::history() const
{
    return historyOf(QStringLiteral("lobby")) + historyOf(m_ownRoom);
}

QStringList EveryDialect::historyOf(const QString &room) const
{
    QStringList messages;
    qint64 seq = 0;
    bool more = true;
    while (more) {
        const HttpAnswer page = request("GET",
            m_server.resolved(
                QUrl(QStringLiteral("/api/v1/rooms/%1/events?after=%2&limit=200").arg(room).arg(seq))),
            {}, user.token);
        if (page.status != 200)
            return {QStringLiteral("the history is answered by %1").arg(page.status)};
        const QJsonArray events = page.json[QLatin1String("events")].toArray();
        for (const auto &value : events) {
            const QJsonObject event = value.toObject();
            if (event[QLatin1String("seq")].toInteger() != ++seq)
                return {QStringLiteral("seq %1 is missing").arg(seq)};
            messages.append(textOf(event, "client_id") + QStringLiteral(": ") + textOf(event, "text"));
        }
        more = page.json[QLatin1String("has_more")].toBool();
    }
    return messages;
}

QString newClientId()
{
    return QUuid::createUuid().toString(QUuid::WithoutBraces);
}

} // namespace rookery::test
