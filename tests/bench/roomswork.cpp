// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/bench/roomswork.h"

#include "tests/bench/deliverytally.h"
#include "tests/bench/pacer.h"

namespace rookery::bench {

using namespace load;

namespace {

/// One worker's rooms, whole. The first member of each sends, at an even pace over all rooms.
class RoomsSink final : public DeliverySink
{
public:
    RoomsSink(const Bench &bench, EventLoop &loop, FailureNote &failures)
        : DeliverySink(bench.run(), failures)
        , m_size(std::size_t(bench.options().size))
        , m_pacer(loop, [this](Nanos due) { sendNext(due); })
    { }

    /// The sender is the room's first member.
    void addMember(std::size_t room, Session &session)
    {
        if (room >= m_rooms.size())
            m_rooms.resize(room + 1);
        Room &place = m_rooms[room];
        if (!place.sender)
            place.sender = &session;
        ++place.members;
    }
    /// On the worker's loop, as stop() is.
    void start(Nanos first, double perSecondAndRoom)
    {
        if (!m_rooms.empty())
            m_pacer.start(first, Nanos(double(second) / (perSecondAndRoom * double(m_rooms.size()))));
    }
    void stop() { m_pacer.stop(); }

    std::uint64_t sent() const { return m_sent.value(); }
    std::uint64_t wanted() const { return m_wanted.value(); }

private:
    struct Room
    {
        Session *sender = nullptr;
        std::uint32_t members = 0;
        std::uint32_t sent = 0;
    };

    void sendNext(Nanos due)
    {
        Room &room = m_rooms[m_next];
        m_next = (m_next + 1) % m_rooms.size();
        const MessageTag tag{run(), room.sender->stream, room.sent++, due};
        m_sent.add();
        m_wanted.add(room.members);
        room.sender->sendMessage(tag.text(m_size));
    }

    std::size_t m_size;
    std::vector<Room> m_rooms;
    std::size_t m_next = 0;
    Pacer m_pacer;
    Counter m_sent;
    Counter m_wanted;
};

} // namespace

RoomsOutcome measureRooms(Bench &bench, const RoomsWork &work)
{
    const Options &options = bench.options();
    Crew &crew = bench.crew();
    std::vector<std::unique_ptr<RoomsSink>> sinks;
    DeliveryTally tally;
    Gathering members(crew, bench.endpoints());
    for (int i = 0; i < crew.size(); ++i) {
        sinks.push_back(std::make_unique<RoomsSink>(bench, crew.loop(i), crew.failures()));
        tally.add(sinks.back().get());
        members.flock(i).setSink(sinks.back().get());
    }
    const auto workers = std::size_t(crew.size());
    for (std::size_t i = 0; i < std::size_t(work.connections); ++i) {
        const std::size_t room = i % work.rooms.size();
        Session &session = members.add(bench.seat(options.dialect, work.rooms, i), int(room % workers));
        session.stream = std::uint32_t(room);
        session.isTimed = work.timeSenders || i >= work.rooms.size();
        sinks[room % workers]->addMember(room / workers, session);
    }
    progress(QStringLiteral("opening %1 sockets in %2 rooms").arg(work.connections).arg(work.rooms.size()));
    members.open(options.concurrency);

    const auto sum = [&sinks](auto read) {
        std::uint64_t total = 0;
        for (const auto &sink : sinks)
            total += read(*sink);
        return total;
    };
    const auto stop = [&] {
        crew.onAll([&](int worker) { sinks[std::size_t(worker)]->stop(); });
        crew.barrier();
    };
    const AtExit stopInAnyCase(stop);
    const Nanos first = now() + 50 * millisecond;
    crew.onAll([&](int worker) { sinks[std::size_t(worker)]->start(first, work.rate); });
    crew.pass(options.warmUp);

    progress(QStringLiteral("measuring for %1 s").arg(options.seconds));
    Meter meter = bench.meter();
    const std::uint64_t before = tally.deliveries();
    const std::uint64_t sentBefore = sum([](const RoomsSink &sink) { return sink.sent(); });
    meter.start();
    tally.setMeasuring(true);
    crew.pass(options.seconds);
    const Usage usage = meter.stop();
    const double measured = double(tally.deliveries() - before);
    const double sent = double(sum([](const RoomsSink &sink) { return sink.sent(); }) - sentBefore);
    // What is still on its way then belongs to the times, too: slow ones above all.
    stop();
    const std::uint64_t wanted = sum([](const RoomsSink &sink) { return sink.wanted(); });
    tally.drain(crew, wanted);

    RoomsOutcome outcome;
    outcome.times = tally.times();
    outcome.cpuPerDelivery = usage.server * 1e6 / measured;
    tally.conclude(outcome.report, usage, measured, wanted);
    QJsonObject &json = outcome.report.json;
    json.insert(QStringLiteral("connections"), work.connections);
    json.insert(QStringLiteral("rooms"), qint64(work.rooms.size()));
    json.insert(QStringLiteral("rate_per_room"), work.rate);
    json.insert(QStringLiteral("size"), options.size);
    json.insert(QStringLiteral("sent"), sent);
    json.insert(QStringLiteral("sent_per_second"), sent / usage.seconds);
    addTimes(json, outcome.times);
    meter.report(json, usage, QStringLiteral("delivery"), measured);
    return outcome;
}

} // namespace rookery::bench
