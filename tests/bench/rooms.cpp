#include "tests/bench/bench.h"
#include "tests/bench/deliverysink.h"
#include "tests/bench/pacer.h"

#include <cmath>

namespace rookery::bench {

namespace {

constexpr Nanos drainPatience = 20 * second;
/// Between the two runs of --growth, for the server to be done with the sockets that left.
constexpr double pauseSeconds = 2;
constexpr int growthFactor = 10;

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

struct Outcome
{
    Report report;
    double cpuPerDelivery = 0;
};

Outcome measure(Bench &bench, int connections, const std::vector<std::string> &rooms, double rate)
{
    const Options &options = bench.options();
    Crew &crew = bench.crew();
    std::vector<std::unique_ptr<RoomsSink>> sinks;
    Gathering members(crew, bench.endpoint());
    for (int i = 0; i < crew.size(); ++i) {
        sinks.push_back(std::make_unique<RoomsSink>(bench, crew.loop(i), crew.failures()));
        members.flock(i).setSink(sinks.back().get());
    }
    const auto workers = std::size_t(crew.size());
    for (std::size_t i = 0; i < std::size_t(connections); ++i) {
        const std::size_t room = i % rooms.size();
        Session &session = members.add(bench.seat(options.dialect, rooms, i), int(room % workers));
        session.stream = std::uint32_t(room);
        sinks[room % workers]->addMember(room / workers, session);
    }
    progress(QStringLiteral("opening %1 sockets in %2 rooms").arg(connections).arg(rooms.size()));
    members.open(options.concurrency);

    const auto sum = [&sinks](auto read) {
        std::uint64_t total = 0;
        for (const auto &sink : sinks)
            total += read(*sink);
        return total;
    };
    const auto deliveries = [&] { return sum([](const RoomsSink &sink) { return sink.deliveries(); }); };
    const Nanos first = now() + 50 * millisecond;
    const AtExit stop([&] {
        crew.onAll([&](int worker) { sinks[std::size_t(worker)]->stop(); });
        crew.barrier();
    });
    crew.onAll([&](int worker) { sinks[std::size_t(worker)]->start(first, rate); });
    crew.pass(options.warmUp);

    progress(QStringLiteral("measuring for %1 s").arg(options.seconds));
    Meter meter = bench.meter();
    const std::uint64_t before = deliveries();
    const std::uint64_t sentBefore = sum([](const RoomsSink &sink) { return sink.sent(); });
    meter.start();
    for (const auto &sink : sinks)
        sink->setMeasuring(true);
    crew.pass(options.seconds);
    const Usage usage = meter.stop();
    const double measured = double(deliveries() - before);
    const double sent = double(sum([](const RoomsSink &sink) { return sink.sent(); }) - sentBefore);
    crew.onAll([&](int worker) { sinks[std::size_t(worker)]->stop(); });
    // What was sent while measuring and is still on its way belongs to the times, too.
    const std::uint64_t wanted = sum([](const RoomsSink &sink) { return sink.wanted(); });
    const Nanos deadline = now() + drainPatience;
    crew.waitUntil([&] { return deliveries() >= wanted || now() > deadline; }, 2 * drainPatience,
        [] { return QString(); });
    crew.barrier();
    if (measured == 0)
        throw Failure(QStringLiteral("Nothing was delivered: the server does not echo what is sent."));

    Histogram times;
    for (const auto &sink : sinks)
        times.merge(sink->times());
    const std::uint64_t duplicates = sum([](const RoomsSink &sink) { return sink.duplicates(); });
    const std::uint64_t lost = wanted - std::min(wanted, deliveries());

    Outcome outcome;
    outcome.cpuPerDelivery = usage.server * 1e6 / measured;
    QJsonObject &json = outcome.report.json;
    json.insert(QStringLiteral("connections"), connections);
    json.insert(QStringLiteral("rooms"), qint64(rooms.size()));
    json.insert(QStringLiteral("rate_per_room"), rate);
    json.insert(QStringLiteral("size"), options.size);
    json.insert(QStringLiteral("seconds"), usage.seconds);
    json.insert(QStringLiteral("sent"), sent);
    json.insert(QStringLiteral("sent_per_second"), sent / usage.seconds);
    json.insert(QStringLiteral("deliveries"), measured);
    json.insert(QStringLiteral("deliveries_per_second"), measured / usage.seconds);
    json.insert(QStringLiteral("checked"), double(deliveries()));
    json.insert(QStringLiteral("lost"), double(lost));
    json.insert(QStringLiteral("duplicates"), double(duplicates));
    addTimes(json, times);
    meter.report(json, usage, QStringLiteral("delivery"), measured);
    outcome.report.line = QStringLiteral("%1 sockets in %2 rooms, %3 messages/s: %4; %5")
                              .arg(connections)
                              .arg(rooms.size())
                              .arg(numberText(sent / usage.seconds),
                                  cpuText(json, QStringLiteral("delivery")), timesText(times));
    if (lost > 0 || duplicates > 0)
        outcome.report.fault =
            QStringLiteral("%1 deliveries are missing, %2 came twice").arg(lost).arg(duplicates);
    return outcome;
}

} // namespace

Report runRooms(const Options &options)
{
    if (options.rooms > options.connections)
        throw Failure(QStringLiteral("There are fewer --connections than --rooms."));
    Bench bench(options, options.connections, options.connections);
    const auto rooms = bench.openRooms(options.dialect, options.rooms);
    if (!options.growth)
        return measure(bench, options.connections, rooms, options.rate).report;

    const int fewer = options.connections / growthFactor;
    const int fewerRooms = options.rooms / growthFactor;
    if (fewerRooms < 1 || fewer < fewerRooms)
        throw Failure(QStringLiteral("--growth needs at least %1 rooms.").arg(growthFactor));
    if (bench.pids().empty())
        throw Failure(QStringLiteral("--growth compares CPU times: give the server's --pid."));
    const std::vector<std::string> some(rooms.begin(), rooms.begin() + fewerRooms);
    // The same number of messages in all, so that only the number of sockets differs.
    const Outcome small =
        measure(bench, fewer, some, options.rate * double(options.rooms) / double(fewerRooms));
    progress(small.report.line);
    bench.crew().pass(pauseSeconds);
    Outcome large = measure(bench, options.connections, rooms, options.rate);
    const double percent = 100 * (large.cpuPerDelivery / small.cpuPerDelivery - 1);
    large.report.json.insert(QStringLiteral("growth_percent"), percent);
    large.report.json.insert(QStringLiteral("small"), small.report.json);
    large.report.line += QStringLiteral("; %1 % more CPU per delivery than with %2 sockets")
                             .arg(percent, 0, 'f', 1)
                             .arg(fewer);
    if (large.report.fault.isEmpty())
        large.report.fault = small.report.fault;
    return large.report;
}

} // namespace rookery::bench
