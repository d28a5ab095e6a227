// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "server/store/schema/migrator.h"

namespace rookery::store::postgres {

/// Nodes that start at once bring the schema up to date one after the other. Which of an older version may go on stands in
/// `meta` as `schema_min`.
class PostgresMigrator final : public Migrator
{
public:
    using Migrator::Migrator;

protected:
    bool isTable(Connection &connection, const QString &name) override;
    void lock(Connection &connection) override;
    int oldestUser(Connection &connection, int found) override;
    void noteOldestUser(Connection &connection, int version) override;
    QStringList parts(const QString &script) const override;
};

} // namespace rookery::store::postgres
