// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "common/limits.h"
#include "server/net/websocket.h"
#include "server/net/websocket/framereader.h"

#include <chrono>
#include <memory>

namespace rookery::net {

class Transport;

/// The WebSocket part of a Connection, which owns it: reads frames, keeps the heartbeat, closes slow and dead
/// peers. The Connection moves the bytes, calls turn() once per turn after it was scheduled, and detaches it
/// before releasing it, never from inside one of its calls.
class WebSocketConnection final : public WebSocket
{
public:
    using Clock = std::chrono::steady_clock;

    /// The connection underneath.
    class Carrier
    {
    public:
        virtual ~Carrier() = default;
        virtual Transport &transport() = 0;
        /// Requests a flush and a call of turn().
        virtual void scheduleTurn() = 0;
        /// The same at this time.
        virtual void scheduleTurnAt(Clock::time_point when) = 0;
        /// The queue has grown or shrunk by `bytes`. The call may give up any socket of the thread.
        virtual void backlogChanged(qint64 bytes) = 0;
        virtual QHostAddress clientAddress() const = 0;
    };

    WebSocketConnection(Carrier *carrier, const Limits &limits);

    void sendText(const QByteArray &utf8) override;
    void sendFrame(const QByteArray &frame) override;
    void ping(const QByteArray &payload) override;
    void close(CloseCode code, const QString &reason = {}) override;
    qint64 queuedBytes() const override;
    void setReading(bool on) override;
    void pauseReading(std::chrono::milliseconds time) override;
    QHostAddress clientAddress() const override { return m_carrier->clientAddress(); }

    /// Limits of what one socket may have handled in one turn of the event loop, so that a flood of small or
    /// costly messages does not delay the thread's other sockets (THREATS 31).
    static constexpr int messagesPerTurn = 64;
    static constexpr std::chrono::milliseconds timePerTurn{2};

    /// Handles received bytes and returns how many were consumed; the rest waits for wantsBytes().
    [[nodiscard]] qsizetype consume(QByteArrayView bytes, Clock::time_point now);
    /// False while messages are held back, or after the limits of this turn are used up: then nothing is
    /// read.
    bool wantsBytes() const { return m_reading && !m_paused && !m_turnSpent; }
    void turn();
    void tick(Clock::time_point now);
    /// Bytes queued, as of the last send or turn; 0 if there are few.
    qint64 backlog() const { return m_backlog; }
    /// Closes with SlowReader, to free memory for others.
    void giveUp();
    /// Both sides have sent a close frame, or one did and the other's time is over: only the TCP connection
    /// remains to be closed.
    bool finished() const { return m_state == State::Finished; }
    /// The peer must be cut off, since it takes nothing more.
    bool dead() const { return m_dead; }
    /// The connection is over: notifies the listener, once.
    void detach();

private:
    enum class State : quint8 {
        Open,
        Closing, ///< our close frame is queued, the peer's is awaited
        Finished,
    };

    void handle(const FrameReader::Event &event);
    /// Called before and after the bytes of a message of this size are queued.
    void allow(qint64 messageBytes);
    void queued();
    void sendClose(quint16 code, const QString &reason);
    /// Closes because of a peer's error, without waiting for its answer.
    void fail(quint16 code, const QString &reason);
    void closeSlowReader();
    bool overfull();
    void countBacklog();
    std::chrono::seconds closeTimeLeft() const;
    void over(quint16 code);

    Carrier *m_carrier;
    const Limits &m_limits;
    std::unique_ptr<FrameReader> m_reader; ///< exists while a message is incomplete
    Clock::time_point m_heard;
    Clock::time_point m_since; ///< of the last ping, or of the close frame
    Clock::time_point m_pausedUntil;
    /// Queued bytes of large messages, such as a list of members.
    qint64 m_allowance = 0;
    qint64 m_backlog = 0;
    qint64 m_readClosing = 0; ///< bytes received in State::Closing
    quint16 m_code = quint16(CloseCode::Abnormal);
    State m_state = State::Open;
    bool m_reading = true; ///< setReading()
    bool m_paused = false; ///< pauseReading()
    bool m_turnSpent = false; ///< messagesPerTurn or timePerTurn are used up
    bool m_full = false; ///< more than a quarter of outboundBytes was queued; drained() is due
    bool m_closeQueued = false; ///< a slow reader's close frame waits behind what the kernel has not taken
    bool m_dead = false;
};

} // namespace rookery::net
