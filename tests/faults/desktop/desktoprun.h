// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "tests/faults/desktop/deliverycheck.h"
#include "tests/faults/desktop/desktopprocess.h"
#include "tests/faults/proxy/faultproxy.h"
#include "tests/faults/proxy/random.h"
#include "tests/support/testdaemon.h"
#include "tests/support/testuser.h"

#include <QElapsedTimer>
#include <QTemporaryDir>

#include <memory>
#include <vector>

namespace rookery::faults {

/// Users type into desktop clients while connections are cut and the daemon and clients are killed. In the
/// end each message must have been delivered once, in the order of typing, and every client must show what
/// the server has. Lives on the main thread; throws load::Failure if it cannot continue.
class DesktopRun
{
public:
    struct What
    {
        std::uint64_t seed = 1;
        int sends = 1'000; ///< confirmed by clients
        int perSecond = 40; ///< typed, by all together
        int hurry = 10; ///< divides the clients' timeouts
        QString client; ///< the program rookery-headless
    };
    struct Figures
    {
        int sure = 0;
        int unsure = 0; ///< typed into a client that was killed before it could confirm it
        int unsureDelivered = 0;
        int clientKills = 0;
        int daemonKills = 0;
        int shakes = 0; ///< faults applied to all connections at once
        std::uint64_t connections = 0;
        std::uint64_t cut = 0; ///< of these, by the proxy
        qint64 events = 0; ///< in the rooms' logs
        qint64 underFire = 0; ///< of these, stored before the faults ended
        qint64 typingMs = 0;
        qint64 settlingMs = 0; ///< from the end of all faults until nothing was in flight
    };

    explicit DesktopRun(What what);

    void run();

    const Figures &figures() const { return m_figures; }
    const DeliveryCheck &check() const { return m_check; }

private:
    struct Person
    {
        test::TestUser user;
        std::unique_ptr<QTemporaryDir> directory;
        std::unique_ptr<DesktopProcess> client;
        qint64 backAt = -1; ///< on the run's clock, when the killed client is restarted
    };

    void setUp();
    void addPerson(const QString &name);
    void start(Person &person);
    void typeAndBreak();
    void typeSomething();
    void breakSomething();
    void shake();
    void settle();
    bool isSettled();
    void checkAll();
    void checkOffline(Person &person);
    QList<Shown> log(const QString &room);
    qint64 lastSeq(const QString &room);
    /// Runs the event loop.
    static void turn(int milliseconds);

    What m_what;
    Figures m_figures;
    DeliveryCheck m_check;
    Random m_random;
    test::TestDaemon m_daemon;
    std::unique_ptr<FaultProxy> m_proxy;
    std::vector<Person> m_people;
    QStringList m_rooms;
    QList<Typed> m_typed;
    QHash<QString, qsizetype> m_byText; ///< indexes into m_typed
    int m_lastNumber = 0;
    int m_sinceClientKill = 0; ///< messages
    int m_sinceDaemonKill = 0;
    qint64 m_releaseAt = -1;
    qint64 m_daemonBackAt = -1;
    QElapsedTimer m_clock;
};

} // namespace rookery::faults
