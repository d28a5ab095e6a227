// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "common/limits.h"
#include "server/store/store.h"
#include "server/threads/postbox.h"

#include <QString>

#include <chrono>
#include <functional>
#include <memory>

namespace rookery::store {

/// How names are compared. What follows from it is stored beside each name, and is made anew where it was
/// made by other rules: by an older version, or with the tables of another ICU.
struct NameRules
{
    QString version; ///< of both; empty: there are none
    std::function<QString(const QString &)> key = {}; ///< NewUser::skeleton
    std::function<QString(const QString &)> lookalike = {}; ///< NewUser::lookalike, NewRoom::lookalike
};

/// What every store is opened with, on whatever database.
struct StoreOptions
{
    int queueBound = Limits().storeQueue;
    CommitObserver committed = {};
    GuestRegister *guests = nullptr; ///< none: nobody is here; outlives the store
    std::chrono::milliseconds housekeepingInterval = std::chrono::minutes(15);
    NameRules names = {}; ///< none: what is stored is not compared anew
    /// Whose boxes the answers go into: the observer's, where the order between the two matters.
    std::shared_ptr<threads::Postboxes> postboxes = std::make_shared<threads::Postboxes>();
    int readers = 2; ///< threads that read, with a connection each
    /// Which key this node signs its tokens with. A database that nodes share refuses a node with another one. Empty: not
    /// compared.
    QString signingKeyId = {};
    /// Called on a thread of the store when the database goes on with another history, as after a restore: what was
    /// read before belongs to the old one. Answers from then on have the new epoch.
    std::function<void(const QString &epoch)> epochChanged = {};
    /// The operator's promise that no database takes over from another one without all that was acknowledged, as with a
    /// synchronous standby. Without it a takeover is another history.
    bool losslessFailover = false;
    /// A file in which a store whose database is elsewhere keeps what it has last seen of it, so that a restore is noticed
    /// across restarts. Empty: nowhere.
    QString historyFile = {};
    QString password = {}; ///< of the database's user, where its URL has none; not logged
};

} // namespace rookery::store
