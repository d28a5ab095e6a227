// SPDX-License-Identifier: GPL-3.0-or-later
// The conformance suites of store.h, run on SQLite. A second back-end adds its factory here and nothing else.

#include "server/store/sqlite/sqlstore.h"
#include "tests/server/store/conformance.h"

#include <QCoreApplication>
#include <QTemporaryDir>

namespace {

class SqliteFactory : public storetest::Factory
{
public:
    void wipe() override { m_folder = std::make_unique<QTemporaryDir>(); }
    std::unique_ptr<rookery::store::Store> open() override
    {
        rookery::store::SqliteOptions options;
        options.path = m_folder->filePath(QStringLiteral("rookery.db"));
        options.postboxes = postboxes;
        options.committed = observer();
        auto store = rookery::store::openSqlite(options);
        if (!store) {
            qWarning("%ls", qUtf16Printable(store.error().detail));
            return nullptr;
        }
        return std::move(store).value();
    }

private:
    std::unique_ptr<QTemporaryDir> m_folder;
};

} // namespace

int main(int argc, char **argv)
{
    const QCoreApplication application(argc, argv);
    SqliteFactory sqlite;
    storetest::UserConformance users(&sqlite);
    storetest::RoomConformance rooms(&sqlite);
    storetest::EventConformance events(&sqlite);
    storetest::ChangeConformance changes(&sqlite);
    storetest::RoleConformance roles(&sqlite);
    storetest::MarkConformance marks(&sqlite);
    int failed = 0;
    for (QObject *suite : std::initializer_list<QObject *>{&users, &rooms, &events, &changes, &roles, &marks})
        failed += QTest::qExec(suite, argc, argv);
    return failed;
}
