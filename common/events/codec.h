// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "common/events/content.h"
#include "common/jsonreader.h"
#include "common/jsonwriter.h"

/// The JSON form of what an event says: the fields that stand beside those of the envelope, all in one object.
namespace rookery::json {

/// The field `kind` and those of the kind into the object that is open. Unknown writes none.
void writeContent(JsonWriter &json, const EventContent &content);
/// What the fields of this kind say. A kind that is not known is Unknown, with the object as it came. MissingField,
/// InvalidField.
Result<EventContent> toContent(const QString &kind, const JsonReader &json);
/// The same for a kind that is given by its number in the database. Internal where there is none.
Result<EventContent> toContent(int number, const JsonReader &json);
/// The number of the kind in the database; -1: Unknown, which is never stored there.
int kindNumber(const EventContent &content);

} // namespace rookery::json
