// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "common/error.h"

#include <QByteArrayView>

#include <algorithm>

namespace rookery {

/// The answer to an image that is not what its format says.
inline Error malformedImage(const QString &what)
{
    return {ErrorCode::InvalidRequest, QStringLiteral("The image is malformed: %1.").arg(what)};
}

/// Reads the numbers of an image header in sequence. Past the end it returns zeros and ranOut() is true; it
/// never reads out of bounds.
class ImageBytes
{
public:
    explicit ImageBytes(QByteArrayView bytes)
        : m_bytes(bytes)
    { }

    bool ranOut() const { return m_ranOut; }
    bool atEnd() const { return m_at == m_bytes.size(); }

    void skip(qint64 count)
    {
        m_ranOut = m_ranOut || count > m_bytes.size() - m_at;
        m_at += qsizetype(std::min<qint64>(count, m_bytes.size() - m_at));
    }
    QByteArrayView take(qsizetype count)
    {
        const qsizetype start = m_at;
        skip(count);
        return m_ranOut ? QByteArrayView() : m_bytes.sliced(start, count);
    }
    /// Consumes these bytes and returns true if they come next.
    bool takes(QByteArrayView expected) { return take(expected.size()) == expected; }

    quint8 u8()
    {
        const QByteArrayView bytes = take(1);
        return bytes.isEmpty() ? 0 : quint8(bytes[0]);
    }
    quint16 u16be() { return quint16(bigEndian(2)); }
    quint32 u32be() { return bigEndian(4); }
    quint16 u16le() { return quint16(littleEndian(2)); }
    quint32 u24le() { return littleEndian(3); }
    quint32 u32le() { return littleEndian(4); }

private:
    quint32 bigEndian(qsizetype size)
    {
        quint32 number = 0;
        for (const char byte : take(size))
            number = number << 8 | quint8(byte);
        return number;
    }
    quint32 littleEndian(qsizetype size)
    {
        const QByteArrayView bytes = take(size);
        quint32 number = 0;
        for (auto byte = bytes.crbegin(); byte != bytes.crend(); ++byte)
            number = number << 8 | quint8(*byte);
        return number;
    }

    QByteArrayView m_bytes;
    qsizetype m_at = 0;
    bool m_ranOut = false;
};

} // namespace rookery
