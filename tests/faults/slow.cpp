// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/bench/bench.h"
#include "tests/bench/pacer.h"
#include "tests/faults/commands.h"
#include "tests/faults/crowd/bystanders.h"
#include "tests/faults/crowd/stage.h"
#include "tests/wire/load/rawclient.h"

#include <algorithm>
#include <atomic>
#include <memory>

namespace rookery::faults {

using namespace bench;
using namespace load;

namespace {

constexpr int defaultClients = 1000; ///< of each kind
constexpr int defaultSeconds = 10; ///< of the limits as shipped: a head's time, a body's grace
constexpr double keepAlive = 1.5; ///< … and the idle time is longer by so much
constexpr double secondsLate = 3; ///< the daemon looks every second; the machine has other things to do
constexpr double mostQuiet = 10;
constexpr int others = Bystanders::count;
constexpr int workers = 2; ///< one for the others: what the slow ones cost the load generator is not theirs
constexpr std::int64_t memoryBound = 160'000'000;
constexpr double lookEvery = 0.25;
constexpr double worstRatio = 2;
constexpr Nanos openedEvery = millisecond;
constexpr int openedAtOnce = 5; ///< a second or so for all

/// The part of a request at which a client is slow.
struct Kind
{
    const char *name;
    std::string first; ///< what it sends at once
    bool drips; ///< a byte each second
    bool reads;
    int status; ///< of the answer that it gets; 0: none
    double limit; ///< in multiples of the seconds
};

std::vector<Kind> allKinds()
{
    return {
        {"head", "GET /health HTTP/1.1\r\nHost: a\r\nX: ", true, true, 408, 1},
        {"body", "POST /login HTTP/1.1\r\nHost: a\r\nContent-Length: 60000\r\n\r\n", true, true, 408, 1},
        {"reading", "GET /swagger/swagger-ui-bundle.js HTTP/1.1\r\nHost: a\r\n\r\n", false, false, 0, 1},
        {"idle", {}, false, true, 0, keepAlive},
    };
}

/// The clients of all kinds, in turn; on one loop.
class SlowClients
{
public:
    SlowClients(EventLoop &loop, in_port_t port, const std::vector<Kind> &kinds, int each)
        : m_kinds(kinds)
        , m_opener(loop, [this](Nanos) { openSome(); })
        , m_dripper(loop, [this](Nanos) { drip(); })
    {
        for (int i = 0; i < each; ++i) {
            for (const Kind &kind : kinds)
                m_clients.push_back(
                    std::make_unique<RawClient>(loop, RawClient::What{port, 0, kind.first, kind.reads}));
        }
    }

    void start()
    {
        m_opener.start(now(), openedEvery);
        m_dripper.start(now() + second, dripEvery);
    }
    void stop()
    {
        m_opener.stop();
        m_dripper.stop();
        for (const auto &client : m_clients)
            client->close();
    }

    std::uint64_t ended() const { return m_ended; }
    std::uint64_t opened() const { return m_opened; }
    std::size_t size() const { return m_clients.size(); }
    const Kind &kindOf(std::size_t at) const { return m_kinds[at % m_kinds.size()]; }
    const RawClient &client(std::size_t at) const { return *m_clients[at]; }

private:
    static constexpr Nanos dripEvery = 10 * millisecond;
    static constexpr std::size_t dripTurns = 100; ///< so that each has its turn once a second

    void openSome()
    {
        for (int i = 0; i < openedAtOnce && m_opened < m_clients.size(); ++i)
            m_clients[m_opened++]->open();
        if (m_opened == m_clients.size())
            m_opener.stop();
    }
    void drip()
    {
        std::uint64_t ended = 0;
        for (std::size_t i = 0; i < m_opened; ++i) {
            RawClient &client = *m_clients[i];
            if (client.end() != RawClient::End::Open)
                ++ended;
            else if (i % dripTurns == m_turn % dripTurns && kindOf(i).drips)
                client.send("y");
        }
        ++m_turn;
        m_ended = ended;
    }

