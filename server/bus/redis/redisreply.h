// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QByteArray>

#include <vector>

namespace rookery::bus {

/// What a Redis server has said.
struct RedisReply
{
    enum class Kind { Nil, Integer, Text, Status, Error, Array };

    Kind kind = Kind::Nil;
    qint64 integer = 0;
    QByteArray text; ///< of Text (any bytes), Status and Error
    std::vector<RedisReply> elements; ///< of Array

    bool isError() const { return kind == Kind::Error; }
    bool isArrayOf(size_t count) const { return kind == Kind::Array && elements.size() == count; }
};

} // namespace rookery::bus
