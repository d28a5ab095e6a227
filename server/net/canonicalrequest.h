#pragma once

#include "common/result.h"
#include "server/net/refusal.h"
#include "server/net/requesthead.h"

#include <QByteArray>

#include <variant>

namespace rookery::net {

/// The request as QHttpServer is to see it: one spelling for everything, a Content-Length where there is a
/// body, of the header fields only those that are read behind the guard, and `x-rookery-scheme`. HEAD becomes
/// GET, since the answer differs in nothing but the body that ResponseFramer leaves out. The path has lost
/// its trailing slashes.
///
/// A Refusal (431) where Qt's own header parser would give up: it does so silently, with no headers at all.
std::variant<QByteArray, Refusal> canonicalRequest(
    const RequestHead &head, const QByteArray &body, bool secure);

/// `path` without trailing slashes; "/" itself stays.
QByteArrayView withoutTrailingSlash(QByteArrayView path);

} // namespace rookery::net
