// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "client/timeline/timelinesource.h"

namespace rookery::client {

/// What is said in place of a text: that a message was deleted, what has changed in the room, or that this
/// version cannot show it. One or two sentences, with names as plain text.
QString noticeText(const TimelineItem &item);

/// How far the sending of a message, or of a change of it, has come: whole sentences.
QString deliveryText(const TimelineItem &item);

} // namespace rookery::client
