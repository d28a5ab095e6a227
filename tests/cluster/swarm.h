// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "tests/bench/histogram.h"
#include "tests/cluster/site.h"
#include "tests/faults/driver/fleet.h"
#include "tests/faults/driver/nativeclient.h"
#include "tests/faults/driver/scene.h"

#include <QJsonObject>

#include <map>
#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

namespace rookery::cluster {

/// The clients: writers of one room each and listeners of all rooms, on /ws/v1, spread over the nodes. Who loses the
/// node connects to another one, resumes there, and sends again what was not answered. Measures how long that takes,
/// and how long after its acknowledgement a message is delivered on the same and on other nodes.
///
/// Belongs to the main thread; the fleet's thread runs the clients.
class Swarm
{
public:
    Swarm(Site &site, faults::Fleet &fleet, const std::vector<faults::Person> &persons,
        const std::vector<faults::Place> &rooms, std::uint64_t seed);

    /// The clients of that node will have to find another one: from now on it is measured when they have.
    void struck(int node);
    /// What was struck is healed: who has not noticed stays.
    void healed();
    /// Waits until every client is in its rooms, every writer had a message acknowledged that was answered after this call,
    /// and every listener has all that was acknowledged until then. Otherwise returns what is missing.
    std::string recovers(double seconds);
    /// Whether deliveries are measured. With a proxy they never are: who is at which node is not known.
    void setMeasuring(bool measuring);
    /// Cuts all clients off, and has them return to the nodes that they began on.
    void spread();

    struct Times
    {
        bench::Histogram resumed; ///< from the fault to the last room's `subscribed` on another node
        bench::Histogram sameNode; ///< from the acknowledgement to the delivery; 0 if that was earlier
        bench::Histogram otherNode;
    };
    Times times();

private:
    struct Seat
    {
        int home = 0;
        int node = -1; ///< which it is connected to, or tries to be
        std::size_t rooms = 0;
        std::size_t subscribed = 0; ///< answered on this connection
        bool isWriter = false;
        bool goesHome = true;
        bool hasMoved = false; ///< since it was struck
        load::Nanos struckAt = 0; ///< 0: it was not
        load::Nanos acknowledgedAt = 0;
        std::string room; ///< of a writer
        faults::Random random{0};
        const faults::Client *client = nullptr;
    };
    struct Answer
    {
        load::Nanos at = 0; ///< 0: not yet
        int node = -1;
        std::vector<int> early; ///< nodes that delivered it before
    };

    void add(const std::string &name, int home, const faults::Person &person,
        const std::vector<faults::Place> &rooms, bool isWriter, std::uint64_t seed);
    const load::Endpoint &route(Seat &seat);
    void told(Seat &seat, const QJsonObject &frame, load::Nanos at);
    void acknowledged(Seat &seat, const QJsonObject &frame, load::Nanos at);
    void delivered(const Seat &seat, const QJsonObject &event, load::Nanos at);
    std::string missing(load::Nanos since) const;

    Site &m_site;
    faults::Fleet &m_fleet;

    // The following members belong to the fleet's thread.
    std::vector<std::unique_ptr<Seat>> m_seats;
    std::unordered_map<std::string, Answer> m_answers; ///< by client id, while measuring
    std::map<std::string, std::int64_t> m_newest; ///< the highest acknowledged seq of each room
    bool m_measuring = false;
    Times m_times;
};

} // namespace rookery::cluster
