// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "common/messages.h"

#include <QSqlQuery>
#include <QVariant>

/// Events as rows of the cache. A text stands in one place, at its message: an edit has none.
namespace rookery::client::eventrows {

inline constexpr auto columns = "seq, id, sender_id, sender_name, client_id, text, time, kind, edited_seq,"
                                " edited_at, deleted_at, fields";

/// The values of `columns`.
QVariantList values(const RoomEvent &event);
/// What the current row of a query for `columns` says. What an earlier version kept without knowing it is read
/// anew.
RoomEvent read(const QSqlQuery &query, const QString &roomId);

/// QtSql binds a null QString as NULL, which no column takes.
QString text(const QString &value);
QDateTime timeFrom(const QVariant &milliseconds);

} // namespace rookery::client::eventrows
