// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/server/net/streamhandler.h"

#include <QUrlQuery>

#include <algorithm>
#include <utility>

namespace rookery::net::test {

namespace {

class Sink : public BodySink
{
public:
    Sink(StreamHandler *handler, StreamPtr stream)
        : m_handler(handler)
        , m_stream(std::move(stream))
    { }
    ~Sink() override
    {
        m_stream->exchange = nullptr;
        m_stream->gone = true;
    }

    Flow begin(Exchange &exchange) override
    {
        m_stream->exchange = &exchange;
        return m_handler->pauseAtBegin ? Flow::Pause : Flow::More;
    }
    Flow take(QByteArrayView bytes) override
    {
        m_hash.addData(bytes);
        m_stream->bytes += bytes.size();
        ++m_stream->calls;
        if (m_handler->taken)
            m_handler->taken(*m_stream);
        return m_handler->pauseEachTime ? Flow::Pause : Flow::More;
    }
    void end() override
    {
        m_stream->ended = true;
        if (m_handler->answersAtEnd)
            m_stream->exchange->respond({200, m_handler->fields,
                QByteArray::number(m_stream->bytes) + ' ' + m_hash.result().toHex()});
    }
    void aborted() override { m_stream->aborted = true; }

private:
    StreamHandler *m_handler;
    StreamPtr m_stream;
    QCryptographicHash m_hash{QCryptographicHash::Sha256};
};

class Source : public BodySource
{
public:
    struct How
    {
        qint64 bytes = 0;
        qint64 failsAt = -1;
        bool unknown = false;
        bool later = false;
    };

    Source(StreamHandler *handler, StreamPtr stream, How how)
        : m_handler(handler)
        , m_stream(std::move(stream))
        , m_how(how)
    { }
    ~Source() override
    {
        m_stream->exchange = nullptr;
        m_stream->gone = true;
    }

    std::optional<qint64> length() const override
    {
        return m_how.unknown ? std::nullopt : std::optional(m_how.bytes);
    }
    void begin(Exchange &exchange) override { m_stream->exchange = &exchange; }
    Pulled pull(qsizetype most, QByteArray &bytes) override
    {
        ++m_stream->calls;
        if (m_handler->pulled)
            m_handler->pulled(*m_stream);
        if (m_how.later && m_stream->calls % 2 == 1)
            return Pulled::Later;
        const qint64 end = m_how.failsAt >= 0 ? m_how.failsAt : m_how.bytes;
        const qint64 left = end - m_stream->bytes;
        if (left == 0 && m_how.failsAt >= 0)
            return Pulled::Failed;
        if (left == 0) {
            m_stream->ended = true;
            return Pulled::End;
        }
        bytes = streamedBytes(m_stream->bytes, qsizetype(std::min<qint64>(most, left)));
        m_stream->bytes += bytes.size();
        return Pulled::Bytes;
    }

private:
    StreamHandler *m_handler;
    StreamPtr m_stream;
    How m_how;
};

} // namespace

QByteArray streamedBytes(qint64 offset, qsizetype count)
{
    QByteArray bytes(count, Qt::Uninitialized);
    for (qsizetype i = 0; i < count; ++i)
        bytes[i] = char('a' + (offset + i) / 7 % 26);
    return bytes;
}

QByteArray digestOf(const QByteArray &body)
{
    return QByteArray::number(body.size()) + ' '
        + QCryptographicHash::hash(body, QCryptographicHash::Sha256).toHex();
}

HttpDecision StreamHandler::decide(const Incoming &request)
{
    const RequestHead &head = request.head;
    if (head.path == "/in")
        return streamIn(head);
    if (head.path.startsWith("/out/"))
        return streamOut(head);
    if (head.path == "/page")
        return HttpResponse{200, fields, "page"};
    if (head.path == "/whole")
        return BufferBody{100};
    return BufferBody{};
}

HttpDecision StreamHandler::streamIn(const RequestHead &head)
{
    if (head.single("authorization") != "Bearer good")
        return Refusal{401, {ErrorCode::Unauthorized, QStringLiteral("A token is needed.")},
            "WWW-Authenticate: Bearer\r\n"};
    streams.push_back(std::make_shared<Stream>());
    return StreamBody{std::make_unique<Sink>(this, streams.back()), bodyBytes, patience};
}

HttpDecision StreamHandler::streamOut(const RequestHead &head)
{
    const QUrlQuery query(QString::fromLatin1(head.query.mid(1)));
    Source::How how;
    how.bytes = head.path.mid(5).toLongLong();
    how.unknown = query.hasQueryItem(QStringLiteral("unknown"));
    how.later = query.hasQueryItem(QStringLiteral("later"));
    if (query.hasQueryItem(QStringLiteral("fail")))
        how.failsAt = query.queryItemValue(QStringLiteral("fail")).toLongLong();
    streams.push_back(std::make_shared<Stream>());
    HttpResponse response{status, fields, {}, std::make_unique<Source>(this, streams.back(), how), patience};
    return response;
}

} // namespace rookery::net::test
