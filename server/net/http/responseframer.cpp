// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/net/http/responseframer.h"

#include "server/net/http/httpgrammar.h"

#include <algorithm>

namespace rookery::net {

namespace {

using namespace grammar;

constexpr qsizetype longestHead = 64 * 1024;
/// The size of most heads, reserved so that the buffer does not grow.
constexpr qsizetype usualHead = 512;

/// Whether `text` is `word`, ignoring case.
bool is(QByteArrayView text, QByteArrayView word)
{
    return text.size() == word.size() && text.compare(word, Qt::CaseInsensitive) == 0;
}

} // namespace

ResponseFramer::State ResponseFramer::feed(QByteArrayView bytes, QByteArray &out)
{
    if (m_state == State::Head && !bytes.isEmpty()) {
        const qsizetype searchFrom = std::max<qsizetype>(0, m_buffer.size() - 3);
        if (m_buffer.isEmpty())
            m_buffer.reserve(usualHead);
        m_buffer.append(bytes);
        // Qt writes a head in a dozen or more pieces, most of which cannot end it.
        const qsizetype end = bytes.contains('\n') ? m_buffer.indexOf("\r\n\r\n", searchFrom) : -1;
        if (end < 0) {
            if (m_buffer.size() > longestHead)
                m_state = State::Broken;
            return m_state;
        }
        const QByteArray head = std::exchange(m_buffer, {});
        if (!takeHead(QByteArrayView(head).first(end + 2), out)) {
            m_state = State::Broken;
            return m_state;
        }
        takeBody(QByteArrayView(head).sliced(end + 4), out);
    } else if (m_state == State::Body) {
        takeBody(bytes, out);
    }
    return m_state;
}

ResponseFramer::State ResponseFramer::finish()
{
    if (m_state == State::Body && m_framing == Framing::UntilClose)
        m_state = State::Complete;
    else if (m_state != State::Complete)
        m_state = State::Broken;
    return m_state;
}

bool ResponseFramer::passBody(qint64 size)
{
    if (m_state != State::Body || m_framing != Framing::Length || m_remaining != size)
        return false;
    m_remaining = 0;
    m_state = State::Complete;
    return true;
}

bool ResponseFramer::takeHead(QByteArrayView head, QByteArray &out)
{
    const qsizetype before = out.size();
    out.reserve(before + head.size() + 32);
    bool first = true;
    while (!head.isEmpty()) {
        const qsizetype end = head.indexOf("\r\n");
        const QByteArrayView line = head.first(end);
        head = head.sliced(end + 2);
        if (first ? !takeStatusLine(line) : !takeField(line, out)) {
            out.truncate(before);
            return false;
        }
        if (first)
            out.append(line).append("\r\n");
        first = false;
    }

    const bool noBody = m_bodyless || m_status < 200 || m_status == 204 || m_status == 304;
    if (m_framing == Framing::UntilClose && !noBody)
        m_closes = true;
    const QByteArray connection = m_closes ? QByteArrayLiteral("close") : m_connection;
    if ((!connection.isEmpty() || m_upgrade) && m_status != 101) {
        out.append("Connection: ");
        if (m_upgrade)
            out.append(connection.isEmpty() ? "Upgrade" : "Upgrade, ");
        out.append(connection).append("\r\n");
    }
    m_closes = m_closes || connection == "close";
    if (m_status != 101)
        out.append(m_further);
    out.append("\r\n");

    m_state = noBody || (m_framing == Framing::Length && m_remaining == 0) ? State::Complete : State::Body;
    return true;
}

bool ResponseFramer::takeStatusLine(QByteArrayView line)
{
    if (line.size() < 12 || !line.startsWith("HTTP/1.1 ") || (line.size() > 12 && line[12] != ' '))
        return false;
    const auto status = parseDecimal(line.sliced(9, 3));
    if (!status || *status < 100 || !isFieldValue(line))
        return false;
    m_status = int(*status);
    return true;
}

bool ResponseFramer::takeField(QByteArrayView line, QByteArray &out)
{
    const qsizetype colon = line.indexOf(':');
    if (colon <= 0 || !isToken(line.first(colon)) || !isFieldValue(line.sliced(colon)))
        return false;
    const QByteArrayView name = line.first(colon);
    const QByteArrayView value = line.sliced(colon + 1).trimmed();

    if (is(name, "connection") && m_status != 101) {
        m_closes = m_closes || is(value, "close");
        return true;
    }
    m_upgrade = m_upgrade || is(name, "upgrade"); // requires "Connection: upgrade" (RFC 9110 section 7.8)
    if (is(name, "keep-alive"))
        return true;
    // The CORS fields of QWebSocketServer have no meaning in a 101, and their "*" looks alarming.
    constexpr QByteArrayView aboutOrigins("access-control-");
    if (m_status == 101 && name.size() > aboutOrigins.size()
        && is(name.first(aboutOrigins.size()), aboutOrigins))
        return true;
    if (is(name, "transfer-encoding")) {
        if (!is(value, "chunked") || m_framing == Framing::Length)
            return false;
        m_framing = Framing::Chunked;
    }
    if (is(name, "content-length")) {
        const auto length = parseDecimal(value);
        if (!length || m_framing == Framing::Chunked || (m_remaining >= 0 && m_remaining != *length))
            return false;
        const bool repeated = m_remaining >= 0;
        m_framing = Framing::Length;
        m_remaining = *length;
        // RFC 9110 section 8.6. In a 304 it would have to be the length of the 200, which handlers do not
        // give.
        if (repeated || m_status < 200 || m_status == 204 || m_status == 304)
            return true;
    }
    out.append(line).append("\r\n");
    return true;
}

void ResponseFramer::takeBody(QByteArrayView bytes, QByteArray &out)
{
    if (m_state != State::Body || bytes.isEmpty())
        return;
    switch (m_framing) {
    case Framing::UntilClose:
        out.append(bytes);
        return;
    case Framing::Length: {
        const qsizetype taken = qsizetype(std::min<qint64>(bytes.size(), m_remaining));
        out.append(bytes.first(taken));
        m_remaining -= taken;
        if (m_remaining == 0)
            m_state = State::Complete;
        return;
    }
    case Framing::Chunked:
        takeChunked(bytes, out);
        return;
    }
}

void ResponseFramer::takeChunked(QByteArrayView bytes, QByteArray &out)
{
    qsizetype taken = 0;
    while (m_state == State::Body && taken < bytes.size()) {
        const QByteArrayView rest = bytes.sliced(taken);
        if (m_chunk == Chunk::Data) {
            const qsizetype data = qsizetype(std::min<qint64>(rest.size(), m_remaining));
            m_remaining -= data;
            taken += data;
            if (m_remaining == 0)
                m_chunk = Chunk::End;
            continue;
        }
        const qsizetype lineFeed = rest.indexOf('\n');
        const qsizetype part = lineFeed < 0 ? rest.size() : lineFeed + 1;
        m_buffer.append(rest.first(part));
        taken += part;
        if (m_buffer.size() > longestChunkLine) {
            m_state = State::Broken;
        } else if (lineFeed >= 0) {
            const QByteArray line = std::exchange(m_buffer, {});
            if (line.endsWith("\r\n"))
                takeChunkLine(QByteArrayView(line).chopped(2));
            else
                m_state = State::Broken;
        }
    }
    out.append(bytes.first(taken));
}

void ResponseFramer::takeChunkLine(QByteArrayView line)
{
    switch (m_chunk) {
    case Chunk::Size: {
        bool ok = false;
        const qlonglong size = line.toLongLong(&ok, 16);
        if (!ok || size < 0) {
            m_state = State::Broken;
            return;
        }
        m_remaining = size;
        m_chunk = size > 0 ? Chunk::Data : Chunk::Trailer;
        return;
    }
    case Chunk::End:
        m_chunk = Chunk::Size;
        if (!line.isEmpty())
            m_state = State::Broken;
        return;
    case Chunk::Trailer:
        if (line.isEmpty())
            m_state = State::Complete;
        return;
    case Chunk::Data:
        break;
    }
    Q_UNREACHABLE();
}

} // namespace rookery::net
