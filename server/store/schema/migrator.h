// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "common/result.h"
#include "server/store/statement.h"

#include <QList>
#include <QStringList>

#include <functional>

namespace rookery::store {

/// One numbered step of the schema.
struct SchemaStep
{
    int version = 0;
    QString name; ///< `0001_users`
    QString script;
    /// Whoever knows the schema up to this version can use the database after the step: it only adds to what they know.
    /// The script says so in a line `-- oldest: N`; 0: it does not, so that none but this version's can.
    int oldest = 0;
};

/// Reads the `NNNN_name.sql` files, which must be numbered from 1 without gaps, and name an older version as `oldest`, or
/// none. The Error is for developers, since the
/// files are embedded in the program.
Result<QList<SchemaStep>> readSchemaSteps(const QString &folder);

/// Brings a database to the newest schema. Each step runs in one transaction together with its row in
/// `schema_version`: if the program is killed, each step is either complete or undone, and the next start continues.
///
/// A database of a later schema is used as it is where it allows that, and refused otherwise.
///
/// Each database derives from it. Blocks; used on the connection's thread.
class Migrator
{
public:
    Migrator(Connection &connection, QList<SchemaStep> steps);
    Migrator(const Migrator &) = delete;
    Migrator &operator=(const Migrator &) = delete;
    virtual ~Migrator() = default;

    /// Called with the version of a step between its statements and its commit; for tests that kill the process there.
    void setBeforeCommit(std::function<void(int version)> hook) { m_beforeCommit = std::move(hook); }

    /// The Error is a sentence for the operator: a newer schema than this program may use, or a step that
    /// failed.
    Result<Nothing> run();

protected:
    /// Whether there is a table of this name.
    virtual bool isTable(Connection &connection, const QString &name) = 0;
    /// Called first in the transaction of each step: nobody else changes the schema before its end.
    virtual void lock(Connection & /*connection*/) { }
    /// Up to which version one has to know the schema to use the database, which is of version `found`. Where several
    /// processes use it, those of an older version must go on.
    virtual int oldestUser(Connection & /*connection*/, int found) { return found; }
    /// Notes it, in the transaction of a step.
    virtual void noteOldestUser(Connection & /*connection*/, int /*version*/) { }
    /// The script in the parts that the connection can execute.
    virtual QStringList parts(const QString &script) const = 0;

private:
    int currentVersion();
    void apply(const SchemaStep &step);

    Connection &m_connection;
    QList<SchemaStep> m_steps;
    std::function<void(int)> m_beforeCommit;
};

} // namespace rookery::store
