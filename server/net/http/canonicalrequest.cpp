// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/net/http/canonicalrequest.h"

namespace rookery::net {

QByteArray canonicalRequest(const RequestHead &head, const QByteArray &body)
{
    QByteArray out;
    out.reserve(head.path.size() + head.query.size() + 64 + body.size());
    out.append(head.method == "HEAD" ? QByteArrayView("GET") : QByteArrayView(head.method)).append(' ');
    const QByteArrayView path = withoutTrailingSlash(head.path);
    if (path.startsWith("//")) // QUrl would parse what follows as a host
        out.append("/.");
    out.append(path).append(head.query).append(" HTTP/1.1\r\n");
    if (!body.isEmpty())
        out.append("content-length: ").append(QByteArray::number(body.size())).append("\r\n");
    return out.append("\r\n").append(body);
}

} // namespace rookery::net
