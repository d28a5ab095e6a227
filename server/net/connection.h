// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "common/limits.h"
#include "server/net/connectionexchange.h"
#include "server/net/http/bodyreader.h"
#include "server/net/http/httpheadparser.h"
#include "server/net/incoming.h"
#include "server/net/loop/reactor.h"
#include "server/net/loop/turnshares.h"
#include "server/net/peer/hostrules.h"
#include "server/net/peer/trustedproxies.h"
#include "server/net/qt/guardpool.h"
#include "server/net/stream/tlscontext.h"
#include "server/net/stream/transport.h"
#include "server/net/websocket/upgrade.h"
#include "server/net/websocket/websocketconnection.h"

#include <chrono>
#include <memory>
#include <optional>
#include <utility>

class QWebSocket;

namespace rookery::net {

/// One accepted connection from its first byte to its last: TLS, requests one at a time, the handshake of a
/// WebSocket, its frames, and every deadline. Parsers and Qt objects exist only while they have work.
///
/// Reading stops while a request is being answered, so a client can neither pile up requests nor be noticed
/// to have left before the answer is written; ending its sending does not cost it the answer.
class Connection final : public Reactor::Task,
                         private TurnShares::Waiter,
                         private Transport::Watcher,
                         private GuardSocket::Owner,
                         private WebSocketConnection::Carrier,
                         private ConnectionExchange::Carrier
{
public:
    using Clock = std::chrono::steady_clock;

    /// What a connection needs of the server around it.
    class Host
    {
    public:
        virtual ~Host() = default;
        virtual const Limits &limits() const = 0;
        virtual Reactor &reactor() = 0;
        virtual TurnShares &turnShares() = 0;
        virtual bool stopping() const = 0;
        virtual const TrustedProxies &trustedProxies() const = 0;
        virtual const HostRules &hostRules() const = 0;
        /// Who decides on requests by their heads; nullptr: all are buffered.
        virtual HttpHandler *httpHandler() const = 0;
        /// Somebody asked for a Host that is none of this server's.
        virtual void hostRefused(const QByteArray &host) = 0;
        /// One more than this peer may have open.
        virtual void tooMany(const Peer &peer) = 0;
        /// The line of a head that answers over TLS have besides (HSTS), with its CRLF, or nothing.
        virtual const QByteArray &securityField() const = 0;
        virtual QByteArray refusalAnswer(int status, const Error &error) const = 0;
        virtual std::optional<Error> judge(const Handshake &handshake) const = 0;
        virtual GuardPool &guards() = 0;
        /// Whom the guards of handshakes belong to until they delete themselves.
        virtual QObject *guardParent() = 0;
        /// `request` is good for as long as the call.
        virtual void giveToHttp(GuardSocket *guard, const Incoming &request) = 0;
        /// Whether the answer that is being written is the last that its responder does.
        virtual bool responderGoes() const = 0;
        /// Its body, where that is known.
        virtual const QByteArray *bodyInHand() const = 0;
        virtual void giveToWebSocketServer(GuardSocket *guard) = 0;
        /// QWebSocketServer has just written its 101; it answers with the QWebSocket, by upgraded(), before
        /// it writes another. nullptr: it will not.
        virtual void handshakeAnswered(Connection *connection) = 0;
        virtual void opened(WebSocket *socket, const Handshake &handshake) = 0;
        /// So many bytes more, or less, are kept of answers that have not been taken yet. Whoever stands
        /// still may be cut off inside.
        virtual void answersKept(qint64 change) = 0;
        /// The same for what is queued for a WebSocket; the one with the most may be closed inside.
        virtual void backlogChanged(qint64 bytes) = 0;
        /// The connection is over; buries it.
        virtual void over(Connection *connection) = 0;
    };

    /// `tls` is null on a plain port.
    Connection(Host &host, int descriptor, const Peer &peer, const std::shared_ptr<TlsContext> &tls);
    ~Connection() override;

    /// Answers before any request was read, as for one too many. Once, right after construction.
    void refuseAtOnce(Refusal refusal);

    /// Looks at the deadlines; called every now and then.
    void tick(Clock::time_point now);
    /// The server has stopped accepting: ends at once where nothing is going on.
    void stopIfIdle();
    /// Ends without any further word.
    void cut() { abort(); }
    /// QWebSocketServer has written the 101. The QWebSocket is let go of at the end of this turn.
    void upgraded(QWebSocket *socket);

    /// Whether it keeps an answer of which the peer takes nothing just now.
    bool standsStill() const
    {
        return m_kept > 0 && (m_phase == Phase::Handling || m_phase == Phase::Streaming)
            && m_transport->isFull();
    }
    /// Bytes of answers that it keeps.
    qint64 kept() const { return m_kept; }
    /// Of its network, for TurnShares.
    quint16 place() const { return m_place; }
    /// What is queued for its WebSocket, if it is one.
    qint64 backlog() const { return m_webSocket ? m_webSocket->backlog() : 0; }
    void giveUpBacklog() { m_webSocket->giveUp(); }
    /// When its phase, such as the handling of a request, began.
    Clock::time_point since() const { return m_since; }

    const Peer &peer() const { return m_peer; }
    // For ConnectionSet.
    size_t index = 0;
    bool beyondQuota = false;

private:
    /// What nobody measures of a request, as its network's share is charged for it: waking up, reading,
    /// sending.
    static constexpr std::chrono::microseconds callsPerRequest{40};

    enum class Phase : quint8 {
        Tls, ///< its handshake
        Head, ///< between requests, or inside a head
        Deciding, ///< its network's share is waited for before the handler sees the head
        Body,
        Streaming, ///< m_exchange has the request
        Handling, ///< Qt has the request, or the answer is still on its way to the kernel
        Upgrading, ///< QWebSocketServer has the handshake
        WebSocket,
        Lingering, ///< the last bytes are sent or being sent; what still arrives is thrown away
        Over,
    };

    // Transport::Watcher
    void transportReadable() override;
    void transportWritten() override;
    // GuardSocket::Owner
    QByteArray connectionField() const override;
    QByteArray furtherFields() const override;
    const QByteArray *bodyInHand() const override { return m_host.bodyInHand(); }
    void answerWritten(const QByteArray &bytes, bool shared) override;
    void answerComplete(bool closes, bool broken) override;
    void guardGone() override;
    // WebSocketConnection::Carrier and ConnectionExchange::Carrier
    net::Transport &transport() override { return *m_transport; }
    void scheduleTurn() override;
    void scheduleTurnAt(Clock::time_point when) override;
    void backlogChanged(qint64 bytes) override { m_host.backlogChanged(bytes); }
    QHostAddress clientAddress() const override { return m_client.address; }
    // Reactor::Task
    void turn() override;
    // TurnShares::Waiter
    void shareCame() override;

    void establish();
    void consume(QByteArrayView bytes);
    void consumeHead(QByteArrayView &bytes);
    void consumeBody(QByteArrayView &bytes);
    void inputEnded();
    void headComplete();
    void decide();
    void readBody(qint64 most);
    void requestComplete(const QByteArray &body);
    void giveRequest();
    void upgrade();
    void consumeFrames(QByteArrayView bytes);
    bool mayGoOn(Clock::time_point now) { return m_host.turnShares().mayGoOn(this, m_place, now); }
    void answered();
    void requestDone();
    void letAnswerGo() { m_host.answersKept(-std::exchange(m_kept, 0)); }
    template <typename How>
    void startExchange(How how, qint64 bodyBytes);
    void readOn();
    /// That many times at most, each as its network has a share.
    void readStreamed(int reads);
    void consumeStreamed(QByteArrayView &bytes);
    void takeMore();
    void turnStreaming();
    bool beginAnswer();
    void pumpAnswer();
    void tickStreaming(Clock::time_point now);
    void openWebSocket();
    void turnWebSocket();
    void holdBytes();
    void releaseBytes();
    void takePending();

    /// Once its network may have it: what is invalid is no way past its share.
    void refuse(Refusal refusal);
    void sayRefusal();
    void linger();
    void turnLingering();
    bool lingeredEnough(Clock::time_point now);
    void enter(Phase phase);
    bool isReading() const;
    bool sendsTooSlowly(Clock::time_point now) const;
    bool readsTooSlowly(Clock::time_point now);
    void abort();
    void die();

    Host &m_host;
    Peer m_peer;
    Peer m_client; ///< behind proxies, of the last request; else the peer
    std::unique_ptr<net::Transport> m_transport;
    std::unique_ptr<HttpHeadParser> m_head;
    std::unique_ptr<BodyReader> m_body;
    QByteArray m_wholeBody; ///< of a request that waits for its network's share
    std::unique_ptr<ConnectionExchange> m_exchange;
    GuardSocket *m_guard = nullptr;
    QWebSocket *m_handshaken = nullptr;
    std::unique_ptr<WebSocketConnection> m_webSocket;
    std::unique_ptr<Handshake> m_handshake; ///< until the socket is open
    std::unique_ptr<Refusal> m_refusal; ///< until TLS can say it, or its network may have it
    QByteArray m_pending; ///< read, but not its turn yet
    Clock::time_point m_since; ///< when the phase, or the head, began
    Clock::time_point m_writingSince{}; ///< when the kernel did not take everything for the first time
    qint64 m_writingFrom = 0; ///< Transport::sent() then
    qint64 m_kept = 0; ///< of an answer, in memory that is its own
    qint64 m_unsent = 0; ///< held by the kernel when last looked at, while lingering
    qint64 m_lingered = 0; ///< bytes thrown away
    quint16 m_place; ///< of m_client's network, for TurnShares
    Phase m_phase = Phase::Head;
    bool m_close = false; ///< after this answer
    bool m_answerBegun = false;
    bool m_answered = false;
    bool m_responderGone = false; ///< nobody can write into the guard any more
    bool m_inputEnded = false;
    bool m_readMore = false; ///< in the next turn
    bool m_held =
        false; ///< the WebSocket or the exchange wants no bytes: m_pending waits, and nothing is read
    bool m_bodyless = false; ///< HEAD
    bool m_oldHttp = false; ///< HTTP/1.0
    bool m_continueDue = false; ///< the client waits for 100 before it sends the body
    bool m_shutDown = false;
};

} // namespace rookery::net
