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

/// How much of a thread's time each network gets, so that two hundred connections of one do not hold up
/// everybody else's (THREATS 31, 36). Nothing is refused, and what one network sends keeps its order:
/// - in one turn of the event loop a network gets `share`; what is more comes in the turns after it;
/// - while others have something to do it gets one part in `parts` of the time, over `credit`. Alone it gets
///   all of it.
///
/// Networks are told apart by a hash with few values, their place: those that meet in one share it. Lives on
/// its thread, whose event dispatcher must be there already.
class TurnShares : public QObject
{
    Q_OBJECT
public:
    using Clock = std::chrono::steady_clock;

    static constexpr quint16 placeCount = 1024;
    static constexpr std::chrono::milliseconds share{1};
    static constexpr int parts = 4;
    static constexpr std::chrono::milliseconds credit{20}; ///< of time at that rate
    /// After so long without anything to do a network is no longer one of the others.
    static constexpr std::chrono::milliseconds awayAfter{250};

    class Waiter
    {
    public:
        virtual ~Waiter() = default;
        /// Its turn has come: inside this call mayGoOn() is true.
        virtual void shareCame() = 0;
        bool waitsForShare() const { return m_waits; }

    private:
        friend class TurnShares;
        bool m_waits = false;
        quint16 m_place = 0; ///< of its network
    };

    /// Counts the time from `began`, which is now, to its end as a network's, and what follows from it: the
    /// calls of the system before and after it, which nobody measures.
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

    /// Of the network of this address.
    static quint16 placeOf(const QHostAddress &address);

    /// Whether somebody from there may do something now. False: shareCame() is called in a later turn; until
    /// then, or until cancel(), the waiter must stay.
    bool mayGoOn(Waiter *waiter, quint16 place, Clock::time_point now);
    void cancel(Waiter *waiter);
    /// Somebody there is sent something: a network with nothing to do but to listen is one of the others,
    /// too.
    void noteDelivery(quint16 place) { noteActive(place, m_turnBegan); }
    /// What was done for a network outside of a Use: it rests for it afterwards.
    void charge(quint16 place, Clock::duration time)
    {
        const auto now = Clock::now();
        count(place, now - time, now);
    }

protected:
    void timerEvent(QTimerEvent *event) override;

private:
    /// Those networks that the hash does not tell apart.
    struct Place
    {
        quint64 turn = 0; ///< of `spent`
        Clock::duration spent{};
        Clock::time_point due; ///< when what was used is made up for, at one part in `parts`
        QList<Waiter *> waiting; ///< nullptr: cancelled
        bool ordered = false; ///< is in m_order
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
    /// One network's share of this turn, for those that wait.
    void serve(quint16 place, Clock::time_point now);
    void startTimer();

    std::array<Place, placeCount> m_places;
    std::deque<quint16> m_order; ///< of the places where anybody waits
    Seen m_last; ///< who did something last …
    Seen m_lastOther; ///< … and which other one before
    QBasicTimer m_next; ///< while anybody waits
    Waiter *m_current = nullptr; ///< inside its shareCame()
    quint64 m_turn = 1;
    Clock::time_point m_turnBegan = Clock::now();
};

} // namespace rookery::net
