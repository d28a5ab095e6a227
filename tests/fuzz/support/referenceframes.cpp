// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/fuzz/support/referenceframes.h"

#include "tests/fuzz/support/fuzz.h"
#include "tests/fuzz/support/referenceutf8.h"

namespace rookery::fuzz {

namespace {

using Event = net::FrameReader::Event;

quint64 bigEndian(QByteArrayView bytes)
{
    quint64 number = 0;
    for (const char byte : bytes)
        number = number << 8 | quint8(byte);
    return number;
}

Event refused(CloseCode code)
{
    return {Event::Refused, {}, quint16(code)};
}

Event close(const QByteArray &payload)
{
    if (payload.isEmpty())
        return {Event::Close, {}, quint16(CloseCode::Abnormal)};
    if (payload.size() == 1)
        return refused(CloseCode::ProtocolError);
    const auto code = quint16(bigEndian(payload.first(2)));
    const bool registered = (code >= 1000 && code < 1015) && code != 1004 && code != 1005 && code != 1006;
    if (!registered && (code < 3000 || code > 4999))
        return refused(CloseCode::ProtocolError);
    if (utf8Of(payload.sliced(2)) != Utf8::Complete)
        return refused(CloseCode::InvalidPayload);
    return {Event::Close, payload.sliced(2), code};
}

} // namespace

QList<Event> eventsOf(QByteArrayView bytes, qint64 messageBytes, net::FrameReader::BinaryMessages binary)
{
    QList<Event> events;
    QByteArray message;
    bool inMessage = false;
    bool isText = false;
    while (bytes.size() >= 2) {
        const int first = quint8(bytes[0]);
        const int second = quint8(bytes[1]);
        const bool final = first & 0x80;
        const int opcode = first & 0x0f;
        const bool control = opcode >= 8;
        const bool known = opcode <= 2 || (opcode >= 8 && opcode <= 10);
        const bool inTurn = control || (opcode == 0) == inMessage;
        const bool goodControl = !control || (final && (second & 0x7f) <= 125);
        if ((first & 0x70) || !known || !(second & 0x80) || !goodControl || !inTurn)
            return events << refused(CloseCode::ProtocolError);
        if (opcode == 2 && binary == net::FrameReader::BinaryMessages::Refused)
            return events << refused(CloseCode::UnsupportedData);
        if (opcode == 1 || opcode == 2)
            isText = opcode == 1;

        const int lengthBytes = (second & 0x7f) == 126 ? 2 : (second & 0x7f) == 127 ? 8 : 0;
        const qsizetype headBytes = 2 + lengthBytes + 4;
        if (bytes.size() < headBytes)
            return events;
        const quint64 length = lengthBytes ? bigEndian(bytes.sliced(2, lengthBytes)) : quint64(second & 0x7f);
        if (lengthBytes && (length <= (lengthBytes == 2 ? 125u : 65535u) || length > quint64(INT64_MAX)))
            return events << refused(CloseCode::ProtocolError);
        if (!control && quint64(message.size()) + length > quint64(messageBytes))
            return events << refused(CloseCode::TooBig);

        const QByteArrayView key = bytes.sliced(headBytes - 4, 4);
        bytes = bytes.sliced(headBytes);
        const bool whole = quint64(bytes.size()) >= length;
        QByteArray payload = bytes.first(whole ? qsizetype(length) : bytes.size()).toByteArray();
        for (qsizetype i = 0; i < payload.size(); ++i)
            payload[i] = char(payload[i] ^ key[i % 4]);
        bytes = bytes.sliced(payload.size());

        if (!control) {
            message += payload;
            const Utf8 utf8 = isText ? utf8Of(message) : Utf8::Complete;
            if (utf8 == Utf8::Invalid || (whole && final && utf8 == Utf8::Cut))
                return events << refused(CloseCode::InvalidPayload);
            if (whole) {
                inMessage = !final;
                if (final)
                    events << Event{isText ? Event::Text : Event::Binary, std::exchange(message, {})};
            }
        } else if (whole && opcode == 8) {
            return events << close(payload);
        } else if (whole) {
            events << Event{opcode == 9 ? Event::Ping : Event::Pong, payload};
        }
        if (!whole)
            return events;
    }
    return events;
}

std::pair<int, QByteArray> serverFrame(const QByteArray &bytes)
{
    FUZZ_REQUIRE(bytes.size() >= 2 && (quint8(bytes[0]) & 0xf0) == 0x80 && quint8(bytes[1]) < 0x80);
    const int lengthBytes = bytes[1] == 126 ? 2 : bytes[1] == 127 ? 8 : 0;
    FUZZ_REQUIRE(bytes.size() >= 2 + lengthBytes);
    const quint64 length =
        lengthBytes ? bigEndian(QByteArrayView(bytes).sliced(2, lengthBytes)) : quint64(bytes[1]);
    FUZZ_REQUIRE(!lengthBytes || length > (lengthBytes == 2 ? 125u : 65535u));
    FUZZ_REQUIRE(length == quint64(bytes.size() - 2 - lengthBytes));
    return {bytes[0] & 0x0f, bytes.mid(2 + lengthBytes)};
}

} // namespace rookery::fuzz
