#pragma once

#include <QBasicTimer>
#include <QHostAddress>
#include <QList>
#include <QObject>

#include <array>
#include <chrono>
#include <deque>

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

    /// Counts the time from `began`, which is now, to its end as a network's.
    class Use
    {
    public:
        Use(TurnShares &shares, quint16 place, Clock::time_point began)
            : m_shares(shares)
            , m_began(began)
            , m_place(place)
        { }
        ~Use() { m_shares.count(m_place, m_began, Clock::now()); }
        Use(const Use &) = delete;
        Use &operator=(const Use &) = delete;

    private:
        TurnShares &m_shares;
        const Clock::time_point m_began;
        const quint16 m_place;
    };

    explicit TurnShares(QObject *parent = nullptr);

    /// Of the network of this address.
    static quint16 placeOf(const QHostAddress &address);

    /// Whether somebody from there may do something now. False: shareCame() is called in a later turn; until
    /// then, or until cancel(), the waiter must stay.
    bool mayGoOn(Waiter *waiter, quint16 place, Clock::time_point now);
    void cancel(Waiter *waiter);

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
};

} // namespace rookery::net
