// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "server/net/http/requesthead.h"

#include <QByteArray>

namespace rookery::net {

/// The request as QHttpServer is to see it: its line and, where there is a body, the length of that. HEAD
/// becomes GET, since the answer differs in nothing but the body that ResponseFramer leaves out. The path has
/// lost its trailing slashes.
///
/// The header fields stay behind, for handlers to find in Incoming. Qt 6.4 takes a head from its socket byte
/// by byte, some 250 instructions each, and a bearer token alone has hundreds; its header parser gives up on
/// a field of 8 KiB, silently and with the whole head; and of target and Host it makes one URL, which costs
/// the path where it finds fault with the host.
QByteArray canonicalRequest(const RequestHead &head, const QByteArray &body);

} // namespace rookery::net
