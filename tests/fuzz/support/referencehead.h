// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "common/limits.h"
#include "server/net/http/requesthead.h"

/// What every implementation must agree on about requests by RFC 9112, as simply as possible over whole
/// texts: a reference for what the parsers of server/net accept.
namespace rookery::fuzz {

/// Lines that end in CR LF and contain no other control characters, with one empty line at the end and
/// nowhere else.
bool isCleanHead(QByteArrayView head);

/// Requires that an accepted head is unambiguous (sections 2.2 to 6.3), is within the limits, and equals
/// `head`.
void requireUnambiguous(const QByteArray &raw, const net::RequestHead &head, const Limits &limits);

/// The content of the complete body in `raw`, framed as the head says (section 7.1).
QByteArray bodyOf(const QByteArray &raw, const net::RequestHead &head);

} // namespace rookery::fuzz
