// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "server/store/jobs/job.h"

#include <vector>

namespace rookery::store {

/// How a database stores the messages of a batch at once. Used on the writer's thread.
class MessageStore
{
public:
    MessageStore() = default;
    MessageStore(const MessageStore &) = delete;
    MessageStore &operator=(const MessageStore &) = delete;
    virtual ~MessageStore() = default;

    /// Inside a transaction, in which LogHeads::begin() may not have been called. Each job has a message(): stores it and
    /// calls stored(), or puts the job into `others`: run() of it has the answer. Throws DatabaseError.
    virtual void store(
        Connection &connection, const std::vector<Job *> &jobs, std::vector<Job *> &others) = 0;
    /// To be called after a transaction that was undone: what was read in it may not be there.
    virtual void forget() = 0;
};

} // namespace rookery::store
