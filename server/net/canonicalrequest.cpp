#include "server/net/canonicalrequest.h"

#include <algorithm>
#include <array>
#include <utility>

namespace rookery::net {

namespace {

/// Of Qt 6.4's QHttpHeaderParser, one field's name, colon, white space and value together.
constexpr qsizetype qtFieldBytes = 8 * 1024 - 8;

/// What is read behind the guard, and all that Qt gets to see. `host`, `content-length` and `cookie` are said
/// anew, `x-rookery-scheme` only by the guard; what concerns the connection (RFC 9110 section 7.6.1) has been
/// dealt with.
constexpr std::array<QByteArrayView, 9> passedOn{"accept", "access-control-request-headers",
    "access-control-request-method", "authorization", "content-type", "if-modified-since", "if-none-match",
    "origin", "user-agent"};

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

    bool fits = true;
    const auto add = [&](QByteArrayView name, QByteArrayView value) {
        fits = fits && name.size() + value.size() <= qtFieldBytes;
        out.append(name).append(": ").append(value).append("\r\n");
    };
    add("host", head.host);
    add("x-rookery-scheme", secure ? "https" : "http");
    if (!body.isEmpty())
        add("content-length", QByteArray::number(body.size()));
    QByteArrayList cookies; // several lines mean the same as one (RFC 9113 section 8.2.3)
    std::array<bool, passedOn.size()> seen{};
    for (const RequestHead::Field &field : head.fields) {
        if (field.name == "cookie")
            cookies.append(field.value);
        const auto *known = std::ranges::find(passedOn, QByteArrayView(field.name));
        if (known == passedOn.end() || std::exchange(seen[size_t(known - passedOn.begin())], true))
            continue;
        // No token is as long as this: it is answered like any other bad one.
        const bool oversized = field.name == "authorization" && field.value.size() > qtFieldBytes / 2;
        add(field.name, oversized ? QByteArrayView("Bearer oversized") : QByteArrayView(field.value));
    }
    if (!cookies.isEmpty())
        add("cookie", cookies.join("; "));
    if (!fits)
        return Refusal{431,
            {ErrorCode::InvalidRequest,
                QStringLiteral("The request has a header field of more than 8 KiB.")}};
    return out.append("\r\n").append(body);
}

} // namespace rookery::net
