// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "server/bus/redis/redisoptions.h"

#include <QObject>

namespace rookery::bus {

class RedisConnection;
struct RedisReply;

/// Asks the Sentinels in turn where the master is, from the one that answered last.
class RedisMaster final : public QObject
{
    Q_OBJECT
public:
    explicit RedisMaster(const RedisOptions &options, QObject *parent = nullptr);

    /// Ends in found() or failed(), never at once. Not before the one before has ended, or stop().
    void find();
    void stop();

Q_SIGNALS:
    void found(const rookery::bus::RedisAddress &address);
    /// None of them knows: what the last one said.
    void failed(const QString &reason);

private:
    void ask();
    void takeAnswer(const RedisReply &reply);
    void askNext(const QString &problem);

    const RedisOptions m_options;
    qsizetype m_current = 0; ///< which of them
    qsizetype m_asked = 0; ///< how many were, this time
    RedisConnection *m_connection = nullptr; ///< a child
};

} // namespace rookery::bus
