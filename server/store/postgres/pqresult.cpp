// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/store/postgres/pqresult.h"

#include <QtEndian>

namespace rookery::store::postgres {

namespace {

bool isOneOf(QByteArrayView state, std::initializer_list<QByteArrayView> states)
{
    for (const QByteArrayView one : states) {
        if (state.startsWith(one))
            return true;
    }
    return false;
}

/// A SQLSTATE, five digits of base 36, as one number.
int numberOf(QByteArrayView state)
{
    return state.toByteArray().toInt(nullptr, 36);
}

} // namespace

Fault classify(QByteArrayView sqlState)
{
    if (sqlState.isEmpty())
        return Fault::Connection;
    // disk_full
    if (isOneOf(sqlState, {"53100"}))
        return Fault::Full;
    // Transactions that the server has given up: conflicts, deadlocks, timeouts, an earlier error inside.
    if (isOneOf(sqlState, {"40", "25P02", "55P03", "57014"}))
        return Fault::Transaction;
    // Connections, resources, a server that shuts down or is read-only by now, damaged data.
    if (isOneOf(sqlState, {"08", "25006", "28", "3D", "53", "57P", "58", "F0", "XX"}))
        return Fault::Connection;
    return Fault::Statement;
}

DatabaseError failure(const PGresult *result, const PGconn *connection)
{
    // The field PRIMARY says what is wrong; DETAIL, which is left out, would repeat values.
    const char *const state = result ? PQresultErrorField(result, PG_DIAG_SQLSTATE) : nullptr;
    const char *const primary = result ? PQresultErrorField(result, PG_DIAG_MESSAGE_PRIMARY) : nullptr;
    if (!primary || PQstatus(connection) == CONNECTION_BAD) {
        const QString text = QString::fromUtf8(primary ? primary : PQerrorMessage(connection)).trimmed();
        return DatabaseError{Fault::Connection,
            text.isEmpty() ? QStringLiteral("the connection to the database was lost") : text,
            state ? numberOf(state) : 0};
    }
    const QByteArrayView sqlState(state ? state : "");
    return DatabaseError{classify(sqlState),
        QStringLiteral("%1 (SQLSTATE %2)")
            .arg(QString::fromUtf8(primary), QString::fromLatin1(sqlState.toByteArray())),
        numberOf(sqlState)};
}

std::optional<QByteArrayView> field(const PGresult *result, int row, int column)
{
    if (PQgetisnull(result, row, column))
        return std::nullopt;
    return QByteArrayView(PQgetvalue(result, row, column), PQgetlength(result, row, column));
}

qint64 integer(Type type, QByteArrayView bytes)
{
    switch (type) {
    case Type::BigInt:
        return qFromBigEndian<qint64>(bytes.data());
    case Type::Integer:
        return qFromBigEndian<qint32>(bytes.data());
    case Type::SmallInt:
        return qFromBigEndian<qint16>(bytes.data());
    case Type::Bool:
        return bytes.front() != 0;
    case Type::Bytes:
    case Type::Text:
    case Type::Uuid:
        break;
    }
    throw DatabaseError{Fault::Statement, QStringLiteral("a column of type %1 is no number").arg(Oid(type))};
}

} // namespace rookery::store::postgres
