// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "common/jsonreader.h"
#include "common/jsonwriter.h"
#include "common/messages.h"
#include "common/selfevent.h"

/// The JSON form of the self stream and of read markers.
namespace rookery::json {

void write(JsonWriter &json, const SelfEvent &event);
/// Unknown kinds give Unknown, with the object as received. Errors: MissingField, InvalidField.
Result<SelfEvent> toSelfEvent(const JsonReader &json);

/// A room with how far its user has read it; without a marker as write() of a room.
void write(JsonWriter &json, const Room &room, const std::optional<ReadMark> &mark);
/// The marker of a room that write() has written; none where it says none.
std::optional<ReadMark> toReadMark(const JsonReader &room);

} // namespace rookery::json
