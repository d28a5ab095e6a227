// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/bench/acksink.h"
#include "tests/bench/bench.h"
#include "tests/bench/httpload.h"
#include "tests/wire/load/httpclient.h"

#include <algorithm>
#include <charconv>
#include <random>

namespace rookery::bench {

using namespace load;

namespace {

constexpr int pageSize = 50;
/// Few, because every one of them is sent what all of them say.
constexpr int fillers = 4;
constexpr int fillInFlight = 256;

/// Pages of the room's history, ending at random positions.
class RandomPages final : public HttpWork
{
public:
    RandomPages(const Bench &bench, std::string room, std::int64_t lastSeq, int requests, unsigned seed)
        : m_authority(bench.endpoint().authority())
        , m_token(bench.token(0))
        , m_room(std::move(room))
        , m_before(pageSize + 1, lastSeq)
        , m_left(requests)
        , m_random(seed)
    { }

    bool next(std::string &request) override
    {
        if (m_left == 0)
            return false;
        --m_left;
        request = getRequest(m_authority,
            "/api/v1/rooms/" + m_room + "/events?limit=" + std::to_string(pageSize) + std::string(beforeField)
                + std::to_string(m_before(m_random)),
            m_token);
        return true;
    }

    std::string check(const std::string &request, std::string_view body) override
    {
        std::int64_t before = 0;
        const char *digits = request.data() + request.find(beforeField) + beforeField.size();
        std::from_chars(digits, request.data() + request.size(), before);
        // The page's first event, its last one, and as many as there should be.
        const auto named = [body](std::int64_t seq) {
            const std::string field = "\"seq\":" + std::to_string(seq);
            const auto at = body.find(field);
            return at != std::string_view::npos && body.substr(at + field.size()).find_first_of(",}") == 0;
        };
        int count = 0;
        for (auto at = body.find("\"seq\":"); at != std::string_view::npos;
             at = body.find("\"seq\":", at + 1))
            ++count;
        if (named(before - 1) && named(before - pageSize) && !named(before) && count == pageSize)
            return {};
        return "the page before " + std::to_string(before) + " does not hold the events that it should";
    }

private:
    static constexpr std::string_view beforeField = "&before=";

