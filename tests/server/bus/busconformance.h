// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "server/bus/bus.h"

#include <QObject>

#include <functional>
#include <memory>

namespace bustest {

using namespace rookery;

/// What a bus is tested in: nodes that hear each other.
class World
{
public:
    virtual ~World() = default;
    /// The bus of one of two nodes, 0 or 1; where there is one process only, both have the same.
    virtual bus::Bus *bus(int node) = 0;
    /// Lets so much time pass for leases.
    virtual void pass(std::chrono::milliseconds time) = 0;
};
using Factory = std::function<std::unique_ptr<World>()>;

class Hub;

/// The contract of bus.h, for any bus: each test with a world of its own. Hubs of two nodes, on the thread of
/// the test.
class BusConformance : public QObject
{
    Q_OBJECT
public:
    explicit BusConformance(Factory factory);
    ~BusConformance() override;

private Q_SLOTS:
    void init();
    void cleanup();

    void aRoomIsHeardByWhoIsInterestedInIt();
    void interestIsCounted();
    void usersAreHeardByWhoIsInterestedInThem();
    void removalsAreHeardByEverybody();
    void endedSessionsAreHeardByEverybody();
    void theSayerDoesNotHearItself();
    void nothingIsHeardAfterUnsubscribing();
    void eventsOfARoomKeepTheirOrder();
    void whoDeclaresInterestBeforeReadingMissesNothing();

    void presenceIsAnsweredThenChanges();
    void presenceIsOfEachHub();
    void rolesOfThePresentAreReplaced();
    void presenceAnsweredAndItsChangesAreOne();
    void leasesEnd();
    void leasesHoldWhileTheyAreRenewed();
    void aCleanEndIsSaidAtOnce();

    void headsAreHeardByWhoIsInterestedInOneOfThem();

private:
    /// Passes time in small steps, in which these hubs renew their leases.
    void pass(std::chrono::milliseconds time, std::initializer_list<Hub *> renewing);
    /// Waits until both hubs have heard all that was published before this call.
    void settle();

    Factory m_factory;
    std::unique_ptr<World> m_world;
    std::unique_ptr<Hub> m_one;
    std::unique_ptr<Hub> m_two;
    int m_marks = 0;
};

} // namespace bustest
