// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "common/limits.h"
#include "server/net/http/requesthead.h"

/// What RFC 9112 says of requests that every reader understands in the same way, in the plainest words, over
/// whole texts: a second opinion on what the parsers of server/net accept.
namespace rookery::fuzz {

/// Lines that end in CR LF and hold neither that nor another control character, up to one empty line at the
/// end and nowhere else.
bool isCleanHead(QByteArrayView head);

/// Requires that a head that was accepted leaves nothing to interpretation (sections 2.2 to 6.3), keeps the
/// limits, and says what `head` says.
void requireUnambiguous(const QByteArray &raw, const net::RequestHead &head, const Limits &limits);

/// The content of a complete body that stands in `raw` and is framed as the head says (section 7.1).
QByteArray bodyOf(const QByteArray &raw, const net::RequestHead &head);

} // namespace rookery::fuzz
