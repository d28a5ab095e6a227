// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/net/http/bodyreader.h"

#include "server/net/http/httpgrammar.h"

#include <algorithm>

namespace rookery::net {

namespace {

using namespace grammar;

constexpr qsizetype longestChunkSize =
    12; ///< hexadecimal digits, far above every limit and far below overflow

} // namespace

BodyReader::BodyReader(const RequestHead &head, const Limits &limits)
    : BodyReader(head, limits, limits.bodyBytes)
{ }

BodyReader::BodyReader(const RequestHead &head, const Limits &limits, qint64 bodyBytes)
    : m_limit(bodyBytes)
    , m_trailerBytes(limits.headerBytes)
{
    switch (head.body) {
    case RequestHead::Body::None:
        m_state = State::Complete;
        break;
    case RequestHead::Body::Length:
        m_remaining = head.contentLength;
        if (m_remaining > m_limit)
            refuseTooLarge();
        break;
    case RequestHead::Body::Chunked:
        m_chunked = true;
        m_part = Part::ChunkSize;
        break;
    }
}

qsizetype BodyReader::feed(QByteArrayView bytes)
{
    QByteArrayView rest = bytes;
    while (m_state == State::Reading && !rest.isEmpty()) {
        const QByteArrayView data = next(rest);
        if (m_state != State::Refused)
            m_body.append(data);
    }
    return bytes.size() - rest.size();
}

QByteArrayView BodyReader::next(QByteArrayView &bytes)
{
    while (m_state == State::Reading && !bytes.isEmpty()) {
        const bool isData = m_part == Part::Data;
        const QByteArrayView taken = bytes.first(isData ? takeData(bytes.size()) : feedLine(bytes));
        bytes = bytes.sliced(taken.size());
        m_received += taken.size();
        if (isData)
            return taken;
    }
    return {};
}

qsizetype BodyReader::takeData(qsizetype most)
{
    const qsizetype taken = qsizetype(std::min<qint64>(most, m_remaining));
    m_data += taken;
    m_remaining -= taken;
    if (m_remaining == 0) {
        if (m_chunked)
            m_part = Part::ChunkEnd;
        else
            m_state = State::Complete;
    }
    return taken;
}

qsizetype BodyReader::feedLine(QByteArrayView bytes)
{
    const qsizetype lineFeed = bytes.indexOf('\n');
    const qsizetype taken = lineFeed < 0 ? bytes.size() : lineFeed + 1;
    if (m_line.size() + taken > (m_part == Part::Trailer ? m_trailerBytes : longestChunkLine)) {
        refuse(malformed(QStringLiteral("A line between the chunks of the body is too long.")));
        return taken;
    }
    m_line.append(bytes.first(taken));
    if (lineFeed < 0)
        return taken;
    const QByteArray line = std::exchange(m_line, {});
    if (line.endsWith("\r\n"))
        takeLine(QByteArrayView(line).chopped(2));
    else
        refuse(malformed(QStringLiteral("A line between the chunks of the body does not end in CR LF.")));
    return taken;
}

void BodyReader::takeLine(QByteArrayView line)
{
    switch (m_part) {
    case Part::ChunkSize:
        takeChunkSize(line);
        return;
    case Part::ChunkEnd:
        if (!line.isEmpty())
            refuse(malformed(QStringLiteral("A chunk of the body is longer than it says.")));
        else
            m_part = Part::ChunkSize;
        return;
    case Part::Trailer:
        takeTrailer(line);
        return;
    case Part::Data:
        break;
    }
    Q_UNREACHABLE();
}

void BodyReader::takeChunkSize(QByteArrayView line)
{
    qsizetype digits = 0;
    qint64 size = 0;
    while (digits < line.size() && digits <= longestChunkSize && hexValue(line[digits]) >= 0)
        size = size * 16 + hexValue(line[digits++]);
    QByteArrayView extension = line.sliced(digits);
    while (!extension.isEmpty() && (extension.front() == ' ' || extension.front() == '\t'))
        extension = extension.sliced(1);
    const bool extensionOk = digits == line.size() || (extension.startsWith(';') && isFieldValue(extension));
    if (digits == 0 || digits > longestChunkSize || !extensionOk) {
        refuse(malformed(QStringLiteral("A chunk of the body does not begin with its size.")));
        return;
    }
    m_overhead += line.size() - digits;
    if (m_overhead > m_trailerBytes) {
        refuse(malformed(QStringLiteral("The body has too many chunk extensions.")));
        return;
    }
    if (size > m_limit - m_data) {
        refuseTooLarge();
        return;
    }
    m_remaining = size;
    m_part = size > 0 ? Part::Data : Part::Trailer;
}

void BodyReader::takeTrailer(QByteArrayView line)
{
    if (line.isEmpty()) {
        m_state = State::Complete;
        return;
    }
    const qsizetype colon = line.indexOf(':');
    m_overhead += line.size() + 2; // with its CR LF, as in the head
    if (colon <= 0 || !isToken(line.first(colon)) || m_overhead > m_trailerBytes
        || !isFieldValue(line.sliced(colon)))
        refuse(malformed(QStringLiteral("The trailer of the body is malformed.")));
}

void BodyReader::refuse(Refusal refusal)
{
    m_state = State::Refused;
    m_refusal = std::move(refusal);
    m_body.clear();
    m_line.clear();
}

void BodyReader::refuseTooLarge()
{
    refuse({413,
        {ErrorCode::PayloadTooLarge,
            QStringLiteral("The body of the request is larger than %1 bytes.").arg(m_limit)}});
}

} // namespace rookery::net
