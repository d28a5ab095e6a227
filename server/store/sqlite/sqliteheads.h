// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "server/store/queries/logheads.h"

namespace rookery::store {

/// LogHeads of the one program that writes to an SQLite database: what it remembers stays right from one transaction to
/// the next, unless another program has written all the same.
class SqliteHeads final : public LogHeads
{
public:
    using LogHeads::LogHeads;

    void begin(Connection &connection) override;
    void forget() override;

private:
    qint64 m_dataVersion = 0; ///< of the transaction before; 0: of none
};

} // namespace rookery::store
