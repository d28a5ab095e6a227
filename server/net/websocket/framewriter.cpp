// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/net/websocket/framewriter.h"

#include <QtEndian>

namespace rookery::net::frames {

namespace {

constexpr char finalText = char(0x81);
constexpr char finalBinary = char(0x82);
constexpr char finalClose = char(0x88);
constexpr char finalPing = char(0x89);
constexpr char finalPong = char(0x8a);
constexpr qsizetype longestControl = 125;

QByteArray control(char first, QByteArrayView payload)
{
    payload = payload.first(std::min(payload.size(), longestControl));
    QByteArray frame;
    frame.reserve(2 + payload.size());
    frame.append(first).append(char(payload.size())).append(payload);
    return frame;
}

Header messageHeader(char first, qsizetype payloadBytes)
{
    if (payloadBytes < 126)
        return {{first, char(payloadBytes)}, 2};
    if (payloadBytes < 65536) {
        Header header{{first, 126}, 4};
        qToBigEndian(quint16(payloadBytes), header.bytes + 2);
        return header;
    }
    Header header{{first, 127}, 10};
    qToBigEndian(quint64(payloadBytes), header.bytes + 2);
    return header;
}

} // namespace

Header textHeader(qsizetype payloadBytes)
{
    return messageHeader(finalText, payloadBytes);
}

Header binaryHeader(qsizetype payloadBytes)
{
    return messageHeader(finalBinary, payloadBytes);
}

QByteArray ping(const QByteArray &payload)
{
    return control(finalPing, payload);
}

QByteArray pong(const QByteArray &payload)
{
    return control(finalPong, payload);
}

QByteArray close(quint16 code, const QString &reason)
{
    if (code == quint16(CloseCode::Abnormal))
        return control(finalClose, {});
    QByteArray payload(2, '\0');
    qToBigEndian(code, payload.data());
    QByteArray utf8 = reason.toUtf8();
    if (utf8.size() > longestControl - 2) {
        qsizetype end = longestControl - 2;
        while (end > 0 && (quint8(utf8[end]) & 0xc0) == 0x80)
            --end;
        utf8.truncate(end);
    }
    return control(finalClose, payload + utf8);
}

} // namespace rookery::net::frames
