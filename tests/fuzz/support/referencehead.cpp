// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/fuzz/support/referencehead.h"

#include "tests/fuzz/support/fuzz.h"

#include <algorithm>
#include <cctype>
#include <cstring>

namespace rookery::fuzz {

namespace {

QByteArrayList linesOf(const QByteArray &head)
{
    QByteArrayList lines;
    for (qsizetype at = 0; at < head.size();) {
        const qsizetype end = head.indexOf("\r\n", at);
        lines.append(head.mid(at, end - at));
        at = end + 2;
    }
    return lines;
}

bool isName(const QByteArray &text)
{
    return !text.isEmpty() && std::all_of(text.begin(), text.end(), [](char c) {
        return c > 0x20 && c < 0x7f && !std::strchr("\"(),/:;<=>?@[\\]{}", c);
    });
}

QByteArrayList valuesOf(const net::RequestHead &head, const char *name)
{
    QByteArrayList values;
    for (const net::RequestHead::Field &field : head.fields) {
        if (field.name == name)
            values.append(field.value);
    }
    return values;
}

} // namespace

bool isCleanHead(QByteArrayView head)
{
    if (!head.endsWith("\r\n\r\n") || head.toByteArray().indexOf("\r\n\r\n") != head.size() - 4)
        return false;
    for (qsizetype i = 0; i < head.size(); ++i) {
        const auto c = quint8(head[i]);
        if (c == '\r'       ? head[i + 1] != '\n'
                : c == '\n' ? head[i - 1] != '\r'
                            : (c < 0x20 && c != '\t') || c == 0x7f)
            return false;
    }
    return true;
}

void requireUnambiguous(const QByteArray &raw, const net::RequestHead &head, const Limits &limits)
{
    qsizetype begin = 0;
    while (raw.mid(begin, 2) == "\r\n")
        begin += 2;
    FUZZ_REQUIRE(begin <= 8); // empty lines before a request are allowed, in moderation
    const QByteArray text = raw.mid(begin);
    FUZZ_REQUIRE(isCleanHead(text));
    QByteArrayList lines = linesOf(text.chopped(2));

    const QByteArrayList parts = lines.takeFirst().split(' ');
    FUZZ_REQUIRE(parts.size() == 3 && parts[0] == head.method && isName(parts[0]));
    FUZZ_REQUIRE(parts[1].size() <= limits.urlBytes);
    FUZZ_REQUIRE(std::all_of(parts[1].begin(), parts[1].end(), [](char c) { return c > 0x20 && c < 0x7f; }));
    FUZZ_REQUIRE(parts[1].endsWith(head.query) && (head.query.isEmpty() || head.query.startsWith('?')));
    FUZZ_REQUIRE(head.path == "*" || head.path.startsWith('/'));
    FUZZ_REQUIRE(head.path == "/" || parts[1].contains(head.path));
    FUZZ_REQUIRE(parts[2] == "HTTP/1." + QByteArray::number(head.minorVersion) && head.minorVersion <= 1);

    FUZZ_REQUIRE(lines.size() == head.fields.size() && lines.size() <= limits.headerFields);
    FUZZ_REQUIRE(text.size() - text.indexOf("\r\n") - 2 <= limits.headerBytes);
    for (qsizetype i = 0; i < lines.size(); ++i) {
        const qsizetype colon = lines[i].indexOf(':');
        FUZZ_REQUIRE(colon > 0 && isName(lines[i].first(colon)));
        FUZZ_REQUIRE(head.fields[i].name == lines[i].first(colon).toLower());
        FUZZ_REQUIRE(head.fields[i].value == lines[i].mid(colon + 1).trimmed());
    }

    const QByteArrayList hosts = valuesOf(head, "host");
    FUZZ_REQUIRE(hosts.size() == 1 || (hosts.isEmpty() && head.minorVersion == 0));
    const QByteArrayList lengths = valuesOf(head, "content-length");
    const QByteArrayList codings = valuesOf(head, "transfer-encoding");
    FUZZ_REQUIRE(lengths.size() + codings.size() <= 1);
    using Body = net::RequestHead::Body;
    if (!codings.isEmpty()) {
        FUZZ_REQUIRE(codings.first().toLower() == "chunked" && head.body == Body::Chunked);
    } else if (!lengths.isEmpty()) {
        FUZZ_REQUIRE(!lengths.first().isEmpty() && lengths.first().size() < 19);
        FUZZ_REQUIRE(std::all_of(
            lengths.first().begin(), lengths.first().end(), [](char c) { return c >= '0' && c <= '9'; }));
        FUZZ_REQUIRE(lengths.first().toLongLong() == head.contentLength);
        FUZZ_REQUIRE(head.body == (head.contentLength > 0 ? Body::Length : Body::None));
    } else {
        FUZZ_REQUIRE(head.body == Body::None);
    }
}

QByteArray bodyOf(const QByteArray &raw, const net::RequestHead &head)
{
    if (head.body != net::RequestHead::Body::Chunked)
        return raw;
    QByteArray body;
    qsizetype at = 0;
    for (;;) {
        const qsizetype end = raw.indexOf("\r\n", at);
        FUZZ_REQUIRE(end > at);
        const QByteArray line = raw.mid(at, end - at);
        FUZZ_REQUIRE(!line.contains('\n') && !line.contains('\r') && !line.contains('\0'));
        bool isNumber = false;
        const QByteArray digits = line.split(';').first().trimmed();
        const qint64 size = digits.toLongLong(&isNumber, 16);
        FUZZ_REQUIRE(isNumber && size >= 0 && std::isxdigit(quint8(digits.front())));
        FUZZ_REQUIRE(
            std::all_of(digits.begin(), digits.end(), [](char c) { return std::isxdigit(quint8(c)); }));
        at = end + 2;
        if (size == 0)
            break;
        body += raw.mid(at, size);
        at += size;
        FUZZ_REQUIRE(raw.mid(at, 2) == "\r\n");
        at += 2;
    }
    const QByteArray trailer = raw.mid(at);
    FUZZ_REQUIRE(trailer == "\r\n" || isCleanHead(trailer));
    return body;
}

} // namespace rookery::fuzz
