// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QBasicTimer>
#include <QHostAddress>
#include <QList>
#include <QObject>

#include <algorithm>
#include <array>
#include <chrono>
#include <deque>
#include <utility>

namespace rookery::net {

/// Divides a thread's time between networks, so that two hundred connections from one network do not delay
/// everybody else's (THREATS 31, 36). Nothing is refused, and the order of what one network sends is kept:
/// - in one turn of the event loop a network gets `share`; the rest waits for later turns;
/// - while other networks are active it gets one part in `parts` of the time, averaged over `credit`. Alone
///   it gets all of it.
///
/// A network is identified by its place, a hash with few values; networks with the same hash share one place.
/// Lives on its thread, whose event dispatcher must exist already.
class TurnShares : public QObject
{
    Q_OBJECT
public:
    using Clock = std::chrono::steady_clock;

    static constexpr quint16 placeCount = 1024;
    static constexpr std::chrono::milliseconds share{1};
    static constexpr int parts = 4;
    static constexpr std::chrono::milliseconds credit{20}; ///< in time at that rate
    /// A network that has been idle for this long no longer counts as active.
    static constexpr std::chrono::milliseconds awayAfter{250};

    class Waiter
    {
    public:
        virtual ~Waiter() = default;
        /// Its turn has come: mayGoOn() returns true inside this call.
        virtual void shareCame() = 0;
        bool waitsForShare() const { return m_waits; }

    private:
        friend class TurnShares;
        bool m_waits = false;
        quint16 m_place = 0; ///< of its network
    };

    /// Charges a network for the time from `began`, which is now, to its destruction, plus `follows`: an
    /// estimate for the system calls before and after it, which are not measured.
    class Use
    {
    public:
        Use(TurnShares &shares, quint16 place, Clock::time_point began, Clock::duration follows = {})
            : m_shares(shares)
            , m_began(began)
            , m_follows(follows)
            , m_place(place)
        { }
        ~Use() { m_shares.count(m_place, m_began, Clock::now() + m_follows); }
        Use(const Use &) = delete;
        Use &operator=(const Use &) = delete;

    private:
        TurnShares &m_shares;
        const Clock::time_point m_began;
        const Clock::duration m_follows;
        const quint16 m_place;
    };

    explicit TurnShares(QObject *parent = nullptr);

    /// The place of this address's network.
    static quint16 placeOf(const QHostAddress &address);

    /// Whether this network may proceed now. False: shareCame() is called in a later turn; until then, or
    /// until cancel(), the waiter must stay alive.
    bool mayGoOn(Waiter *waiter, quint16 place, Clock::time_point now);
    void cancel(Waiter *waiter);
    /// Something is sent to this network: a network that only listens counts as active, too.
    void noteDelivery(quint16 place) { noteActive(place, m_turnBegan); }
    /// Charges a network for work done outside of a Use.
    void charge(quint16 place, Clock::duration time)
    {
        const auto now = Clock::now();
        count(place, now - time, now);
    }

protected:
    void timerEvent(QTimerEvent *event) override;

private:
    /// All networks with the same hash.
    struct Place
    {
        quint64 turn = 0; ///< turn of `spent`
        Clock::duration spent{};
        Clock::time_point due; ///< when the time used is made up for, at one part in `parts`
        QList<Waiter *> waiting; ///< nullptr: cancelled
        bool ordered = false; ///< in m_order
    };
    struct Seen
    {
        int place = -1;
        Clock::time_point at;
    };

    void noteActive(quint16 place, Clock::time_point when)
    {
        if (m_last.place != place)
            m_lastOther = std::exchange(m_last, {place, when});
        m_last.at = std::max(m_last.at, when);
    }
    void count(quint16 place, Clock::time_point began, Clock::time_point ended);
    bool hasShare(quint16 place) const;
    bool mustRest(quint16 place, Clock::time_point now) const;
    /// Lets waiters run until the network has used its share of this turn.
    void serve(quint16 place, Clock::time_point now);
    void startTimer();

    std::array<Place, placeCount> m_places;
    std::deque<quint16> m_order; ///< places with waiters
    Seen m_last; ///< the last active network …
    Seen m_lastOther; ///< … and the last other one before it
    QBasicTimer m_next; ///< active while there are waiters
    Waiter *m_current = nullptr; ///< inside its shareCame()
    quint64 m_turn = 1;
    Clock::time_point m_turnBegan = Clock::now();
};

} // namespace rookery::net
