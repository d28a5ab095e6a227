// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/cluster/swarm.h"

#include <algorithm>
#include <utility>

namespace rookery::cluster {

using namespace faults;

namespace {

constexpr int writersOfEach = 3;
constexpr int listenersOfEach = 2;
constexpr load::Nanos steadyPace = 90 * load::millisecond;
constexpr load::Nanos burstPace = 350 * load::millisecond;
constexpr std::size_t window = 4;
/// Without a proxy in front, clients find out by pings of their own that a node hangs: after half of this time without
/// a word they ask, after all of it they go elsewhere.
constexpr load::Nanos clientPatience = 2500 * load::millisecond;
/// A proxy does that for them.
constexpr load::Nanos patienceWithProxy = 20 * load::second;
constexpr load::Nanos returnsAfter = 10 * load::millisecond;
constexpr load::Nanos returnsBefore = 200 * load::millisecond;

} // namespace

Swarm::Swarm(Site &site, Fleet &fleet, const std::vector<Person> &persons, const std::vector<Place> &rooms,
    std::uint64_t seed)
    : m_site(site)
    , m_fleet(fleet)
{
    std::size_t turn = 0;
    for (int node = 0; node < Site::nodeCount; ++node) {
        for (int i = 0; i < writersOfEach; ++i, ++turn)
            add("writer " + std::to_string(turn), node, persons[turn % persons.size()],
                {rooms[turn % rooms.size()]}, true, seed);
        for (int i = 0; i < listenersOfEach; ++i, ++turn)
            add("listener " + std::to_string(turn), node, persons[turn % persons.size()], rooms, false, seed);
    }
}

void Swarm::add(const std::string &name, int home, const Person &person, const std::vector<Place> &rooms,
    bool isWriter, std::uint64_t seed)
{
    const auto stream = std::uint32_t(m_seats.size());
    auto made = std::make_unique<Seat>();
    Seat &seat = *made;
    seat.home = home;
    seat.rooms = rooms.size();
    seat.isWriter = isWriter;
    seat.room = rooms.front().id;
    seat.random = Random(seed, 1000 + stream);
    SocketClient::Setup setup;
    setup.name = name;
    setup.token = person.token;
    setup.patience = {returnsAfter, returnsBefore, m_site.proxy() ? patienceWithProxy : clientPatience};
    setup.seed = Random(seed, stream).next();
    setup.expectsFarewell = false;
    if (isWriter) {
        const bool inBursts = stream % 3 == 2;
        setup.says = {stream, rooms.front().id, person.id, window, inBursts, 0, stream % 2 == 0};
        setup.every = inBursts ? burstPace : steadyPace;
    }
    setup.route = [this, &seat]() -> const load::Endpoint & { return route(seat); };
    setup.told = [this, &seat](const QJsonObject &frame, load::Nanos at) { told(seat, frame, at); };
    std::vector<NativeClient::Followed> followed;
    for (const Place &room : rooms)
        followed.push_back({room.id, room.epoch});
    auto client = std::make_unique<NativeClient>(m_fleet.loop(), *m_site.node(home).front, std::move(setup),
        followed, m_fleet.ledger(), m_fleet.findings());
    seat.client = client.get();
    m_fleet.add(std::move(client));
    m_seats.push_back(std::move(made));
}

const load::Endpoint &Swarm::route(Seat &seat)
{
    seat.subscribed = 0;
    seat.hasMoved = true;
    if (const load::Endpoint *proxy = m_site.proxy())
        return *proxy;
    // The list of addresses: the own one first, afterwards any but the one that has just failed.
    if (std::exchange(seat.goesHome, false))
        seat.node = seat.home;
    else
        seat.node = (seat.node + 1 + int(seat.random.below(Site::nodeCount - 1))) % Site::nodeCount;
    return *m_site.node(seat.node).front;
}

void Swarm::told(Seat &seat, const QJsonObject &frame, load::Nanos at)
{
    const QString type = frame.value(QLatin1String("type")).toString();
    if (type == QLatin1String("event")) {
        if (m_measuring && !seat.isWriter)
            delivered(seat, frame.value(QLatin1String("event")).toObject(), at);
    } else if (type == QLatin1String("ack")) {
        acknowledged(seat, frame, at);
    } else if (type == QLatin1String("subscribed")) {
        if (++seat.subscribed < seat.rooms || seat.struckAt == 0 || !seat.hasMoved)
            return;
        m_times.resumed.record(at - seat.struckAt);
        seat.struckAt = 0;
    }
}

void Swarm::acknowledged(Seat &seat, const QJsonObject &frame, load::Nanos at)
{
    seat.acknowledgedAt = at;
    std::int64_t &newest = m_newest[seat.room];
    newest = std::max(newest, std::int64_t(frame.value(QLatin1String("seq")).toInteger()));
    if (!m_measuring)
        return;
    Answer &answer = m_answers[frame.value(QLatin1String("client_id")).toString().toStdString()];
    answer.at = at;
    answer.node = seat.node;
    for (const int node : answer.early)
        (node == seat.node ? m_times.sameNode : m_times.otherNode).record(0);
    answer.early.clear();
}

void Swarm::delivered(const Seat &seat, const QJsonObject &event, load::Nanos at)
{
    Answer &answer = m_answers[event.value(QLatin1String("client_id")).toString().toStdString()];
    if (answer.at == 0)
        answer.early.push_back(seat.node);
    else
        (seat.node == answer.node ? m_times.sameNode : m_times.otherNode).record(at - answer.at);
}

void Swarm::struck(int node)
{
    m_fleet.onLoop([&] {
        const load::Nanos at = load::now();
        for (const auto &seat : m_seats) {
            // Which node a proxy has chosen is not known: then it is those who lose their connection.
            if ((!m_site.proxy() && seat->node != node) || seat->subscribed < seat->rooms)
                continue;
            seat->struckAt = at;
            seat->hasMoved = false;
        }
    });
}

void Swarm::healed()
{
    m_fleet.onLoop([&] {
        for (const auto &seat : m_seats) {
            if (!seat->hasMoved)
                seat->struckAt = 0;
        }
    });
}

std::string Swarm::missing(load::Nanos since) const
{
    for (const auto &seat : m_seats) {
        if (!seat->client->isConnected() || seat->subscribed < seat->rooms)
            return seat->client->name() + " is not in its rooms, at node " + std::to_string(seat->node);
        if (seat->isWriter && seat->acknowledgedAt <= since)
            return seat->client->name() + " has no acknowledgement at node " + std::to_string(seat->node);
    }
    return {};
}

std::string Swarm::recovers(double seconds)
{
    const load::Nanos since = load::now();
    std::map<std::string, std::int64_t> goal;
    std::string said;
    const auto areBack = [&] {
        said = missing(since);
        return said.empty();
    };
    if (!m_fleet.reaches(areBack, seconds))
        return said;
    m_fleet.onLoop([&] { goal = m_newest; });
    const auto haveAll = [&] {
        for (const auto &seat : m_seats) {
            for (const auto &view : seat->client->views()) {
                const auto newest = goal.find(view->room());
                if (newest == goal.end() || view->lastSeq() >= newest->second)
                    continue;
                said = seat->client->name() + " at node " + std::to_string(seat->node) + " has "
                    + std::to_string(view->lastSeq()) + " of " + std::to_string(newest->second)
                    + " events of " + view->room();
                return false;
            }
        }
        said.clear();
        return true;
    };
    m_fleet.reaches(haveAll, seconds);
    return said;
}

void Swarm::setMeasuring(bool measuring)
{
    m_fleet.onLoop([&] {
        m_measuring = measuring && !m_site.proxy();
        m_answers.clear();
    });
}

void Swarm::spread()
{
    m_fleet.onLoop([&] {
        for (const auto &seat : m_seats)
            seat->goesHome = true;
    });
    for (int i = 0; i < Site::nodeCount; ++i)
        m_site.node(i).clients.cutAll(Cut::Reset);
}

Swarm::Times Swarm::times()
{
    Times times;
    m_fleet.onLoop([&] { times = m_times; });
    return times;
}

} // namespace rookery::cluster
