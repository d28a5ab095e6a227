// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "server/core/live/broadcast.h"
#include "server/ws/directdraft.h"

/// The frames of `/websocket` (001; resources/docs/dialects.md).
namespace rookery::ws::directframes {

/// `{"sender","receiver","content"}`.
Result<DirectDraft> parse(const QByteArray &utf8);

/// `{"type":"direct_message","sender","receiver","content",…}`, with user names.
QByteArray directMessage(const core::Broadcast &broadcast);

} // namespace rookery::ws::directframes
