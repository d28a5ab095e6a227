// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/faults/driver/cast.h"

#include "tests/faults/driver/comer.h"
#include "tests/faults/driver/dialectclient.h"
#include "tests/faults/driver/nativeclient.h"
#include "tests/faults/driver/restsender.h"

namespace rookery::faults {

namespace {

constexpr int personCount = 6;
constexpr int roomCount = 5;
constexpr std::size_t nativeWriters = 10;
constexpr std::size_t roomWriters = 3;

/// Assigns numbers and users to the writers, in turn.
class Casting
{
public:
    Casting(Fleet &fleet, const Stage &stage, const load::Endpoint &endpoint, std::uint64_t seed,
        Effort effort, const std::function<void()> &heard)
        : m_fleet(fleet)
        , m_stage(stage)
        , m_endpoint(endpoint)
        , m_random(seed)
        , m_effort(effort)
        , m_heard(heard)
    { }

    void nativeWriter(const Place &room)
    {
        const Person &person = next();
        std::vector<NativeClient::Followed> rooms{{room.id, room.epoch}};
        SocketClient::Setup setup = socket("native", person, &room);
        setup.says->makesChanges = true;
        m_fleet.add(std::make_unique<NativeClient>(
            m_fleet.loop(), m_endpoint, std::move(setup), rooms, m_fleet.ledger(), m_fleet.findings()));
    }
    void reader(const Person &person)
    {
        std::vector<NativeClient::Followed> rooms;
        for (const Place &place : m_stage.rooms)
            rooms.push_back({place.id, place.epoch});
        rooms.push_back({m_stage.lobby.id, m_stage.lobby.epoch});
        for (const Place &place : m_stage.directs) {
            if (place.token == person.token)
                rooms.push_back({place.id, place.epoch});
        }
        m_fleet.add(std::make_unique<NativeClient>(m_fleet.loop(), m_endpoint,
            socket("reader", person, nullptr), rooms, m_fleet.ledger(), m_fleet.findings()));
    }
    void dialect(const char *name, const Person &person, const Place &room, const DialectClient::Seat &seat)
    {
        m_fleet.add(std::make_unique<DialectClient>(m_fleet.loop(), m_endpoint, socket(name, person, &room),
            seat, m_fleet.ledger(), m_fleet.findings()));
    }
    void rest(const char *name, const Person &person, const Place &room, RestSender::Route route,
        const std::string &receiver = {})
    {
        RestSender::Setup setup;
        setup.access = access(name, person);
        setup.says = {m_stream++, room.id, person.id, 1, false, 0, true};
        setup.route = route;
        setup.roomName = room.name;
        setup.receiver = receiver;
        m_fleet.add(std::make_unique<RestSender>(
            m_fleet.loop(), m_endpoint, std::move(setup), m_fleet.ledger(), m_fleet.findings()));
    }
    void comer(const Person &person, const Place &room)
    {
        m_fleet.add(std::make_unique<Comer>(m_fleet.loop(), m_endpoint,
            Comer::Setup{access("comer", person), room.id, person.id}, m_fleet.ledger(), m_fleet.findings()));
    }
    const Person &next() { return m_stage.persons[m_turn++ % m_stage.persons.size()]; }

private:
    std::string nameOf(const char *kind) const { return kind + std::string(" ") + std::to_string(m_stream); }
    RestClient::Access access(const char *kind, const Person &person)
    {
        return {nameOf(kind), person.token, {}, m_random.next()};
    }
    SocketClient::Setup socket(const char *kind, const Person &person, const Place *says)
    {
        SocketClient::Setup setup;
        setup.name = nameOf(kind);
        setup.token = person.token;
        setup.heard = m_heard;
        setup.seed = m_random.next();
        if (says)
            setup.says = {m_stream, says->id, person.id, m_effort.window, m_effort.inBursts, 0};
        ++m_stream;
        return setup;
    }

    Fleet &m_fleet;
    const Stage &m_stage;
    const load::Endpoint &m_endpoint;
    Random m_random;
    Effort m_effort;
    std::function<void()> m_heard;
    std::uint32_t m_stream = 0;
    std::size_t m_turn = 0;
};

} // namespace

std::vector<Place> Stage::places() const
{
    std::vector<Place> all = rooms;
    all.push_back(lobby);
    all.insert(all.end(), directs.begin(), directs.end());
    return all;
}

Stage makeStage(const load::Endpoint &endpoint, std::uint32_t run)
{
    Stage stage;
    stage.persons = makePersons(endpoint, run, personCount);
    for (int i = 0; i < roomCount; ++i)
        stage.rooms.push_back(makeRoom(endpoint, stage.persons[0], "faults-" + std::to_string(i)));
    stage.lobby = findRoom(endpoint, stage.persons[0], "lobby");
    // The readers are the first two users, and see their own direct rooms.
    stage.directs.push_back(openDirect(endpoint, stage.persons[0], stage.persons[2]));
    stage.directs.push_back(openDirect(endpoint, stage.persons[1], stage.persons[3]));
    stage.directs.push_back(openDirect(endpoint, stage.persons[1], stage.persons[4]));
    return stage;
}

void addCast(Fleet &fleet, const Stage &stage, const load::Endpoint &endpoint, std::uint64_t seed,
    Effort effort, const std::function<void()> &heard)
{
    Casting casting(fleet, stage, endpoint, seed, effort, heard);
    const std::vector<Person> &persons = stage.persons;
    for (std::size_t i = 0; i < nativeWriters; ++i)
        casting.nativeWriter(stage.rooms[i % stage.rooms.size()]);
    using Dialect = DialectClient::Dialect;
    for (std::size_t i = 0; i < roomWriters; ++i)
        casting.dialect("room", casting.next(), stage.rooms[i], {Dialect::Room, stage.rooms[i].name, {}, {}});
    casting.dialect("lobby", persons[5], stage.lobby, {Dialect::Lobby, {}, {}, {}});
    casting.dialect(
        "personal", persons[2], stage.directs[0], {Dialect::Personal, {}, persons[2].id, persons[0].id});
    casting.dialect(
        "direct", persons[3], stage.directs[1], {Dialect::Direct, {}, persons[3].name, persons[1].name});
    using Route = RestSender::Route;
    casting.rest("rest", casting.next(), stage.rooms[3], Route::Room);
    casting.rest("rest by name", casting.next(), stage.rooms[4], Route::RoomByName);
    casting.rest("rest lobby", casting.next(), stage.lobby, Route::Lobby);
    casting.rest("rest direct", persons[4], stage.directs[2], Route::Direct, persons[1].id);
    casting.comer(persons[4], stage.rooms[1]);
    casting.comer(persons[5], stage.rooms[2]);
    casting.reader(persons[0]);
    casting.reader(persons[1]);
}

} // namespace rookery::faults
