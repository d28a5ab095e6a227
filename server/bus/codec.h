// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "common/result.h"
#include "server/bus/bus.h"

#include <QByteArray>

/// Notices as text, for a bus between processes: one compact JSON object each, `{"notice": NAME, …}`.
namespace rookery::bus {

/// Every notice can be written, and decode() makes the same one of it.
QByteArray encode(const Notice &notice);

/// InvalidJson, MissingField, InvalidField: of a notice that is none, or that a later version has sent.
/// Whoever hears one has missed something, and reads what it needs from the store.
Result<Notice> decode(const QByteArray &utf8);

} // namespace rookery::bus
