// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "client/api/frames.h"

/// The frames of `/ws/v1` about the user's self stream and read markers.
namespace rookery::client {

Result<ServerFrame> decodeSelfFrame(const JsonReader &json);
Result<ServerFrame> decodeMarkedFrame(const JsonReader &json);
/// Of the rooms of a list, by room id; without those that have none.
QHash<QString, ReadMark> decodeMarks(const JsonReader &json, QLatin1String field);

/// The user has read the room up to `seq`; answered by MarkedFrame.
QJsonObject readRequest(const QString &roomId, qint64 seq);

} // namespace rookery::client
