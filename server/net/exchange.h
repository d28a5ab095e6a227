// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "server/net/http/refusal.h"
#include "server/net/http/responsehead.h"
#include "server/net/incoming.h"

#include <QByteArray>
#include <QByteArrayView>

#include <chrono>
#include <memory>
#include <optional>
#include <variant>

/// HTTP requests whose body streams in, or whose answer streams out, without ever being whole in memory. They
/// never reach QHttpServer, which is the way of every request that a handler buffers.
///
/// A handler (Server::setHttpHandler()) sees each head before anything of the body is read, and decides. A
/// body goes into a BodySink, with back-pressure: a sink that pauses is given nothing, nothing is read, and
/// the TCP window closes. An answer comes from a BodySource that is pulled as the peer takes it.
///
/// Thread: everything here is called, and is to be called, on the thread of its Server. Sinks and sources that
/// work with other threads bring what comes back to this one. None of their functions may block.
///
/// Memory: of a body at most one read (64 KiB) that a paused sink has not been given, of an answer one piece
/// (BodySource::mostBytes) that the kernel has not taken.
///
/// Time: a client must send its body, or take its answer, at Limits::bodyBytesPerSecond (see Pace); the time in
/// which a sink pauses does not count. What sinks and sources do counts as their client's network's (see
/// TurnShares), and one connection streams some hundred KiB in a turn of the event loop, not more.
namespace rookery::net {

class BodySource;

/// How long a client is kept waiting for a sink or a source, if they do not say otherwise.
inline constexpr std::chrono::seconds usualPatience{60};

/// An answer whose body is in memory, or comes from a source.
struct HttpResponse
{
    int status = 200; ///< 200 to 599
    /// What describes the connection or the body's length must not be among them (areResponseFields()): then,
    /// as with a value that would break out of its line, 500 is sent instead.
    HeaderFields headers = {};
    QByteArray body = {};
    /// In place of `body`. Pulled for no answer that has none: to HEAD, 204 and 304.
    std::unique_ptr<BodySource> source = nullptr;
    /// How long the source may have nothing. Past it the connection is cut off.
    std::chrono::milliseconds patience = usualPatience;
};

/// The way back from a sink or a source to its connection. Good from its begin() to its destruction.
class Exchange
{
public:
    /// A sink that has paused takes bytes again; a source that had nothing has some. Bytes are asked for
    /// later, not inside this call.
    virtual void resume() = 0;
    /// Answers; the first answer counts. The sink is destroyed soon after this call, not inside it. Before
    /// the end of the body this ends the connection as well, once the answer has been sent.
    virtual void respond(HttpResponse response) = 0;
    /// The same with an answer like every other refusal's (Server::setRefusalBody()); ends the connection.
    virtual void refuse(Refusal refusal) = 0;

protected:
    ~Exchange() = default;
};

/// Where the body of a request goes. Belongs to its connection, which destroys it once it has answered, or
/// after aborted().
class BodySink
{
public:
    enum class Flow {
        More,
        Pause, ///< no take() until Exchange::resume()
    };

    virtual ~BodySink() = default;
    /// Once, before anything else; not where the length says that the body is past its limit (413). Where the
    /// client waits for `100 Continue`, it is sent once this sink wants More.
    virtual Flow begin(Exchange &exchange) = 0;
    /// The next bytes, at most 64 KiB, which are gone after this call: all of them count as taken, also where
    /// it pauses.
    virtual Flow take(QByteArrayView bytes) = 0;
    /// The body is complete; of a request without one, at once. Now an answer is due (StreamBody::patience).
    virtual void end() = 0;
    /// There will be no more, and nobody to answer: the client has left, is too slow, has sent what is
    /// invalid or too much, or the server goes or has lost its patience. Not after an answer. The exchange
    /// must not be used any more.
    virtual void aborted() = 0;
};

/// Where the body of an answer comes from. Belongs to its connection, which destroys it once its last byte has
/// been pulled, after a failure, or when the client has left.
class BodySource
{
public:
    /// The most bytes that are pulled at once.
    static constexpr qsizetype mostBytes = 64 * 1024;

    enum class Pulled {
        Bytes, ///< at least one
        Later, ///< nothing now; Exchange::resume() says when to ask again
        End, ///< of a body of unknown length
        Failed, ///< the connection is cut off, so that nobody takes what was sent for the whole
    };

    virtual ~BodySource() = default;
    /// The length of the body in bytes; nullopt where only its end will show. Asked once. A body of known
    /// length is complete with its last byte, and one that ends before it has failed.
    virtual std::optional<qint64> length() const = 0;
    /// Once, before the first pull().
    virtual void begin(Exchange & /*exchange*/) { }
    /// Sets `bytes` to the next ones, at most `most`. They must own their memory.
    virtual Pulled pull(qsizetype most, QByteArray &bytes) = 0;
};

/// The request goes to QHttpServer, whole.
struct BufferBody
{
    std::optional<qint64> bodyBytes = std::nullopt; ///< past it 413; nullopt: Limits::bodyBytes
};

/// The body goes into a sink, which answers when it likes.
struct StreamBody
{
    std::unique_ptr<BodySink> sink;
    qint64 bodyBytes = 0; ///< past it 413: before a byte is read where the length says so
    /// How long the sink may pause, and again how long it may take for its answer. Past it 503.
    std::chrono::milliseconds patience = usualPatience;
};

/// What is to become of a request. A Refusal or an HttpResponse is sent without reading the body; where there
/// is one, the connection ends after it, and what the client goes on sending is thrown away, for a while.
using HttpDecision = std::variant<BufferBody, StreamBody, HttpResponse, Refusal>;

/// Decides on requests by their heads: routes, limits and tokens come before bodies.
class HttpHandler
{
public:
    virtual ~HttpHandler() = default;
    /// `request` is good for as long as the call; its head is a valid one for a Host that is served here. Not
    /// asked about WebSockets. Methods are as they were sent, HEAD too.
    virtual HttpDecision decide(const Incoming &request) = 0;
};

} // namespace rookery::net
