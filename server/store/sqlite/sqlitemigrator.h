// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "server/store/schema/migrator.h"

namespace rookery::store {

class SqliteMigrator final : public Migrator
{
public:
    using Migrator::Migrator;

protected:
    bool isTable(Connection &connection, const QString &name) override;
    QStringList parts(const QString &script) const override;
};

} // namespace rookery::store
