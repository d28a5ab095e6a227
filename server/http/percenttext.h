// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QByteArray>
#include <QString>

#include <optional>

namespace rookery::http {

/// Decodes percent-encoded text (RFC 3986 section 2.1); nullopt if it is not UTF-8. QUrl would insert U+FFFD,
/// and the server would look for something other than what was asked for.
std::optional<QString> percentText(const QByteArray &encoded);

} // namespace rookery::http
