// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "server/net/http/requesthead.h"

#include <QByteArray>

namespace rookery::net {

/// The request as passed to QHttpServer: the request line and, if there is a body, its length. HEAD becomes
/// GET, since the answer differs only in the body, which ResponseFramer leaves out. Trailing slashes are
/// removed from the path.
///
/// The other header fields are not passed on; handlers find them in Incoming. Qt 6.4 reads a head from its
/// socket byte by byte, some 250 instructions each, and a bearer token alone has hundreds of bytes. Its
/// header parser fails silently on a field of 8 KiB and drops the whole head. And it builds one URL from
/// target and Host: if the host is invalid, the path is lost.
QByteArray canonicalRequest(const RequestHead &head, const QByteArray &body);

} // namespace rookery::net