    const std::vector<Kind> &m_kinds;
    std::vector<std::unique_ptr<RawClient>> m_clients;
    std::atomic<std::size_t> m_opened = 0;
    std::atomic<std::uint64_t> m_ended = 0;
    std::size_t m_turn = 0;
    Pacer m_opener;
    Pacer m_dripper;
};

/// How long clients of one kind were tolerated.
struct Borne
{
    Histogram times;
    int early = 0;
    int late = 0;
    int otherwise = 0; ///< another answer, or another end
    std::string example;
};

Borne judge(const SlowClients &clients, const Kind &kind, double seconds)
{
    Borne borne;
    const auto earliest = Nanos(seconds * kind.limit * double(second));
    const auto latest = earliest + Nanos(secondsLate * double(second));
    for (std::size_t i = 0; i < clients.size(); ++i) {
        if (&clients.kindOf(i) != &kind)
            continue;
        const RawClient &client = clients.client(i);
        borne.times.record(client.lasted());
        // Clients that do not read may be cut off sooner if there are many.
        borne.early += kind.reads && client.lasted() < earliest ? 1 : 0;
        borne.late += client.lasted() > latest || client.end() == RawClient::End::Open ? 1 : 0;
        const auto end = kind.reads ? RawClient::End::Closed : RawClient::End::Reset;
        if (client.status() != kind.status || client.end() != end) {
            ++borne.otherwise;
            borne.example = "status " + std::to_string(client.status()) + ", end "
                + std::to_string(int(client.end())) + ": " + std::string(client.head().substr(0, 40));
        }
    }
    return borne;
}

} // namespace

Outcome runSlow(const Options &options)
{
    const int each = options.clients > 0 ? options.clients : defaultClients;
    const double seconds = options.seconds > 0 ? options.seconds : defaultSeconds;
    const auto setting = [](const char *name, double value) {
        return QStringLiteral("ROOKERY_LIMITS_%1_MS=%2").arg(QLatin1String(name)).arg(int(value * 1000));
    };
    // The shipped limits; a short run has shorter ones.
    Stage stage(options, 4 * each + others, Stage::usersFor(each),
        {setting("HEADER_TIME", seconds), setting("BODY_GRACE", seconds),
            setting("KEEP_ALIVE_TIME", seconds * keepAlive)},
        workers);
    Bench &bench = stage.bench();
    const auto rooms = bench.openRooms(Dialect::Native, 1);
    const std::vector<Kind> kinds = allKinds();
    Crew &crew = bench.crew();
    const int worker = crew.size() - 1;
    Bystanders bystanders(bench, rooms);
    SlowClients slow(crew.loop(worker), stage.daemon().port(), kinds, each);
    const AtExit leave([&] {
        crew.on(worker, [&] { slow.stop(); });
        crew.barrier();
    });
    bystanders.open();

    const double quiet = std::min(mostQuiet, seconds);
    progress(QStringLiteral("nobody is slow, for %1 s").arg(quiet));
    bystanders.start();
    Histogram quietTimes = bystanders.pass(quiet);

    progress(QStringLiteral("%1 clients are slow, %2 at each of %3 things")
                 .arg(slow.size())
                 .arg(each)
                 .arg(kinds.size()));
    const std::int64_t residentBefore = stage.resident();
    std::int64_t residentMost = residentBefore;
    crew.on(worker, [&] { slow.start(); });
    const Nanos bound = now() + Nanos((seconds * keepAlive + 2 * secondsLate) * double(second))
        + Nanos(slow.size()) * openedEvery;
    while (slow.ended() < slow.size() && now() < bound) {
        crew.pass(lookEvery);
        residentMost = std::max(residentMost, stage.resident());
    }
    const Histogram meanwhile = bystanders.takeTimes();
    progress(QStringLiteral("nobody is slow any more, for %1 s").arg(quiet));
    crew.on(worker, [&] { slow.stop(); });
    // Before and after, so that other load on the machine affects both.
    quietTimes.merge(bystanders.pass(quiet));
    bystanders.stop();
    bystanders.checkComplete();

    const double ratio = double(meanwhile.percentile(99)) / double(quietTimes.percentile(99));
    const std::int64_t grown = residentMost - residentBefore;
    Outcome outcome;
    Report &report = outcome.report;
    QJsonObject &json = report.json;
    json.insert(QStringLiteral("slow"), qint64(slow.size()));
    json.insert(QStringLiteral("acknowledged"), qint64(bystanders.sent()));
    json.insert(QStringLiteral("seconds"), seconds);
    json.insert(QStringLiteral("rss_grown_bytes"), qint64(grown));
    addTimes(json, quietTimes, QStringLiteral("quiet_"));
    addTimes(json, meanwhile, QStringLiteral("meanwhile_"));
    json.insert(QStringLiteral("p99_ratio"), ratio);
    QStringList borneFor;
    for (const Kind &kind : kinds) {
        Borne borne;
        crew.on(worker, [&] { borne = judge(slow, kind, seconds); });
        addTimes(json, borne.times, QLatin1String(kind.name) + u'_');
        const auto inSeconds = [&](double percent) {
            return numberText(double(borne.times.percentile(percent)) / double(second));
        };
        borneFor.append(
            QStringLiteral("%1 %2 to %3 s").arg(QLatin1String(kind.name), inSeconds(0), inSeconds(100)));
        if (borne.early + borne.late + borne.otherwise > 0 && report.fault.isEmpty())
            report.fault = QStringLiteral("Slow at %1: %2 ended too early, %3 too late, %4 otherwise. %5")
                               .arg(QLatin1String(kind.name))
                               .arg(borne.early)
                               .arg(borne.late)
                               .arg(borne.otherwise)
                               .arg(QString::fromStdString(borne.example));
    }
    report.line =
        QStringLiteral("%1 slow clients, borne for: %2; RSS grown by %3 MB; the p99 of %4 others %5 ms "
                       "in quiet and %6 ms meanwhile, ratio %7")
            .arg(slow.size())
            .arg(borneFor.join(QLatin1String(", ")))
            .arg(double(grown) / 1e6, 0, 'f', 1)
            .arg(others)
            .arg(double(quietTimes.percentile(99)) / double(millisecond), 0, 'f', 1)
            .arg(double(meanwhile.percentile(99)) / double(millisecond), 0, 'f', 1)
            .arg(ratio, 0, 'f', 2);
    if (report.fault.isEmpty() && grown > memoryBound)
        report.fault = QStringLiteral("RSS must not grow by more than 160 MB; it grew by %1 MB.")
                           .arg(double(grown) / 1e6);
    else if (report.fault.isEmpty() && options.clients == 0 && ratio > worstRatio)
        report.fault = QStringLiteral("The others' p99 must not more than double.");
    return outcome;
}

} // namespace rookery::faults
