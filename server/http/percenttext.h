// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QByteArray>
#include <QString>

#include <optional>

namespace rookery::http {

/// The text that percent signs and bytes stand for (RFC 3986 section 2.1); nothing where it is no UTF-8.
/// QUrl would put U+FFFD in, and what is looked for then is not what was asked for.
std::optional<QString> percentText(const QByteArray &encoded);

} // namespace rookery::http
