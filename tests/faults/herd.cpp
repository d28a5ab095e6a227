// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/bench/bench.h"
#include "tests/faults/commands.h"
#include "tests/faults/crowd/crowd.h"
#include "tests/faults/crowd/stage.h"
#include "tests/wire/load/httpclient.h"

namespace rookery::faults {

using namespace bench;
using namespace load;

namespace {

constexpr int defaultClients = 10'000;
constexpr int membersOfARoom = 10;
constexpr int concurrency = 256;
constexpr double percentWanted = 99;
constexpr Nanos mostInTime = 10 * second;
constexpr Nanos allInTime = 20 * second;

void post(HttpClient &http, const std::string &room, const QString &text)
{
    http.post(QStringLiteral("/api/v1/rooms/%1/messages").arg(QString::fromStdString(room)),
        {{QStringLiteral("text"), text}});
}

std::int64_t lastSeq(HttpClient &http, const std::string &room)
{
    return std::int64_t(http.get(QStringLiteral("/api/v1/rooms/%1").arg(QString::fromStdString(room)))
                            .value(QLatin1String("room"))
                            .toObject()
                            .value(QLatin1String("last_seq"))
                            .toDouble());
}

/// The crowds of all workers.
class Herd
{
public:
    Herd(Bench &bench, const std::vector<std::string> &rooms, std::size_t clients, std::uint32_t seed)
        : m_crew(bench.crew())
    {
        for (int i = 0; i < m_crew.size(); ++i)
            m_crowds.push_back(std::make_unique<Crowd>(
                m_crew.loop(i), bench.endpoint(), m_crew.failures(), seed + std::uint32_t(i)));
        for (std::size_t i = 0; i < clients; ++i)
            m_crowds[i % m_crowds.size()]->add(bench.token(i), rooms[i % rooms.size()]);
    }
    ~Herd()
    {
        m_crew.onAll([this](int worker) { crowd(worker).leave(); });
        m_crew.barrier();
    }

    Crowd &crowd(int worker) { return *m_crowds[std::size_t(worker)]; }
    std::uint64_t sum(std::uint64_t (Crowd::*count)() const) const
    {
        std::uint64_t total = 0;
        for (const auto &crowd : m_crowds)
            total += (*crowd.*count)();
        return total;
    }
    void await(std::uint64_t (Crowd::*count)() const, std::uint64_t goal, const char *what)
    {
        if (!m_crew.reaches([&] { return sum(count); }, goal))
            throw Failure(QStringLiteral("%1 of %2 %3; then nothing moved any more.")
                              .arg(sum(count))
                              .arg(goal)
                              .arg(QLatin1String(what)));
    }

private:
    Crew &m_crew;
    std::vector<std::unique_ptr<Crowd>> m_crowds;
};

} // namespace

Outcome runHerd(const Options &options)
{
    const int wanted = options.clients > 0 ? options.clients : defaultClients;
    Stage stage(options, wanted, Stage::usersFor(wanted / 5));
    Bench &bench = stage.bench();
    Crew &crew = bench.crew();
    const auto perRoom = std::uint64_t(membersOfARoom);
    const auto rooms = bench.openRooms(Dialect::Native, std::max(1, wanted / membersOfARoom));
    const std::uint64_t clients = perRoom * rooms.size();

    progress(QStringLiteral("opening %1 sockets in %2 rooms").arg(clients).arg(rooms.size()));
    Herd herd(bench, rooms, clients, std::uint32_t(options.seed));
    crew.onAll([&](int worker) { herd.crowd(worker).enter(concurrency); });
    herd.await(&Crowd::ready, clients, "clients are in their rooms");
    {
        HttpClient http(bench.endpoint());
        http.setToken(bench.token(0));
        for (const std::string &room : rooms)
            post(http, room, QStringLiteral("before"));
    }
    herd.await(&Crowd::events, perRoom * rooms.size(), "messages have come");

    progress(QStringLiteral("kill -9, while one in each room sends"));
    const Nanos killed = now();
    crew.onAll([&](int worker) {
        Crowd &crowd = herd.crowd(worker);
        crowd.startClock(killed);
        for (std::size_t i = 0; i < crowd.size() / std::size_t(perRoom); ++i)
            crowd.reader(i).send("during");
    });
    stage.daemon().kill();
    stage.daemon().start();
    const Nanos started = now();
    std::uint64_t goal = 0;
    {
        HttpClient http(bench.endpoint());
        http.setToken(bench.token(0));
        for (const std::string &room : rooms)
            post(http, room, QStringLiteral("after"));
        for (const std::string &room : rooms)
            goal += perRoom * std::uint64_t(lastSeq(http, room));
    }
    herd.await(&Crowd::ready, 2 * clients, "clients are back");
    herd.await(&Crowd::events, goal, "messages have come");
    const Nanos complete = now();

    Histogram times;
    crew.barrier();
    for (int i = 0; i < crew.size(); ++i)
        times.merge(herd.crowd(i).times());
    const double seconds = double(times.percentile(percentWanted)) / double(second);
    Outcome outcome;
    Report &report = outcome.report;
    QJsonObject &json = report.json;
    json.insert(QStringLiteral("clients"), qint64(clients));
    json.insert(QStringLiteral("rooms"), qint64(rooms.size()));
    json.insert(QStringLiteral("restart_ms"), double(started - killed) / double(millisecond));
    addTimes(json, times, QStringLiteral("back_"));
    json.insert(QStringLiteral("complete_ms"), double(complete - killed) / double(millisecond));
    json.insert(QStringLiteral("attempts_failed"), qint64(herd.sum(&Crowd::ended)) - qint64(clients));
    json.insert(QStringLiteral("acknowledged"), qint64(2 * rooms.size()));
    json.insert(QStringLiteral("events"), qint64(goal));
    report.line =
        QStringLiteral("%1 clients in %2 rooms, kill -9: ready again after %3 s, 99 % back after %4 s, "
                       "all after %5 s; nobody missed any of %6 events")
            .arg(clients)
            .arg(rooms.size())
            .arg(double(started - killed) / double(second), 0, 'f', 2)
            .arg(seconds, 0, 'f', 2)
            .arg(double(times.max()) / double(second), 0, 'f', 2)
            .arg(goal);
    if (times.percentile(percentWanted) > mostInTime || times.max() > allInTime)
        report.fault = QStringLiteral("99 % must be back within 10 s, and all within 20 s.");
    return outcome;
}

} // namespace rookery::faults
