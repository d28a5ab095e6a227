// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "server/net/exchange.h"
#include "server/net/http/bodyreader.h"
#include "server/net/peer/pace.h"

#include <chrono>
#include <memory>
#include <optional>
#include <utility>

namespace rookery::net {

class Transport;

/// One request whose body or answer streams: its sink, its source, and whose turn it is. Its connection does
/// all reading and writing, and acts on what is asked for here in its next turn, so that sinks and sources
/// never end anything that is on the stack.
class ConnectionExchange final : public Exchange
{
public:
    using Clock = std::chrono::steady_clock;

    class Carrier
    {
    public:
        /// The connection looks at this exchange at the end of this turn of the loop.
        virtual void scheduleTurn() = 0;

    protected:
        ~Carrier() = default;
    };

    enum class Pumped {
        Wrote,
        Waits, ///< the source has nothing now
        Complete,
        Failed,
    };

    ConnectionExchange(Carrier *carrier, const Limits &limits, BodyReader body);
    ConnectionExchange(const ConnectionExchange &) = delete;
    ConnectionExchange &operator=(const ConnectionExchange &) = delete;

    void begin(StreamBody stream);
    void begin(HttpResponse response);
    /// The connection has nothing more for it: destroys sink and source, a sink that has not answered after
    /// aborted().
    void abandon();

    // Exchange
    void resume() override;
    void respond(HttpResponse response) override;
    void refuse(Refusal refusal) override;

    // --- The body

    /// Whether bytes are wanted just now.
    bool wantsBytes() const;
    /// Whether the body has been read to its end.
    bool hasWholeBody() const { return m_body.state() == BodyReader::State::Complete; }
    /// Whether the client is to send, if not just now.
    bool readsBody() const { return m_sink && !hasAnswer() && m_body.state() == BodyReader::State::Reading; }
    /// Gives the sink what it takes of these bytes; answers what is left.
    QByteArrayView consume(QByteArrayView bytes);
    /// Why the body cannot be read on; nullptr: it can.
    const Refusal *fault() const
    {
        const bool faulty = m_sink && !hasAnswer() && m_body.state() == BodyReader::State::Refused;
        return faulty ? &m_body.refusal() : nullptr;
    }
    /// Whether the connection reads: the time in which it does counts as the client's.
    void setReading(bool on);
    bool sendsTooSlowly(Clock::time_point now) { return readsBody() && m_bodyPace.isTooSlow(now); }

    // --- The answer

    /// Whether sink or handler have said what the answer is; then the body does not matter any more.
    bool hasAnswer() const { return m_answered; }
    /// What the sink refuses with, once.
    std::optional<Refusal> takeRefusal() { return std::exchange(m_refusal, std::nullopt); }
    bool hasResponse() const { return m_response.has_value(); }
    /// Begins to answer with the response; the sink goes. False where it cannot be sent.
    bool prepareResponse(bool toHead, bool oldHttp);
    BodyFraming framing() const { return m_framing; }
    /// Queues the head with these `lines` besides, and the body where that is in memory.
    void writeHead(Transport &transport, const QByteArray &lines);
    bool isAnswering() const { return m_answering; }
    bool isComplete() const { return m_complete; }
    /// Queues the next piece of the source's.
    Pumped pump(Transport &transport);
    bool waitsForSource() const { return m_starved; }
    /// `taken`: bytes that the peer's side has acknowledged since the connection began; `stuck`: the kernel
    /// takes nothing.
    bool takesTooSlowly(qint64 taken, bool stuck, Clock::time_point now);

    /// Whether sink or source have used up their patience.
    bool isHandlerLate(Clock::time_point now) const;

private:
    void setFlow(BodySink::Flow flow);
    void endIfComplete();
    Pumped finish(Transport &transport);

    Carrier *m_carrier;
    BodyReader m_body;
    std::unique_ptr<BodySink> m_sink;
    std::unique_ptr<BodySource> m_source;
    std::optional<HttpResponse> m_response;
    std::optional<Refusal> m_refusal;
    std::chrono::milliseconds m_patience = usualPatience;
    Clock::time_point m_waitsSince; ///< for the sink or the source
    Pace m_bodyPace;
    Pace m_answerPace;
    qint64 m_taken = -1; ///< when last looked at
    qint64 m_remaining = 0; ///< of a body of known length
    BodyFraming m_framing = BodyFraming::None;
    bool m_paused = false; ///< the sink
    bool m_starved = false; ///< the source
    bool m_resumed = false; ///< inside a call to sink or source
    bool m_ended = false; ///< the sink has been told of the end
    bool m_answered = false; ///< as far as the handler is concerned
    bool m_answering = false; ///< the head has been written
    bool m_bodyless = false; ///< the answer has no body to be sent
    bool m_complete = false; ///< the answer, as far as this is concerned
};

} // namespace rookery::net
