// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "server/http/reply.h"
#include "server/http/request.h"

#include <QByteArray>

namespace rookery::http {

/// A gzip stream (RFC 1952) of these bytes.
QByteArray gzip(const QByteArray &bytes);

/// Content that never changes while the daemon runs, with its validator (RFC 9110 section 8.8.3) and, if it
/// is smaller, a compressed copy. Immutable, so all threads may share one.
class Asset
{
public:
    /// `cacheControl`: how long clients may cache it without revalidating.
    Asset(QByteArray mediaType, const QByteArray &bytes, QByteArray cacheControl);

    /// 200 with the copy that the client accepts, or 304 if it has that copy already. `more`: headers for
    /// both.
    void answer(const Request &request, const ReplyPtr &reply, const Headers &more = {}) const;

private:
    struct Copy
    {
        QByteArray bytes;
        QByteArray tag;
    };

    QByteArray m_mediaType;
    QByteArray m_cacheControl;
    Copy m_plain;
    Copy m_compressed; ///< empty where it would be no smaller
};

} // namespace rookery::http
