// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "server/bus/redis/redisreply.h"

#include <QByteArrayView>
#include <QString>

#include <initializer_list>
#include <memory>

struct redisReader;

namespace rookery::bus {

/// The bytes of a command (RESP). Each word may hold any bytes.
QByteArray redisCommand(std::initializer_list<QByteArrayView> words);
QByteArray redisCommand(const std::vector<QByteArray> &words);

/// Takes the replies out of what a server sends, however it is split: hiredis' reader with bounds, so that a server that is
/// broken or hostile cannot make this process allocate.
class RedisReader
{
public:
    /// Of one reply: a frame, its channel, and room to spare.
    static constexpr qsizetype mostBytes = 1024 * 1024;
    /// Of all arrays of one reply together. ROLE and SENTINEL answer with a few words.
    static constexpr size_t mostElements = 1024;

    RedisReader();
    ~RedisReader();
    RedisReader(const RedisReader &) = delete;
    RedisReader &operator=(const RedisReader &) = delete;

    enum class Outcome { Reply, Incomplete, Broken };

    /// Before the next feed(), next() is to be called until it says Incomplete.
    void feed(QByteArrayView bytes);
    /// The next reply. After Broken, which problem() is about, there are no more.
    Outcome next(RedisReply *reply);
    /// What is wrong, as the end of a sentence.
    QString problem() const;

    /// What the reply that is being read has taken so far.
    struct Budget
    {
        size_t bytes = 0;
        size_t elements = 0;

        bool isOver() const { return bytes > size_t(mostBytes) || elements > mostElements; }
    };

private:
    struct Free
    {
        void operator()(redisReader *reader) const;
    };

    Budget m_budget;
    std::unique_ptr<redisReader, Free> m_reader;
};

} // namespace rookery::bus
