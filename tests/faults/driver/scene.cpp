// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/faults/driver/scene.h"

#include "tests/bench/accounts.h"
#include "tests/wire/load/failure.h"

#include <QJsonArray>

#include <algorithm>

namespace rookery::faults {

namespace {

constexpr int pageSize = 200;

std::string text(const QJsonObject &json, QLatin1String name)
{
    return json.value(name).toString().toStdString();
}

Place placeOf(const QJsonObject &answer, const std::string &token)
{
    const QJsonObject room = answer.value(QLatin1String("room")).toObject();
    Place place{text(room, QLatin1String("id")), text(room, QLatin1String("name")),
        text(room, QLatin1String("epoch")), token};
    if (place.id.empty() || place.epoch.empty())
        throw load::Failure(QStringLiteral("A room's answer holds no id or no epoch."));
    return place;
}

} // namespace

std::vector<Person> makePersons(const load::Endpoint &endpoint, std::uint32_t run, int count)
{
    std::vector<Person> persons;
    for (const std::string &token : bench::makeUsers(endpoint, run, count)) {
        load::HttpClient client(endpoint);
        client.setToken(token);
        const QJsonObject user =
            client.get(QStringLiteral("/api/v1/me")).value(QLatin1String("user")).toObject();
        persons.push_back({token, text(user, QLatin1String("id")), text(user, QLatin1String("username"))});
    }
    return persons;
}

Place makeRoom(const load::Endpoint &endpoint, const Person &creator, const std::string &name)
{
    load::HttpClient client(endpoint);
    client.setToken(creator.token);
    return placeOf(client.post(QStringLiteral("/api/v1/rooms"),
                       {{QStringLiteral("name"), QString::fromStdString(name)}}),
        creator.token);
}

Place findRoom(const load::Endpoint &endpoint, const Person &reader, const std::string &name)
{
    load::HttpClient client(endpoint);
    client.setToken(reader.token);
    return placeOf(client.get(QStringLiteral("/api/v1/rooms/") + QString::fromStdString(name)), reader.token);
}

Place openDirect(const load::Endpoint &endpoint, const Person &one, const Person &other)
{
    load::HttpClient client(endpoint);
    client.setToken(one.token);
    return placeOf(client.post(QStringLiteral("/api/v1/direct"),
                       {{QStringLiteral("user"), QString::fromStdString(other.id)}}),
        one.token);
}

void readLog(const load::Endpoint &endpoint, const Place &room, std::int64_t after,
    const std::function<void(Event)> &take)
{
    load::HttpClient client(endpoint);
    client.setToken(room.token);
    for (bool more = true; more;) {
        const QJsonObject page = client.get(QStringLiteral("/api/v1/rooms/%1/events?after=%2&limit=%3")
                                                .arg(QString::fromStdString(room.id))
                                                .arg(after)
                                                .arg(pageSize));
        const QJsonArray events = page.value(QLatin1String("events")).toArray();
        for (const QJsonValue &value : events) {
            const auto event = readEvent(value.toObject());
            if (!event)
                throw load::Failure(QStringLiteral("A page of history holds an event with fields missing."));
            after = event->seq;
            take(*event);
        }
        more = page.value(QLatin1String("has_more")).toBool() && !events.isEmpty();
    }
}

MessageReader::MessageReader(const load::Endpoint &endpoint, const std::string &token)
    : m_client(endpoint)
{
    m_client.setToken(token);
}

std::optional<Event> MessageReader::event(const std::string &room, std::int64_t seq)
{
    const QJsonArray events = m_client
                                  .get(QStringLiteral("/api/v1/rooms/%1/events?after=%2&limit=1")
                                           .arg(QString::fromStdString(room))
                                           .arg(seq - 1))
                                  .value(QLatin1String("events"))
                                  .toArray();
    auto event = readEvent(events.at(0).toObject());
    return event && event->seq == seq ? std::move(event) : std::nullopt;
}

std::optional<std::vector<Version>> MessageReader::versions(const std::string &room, std::int64_t seq)
{
    constexpr int notFound = 404;
    std::vector<Version> versions; // the newest first, until the end
    QString next;
    do {
        QString path = QStringLiteral("/api/v1/rooms/%1/messages/%2/versions?limit=%3")
                           .arg(QString::fromStdString(room))
                           .arg(seq)
                           .arg(pageSize);
        if (!next.isEmpty())
            path += QStringLiteral("&before=") + next;
        const QJsonObject answer = m_client.get(path, notFound);
        if (!answer.contains(QLatin1String("versions")))
            return std::nullopt;
        const QJsonArray texts = answer.value(QLatin1String("versions")).toArray();
        for (qsizetype i = texts.size(); i-- > 0;) {
            const QJsonObject version = texts[i].toObject();
            versions.push_back({version.value(QLatin1String("seq")).toInteger(),
                textHash(text(version, QLatin1String("text")))});
        }
        next = answer.value(QLatin1String("next")).toString();
    } while (!next.isEmpty());
    std::reverse(versions.begin(), versions.end());
    return versions;
}

Roll readRoll(const load::Endpoint &endpoint, const Place &room)
{
    load::HttpClient client(endpoint);
    client.setToken(room.token);
    Roll roll;
    roll.replace(client.get(QStringLiteral("/api/v1/rooms/%1/members").arg(QString::fromStdString(room.id)))
                     .value(QLatin1String("members"))
                     .toArray());
    return roll;
}

} // namespace rookery::faults
