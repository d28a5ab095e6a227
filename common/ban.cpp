// SPDX-License-Identifier: GPL-3.0-or-later
#include "common/ban.h"

#include "common/jsoncodec.h"

namespace rookery::json {

namespace {

Result<User> childUser(const JsonReader &json, QLatin1String field)
{
    const auto child = json.child(field);
    if (!child)
        return child.error();
    return toUser(*child);
}

} // namespace

QJsonObject fromBan(const Ban &ban)
{
    return {
        {QStringLiteral("user"), fromUser(ban.user)},
        {QStringLiteral("by"), fromUser(ban.by)},
        {QStringLiteral("at"), formatTimestamp(ban.at)},
    };
}

Result<Ban> toBan(const JsonReader &json)
{
    auto user = childUser(json, QLatin1String("user"));
    if (!user)
        return user.error();
    auto by = childUser(json, QLatin1String("by"));
    if (!by)
        return by.error();
    const auto at = json.string(QLatin1String("at"));
    if (!at)
        return at.error();
    const QDateTime time = parseTimestamp(*at);
    if (!time.isValid())
        return Error{ErrorCode::InvalidField, QStringLiteral("The field 'at' must be an ISO 8601 time."),
            QStringLiteral("at")};
    return Ban{std::move(user).value(), std::move(by).value(), time};
}

QJsonObject fromBanPage(const BanPage &page)
{
    return {
        {QStringLiteral("bans"), fromList(page.bans, fromBan)},
        {QStringLiteral("next"), page.next.isEmpty() ? QJsonValue() : page.next},
    };
}

} // namespace rookery::json
