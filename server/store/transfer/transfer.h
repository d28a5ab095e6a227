// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "common/result.h"

#include <QByteArray>
#include <QList>
#include <QString>
#include <QStringList>

#include <chrono>
#include <functional>

/// Copies a store from SQLite to PostgreSQL, with all keys, numbers and ids as they are, and compares the two.
namespace rookery::store::transfer {

/// Where it is, for whoever waits.
struct Progress
{
    QString task; ///< what is done: `copying events`
    qint64 rows = 0; ///< of the task
    qint64 of = 0; ///< about; 0: not counted in rows
};

struct Options
{
    QString path; ///< of the SQLite database
    QString
        conninfo; ///< of the one on PostgreSQL, as libpq reads it; it may hold a password and is not repeated
    QString password = {}; ///< used where the conninfo has none
    /// Asked often. True: stop here; the next run goes on from here.
    std::function<bool()> stopped = {};
    /// Called after each transaction, and now and then while rows are compared.
    std::function<void(const Progress &)> progress = {};
    std::function<void(const QString &line)> say = {};
    /// None: no rookeryd uses the SQLite database, nor can start. Else one may, and goes on until this says that it has ended
    /// and cannot start again. Asked often, from when `wait` was called.
    std::function<bool()> paused = {};
    std::function<void()> wait = {}; ///< the copy is as new as it can be: the rest takes seconds
    qint64 batchRows = 5'000; ///< per transaction
};

struct TableReport
{
    QString table;
    qint64 sourceRows = 0;
    qint64 targetRows = 0;
    QByteArray sourceHash; ///< over all rows in the order of their keys; in hex
    QByteArray targetHash;
    QStringList differences; ///< a range of keys each
};

enum class Outcome {
    Same,
    Different,
    Stopped,
};

struct Report
{
    Outcome outcome = Outcome::Stopped;
    QList<TableReport> tables;
    qint64 replaced = 0; ///< texts whose NULs were replaced
    std::chrono::milliseconds pause{0}; ///< how long nothing could write
};

/// Copies, verifies and completes, or goes on with that. After it the database is as if rookeryd had always used it. Blocks.
/// The Error is a sentence for the operator: the source or the target is refused, or fails. If rows differ nothing is
/// completed.
Result<Report> migrate(const Options &options);

/// Only compares: a database that was migrated, before rookeryd has written to it.
Result<Report> verify(const Options &options);

} // namespace rookery::store::transfer
