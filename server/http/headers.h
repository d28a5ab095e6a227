// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QByteArray>
#include <QList>

#include <utility>

namespace rookery::http {

/// Fields of an answer's head, in the order in which they are written. Values never hold CR or LF: they are
/// written by the daemon itself or have passed the request parser; net::Server sends no answer where one
/// does.
using Headers = QList<std::pair<QByteArray, QByteArray>>;

} // namespace rookery::http
