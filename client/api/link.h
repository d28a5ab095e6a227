// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "client/api/frames.h"
#include "client/api/reconnectpolicy.h"
#include "client/api/transport.h"

#include <QDateTime>
#include <QElapsedTimer>
#include <QHash>
#include <QPointer>
#include <QQueue>
#include <QTimer>

#include <functional>
#include <memory>
#include <variant>

namespace rookery::client {

struct LinkTimings
{
    std::chrono::milliseconds connecting{10'000}; ///< from the start of an attempt to the server's hello
    std::chrono::milliseconds heartbeat{
        20'000}; ///< nothing heard for this long: ask whether somebody is there
    std::chrono::milliseconds pong{9'000}; ///< still nothing heard after asking: the link is dead
    std::chrono::milliseconds probe{2'000}; ///< the same after waking up, when the link is probably dead
    std::chrono::milliseconds request{15'000}; ///< a request without an answer counts as lost
    std::chrono::milliseconds stable{10'000}; ///< a connection that lasted this long was a good one
    std::chrono::milliseconds longestWait{300'000}; ///< the most that a leaving server may ask for
    /// How long frames may be worked off in one turn of the event loop: half of a frame at 60 Hz.
    std::chrono::milliseconds slice{8};
};

/// No answer to a request: the link was lost, or the answer is late. The request may have been carried out or
/// not.
struct RequestLost
{ };
using RequestOutcome = std::variant<ServerFrame, Error, RequestLost>;

/// The connection to `/ws/v1`, reconnected until it is ended: sends hello with the resume points, matches
/// answers with requests, detects a dead peer, and waits between attempts as ReconnectPolicy and the server
/// require. Lives on the GUI thread.
class Link : public QObject
{
    Q_OBJECT
public:
    enum class State {
        Idle, ///< not started, or stopped
        Connecting,
        Connected, ///< hello has been answered
        Waiting, ///< until nextAttempt()
        Ended, ///< will not come back by itself: see problem()
    };

    explicit Link(TransportFactory transports, LinkTimings timings = {}, ReconnectPolicy policy = {},
        QObject *parent = nullptr);
    ~Link() override;

    /// The most bytes of JSON that the resume points of a hello take: a frame of 64 KiB, with room to spare.
    static constexpr qsizetype resumeBytes = 48 * 1024;
    /// Answers resume points of at most so many bytes of JSON.
    using Resume = std::function<QList<ResumePoint>(qsizetype bytes)>;

    /// `resume` is asked at every attempt: for `resumeBytes` at first, for fewer once a server has closed the
    /// connection because of the size of its hello.
    void start(const QUrl &url, const QByteArray &token, Resume resume);
    /// Goes back to Idle, silently.
    void stop();
    /// Ends with this problem; only start() connects again.
    void end(const Problem &problem) { end(problem, false); }
    /// The same, but reconnectNow() may try again.
    void giveUp(const Problem &problem) { end(problem, true); }
    /// Tries now instead of later; checks the link where it seems to be up.
    void reconnectNow();
    /// The network, or the computer, is back: tries soon, if the server has not asked to be left alone;
    /// checks the link where it seems to be up. Everybody who shared that network comes back with this one,
    /// so it waits as after a first loss.
    void networkChanged();
    /// Gives the connection up and resumes over a new one, for when what came over it cannot be right.
    void restart(const Problem &problem);

    State state() const { return m_state; }
    QDateTime nextAttempt() const { return m_nextAttempt; }
    const Problem &problem() const { return m_problem; }
    /// Ended because the token is no longer good.
    bool isRefused() const { return m_state == State::Ended && !m_mayRetry; }

    /// Sends a frame with a ref of its own. `outcome` is called once, unless `context` is destroyed before;
    /// with RequestLost at once where the link is not Connected, or far too many are unanswered. What the
    /// server may let wait for as long as it likes (Unlimited) is lost only with the link.
    enum class Patience { Timed, Unlimited };
    void request(QJsonObject frame, QObject *context, std::function<void(const RequestOutcome &)> outcome,
        Patience patience = Patience::Timed);

Q_SIGNALS:
    void stateChanged();
    /// The server has answered hello; comes before stateChanged().
    void established(const rookery::client::HelloFrame &hello);
    /// Every frame that answers no request, except for refusals that come too late.
    void received(const rookery::client::ServerFrame &frame);

private:
    struct Waiting
    {
        QPointer<QObject> context;
        std::function<void(const RequestOutcome &)> outcome;
        qint64 due = 0; ///< on m_clock
        qsizetype size = 0; ///< of its frame
    };

    void attempt();
    void onOpened();
    void onText(const QString &text);
    void onClosed(quint16 code, const Problem &problem);
    void onTooBig();
    QString takeIncoming();
    void startTurn();
    void processSome();
    void process(const QString &text);
    void processHello(const HelloFrame &hello);
    void processRefusedHello(const Error &error);
    /// `mayRetry`: reconnectNow() connects again, too.
    void end(const Problem &problem, bool mayRetry);
    void lose(const Problem &problem);
    void wait(std::chrono::milliseconds time);
    void dropTransport();
    void loseRequests();
    void checkDeadlines();
    void armDeadline();
    void ask(std::chrono::milliseconds patience);
    void setState(State state);

    TransportFactory m_transports;
    LinkTimings m_timings;
    ReconnectPolicy m_policy;
    Resume m_resume;
    qsizetype m_resumeBytes = resumeBytes;
    qsizetype m_helloBytes = 0; ///< of the last one
    QUrl m_url;
    QByteArray m_token;

    State m_state = State::Idle;
    Problem m_problem;
    QDateTime m_nextAttempt;
    bool m_mayRetry = true; ///< in Ended: whether reconnectNow() makes sense
    std::chrono::milliseconds m_askedToWait{0}; ///< by the server, from the moment the connection is lost
    qint64 m_awayUntil = 0; ///< on m_clock, in Waiting: not before this, says the server
    bool m_leaving = false; ///< the server said going_away

    std::unique_ptr<Transport> m_transport;
    QQueue<QString> m_incoming; ///< received, not yet looked at
    qsizetype m_incomingBytes = 0;
    int m_unreadable = 0; ///< frames of this connection
    bool m_processing = false;
    qint64 m_turnStarted =
        -1; ///< on m_clock, when frames were first looked at in this turn of the event loop
    QElapsedTimer m_clock;
    qint64 m_attemptStarted = 0;
    qint64 m_establishedAt = -1;
    qint64 m_heardAt = 0;
    qint64 m_deadAt = -1; ///< asked, and dead if nothing is heard until then
    std::chrono::milliseconds m_heartbeat;
    quint64 m_lastRef = 0;
    QString m_helloRef;
    QHash<QString, Waiting> m_requests;
    QTimer m_retryTimer;
    QTimer m_deadlineTimer;
};

} // namespace rookery::client
