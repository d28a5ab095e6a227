// SPDX-License-Identifier: GPL-3.0-or-later
/// What a Redis sends (THREATS 49): the same replies however the bytes are split, none past the bounds, and each of them is read
/// again from what it is written as.

#include "server/bus/redis/redisreader.h"
#include "tests/fuzz/support/fuzz.h"

#include <QByteArrayList>

using namespace rookery;
using bus::RedisReader;
using bus::RedisReply;

namespace {

QByteArray written(const RedisReply &reply)
{
    switch (reply.kind) {
    case RedisReply::Kind::Nil:
        return "$-1\r\n";
    case RedisReply::Kind::Integer:
        return ':' + QByteArray::number(reply.integer) + "\r\n";
    case RedisReply::Kind::Text:
        return '$' + QByteArray::number(reply.text.size()) + "\r\n" + reply.text + "\r\n";
    case RedisReply::Kind::Status:
        return '+' + reply.text + "\r\n";
    case RedisReply::Kind::Error:
        return '-' + reply.text + "\r\n";
    case RedisReply::Kind::Array:
        break;
    }
    QByteArray all = '*' + QByteArray::number(qsizetype(reply.elements.size())) + "\r\n";
    for (const RedisReply &element : reply.elements)
        all += written(element);
    return all;
}

size_t elementsOf(const RedisReply &reply)
{
    size_t count = reply.elements.size();
    for (const RedisReply &element : reply.elements)
        count += elementsOf(element);
    return count;
}

struct Read
{
    QByteArrayList replies;
    bool isBroken = false;
    bool operator==(const Read &) const = default;
};

Read readAll(QByteArrayView bytes, quint8 how)
{
    Read read;
    RedisReader reader;
    fuzz::inPieces(bytes, how, [&](QByteArrayView piece) {
        reader.feed(piece);
        RedisReply reply;
        auto outcome = reader.next(&reply);
        for (; outcome == RedisReader::Outcome::Reply; outcome = reader.next(&reply)) {
            FUZZ_REQUIRE(!read.isBroken);
            FUZZ_REQUIRE(elementsOf(reply) <= RedisReader::mostElements);
            read.replies.append(written(reply));
        }
        if (outcome == RedisReader::Outcome::Broken) {
            FUZZ_REQUIRE(!reader.problem().isEmpty());
            read.isBroken = true;
        }
    });
    return read;
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const quint8 *data, size_t size)
{
    fuzz::Input input(data, size);
    const quint8 how = input.byte();
    const Read read = readAll(input.rest(), how);
    FUZZ_REQUIRE(readAll(input.rest(), quint8(how + 1)) == read);
    const Read again = readAll(read.replies.join(), how);
    FUZZ_REQUIRE(!again.isBroken && again.replies == read.replies);
    return 0;
}
