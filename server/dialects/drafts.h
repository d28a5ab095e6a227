// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "common/jsonreader.h"
#include "server/core/messages.h"
#include "server/ws/directdraft.h"

/// Reads what clients write in a request or a frame. MissingField or InvalidField, named as in the document.
namespace rookery::dialects {

/// The text under `textField`, and the optional `client_id`.
Result<core::Draft> readDraft(const JsonReader &json, QLatin1String textField);
/// The same with a sender and a receiver.
Result<ws::DirectDraft> readDirectDraft(const JsonReader &json, const ws::DirectFields &fields);

} // namespace rookery::dialects
