// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/net/http/httpheadparser.h"

#include "server/net/http/httpgrammar.h"

#include <QAbstractSocket>
#include <QHostAddress>

#include <array>

namespace rookery::net {

namespace {

using namespace grammar;

constexpr qsizetype longestMethod = 32;
/// Method, two spaces, version and CRLF: the request line without its target.
constexpr qsizetype requestLineRest = longestMethod + 12;
constexpr int emptyLinesAllowed = 4;
constexpr qint64 highestPort = 65535;

constexpr std::array<QByteArrayView, 7> methods{"GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS", "PATCH"};

constexpr bool isOneOf(char c, std::string_view these)
{
    return isAlpha(c) || isDigit(c) || these.find(c) != std::string_view::npos;
}

/// pchar and "/" of RFC 3986, without '%', which is checked separately.
constexpr CharClass pathChars = charClass([](char c) { return isOneOf(c, "-._~!$&'()*+,;=:@/"); });
/// Queries also allow the characters that browsers leave unescaped (WHATWG URL, query percent-encode set).
constexpr CharClass queryChars = charClass([](char c) { return isOneOf(c, "-._~!$&'()*+,;=:@/?[]{}|^`\\"); });
constexpr CharClass hostChars = charClass([](char c) { return isOneOf(c, "-._~!$&'()*+,;=%"); });

bool isTargetPart(QByteArrayView text, bool query)
{
    const CharClass &allowed = query ? queryChars : pathChars;
    for (qsizetype i = 0; i < text.size(); ++i) {
        if (text[i] != '%') {
            if (!allowed[static_cast<unsigned char>(text[i])])
                return false;
            continue;
        }
        if (i + 2 >= text.size() || hexValue(text[i + 1]) < 0 || hexValue(text[i + 2]) < 0)
            return false;
        // An escaped NUL in a path is always an attack.
        if (!query && text[i + 1] == '0' && text[i + 2] == '0')
            return false;
        i += 2;
    }
    return true;
}

/// Whether every '%' is followed by two hexadecimal digits.
bool hasWholeEscapes(QByteArrayView text)
{
    for (qsizetype i = text.indexOf('%'); i >= 0; i = text.indexOf('%', i + 1)) {
        if (i + 2 >= text.size() || hexValue(text[i + 1]) < 0 || hexValue(text[i + 2]) < 0)
            return false;
    }
    return true;
}

/// A port number, or an empty one (RFC 3986 section 3.2.3).
bool isPort(QByteArrayView text)
{
    return text.isEmpty()
        || (text.size() <= 5 && parseDecimal(text).value_or(highestPort + 1) <= highestPort);
}

/// uri-host [ ":" port ] of RFC 9110 section 7.2, without user information.
bool isAuthority(QByteArrayView text)
{
    QByteArrayView host = text;
    if (text.startsWith('[')) {
        const qsizetype end = text.indexOf(']');
        if (end < 0
            || QHostAddress(QString::fromLatin1(text.first(end).sliced(1))).protocol()
                != QAbstractSocket::IPv6Protocol)
            return false;
        host = {};
        text = text.sliced(end + 1);
    } else {
        const qsizetype colon = text.indexOf(':');
        host = colon < 0 ? text : text.first(colon);
        text = colon < 0 ? QByteArrayView() : text.sliced(colon);
    }
    if (!consistsOf(hostChars, host) || !hasWholeEscapes(host))
        return false;
    return text.isEmpty() || (text.startsWith(':') && isPort(text.sliced(1)));
}

QByteArrayView trimmed(QByteArrayView text)
{
    const auto isSpace = [](char c) { return c == ' ' || c == '\t'; };
    while (!text.isEmpty() && isSpace(text.front()))
        text = text.sliced(1);
    while (!text.isEmpty() && isSpace(text.back()))
        text.chop(1);
    return text;
}

Refusal headTooLarge(const QString &detail)
{
    return {431, {ErrorCode::InvalidRequest, detail}};
}

} // namespace

HttpHeadParser::HttpHeadParser(const Limits &limits)
    : m_urlBytes(limits.urlBytes)
    , m_headerBytes(limits.headerBytes)
    , m_headerFields(limits.headerFields)
{ }

bool HttpHeadParser::refuse(Refusal refusal)
{
    m_state = State::Refused;
    m_refusal = std::move(refusal);
    m_line.clear();
    return false;
}

qsizetype HttpHeadParser::feed(QByteArrayView bytes)
{
    qsizetype taken = 0;
    while (m_state == State::Reading && taken < bytes.size()) {
        const QByteArrayView rest = bytes.sliced(taken);
        const qsizetype lineFeed = rest.indexOf('\n');
        if (lineFeed < 0) {
            if (checkUnfinishedLine(rest))
                m_line.append(rest);
            return bytes.size();
        }
        taken += lineFeed + 1;
        const QByteArrayView end = rest.first(lineFeed + 1);
        if (!checkUnfinishedLine(end))
            break;
        if (m_line.isEmpty()) {
            takeLine(end);
        } else {
            m_line.append(end);
            const QByteArray line = std::exchange(m_line, {});
            takeLine(line);
        }
    }
    return taken;
}

/// Bounds the size of a line before its end is seen, and refuses early what cannot become a line (such as a
/// TLS handshake on a plain port). The first excess or misplaced byte decides, so that the answer does not
/// depend on how the bytes were split in transit.
bool HttpHeadParser::checkUnfinishedLine(QByteArrayView fresh)
{
    if (!m_haveRequestLine) {
        const qsizetype room = qsizetype(m_urlBytes) + requestLineRest - m_line.size();
        const QByteArrayView looked = fresh.first(std::min(fresh.size(), room + 1));
        const bool binary = std::any_of(looked.begin(), looked.end(),
            [](char c) { return c != '\r' && c != '\n' && (static_cast<unsigned char>(c) < 0x20); });
        m_started = m_started || (fresh != "\r" && fresh != "\n" && fresh != "\r\n");
        if (binary)
            return refuse(malformed(QStringLiteral("This is not an HTTP request.")));
        if (fresh.size() <= room)
            return true;
        // The line is too long in any case; its beginning shows which of its parts is.
        takeRequestLine(m_line + looked.toByteArray());
        return m_state == State::Refused ? false
                                         : refuse(malformed(QStringLiteral("The request line is too long.")));
    }
    if (m_blockBytes + m_line.size() + fresh.size() <= m_headerBytes)
        return true;
    return refuse(
        headTooLarge(QStringLiteral("The head of the request is larger than %1 bytes.").arg(m_headerBytes)));
}

void HttpHeadParser::takeLine(QByteArrayView line)
{
    if (m_haveRequestLine) {
        m_blockBytes += line.size();
        if (m_blockBytes > m_headerBytes) {
            refuse(headTooLarge(
                QStringLiteral("The head of the request is larger than %1 bytes.").arg(m_headerBytes)));
            return;
        }
    }
    if (!line.endsWith("\r\n")) {
        m_started = true;
        refuse(malformed(QStringLiteral("A line of the head does not end in CR LF.")));
        return;
    }
    line.chop(2);
    if (m_haveRequestLine) {
        if (line.isEmpty())
            finish();
        else
            takeField(line);
        return;
    }
    if (line.isEmpty()) { // RFC 9112 section 2.2
        if (++m_emptyLines > emptyLinesAllowed)
            refuse(malformed(QStringLiteral("A request line is expected.")));
        return;
    }
    m_started = true;
    takeRequestLine(line);
}

void HttpHeadParser::takeRequestLine(QByteArrayView line)
{
    m_started = true;
    const qsizetype first = line.indexOf(' ');
    if (first <= 0 || !isToken(line.first(first))) {
        refuse(malformed(QStringLiteral("The request line does not begin with a method.")));
        return;
    }
    const QByteArrayView method = line.first(first);
    const QByteArrayView rest = line.sliced(first + 1);
    const qsizetype second = rest.indexOf(' ');
    if ((second < 0 ? rest.size() : second) > m_urlBytes) {
        refuse({414,
            {ErrorCode::InvalidRequest, QStringLiteral("The URL is longer than %1 bytes.").arg(m_urlBytes)}});
        return;
    }
    const QByteArrayView version = second < 0 ? QByteArrayView() : rest.sliced(second + 1);
    if (version.size() != 8 || !version.startsWith("HTTP/") || !isDigit(version[5]) || version[6] != '.'
        || !isDigit(version[7])) {
        refuse(malformed(QStringLiteral("The request line must be a method, a target and an HTTP version.")));
        return;
    }
    if (version != "HTTP/1.1" && version != "HTTP/1.0") {
        refuse({505,
            {ErrorCode::InvalidRequest, QStringLiteral("Only HTTP/1.1 and HTTP/1.0 are spoken here.")}});
        return;
    }
    if (std::ranges::find(methods, method) == methods.end()) {
        refuse({501, {ErrorCode::InvalidRequest, QStringLiteral("This method is not known here.")}});
        return;
    }
    m_head.method = method.toByteArray();
    m_head.minorVersion = version[7] - '0';
    m_haveRequestLine = takeTarget(rest.first(second));
}

bool HttpHeadParser::takeTarget(QByteArrayView target)
{
    if (target == "*" && m_head.method == "OPTIONS") {
        m_head.path = "*";
        return true;
    }
    if (!target.startsWith('/')) {
        if (!takeAbsoluteTarget(target))
            return refuse(malformed(QStringLiteral("The target of the request is not a path.")));
        const qsizetype authority = target.indexOf("://") + 3;
        const auto endsAuthority = [](char c) { return c == '/' || c == '?'; };
        target = target.sliced(
            std::find_if(target.begin() + authority, target.end(), endsAuthority) - target.begin());
    }
    const qsizetype mark = target.indexOf('?');
    const QByteArrayView path = mark < 0 ? target : target.first(mark);
    const QByteArrayView query = mark < 0 ? QByteArrayView() : target.sliced(mark);
    if (!isTargetPart(path, false) || !isTargetPart(query, true))
        return refuse(malformed(QStringLiteral("The target of the request holds a character that must be "
                                               "percent-encoded.")));
    m_head.path = path.isEmpty() ? QByteArrayLiteral("/") : path.toByteArray();
    m_head.query = query.toByteArray();
    return true;
}

/// The absolute form, meant for proxies, which every server must accept (RFC 9112 section 3.2.2). Its
/// authority is used; the Host field is only checked for syntax.
bool HttpHeadParser::takeAbsoluteTarget(QByteArrayView target)
{
    const qsizetype scheme = target.indexOf("://");
    if (scheme < 0)
        return false;
    const QByteArray name = target.first(scheme).toByteArray().toLower();
    if (name != "http" && name != "https")
        return false;
    const QByteArrayView rest = target.sliced(scheme + 3);
    const auto end = std::find_if(rest.begin(), rest.end(), [](char c) { return c == '/' || c == '?'; });
    const QByteArrayView authority = rest.first(end - rest.begin());
    if (authority.isEmpty() || !isAuthority(authority))
        return false;
    m_head.host = authority.toByteArray();
    m_absoluteTarget = true;
    return true;
}

void HttpHeadParser::takeField(QByteArrayView line)
{
    if (m_head.fields.size() >= m_headerFields) {
        refuse(
            headTooLarge(QStringLiteral("The request has more than %1 header fields.").arg(m_headerFields)));
        return;
    }
    const qsizetype colon = line.indexOf(':');
    // White space before the name would be a folded line; white space after it is a request smuggling
    // technique.
    if (colon <= 0 || !isToken(line.first(colon))) {
        refuse(malformed(QStringLiteral("A header field has no proper name.")));
        return;
    }
    const QByteArrayView value = trimmed(line.sliced(colon + 1));
    if (!isFieldValue(value)) {
        refuse(malformed(QStringLiteral("A header field holds a control character.")));
        return;
    }
    m_head.fields.append({line.first(colon).toByteArray().toLower(), value.toByteArray()});
}

void HttpHeadParser::finish()
{
    if (!takeHost() || !takeFraming())
        return;
    // With two values, different parsers would trust different ones; these fields decide who the client is.
    for (const QByteArrayView name : {QByteArrayView("authorization"), QByteArrayView("origin")}) {
        if (m_head.count(name) > 1) {
            refuse(malformed(QStringLiteral("The field '%1' is given twice.")
                                 .arg(QLatin1String(name.data(), name.size()))));
            return;
        }
    }

    m_head.keepAlive = m_head.minorVersion == 0
        ? m_head.lists("connection", "keep-alive") && !m_head.lists("connection", "close")
        : !m_head.lists("connection", "close");

    if (m_head.minorVersion > 0 && m_head.count("expect") > 0) {
        if (m_head.single("expect").compare("100-continue", Qt::CaseInsensitive) != 0) {
            refuse(
                {417, {ErrorCode::InvalidRequest, QStringLiteral("Only '100-continue' can be expected.")}});
            return;
        }
        m_head.expectContinue = true;
    }
    m_state = State::Complete;
}

bool HttpHeadParser::takeHost()
{
    const int hosts = m_head.count("host");
    if (hosts > 1 || (hosts == 0 && m_head.minorVersion > 0))
        return refuse(malformed(QStringLiteral("The request must name its host exactly once.")));
    const QByteArray host = m_head.single("host");
    if (!isAuthority(host))
        return refuse(malformed(QStringLiteral("The Host field is not a host and a port.")));
    if (!m_absoluteTarget)
        m_head.host = host;
    return true;
}

/// RFC 9112 section 6.3, without any of its leniency.
bool HttpHeadParser::takeFraming()
{
    const int lengths = m_head.count("content-length");
    const int codings = m_head.count("transfer-encoding");
    if (codings > 0) {
        if (lengths > 0)
            return refuse(malformed(
                QStringLiteral("Content-Length and Transfer-Encoding must not be given together.")));
        if (m_head.minorVersion == 0)
            return refuse(malformed(QStringLiteral("HTTP/1.0 has no Transfer-Encoding.")));
        const QByteArray coding = codings == 1 ? m_head.single("transfer-encoding").toLower() : QByteArray();
        if (coding == "chunked") {
            m_head.body = RequestHead::Body::Chunked;
            return true;
        }
        const QByteArrayList list = m_head.list("transfer-encoding");
        const bool chunkedLast = !list.isEmpty() && list.last().toLower() == "chunked";
        const bool chunkedOnce = std::ranges::count_if(list, [](const QByteArray &one) {
            return one.toLower() == "chunked";
        }) == 1;
        if (codings == 1 && chunkedLast && chunkedOnce && list.size() > 1)
            return refuse({501,
                {ErrorCode::InvalidRequest,
                    QStringLiteral("'chunked' is the only transfer coding known here.")}});
        return refuse(malformed(QStringLiteral("The Transfer-Encoding leaves the length of the body open.")));
    }
    if (lengths == 0)
        return true;
    const auto length = lengths == 1 ? parseDecimal(m_head.single("content-length")) : std::nullopt;
    if (!length)
        return refuse(malformed(QStringLiteral("The Content-Length is not one number.")));
    m_head.contentLength = *length;
    m_head.body = *length > 0 ? RequestHead::Body::Length : RequestHead::Body::None;
    return true;
}

} // namespace rookery::net
