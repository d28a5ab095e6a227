// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "server/store/statement.h"
#include "server/store/store.h"

namespace rookery::store {

/// The reads of many rooms at once. Written for all databases they are a few statements for each room; a database whose
/// statements are round trips brings its own.
struct BulkReads
{
    Result<MissedPages> (*missed)(Connection &connection, const QString &epoch, const MissedQuery &query);
    Result<QHash<QString, MembersPage>> (*firstMembers)(
        Connection &connection, const QStringList &roomIds, int limit);
    Result<QHash<QString, qint64>> (*heads)(Connection &connection, const QStringList &roomIds);
    bool areOneStatement = false; ///< each of them
};

} // namespace rookery::store
