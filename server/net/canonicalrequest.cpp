#include "server/net/canonicalrequest.h"

#include <algorithm>
#include <array>

namespace rookery::net {

namespace {

/// Of Qt 6.4's QHttpHeaderParser, one field's name, colon, white space and value together.
constexpr qsizetype qtFieldBytes = 8 * 1024 - 8;
constexpr int qtFields = 100;

/// What concerns one connection only (RFC 9110 section 7.6.1), what is said anew here, and what only the
/// guard may say.
bool isDropped(const QByteArray &name)
{
    static constexpr std::array<QByteArrayView, 12> dropped{"connection", "keep-alive", "proxy-connection",
        "te", "trailer", "transfer-encoding", "upgrade", "expect", "http2-settings", "host", "content-length",
        "cookie"};
    return std::ranges::find(dropped, QByteArrayView(name)) != dropped.end() || name.startsWith("x-rookery-");
}

} // namespace

QByteArrayView withoutTrailingSlash(QByteArrayView path)
{
    while (path.size() > 1 && path.endsWith('/'))
        path.chop(1);
    return path;
}

std::variant<QByteArray, Refusal> canonicalRequest(
    const RequestHead &head, const QByteArray &body, bool secure)
{
    QByteArray out;
    out.reserve(512 + body.size());
    out.append(head.method == "HEAD" ? QByteArrayView("GET") : QByteArrayView(head.method)).append(' ');
    const QByteArrayView path = withoutTrailingSlash(head.path);
    if (path.startsWith("//")) // QUrl would take what follows for a host
        out.append("/.");
    out.append(path).append(head.query).append(" HTTP/1.1\r\n");

    int fields = 0;
    bool fits = true;
    const auto add = [&](QByteArrayView name, QByteArrayView value) {
        fits = fits && ++fields <= qtFields && name.size() + value.size() <= qtFieldBytes;
        out.append(name).append(": ").append(value).append("\r\n");
    };
    add("host", head.host);
    add("x-rookery-scheme", secure ? "https" : "http");
    if (!body.isEmpty())
        add("content-length", QByteArray::number(body.size()));
    QByteArrayList cookies; // several lines mean the same as one (RFC 9113 section 8.2.3)
    for (const RequestHead::Field &field : head.fields) {
        if (field.name == "cookie")
            cookies.append(field.value);
        if (!isDropped(field.name))
            add(field.name, field.value);
    }
    if (!cookies.isEmpty())
        add("cookie", cookies.join("; "));
    if (!fits)
        return Refusal{431,
            {ErrorCode::InvalidRequest,
                QStringLiteral("The request has a header field of more than 8 KiB, or too many of them.")}};
    return out.append("\r\n").append(body);
}

} // namespace rookery::net
