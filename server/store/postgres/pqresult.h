// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "server/store/databaseerror.h"

#include <QByteArrayView>

#include <libpq-fe.h>

#include <memory>
#include <optional>

/// What libpq returns, owned and read.
namespace rookery::store::postgres {

struct ResultClearer
{
    void operator()(PGresult *result) const { PQclear(result); }
};
using PqResult = std::unique_ptr<PGresult, ResultClearer>;

/// By SQLSTATE (PostgreSQL's manual, appendix A). Empty, of a connection that is gone: Fault::Connection.
Fault classify(QByteArrayView sqlState);

/// The error of a result that is one, or of the connection if there is none.
DatabaseError failure(const PGresult *result, const PGconn *connection);

/// The types that the schema and its queries use, as pg_type names them.
enum class Type : Oid {
    Bool = 16,
    Bytes = 17,
    BigInt = 20,
    SmallInt = 21,
    Integer = 23,
    Text = 25,
    Uuid = 2950,
};

/// The column of a row in binary form; nullopt: NULL.
std::optional<QByteArrayView> field(const PGresult *result, int row, int column);
/// A whole number of any width, or a boolean as 0 or 1. Throws DatabaseError for another type.
qint64 integer(Type type, QByteArrayView bytes);

} // namespace rookery::store::postgres
