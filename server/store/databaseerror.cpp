// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/store/databaseerror.h"

namespace rookery::store {

Q_LOGGING_CATEGORY(storeLog, "rookery.store", QtInfoMsg)

namespace {

// Room comes back when somebody makes it, a failing disk often with the next attempt.
constexpr std::chrono::seconds retryWhenFull{5};
constexpr std::chrono::seconds retryWhenUnavailable{1};

} // namespace

Error errorFor(const DatabaseError &error)
{
    switch (error.fault) {
    case Fault::Full:
        return Error{ErrorCode::StorageFull,
            QStringLiteral("The server's disk is full: nothing was stored. Reading works."), {},
            retryWhenFull};
    case Fault::Transaction:
    case Fault::Connection:
        return Error{ErrorCode::StorageUnavailable,
            QStringLiteral("The server's storage failed: nothing is confirmed. Send the same again."), {},
            retryWhenUnavailable};
    case Fault::Statement:
        break;
    }
    return Error{ErrorCode::Internal,
        QStringLiteral("The server's database failed; its log says why. Nothing was confirmed.")};
}

} // namespace rookery::store
