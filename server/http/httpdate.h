// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QByteArray>

namespace rookery::http {

/// The current time in the format of a `Date` field (RFC 9110 section 5.6.7): `Sat, 21 Nov 2026 08:00:00
/// GMT`. Formatted once a second, since every answer has it. Thread-safe.
QByteArray httpDate();

} // namespace rookery::http
