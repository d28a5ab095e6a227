// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "common/jsonreader.h"
#include "common/messages.h"

namespace rookery {

/// A user who is kept out of a room.
struct Ban
{
    User user;
    User by; ///< who banned them
    QDateTime at; ///< UTC, milliseconds

    bool operator==(const Ban &) const = default;
};

/// A page of a room's bans, in an order that never changes.
struct BanPage
{
    QList<Ban> bans;
    QString next; ///< cursor of the next page; empty at the end
};

namespace json {

/// `{"user", "by": user, "at"}`
QJsonObject fromBan(const Ban &ban);
Result<Ban> toBan(const JsonReader &json);

/// `{"bans": [ban…], "next": "…" or null}`
QJsonObject fromBanPage(const BanPage &page);

} // namespace json

} // namespace rookery
