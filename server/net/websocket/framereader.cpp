// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/net/websocket/framereader.h"

#include <QtEndian>

#include <algorithm>
#include <cstring>

namespace rookery::net {

namespace {

constexpr qsizetype longestControl = 125; // RFC 6455 section 5.5

/// RFC 6455 section 7.4 and the IANA registry. 1004–1006 and 1015 must never be sent.
bool isValidCloseCode(quint16 code)
{
    return (code >= 1000 && code <= 1003) || (code >= 1007 && code <= 1014) || (code >= 3000 && code <= 4999);
}

/// Applies the masking key, starting at its byte `at`; returns the key index of the next payload byte.
quint8 unmask(char *data, qsizetype size, const quint8 *key, quint8 at)
{
    const quint8 turned[8] = {key[at & 3], key[(at + 1) & 3], key[(at + 2) & 3], key[(at + 3) & 3],
        key[at & 3], key[(at + 1) & 3], key[(at + 2) & 3], key[(at + 3) & 3]};
    quint64 wide;
    std::memcpy(&wide, turned, sizeof wide);
    qsizetype i = 0;
    for (; i + 8 <= size; i += 8) {
        quint64 eight;
        std::memcpy(&eight, data + i, sizeof eight);
        eight ^= wide;
        std::memcpy(data + i, &eight, sizeof eight);
    }
    for (; i < size; ++i)
        data[i] = char(quint8(data[i]) ^ turned[i & 7]);
    return quint8((at + size) & 3);
}

} // namespace

FrameReader::Event FrameReader::next(QByteArrayView &bytes)
{
    Event event;
    while (!m_over && event.kind == Event::Nothing) {
        if (!m_inPayload && !takeHeader(bytes, event))
            break;
        takePayload(bytes, event);
        if (m_inPayload && bytes.isEmpty())
            break;
    }
    if (m_over)
        bytes = {};
    return event;
}

bool FrameReader::takeHeader(QByteArrayView &bytes, Event &event)
{
    while (m_headerHave < m_headerNeed) {
        if (bytes.isEmpty())
            return false;
        m_header[m_headerHave++] = quint8(bytes.front());
        bytes = bytes.sliced(1);
        if (m_headerHave == 2 && !checkFirstBytes(event))
            return false;
    }

    const quint8 shortLength = m_header[1] & 0x7f;
    quint64 length = shortLength;
    if (shortLength == 126)
        length = qFromBigEndian<quint16>(m_header + 2);
    else if (shortLength == 127)
        length = qFromBigEndian<quint64>(m_header + 2);
    if ((shortLength == 126 && length < 126) || (shortLength == 127 && length < 65536) || length >> 63) {
        refuse(event, CloseCode::ProtocolError, "A frame's length is not written in the fewest bytes.");
        return false;
    }
    if (!isControl() && length > quint64(m_limit - m_message.size())) {
        refuse(event, CloseCode::TooBig, "The message is too large.");
        return false;
    }
    ++m_frames;
    m_remaining = qint64(length);
    m_maskAt = 0;
    m_inPayload = true;
    return true;
}

/// Errors that the first two bytes show.
bool FrameReader::checkFirstBytes(Event &event)
{
    const quint8 opcode = m_header[0] & 0x0f;
    const quint8 shortLength = m_header[1] & 0x7f;
    m_final = (m_header[0] & 0x80) != 0;
    m_opcode = Opcode(opcode);
    const char *reason = nullptr;
    if (m_header[0] & 0x70)
        reason = "A reserved bit is set, and no extension was agreed on.";
    else if ((opcode > 2 && opcode < 8) || opcode > 10)
        reason = "The opcode is reserved.";
    else if (!(m_header[1] & 0x80))
        reason = "A client's frames must be masked.";
    else if (isControl() && !m_final)
        reason = "A control frame must not be fragmented.";
    else if (isControl() && shortLength > longestControl)
        reason = "A control frame holds at most 125 bytes.";
    else if (m_opcode == Opcode::Continuation && !m_inMessage)
        reason = "There is no message to continue.";
    else if ((m_opcode == Opcode::Text || m_opcode == Opcode::Binary) && m_inMessage)
        reason = "The message before has not ended.";
    if (reason) {
        refuse(event, CloseCode::ProtocolError, reason);
        return false;
    }
    if (m_opcode == Opcode::Binary && m_binary == BinaryMessages::Refused) {
        refuse(event, CloseCode::UnsupportedData, "Only text messages are understood.");
        return false;
    }
    if (m_opcode == Opcode::Text || m_opcode == Opcode::Binary)
        m_isText = m_opcode == Opcode::Text;
    m_headerNeed = quint8(2 + (shortLength == 126 ? 2 : shortLength == 127 ? 8 : 0) + 4);
    return true;
}

void FrameReader::takePayload(QByteArrayView &bytes, Event &event)
{
    const qsizetype taken = qsizetype(std::min<qint64>(bytes.size(), m_remaining));
    if (taken > 0) {
        QByteArray &target = isControl() ? m_control : m_message;
        const qsizetype before = target.size();
        if (before == 0 && m_final)
            target.reserve(qsizetype(std::min<qint64>(m_remaining, 16 * 1024)));
        target.append(bytes.first(taken));
        bytes = bytes.sliced(taken);
        m_remaining -= taken;
        char *fresh = target.data() + before;
        m_maskAt = unmask(fresh, taken, m_header + m_headerNeed - 4, m_maskAt);
        if (!isControl() && m_isText && !m_utf8.feed({fresh, taken})) {
            refuse(event, CloseCode::InvalidPayload, "The text is not UTF-8.");
            return;
        }
    }
    if (m_remaining == 0)
        endOfFrame(event);
}

void FrameReader::endOfFrame(Event &event)
{
    m_inPayload = false;
    m_headerHave = 0;
    m_headerNeed = 2;
    switch (m_opcode) {
    case Opcode::Ping:
        event = {Event::Ping, std::exchange(m_control, {})};
        return;
    case Opcode::Pong:
        event = {Event::Pong, std::exchange(m_control, {})};
        return;
    case Opcode::Close:
        endOfClose(event);
        return;
    case Opcode::Text:
    case Opcode::Binary:
    case Opcode::Continuation:
        m_inMessage = !m_final;
        if (!m_final)
            return;
        if (m_isText && !m_utf8.complete()) {
            refuse(event, CloseCode::InvalidPayload, "The text is not UTF-8.");
            return;
        }
        event = {m_isText ? Event::Text : Event::Binary, std::exchange(m_message, {})};
        return;
    }
    Q_UNREACHABLE();
}

void FrameReader::endOfClose(Event &event)
{
    const QByteArray payload = std::exchange(m_control, {});
    if (payload.isEmpty()) {
        event = {Event::Close, {}, quint16(CloseCode::Abnormal)};
        m_over = true;
        return;
    }
    const quint16 code = payload.size() < 2 ? 0 : qFromBigEndian<quint16>(payload.constData());
    if (!isValidCloseCode(code)) {
        refuse(event, CloseCode::ProtocolError, "The close code must not be sent.");
        return;
    }
    Utf8Validator utf8;
    if (!utf8.feed(QByteArrayView(payload).sliced(2)) || !utf8.complete()) {
        refuse(event, CloseCode::InvalidPayload, "The close reason is not UTF-8.");
        return;
    }
    event = {Event::Close, payload.mid(2), code};
    m_over = true;
}

void FrameReader::refuse(Event &event, CloseCode code, const char *reason)
{
    event = {Event::Refused, reason, quint16(code)};
    m_over = true;
    m_message.clear();
    m_control.clear();
}

} // namespace rookery::net
