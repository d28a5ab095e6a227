// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/dialects/room/roomframes.h"

#include "common/ids.h"
#include "common/jsonwriter.h"
#include "server/dialects/drafts.h"
#include "server/dialects/spelling.h"

#include <algorithm>

namespace rookery::ws::roomframes {

namespace {

Result<std::optional<qint64>> wholeNumber(const QUrlQuery &query, const QString &name, qint64 max)
{
    if (!query.hasQueryItem(name))
        return std::optional<qint64>();
    const QString text = query.queryItemValue(name, QUrl::FullyDecoded);
    // Digits only: toLongLong() takes signs and white space too.
    const bool digits = !text.isEmpty()
        && std::all_of(text.begin(), text.end(), [](QChar c) { return c >= u'0' && c <= u'9'; });
    bool fits = false;
    const qint64 number = text.toLongLong(&fits);
    if (!digits || !fits || number > max)
        return Error{ErrorCode::InvalidField,
            QStringLiteral("The query's '%1' must be a whole number from 0 to %2.").arg(name).arg(max), name};
    return std::optional<qint64>(number);
}

} // namespace

bool Start::isOfAnotherHistory(const Room &room) const
{
    return since && (*since > room.lastSeq || (epoch && *epoch != room.epoch));
}

std::optional<qint64> Start::after(const Room &room) const
{
    if (isOfAnotherHistory(room))
        return 0;
    if (since)
        return *since;
    return history > 0 && room.lastSeq > 0 ? std::nullopt : std::optional(room.lastSeq);
}

Result<Start> parseStart(const QUrlQuery &query)
{
    static constexpr qint64 maximalSeq = (qint64(1) << 53) - 1;
    const auto since = wholeNumber(query, QStringLiteral("since"), maximalSeq);
    if (!since)
        return since.error();
    const auto history = wholeNumber(query, QStringLiteral("history"), maximalHistory);
    if (!history)
        return history.error();
    const QString epochName = QStringLiteral("epoch");
    std::optional<QString> epoch;
    if (query.hasQueryItem(epochName)) {
        epoch = query.queryItemValue(epochName, QUrl::FullyDecoded);
        if (!isId(*epoch))
            return Error{ErrorCode::InvalidField,
                QStringLiteral("The query's 'epoch' must be the UUID that room_users_list gave."), epochName};
        epoch = epoch->toLower();
    }
    return Start{*since, history->value_or(defaultHistory), epoch};
}

Result<core::Draft> parse(const QByteArray &utf8)
{
    const auto json = JsonReader::parse(utf8);
    if (!json)
        return json.error();
    return dialects::readDraft(*json, spelling::message);
}

QByteArray chatMessage(const core::Broadcast &broadcast)
{
    return spelling::frameOf(spelling::roomChat, broadcast);
}

QByteArray pastMessage(const core::Broadcast &broadcast)
{
    return spelling::frameOf(spelling::roomPast, broadcast);
}

QByteArray reset(const Room &room)
{
    return JsonWriter(240)
        .beginObject()
        .field(QLatin1String("epoch"), room.epoch)
        .field(QLatin1String("last_seq"), room.lastSeq)
        .field(spelling::room, room.name)
        .field(spelling::type, QLatin1String("reset"))
        .endObject()
        .take();
}

QByteArray directMessage(const core::Broadcast &broadcast)
{
    return spelling::frameOf(spelling::roomDirect, broadcast);
}

QByteArray presence(const core::MemberChange &change)
{
    const User &user = change.member().user;
    return JsonWriter()
        .beginObject()
        .field(spelling::type, QLatin1String(change.member().online ? "user_join" : "user_leave"))
        .field(QLatin1String("user_id"), user.id)
        .field(QLatin1String("username"), user.name)
        .endObject()
        .take();
}

} // namespace rookery::ws::roomframes
