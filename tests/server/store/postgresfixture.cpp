// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/server/store/storefixture.h"
#include "tests/support/postgresserver.h"

namespace {

class PostgresFixture : public storetest::StoreFixture
{
public:
    const char *name() const override { return "PostgreSQL"; }
    void wipe() override
    {
        // Some tests kill processes; none takes the power.
        if (!m_server.isRunning() && !m_server.start({QStringLiteral("fsync=off")}))
            qFatal("%s", qPrintable(m_server.why()));
        if (!m_database.isEmpty())
            m_server.dropDatabase(m_database);
        m_database = m_server.makeDatabase();
        if (m_database.isEmpty())
            qFatal("%s", qPrintable(m_server.why()));
    }
    QUrl url() const override { return m_server.url(m_database); }

private:
    rookery::test::PostgresServer m_server;
    QString m_database;
};

const bool postgresRegistered = storetest::addFixture<PostgresFixture>();

} // namespace
