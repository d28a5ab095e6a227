// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "server/bus/buckets.h"
#include "server/bus/redis/redisoptions.h"
#include "server/threads/postbox.h"

#include <QByteArray>
#include <QObject>
#include <QThread>

#include <atomic>
#include <memory>

namespace rookery::bus {

struct RedisBucketsOptions
{
    QByteArray prefix = {}; ///< of every key; with the same `{…}` for all nodes of a database
    /// Of the digests that stand for the buckets' names in the keys; the same on all nodes, and secret.
    QByteArray secret = {};
    std::shared_ptr<threads::Postboxes> postboxes = std::make_shared<threads::Postboxes>();
};

/// Buckets in Redis, one key each, which ends when the bucket is full. A script takes the tokens, in one step
/// and by the clock of Redis. On a connection and a thread of its own.
///
/// Redis is never waited for longer than answerTime, and not asked while it owes an answer that is overdue. Where
/// it is away, too slow, or refuses to write, there is no answer, and one line in the log.
class RedisBuckets final : public Buckets
{
public:
    /// Questions on their way. Past that nobody can be asked.
    static constexpr int mostAsked = 1'000;

    RedisBuckets(RedisOptions redis, RedisBucketsOptions options);
    /// After the last take().
    ~RedisBuckets() override;

    bool take(const std::vector<Bucket> &buckets, QObject *context, Answer answer) override;
    /// Whether a question would be asked now.
    bool isOpen() const { return m_isOpen; }

private:
    class Question;
    class Asker;

    QByteArray keyOf(const Bucket &bucket) const;

    const RedisBucketsOptions m_options;
    std::atomic<bool> m_isOpen = false;
    std::atomic<int> m_asked = 0;
    QThread m_thread;
    QObject m_anchor; ///< on the thread, for what is to be run there
    std::unique_ptr<Asker> m_asker; ///< there, too
};

} // namespace rookery::bus
