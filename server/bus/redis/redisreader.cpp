// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/bus/redis/redisreader.h"

#include <hiredis.h>

#include <new>
#include <utility>

namespace rookery::bus {

namespace {

/// The item that `task` is about: the reply itself, which belongs to the reader, or an element of the array around it.
RedisReply *makeItem(const redisReadTask *task, RedisReply::Kind kind)
{
    RedisReply *const item = task->parent
        ? &static_cast<RedisReply *>(task->parent->obj)->elements[size_t(task->idx)]
        : new RedisReply;
    item->kind = kind;
    return item;
}

/// Null, by which hiredis stops, if the reply is too long with that.
void *makeText(const redisReadTask *task, RedisReply::Kind kind, const char *text, size_t size)
{
    auto *const budget = static_cast<RedisReader::Budget *>(task->privdata);
    budget->bytes += size;
    if (budget->isOver())
        return nullptr;
    RedisReply *const item = makeItem(task, kind);
    item->text = QByteArray(text, qsizetype(size));
    return item;
}

void *makeInteger(const redisReadTask *task, qint64 value)
{
    RedisReply *const item = makeItem(task, RedisReply::Kind::Integer);
    item->integer = value;
    return item;
}

/// Null as above. An array in an array costs as many bytes as its head, but an element's memory for each that it announces.
void *makeArray(const redisReadTask *task, size_t elements)
{
    auto *const budget = static_cast<RedisReader::Budget *>(task->privdata);
    budget->elements = elements > RedisReader::mostElements ? elements : budget->elements + elements;
    if (budget->isOver())
        return nullptr;
    RedisReply *const item = makeItem(task, RedisReply::Kind::Array);
    item->elements.resize(elements);
    return item;
}

RedisReply::Kind kindOfText(int type)
{
    switch (type) {
    case REDIS_REPLY_STATUS:
        return RedisReply::Kind::Status;
    case REDIS_REPLY_ERROR:
        return RedisReply::Kind::Error;
    default:
        return RedisReply::Kind::Text;
    }
}

/// What only RESP3 has, and hiredis since 1.0. It is never asked for; a server that sends it all the same is read.
template <typename Functions>
void addLaterFunctions(Functions &functions)
{
    if constexpr (requires { functions.createDouble; })
        functions.createDouble = [](const redisReadTask *task, double, char *text, size_t size) -> void * {
            return makeText(task, RedisReply::Kind::Text, text, size);
        };
    if constexpr (requires { functions.createBool; })
        functions.createBool = [](const redisReadTask *task, int value) -> void * {
            return makeInteger(task, value);
        };
}

redisReplyObjectFunctions makeFunctions()
{
    redisReplyObjectFunctions functions{};
    functions.createString = [](const redisReadTask *task, char *text, size_t size) -> void * {
        return makeText(task, kindOfText(task->type), text, size);
    };
    // `elements` is an int before hiredis 1.0, and a size_t since.
    functions.createArray = [](const redisReadTask *task, auto elements) -> void * {
        return makeArray(task, size_t(elements));
    };
    functions.createInteger = [](const redisReadTask *task, long long value) -> void * {
        return makeInteger(task, value);
    };
    functions.createNil = [](const redisReadTask *task) -> void * {
        return makeItem(task, RedisReply::Kind::Nil);
    };
    functions.freeObject = [](void *reply) { delete static_cast<RedisReply *>(reply); };
    addLaterFunctions(functions);
    return functions;
}

} // namespace

namespace {

template <typename Words>
QByteArray written(const Words &words)
{
    std::vector<const char *> texts;
    std::vector<size_t> sizes;
    texts.reserve(words.size());
    sizes.reserve(words.size());
    for (const QByteArrayView word : words) {
        texts.push_back(word.isNull() ? "" : word.data());
        sizes.push_back(size_t(word.size()));
    }
    char *bytes = nullptr;
    const auto size = redisFormatCommandArgv(&bytes, int(texts.size()), texts.data(), sizes.data());
    if (size < 0)
        throw std::bad_alloc();
    QByteArray command(bytes, qsizetype(size));
    redisFreeCommand(bytes);
    return command;
}

} // namespace

QByteArray redisCommand(std::initializer_list<QByteArrayView> words)
{
    return written(words);
}

QByteArray redisCommand(const std::vector<QByteArray> &words)
{
    return written(words);
}

void RedisReader::Free::operator()(redisReader *reader) const
{
    redisReaderFree(reader);
}

RedisReader::RedisReader()
{
    static redisReplyObjectFunctions functions = makeFunctions();
    m_reader.reset(redisReaderCreateWithFunctions(&functions));
    if (!m_reader)
        throw std::bad_alloc();
    m_reader->privdata = &m_budget;
}

RedisReader::~RedisReader() = default;

void RedisReader::feed(QByteArrayView bytes)
{
    // What waits there is the beginning of an item, whose end may be far away.
    if (m_reader->len - m_reader->pos > size_t(mostBytes))
        m_budget.bytes = size_t(mostBytes) + 1;
    if (!m_budget.isOver() && redisReaderFeed(m_reader.get(), bytes.data(), size_t(bytes.size())) != REDIS_OK
        && m_reader->err == REDIS_ERR_OOM)
        throw std::bad_alloc();
}

RedisReader::Outcome RedisReader::next(RedisReply *reply)
{
    if (m_budget.isOver())
        return Outcome::Broken;
    void *raw = nullptr;
    if (redisReaderGetReply(m_reader.get(), &raw) != REDIS_OK)
        return Outcome::Broken;
    if (!raw)
        return Outcome::Incomplete;
    const std::unique_ptr<RedisReply> made(static_cast<RedisReply *>(raw));
    *reply = std::move(*made);
    m_budget = {};
    return Outcome::Reply;
}

QString RedisReader::problem() const
{
    if (m_budget.bytes > size_t(mostBytes))
        return QStringLiteral("sends a reply of more than %1 bytes").arg(mostBytes);
    if (m_budget.elements > mostElements)
        return QStringLiteral("sends a reply of more than %1 elements").arg(mostElements);
    return QStringLiteral("does not speak the protocol of Redis");
}

} // namespace rookery::bus
