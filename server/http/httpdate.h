// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QByteArray>

namespace rookery::http {

/// The time now as a `Date` field has it (RFC 9110 section 5.6.7): `Sat, 21 Nov 2026 08:00:00 GMT`. Formatted
/// once a second, since every answer carries it. Safe from any thread.
QByteArray httpDate();

} // namespace rookery::http
