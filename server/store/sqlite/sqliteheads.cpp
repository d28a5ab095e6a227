// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/store/sqlite/sqliteheads.h"

#include "server/store/statement.h"

namespace rookery::store {

void SqliteHeads::begin(Connection &connection)
{
    // Changes if another connection has written, for example that of an operator who repairs something by hand.
    Statement row = connection.statement("PRAGMA data_version");
    const qint64 version = row.next() ? row.integerAt(0) : 0;
    if (version != m_dataVersion)
        forget();
    m_dataVersion = version;
}

void SqliteHeads::forget()
{
    LogHeads::forget();
    m_dataVersion = 0;
}

} // namespace rookery::store
