// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "common/ids.h"

#include <QByteArray>
#include <QtEndian>

namespace rookery::store::postgres {

/// A one-dimensional array without NULLs in PostgreSQL's binary form, for Statement::blob() (array_recv() in its sources:
/// dimensions, flags, the elements' type, length and lower bound, then each element after its length, all big-endian).
class PqArray
{
public:
    static constexpr quint32 bigint = 20; ///< OIDs of pg_type
    static constexpr quint32 text = 25;
    static constexpr quint32 uuid = 2950;

    explicit PqArray(quint32 elementType)
    {
        number<qint32>(1);
        number<qint32>(0);
        number(elementType);
        number<qint32>(0);
        number<qint32>(1);
    }

    void add(qint64 value)
    {
        number<qint32>(sizeof value);
        number(value);
        ++m_size;
    }
    void add(const IdBytes &value) { add(QByteArrayView(value.data(), qsizetype(value.size()))); }
    void add(QByteArrayView value)
    {
        number(qint32(value.size()));
        m_bytes.append(value);
        ++m_size;
    }

    QByteArray take()
    {
        qToBigEndian(m_size, m_bytes.data() + sizeAt);
        return std::move(m_bytes);
    }

private:
    static constexpr qsizetype sizeAt = 12;

    template <typename Number>
    void number(Number value)
    {
        const Number big = qToBigEndian(value);
        m_bytes.append(reinterpret_cast<const char *>(&big), sizeof big);
    }

    QByteArray m_bytes;
    qint32 m_size = 0;
};

} // namespace rookery::store::postgres