    std::string m_authority;
    std::string m_token;
    std::string m_room;
    std::uniform_int_distribution<std::int64_t> m_before;
    int m_left;
    std::mt19937_64 m_random;
};

struct Place
{
    std::string id;
    std::int64_t lastSeq = 0;
};

Place find(const Bench &bench, const QString &room)
{
    HttpClient client(bench.endpoint());
    client.setToken(bench.token(0));
    const QJsonObject found =
        client.get(QStringLiteral("/api/v1/rooms/") + room).value(QLatin1String("room")).toObject();
    return {found.value(QLatin1String("id")).toString().toStdString(),
        std::int64_t(found.value(QLatin1String("last_seq")).toDouble())};
}

void fill(Bench &bench, const std::string &room, std::int64_t messages)
{
    Crew &crew = bench.crew();
    AckSink::Work work;
    work.run = bench.run();
    work.size = std::size_t(bench.options().size);
    work.inFlight = fillInFlight;
    std::vector<std::unique_ptr<AckSink>> sinks;
    Gathering senders(crew, bench.endpoints());
    for (int i = 0; i < crew.size(); ++i) {
        const std::int64_t share = messages / crew.size() + (i < messages % crew.size() ? 1 : 0);
        work.messages = std::uint64_t(share);
        sinks.push_back(std::make_unique<AckSink>(work, crew.failures()));
        senders.flock(i).setSink(sinks.back().get());
    }
    for (int i = 0; i < std::max(fillers, crew.size()); ++i)
        senders.add({Dialect::Native, bench.token(std::size_t(i)), room}).stream = std::uint32_t(i);
    senders.open(fillers);
    crew.onAll([&](int worker) {
        for (std::size_t i = 0; i < senders.flock(worker).size(); ++i)
            sinks[std::size_t(worker)]->start(senders.flock(worker).session(i));
    });
    const auto acknowledged = [&sinks] {
        std::uint64_t sum = 0;
        for (const auto &sink : sinks)
            sum += sink->acknowledged();
        return sum;
    };
    const Nanos began = now();
    for (std::int64_t tenth = 1; tenth <= 10; ++tenth) {
        const std::int64_t goal = messages * tenth / 10;
        if (!crew.reaches(acknowledged, std::uint64_t(goal)))
            throw Failure(QStringLiteral("The server acknowledges no more messages."));
        progress(QStringLiteral("%1 of %2 messages, %3/s")
                     .arg(goal)
                     .arg(messages)
                     .arg(numberText(double(goal) * double(second) / double(now() - began))));
    }
}

struct Readings
{
    Histogram times;
    Usage usage;
    double requests = 0;
};

Readings readPages(Bench &bench, const Place &place, int concurrency)
{
    Crew &crew = bench.crew();
    const int requests = bench.options().requests;
    std::vector<std::unique_ptr<RandomPages>> works;
    std::vector<HttpWork *> pointers;
    const int workers = std::min(crew.size(), concurrency);
    for (int i = 0; i < crew.size(); ++i) {
        const int share = i < workers ? requests / workers + (i < requests % workers ? 1 : 0) : 0;
        works.push_back(std::make_unique<RandomPages>(
            bench, place.id, place.lastSeq, share, bench.run() + unsigned(i + 100 * concurrency)));
        pointers.push_back(works.back().get());
    }
    HttpLoad load(crew, bench.endpoint(), pointers, concurrency);
    Meter meter = bench.meter();
    meter.start();
    load.setMeasuring(true);
    load.start();
    if (!crew.reaches([&load] { return load.answered(); }, std::uint64_t(requests)))
        throw Failure(QStringLiteral("The server answers no more requests."));
    Readings readings;
    readings.usage = meter.stop();
    load.stop();
    readings.times = load.times();
    readings.requests = double(load.answered());
    return readings;
}

} // namespace

Report runHistory(const Options &options)
{
    Bench bench(options, 1000, fillers);
    Place place;
    if (options.room.isEmpty()) {
        place.id = bench.openRooms(Dialect::Native, 1).front();
    } else {
        bench.makeRoom(options.room);
        place = find(bench, options.room);
    }
    const std::int64_t missing = options.messages - place.lastSeq;
    if (missing > 0) {
        progress(QStringLiteral("filling the room with %1 messages").arg(missing));
        fill(bench, place.id, missing);
        place = find(bench, QString::fromStdString(place.id));
    }
    if (place.lastSeq <= pageSize)
        throw Failure(QStringLiteral("The room needs more than %1 messages.").arg(pageSize));

    progress(QStringLiteral("reading %1 random pages of %2, one at once and %3 at once")
                 .arg(options.requests)
                 .arg(pageSize)
                 .arg(options.concurrency));
    const Readings alone = readPages(bench, place, 1);
    const Readings together = readPages(bench, place, options.concurrency);

    Report report;
    QJsonObject &json = report.json;
    json.insert(QStringLiteral("messages"), double(place.lastSeq));
    json.insert(QStringLiteral("page"), pageSize);
    json.insert(QStringLiteral("requests"), alone.requests + together.requests);
    json.insert(QStringLiteral("concurrency"), options.concurrency);
    json.insert(QStringLiteral("filesystem"), bench.filesystem());
    addTimes(json, alone.times);
    addTimes(json, together.times, QStringLiteral("concurrent_"));
    bench.meter().report(json, alone.usage, QStringLiteral("page"), alone.requests);
    report.line = QStringLiteral("pages of %1 anywhere in %2 messages: %3, %4; %5 at once: %6")
                      .arg(pageSize)
                      .arg(place.lastSeq)
                      .arg(timesText(alone.times), cpuText(json, QStringLiteral("page")))
                      .arg(options.concurrency)
                      .arg(timesText(together.times));
    return report;
}

} // namespace rookery::bench
