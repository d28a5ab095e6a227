#pragma once

#include "common/limits.h"
#include "server/store/store.h"

#include <memory>

namespace rookery::store {

struct SqliteOptions
{
    QString path; ///< of the database file; made where it is missing, mode 0600
    int readers = 2; ///< threads that read, one connection each
    int queueBound = Limits().storeQueue;
};

/// Opens the store on SQLite and brings its schema up to date; called once, before the listeners, and may
/// block. The Error is a sentence for the operator (cannot be opened, newer schema than this program knows,
/// migration that failed …).
Result<std::unique_ptr<Store>> openSqlite(const SqliteOptions &options);

} // namespace rookery::store
