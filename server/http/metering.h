// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "server/net/exchange.h"

#include <functional>
#include <memory>

/// Streams whose bytes are charged to somebody while they flow: what a stream costs is not known before.
namespace rookery::http {

/// Told of bytes some hundred KiB after the other, on the reactor's thread; of what remains at the end, less
/// than that, nothing is said. Never called once sink or source are being destroyed.
using Meter = std::function<void(qint64 bytes)>;

std::unique_ptr<net::BodySink> metered(std::unique_ptr<net::BodySink> sink, Meter meter);
std::unique_ptr<net::BodySource> metered(std::unique_ptr<net::BodySource> source, Meter meter);

} // namespace rookery::http
