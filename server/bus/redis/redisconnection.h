// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "server/bus/redis/redisoptions.h"
#include "server/bus/redis/redisreader.h"

#include <QHostAddress>
#include <QObject>
#include <QStringList>
#include <QTimer>

#include <chrono>
#include <initializer_list>

class QIODevice;

namespace rookery::bus {

/// One connection to a Redis server or a Sentinel, by TCP, TLS or a Unix socket, which logs in and checks what it is connected to.
/// After failed() it is over. Lives on its parent's thread and never blocks it.
class RedisConnection final : public QObject
{
    Q_OBJECT
public:
    enum class Peer {
        Server,
        Master, ///< a server, which is asked for its ROLE first: what a Sentinel says can be out of date
        Sentinel, ///< is told the password only if it wants one
    };

    /// How long a server may take from the first packet until it has let us in.
    static constexpr std::chrono::milliseconds patience{2000};

    RedisConnection(RedisOptions options, RedisAddress address, Peer peer, QObject *parent = nullptr);
    ~RedisConnection() override;

    /// To be called once. Looks the host's name up anew, unless `known` says which of its addresses is wanted. Nothing is told
    /// before the event loop runs.
    void open(const QHostAddress &known = {});
    /// The one of the host's addresses that is connected to. Null: a Unix socket.
    QHostAddress peerAddress() const;
    /// Nothing is told any more.
    void close();
    /// From ready() on. Replies come in the order of the commands.
    void send(std::initializer_list<QByteArrayView> words);
    void send(const std::vector<QByteArray> &words);
    /// Blocks until something was received, and told, and what was sent before has gone. False: nothing came in that time.
    bool wait(std::chrono::milliseconds atMost);
    /// A sentence about this peer, which `problem` ends: "Redis at HOST:PORT closed the connection."
    QString sentence(const QString &problem) const;
    /// What the peer has said, fit to be logged: one line without the password.
    QString quoted(const QByteArray &said) const;

Q_SIGNALS:
    void ready();
    void replied(const rookery::bus::RedisReply &reply);
    /// A sentence. It was not reached, does not let us in, is not what was wanted, or was lost.
    void failed(const QString &reason);

private:
    enum class Step { New, LookingUp, Connecting, LoggingIn, Probing, Ready, Over };

    /// Calls what handles a signal of the socket.
    template <typename Call>
    void handle(Call call);
    void start();
    void lookUp();
    void tryNext();
    void tryAddress(const QHostAddress &address);
    void trySocket();
    void connected();
    void logIn();
    void probe();
    void read();
    void take(const RedisReply &reply);
    void takeLogIn(const RedisReply &reply);
    void takeProbe(const RedisReply &reply);
    void becomeReady();
    void lost(const QString &problem);
    void timedOut();
    void drop();
    void fail(const QString &problem);
    void write(std::initializer_list<QByteArrayView> words);

    const RedisOptions m_options;
    const RedisAddress m_address;
    const Peer m_peer;
    Step m_step = Step::New;
    bool m_isLoggedIn = false;
    QList<QHostAddress> m_candidates; ///< that were not tried yet
    QIODevice *m_device = nullptr; ///< a child
    int m_signals = 0; ///< of the socket that are being handled, one within the other
    QStringList m_certificateProblems;
    QTimer m_timer{this};
    RedisReader m_reader;
};

} // namespace rookery::bus
