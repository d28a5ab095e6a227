// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "common/events/content.h"
#include "common/jsonreader.h"
#include "common/jsonwriter.h"

/// The JSON form of an event's content: its fields stand beside those of the envelope, all in one object.
namespace rookery::json {

/// Writes `kind` and the fields of the kind into the open object. Writes nothing for Unknown.
void writeContent(JsonWriter &json, const EventContent &content);
/// The content of an event of this kind. Unknown kinds give Unknown, with the object as received. Errors:
/// MissingField, InvalidField.
Result<EventContent> toContent(const QString &kind, const JsonReader &json);
/// The same for a kind given by its number in the database. Error: Internal if there is no such number.
Result<EventContent> toContent(int number, const JsonReader &json);
/// The number of the kind in the database; -1 for Unknown, which is never stored there.
int kindNumber(const EventContent &content);

} // namespace rookery::json
