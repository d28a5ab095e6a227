// SPDX-License-Identifier: GPL-3.0-or-later
#include "common/events/codec.h"

#include "common/jsoncodec.h"
#include "common/jsonfields.h"

namespace rookery::json {

namespace {

// The writer and the reader of each kind's fields.

void writeFields(JsonWriter &json, const Posted &posted)
{
    if (posted.isDeleted())
        json.field(QLatin1String("deleted_at"), QStringView(formatTimestamp(posted.deletedAt)));
    if (posted.isEdited())
        json.field(QLatin1String("edited_at"), QStringView(formatTimestamp(posted.editedAt)))
            .field(QLatin1String("edited_seq"), posted.editedSeq);
    json.field(QLatin1String("text"), QStringView(posted.text));
}

Posted read(Fields &fields, const Posted &)
{
    Posted posted{fields.string(QLatin1String("text")), fields.optionalInteger(QLatin1String("edited_seq")),
        fields.optionalTime(QLatin1String("edited_at")), fields.optionalTime(QLatin1String("deleted_at"))};
    if (posted.isEdited() != posted.editedAt.isValid())
        fields.fail(QLatin1String("edited_at"),
            QStringLiteral("The fields 'edited_at' and 'edited_seq' come together."));
    return posted;
}

void writeFields(JsonWriter &json, const Edited &edited)
{
    json.field(QLatin1String("target"), edited.target);
    if (edited.text)
        json.field(QLatin1String("text"), QStringView(*edited.text));
}

Edited read(Fields &fields, const Edited &)
{
    return {fields.integer(QLatin1String("target")), fields.optionalString(QLatin1String("text"))};
}

void writeFields(JsonWriter &json, const Deleted &deleted)
{
    json.field(QLatin1String("target"), deleted.target);
}

Deleted read(Fields &fields, const Deleted &)
{
    return {fields.integer(QLatin1String("target"))};
}

void writeFields(JsonWriter &json, const MemberChanged &changed)
{
    json.field(QLatin1String("before"), roleText(changed.before))
        .field(QLatin1String("role"), roleText(changed.role))
        .name(QLatin1String("user"));
    write(json, changed.user);
}

Role readRole(Fields &fields, QLatin1String field)
{
    const auto role = roleFromText(fields.string(field));
    if (!role)
        fields.fail(field, QStringLiteral("The field '%1' holds an unknown role.").arg(field));
    return role.value_or(Role::None);
}

MemberChanged read(Fields &fields, const MemberChanged &)
{
    MemberChanged changed;
    changed.user = fields.user(QLatin1String("user"));
    changed.before = readRole(fields, QLatin1String("before"));
    changed.role = readRole(fields, QLatin1String("role"));
    return changed;
}

void writeFields(JsonWriter &json, const RoomChanged &changed)
{
    if (changed.name)
        json.field(QLatin1String("name"), QStringView(*changed.name));
    if (changed.topic)
        json.field(QLatin1String("topic"), QStringView(*changed.topic));
}

RoomChanged read(Fields &fields, const RoomChanged &)
{
    return {fields.optionalString(QLatin1String("name")), fields.optionalString(QLatin1String("topic"))};
}

/// Calls `visit` with an empty content of each known kind, until it returns true.
template <typename Visit, size_t i = 0>
bool anyKind(Visit visit)
{
    using Kind = std::variant_alternative_t<i, EventContent>;
    if constexpr (std::is_same_v<Kind, Unknown>)
        return false;
    else
        return visit(Kind()) || anyKind<Visit, i + 1>(visit);
}

template <typename Kind>
Result<EventContent> contentOf(const JsonReader &json)
{
    Fields fields(json);
    Kind content = read(fields, Kind());
    return fields.finish(EventContent(std::move(content)));
}

} // namespace

int kindNumber(const EventContent &content)
{
    return std::visit(
        [](const auto &kind) {
            if constexpr (std::is_same_v<std::decay_t<decltype(kind)>, Unknown>)
                return -1;
            else
                return kind.number;
        },
        content);
}

void writeContent(JsonWriter &json, const EventContent &content)
{
    std::visit(
        [&json](const auto &kind) {
            if constexpr (!std::is_same_v<std::decay_t<decltype(kind)>, Unknown>) {
                json.field(QLatin1String("kind"), kind.kind);
                writeFields(json, kind);
            }
        },
        content);
}

Result<EventContent> toContent(const QString &kind, const JsonReader &json)
{
    std::optional<Result<EventContent>> content;
    anyKind([&]<typename Kind>(const Kind &) {
        if (kind != Kind::kind)
            return false;
        content = contentOf<Kind>(json);
        return true;
    });
    return content ? *std::move(content)
                   : Result<EventContent>(EventContent(Unknown{kind, toJson(json.object())}));
}

Result<EventContent> toContent(int number, const JsonReader &json)
{
    std::optional<Result<EventContent>> content;
    anyKind([&]<typename Kind>(const Kind &) {
        if (number != Kind::number)
            return false;
        content = contentOf<Kind>(json);
        return true;
    });
    return content ? *std::move(content)
                   : Result<EventContent>(Error{ErrorCode::Internal,
                       QStringLiteral("The database holds an event of the unknown kind %1.").arg(number)});
}

} // namespace rookery::json
