// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "common/result.h"
#include "server/bus/notices.h"

#include <QByteArray>

#include <optional>

/// Notices as text, for a bus between processes: one compact JSON object each, `{"v":1,"notice":NAME,…}`.
/// Fields that a reader does not know are ignored; a change that this does not suffice for takes a new
/// version.
namespace rookery::bus {

inline constexpr qint64 codecVersion = 1;
/// Of one notice. The longest events are a tenth of it.
inline constexpr qsizetype mostNoticeBytes = 1024 * 1024;

/// PayloadTooLarge past mostNoticeBytes: then the hubs find the event by its head, and presence by asking.
Result<QByteArray> encode(const Notice &notice);

/// What encode() has written. Nothing: a notice of a kind or version that this program does not know, to be
/// skipped. Otherwise PayloadTooLarge, InvalidJson, MissingField or InvalidField: whoever hears such a notice
/// has missed something, as with NoticesLost.
Result<std::optional<Notice>> decode(const QByteArray &utf8);

} // namespace rookery::bus
