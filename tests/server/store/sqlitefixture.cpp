// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/store/factory/storefactory.h"
#include "tests/server/store/storefixture.h"

#include <QTemporaryDir>

namespace {

class SqliteFixture : public storetest::StoreFixture
{
public:
    const char *name() const override { return "SQLite"; }
    void wipe() override { m_folder = std::make_unique<QTemporaryDir>(); }
    QUrl url() const override
    {
        return rookery::store::sqliteUrl(m_folder->filePath(QStringLiteral("rookery.db")));
    }

private:
    std::unique_ptr<QTemporaryDir> m_folder;
};

const bool sqliteRegistered = storetest::addFixture<SqliteFixture>();

} // namespace
