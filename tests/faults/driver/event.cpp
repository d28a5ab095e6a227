// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/faults/driver/event.h"

#include <QJsonDocument>

#include <array>
#include <functional>

namespace rookery::faults {

namespace {

std::string text(const QJsonObject &json, QLatin1String name)
{
    return json.value(name).toString().toStdString();
}

std::string idOf(const QJsonObject &json, QLatin1String name)
{
    return text(json.value(name).toObject(), QLatin1String("id"));
}

EventKind kindOf(const QString &name)
{
    if (name == QLatin1String("message"))
        return EventKind::Message;
    if (name == QLatin1String("edited"))
        return EventKind::Edited;
    if (name == QLatin1String("deleted"))
        return EventKind::Deleted;
    return name == QLatin1String("member_changed") ? EventKind::MemberChanged : EventKind::Other;
}

std::optional<Event> complete(Event event)
{
    const bool hasTarget = event.kind == EventKind::Edited || event.kind == EventKind::Deleted;
    if (event.room.empty() || event.id.empty() || event.clientId.empty() || event.sender.empty()
        || event.seq <= 0 || hasTarget != (event.target > 0)
        || (event.kind == EventKind::MemberChanged
            && (event.user.empty() || event.before.empty() || event.role.empty())))
        return std::nullopt;
    return event;
}

} // namespace

const char *eventKindName(EventKind kind)
{
    static constexpr std::array<const char *, 5> names{
        "message", "edit", "deletion", "change of a member", "event of another kind"};
    return names[std::size_t(kind)];
}

std::uint64_t textHash(const std::string &text)
{
    return text.empty() ? 0 : std::hash<std::string>()(text);
}

std::uint64_t Event::identity() const
{
    return std::hash<std::string>()(id + '\n' + clientId + '\n' + sender + '\n' + eventKindName(kind) + '\n'
        + std::to_string(target) + '\n' + user + '\n' + before + '\n' + role + '\n' + rest);
}

std::optional<Event> readEvent(const QJsonObject &json)
{
    Event event{text(json, QLatin1String("room")), text(json, QLatin1String("id")),
        text(json, QLatin1String("client_id")), idOf(json, QLatin1String("sender")),
        text(json, QLatin1String("text")), json.value(QLatin1String("seq")).toInteger()};
    event.kind = kindOf(json.value(QLatin1String("kind")).toString());
    event.target = json.value(QLatin1String("target")).toInteger();
    event.editedSeq = json.value(QLatin1String("edited_seq")).toInteger();
    event.isDeleted = json.contains(QLatin1String("deleted_at"));
    if (event.kind == EventKind::MemberChanged) {
        event.user = idOf(json, QLatin1String("user"));
        event.before = text(json, QLatin1String("before"));
        event.role = text(json, QLatin1String("role"));
    } else if (event.kind == EventKind::Other) {
        event.text.clear();
        event.target = 0;
        event.rest = QJsonDocument(json).toJson(QJsonDocument::Compact).toStdString();
    }
    return complete(std::move(event));
}

std::optional<Event> readChatMessage(const QJsonObject &json, const std::string &room)
{
    Event event{room, text(json, QLatin1String("id")), text(json, QLatin1String("client_id")),
        text(json, QLatin1String("sender_id")), text(json, QLatin1String("message")),
        json.value(QLatin1String("seq")).toInteger()};
    event.editedSeq = Shown::unknown;
    return complete(std::move(event));
}

} // namespace rookery::faults
