// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "server/bus/redis/redisdialer.h"
#include "server/bus/redis/redisreply.h"

#include <QObject>
#include <QTimer>

#include <chrono>
#include <deque>
#include <functional>
#include <vector>

namespace rookery::bus {

class RedisConnection;

/// Commands to a Redis server, without waiting for one to be answered before the next, on a connection that is made again
/// whenever it is lost. What has not been answered by then is never answered.
class RedisLink final : public QObject
{
    Q_OBJECT
public:
    using Words = std::vector<QByteArray>;
    using Answer = std::function<void(const RedisReply &)>;

    /// How long the server may take for its next answer.
    static constexpr std::chrono::milliseconds patience{5000};

    explicit RedisLink(RedisOptions options, QObject *parent = nullptr);
    ~RedisLink() override;

    /// To be called once.
    void open();
    bool isOpen() const { return m_isOpen; }
    /// While it is open. An error for an answer cuts the connection.
    void ask(const Words &words, Answer answer = {});
    /// The same, but an error is an answer like any other.
    void tryAsking(const Words &words, Answer answer);
    size_t unanswered() const { return m_unanswered.size(); }
    /// As RedisDialer::proved().
    void proved() { m_dialer.proved(); }
    /// Drops the connection, for this end of a sentence, and makes another one after a pause.
    void cut(const QString &problem);
    /// Ends it for good, when all is answered or after that time.
    void finish(std::chrono::milliseconds atMost);

Q_SIGNALS:
    void opened();
    /// As Wire::closed(). Comes out of cut(), and may come out of ask().
    void closed(const QString &reason);

private:
    struct Asked
    {
        Answer answer;
        bool mayFail = false;
    };

    void connectTo(const RedisAddress &address);
    void ready();
    void take(const RedisReply &reply);
    void send(const Words &words, Asked asked);
    void drop();
    void lost(const QString &reason);

    RedisDialer m_dialer;
    RedisConnection *m_connection = nullptr; ///< a child
    bool m_isOpen = false;
    std::deque<Asked> m_unanswered;
    QTimer m_overdue{this}; ///< runs while something is unanswered
};

} // namespace rookery::bus
