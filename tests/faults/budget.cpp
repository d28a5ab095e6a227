// SPDX-License-Identifier: GPL-3.0-or-later
#include "common/limits.h"
#include "tests/bench/accounts.h"
#include "tests/bench/bench.h"
#include "tests/bench/pacer.h"
#include "tests/faults/commands.h"
#include "tests/faults/crowd/bystanders.h"
#include "tests/faults/crowd/flooder.h"
#include "tests/faults/crowd/stage.h"
#include "tests/wire/load/failure.h"
#include "tests/wire/load/framecodec.h"
#include "tests/wire/load/handshake.h"
#include "tests/wire/load/httpclient.h"

#include <QJsonArray>
#include <QJsonDocument>

#include <algorithm>
#include <map>
#include <memory>

namespace rookery::faults {

using namespace bench;
using namespace load;

namespace {

constexpr int defaultSockets = 200; ///< of an attack that wants many
constexpr int defaultSeconds = 10; ///< of each attack
constexpr int turns = 4;
constexpr int others = Bystanders::count;
constexpr int workers = 2; ///< one for the others: what an attack costs the load generator is not theirs
constexpr int users = 4;
constexpr int mostAttacks = 16;
constexpr double worstRatio = 2;
constexpr std::int64_t memoryBound = 64'000'000;
constexpr Nanos comesBackAfter = 10 * millisecond;
constexpr in_addr_t firstAddress = INADDR_LOOPBACK + 0x100; ///< 127.0.1.1: each attack has its own network
constexpr int roomsPerSocket = 2; ///< of those that exist, by the sockets that are wanted
constexpr int longRooms = 4;
constexpr int longMessages = 200; ///< in each of them …
constexpr int longText = 4000; ///< … of so many characters

/// The requests of one account from one address, on a number of sockets.
struct Attack
{
    const char *name;
    const char *text;
    int sockets;
    Flooder::What what;
    int status = 0; ///< of the answers that it is after, among which only refusals for its budget may be
};

/// The sockets of an attack, each of which reconnects when it is closed; on one loop.
class Attackers
{
public:
    Attackers(EventLoop &loop, const Attack &attack)
        : m_pacer(loop, [this](Nanos) { open(); })
    {
        for (int i = 0; i < attack.sockets; ++i)
            m_flooders.push_back(std::make_unique<Flooder>(loop, attack.what));
    }

    void start() { m_pacer.start(now(), comesBackAfter); }
    void stop()
    {
        m_pacer.stop();
        for (const auto &flooder : m_flooders)
            flooder->close();
    }
    std::uint64_t sent() const
    {
        std::uint64_t bytes = 0;
        for (const auto &flooder : m_flooders)
            bytes += flooder->sent();
        return bytes;
    }
    std::map<int, std::uint64_t> statuses() const
    {
        std::map<int, std::uint64_t> all;
        for (const auto &flooder : m_flooders) {
            for (const auto &[status, count] : flooder->statuses())
                all[status] += count;
        }
        return all;
    }
    std::uint64_t opened() const
    {
        std::uint64_t count = 0;
        for (const auto &flooder : m_flooders)
            count += flooder->opened();
        return count;
    }

private:
    void open()
    {
        for (const auto &flooder : m_flooders) {
            if (!flooder->isOpen())
                flooder->open();
        }
    }

    std::vector<std::unique_ptr<Flooder>> m_flooders;
    Pacer m_pacer;
};

std::string frameOf(const QJsonObject &json)
{
    std::string frame;
    appendFrame(frame, Opcode::Text, QJsonDocument(json).toJson(QJsonDocument::Compact).toStdString(), 0);
    return frame;
}

std::string frameOf(const char *type, const QString &room)
{
    return frameOf({{QLatin1String("type"), QLatin1String(type)}, {QLatin1String("room"), room}});
}

QString longPath(const std::string &room)
{
    return QStringLiteral("/api/v1/rooms/%1/messages").arg(QString::fromStdString(room));
}

/// The setup of an attacker, and its requests.
class Plan
{
public:
    Plan(Stage &stage, int sockets, const std::string &peaceful)
        : m_sockets(sockets)
        , m_port(stage.daemon().port())
        , m_peaceful(QString::fromStdString(peaceful))
        , m_authority(stage.bench().endpoint().authority())
    {
        Bench &bench = stage.bench();
        // Another user makes the rooms, so that their cost is not charged to the attacker.
        m_tokens = makeUsers(bench.endpoint(), bench.run() + 1, mostAttacks);
        m_rooms = makeRooms(bench.endpoint(), bench.token(0), bench.run() + 1, roomsPerSocket * sockets);
        HttpClient writer(bench.endpoint());
        writer.setToken(bench.token(0));
        const QString text(longText, QChar(u'w'));
        for (int room = 0; room < longRooms && room < int(m_rooms.size()); ++room) {
            for (int i = 0; i < longMessages; ++i)
                writer.post(longPath(m_rooms[std::size_t(room)]), {{QLatin1String("text"), text}});
        }
    }

    std::vector<Attack> attacks()
    {
        std::string subscriptions;
        for (const std::string &room : m_rooms)
            subscriptions += frameOf("subscribe", QString::fromStdString(room));
        QJsonArray points;
        for (int i = 0; i < longRooms && i < int(m_rooms.size()); ++i)
            points.append(
                QJsonObject{{QLatin1String("room"), QString::fromStdString(m_rooms[std::size_t(i)])},
                    {QLatin1String("seq"), 0}});
        std::string resume;
        for (const auto &point : points) {
            QJsonObject frame = point.toObject();
            frame.insert(QLatin1String("type"), QLatin1String("subscribe"));
            resume += frameOf(frame);
        }
        const int some = std::max(1, m_sockets / 20);
        return {
            {"scans", "unsubscribes by name from what it is not subscribed to", some,
                socket(subscriptions, frameOf("unsubscribe", QStringLiteral("No Such Room")))},
            {"names", "subscribes to a name of 60 KB", some,
                socket({}, frameOf("subscribe", QString(60'000, QChar(u'n'))))},
            {"presence", "enters the others' room and leaves it", some,
                socket({}, frameOf("subscribe", m_peaceful) + frameOf("unsubscribe", m_peaceful))},
            {"resumes", "asks for long histories and does not read them", m_sockets,
                deaf(socket(resume, {}))},
            {"connects", "connects and leaves at once", some, leaving()},
            {"searches", "searches the directory", m_sockets,
                get("/api/v1/rooms/directory?query=bench&limit=200"), 200},
            {"members", "asks for the members of the others' room", m_sockets,
                get("/api/v1/rooms/" + m_peaceful.toStdString() + "/members"), 200},
            {"history", "reads long histories", m_sockets,
                get("/api/v1/rooms/" + m_rooms.front() + "/events?limit=200"), 200},
            {"trifles", "asks for what costs next to nothing", m_sockets, request("PATCH", "/health"), 405},
        };
    }

private:
    /// A user and a network that have used nothing of their budgets.
    Flooder::What stranger()
    {
        if (m_tokens.empty())
            throw Failure(QStringLiteral("There are more attacks than accounts for them."));
        m_token = m_tokens.back();
        m_tokens.pop_back();
        return {m_port, m_address++, {}, {}, {}, {}, {}};
    }
    std::string upgrade() const { return handshake::request(m_authority, "/ws/v1", m_token); }
    Flooder::What socket(const std::string &then, const std::string &again)
    {
        const std::string hello = frameOf({{QLatin1String("type"), QLatin1String("hello")}});
        Flooder::What what = stranger();
        what.first = upgrade() + hello;
        what.until = "\"hello\"";
        what.then = then;
        what.again = again;
        return what;
    }
    static Flooder::What deaf(Flooder::What what)
    {
        // It does not wait for the answer to its hello: the server keeps later frames until then.
        what.first += std::exchange(what.then, {});
        what.until.clear();
        what.reads = false;
        return what;
    }
    Flooder::What leaving()
    {
        Flooder::What what = stranger();
        what.first = upgrade();
        what.leaves = true;
        return what;
    }
    Flooder::What get(const std::string &target) { return request("GET", target); }
    Flooder::What request(const std::string &method, const std::string &target)
    {
        Flooder::What what = stranger();
        what.again = method + ' ' + target + " HTTP/1.1\r\nHost: " + m_authority
            + "\r\nAuthorization: Bearer " + m_token + "\r\n\r\n";
        // One request at a time: how much a client can pipeline depends on its kernel and network.
        what.answer = "HTTP/1.1 ";
        return what;
    }

    int m_sockets;
    in_port_t m_port;
    in_addr_t m_address = firstAddress; ///< the next stranger's
    QString m_peaceful;
    std::string m_authority;
    std::string m_token; ///< the last stranger's
    std::vector<std::string> m_tokens; ///< of those who have attacked nobody yet
    std::vector<std::string> m_rooms;
};

} // namespace

Outcome runBudget(const Options &options)
{
    const int sockets = options.clients > 0 ? options.clients : defaultSockets;
    const double seconds = options.seconds > 0 ? options.seconds : defaultSeconds;
    const Limits shipped;
    const auto setting = [](const char *name, int value) {
        return QStringLiteral("ROOKERY_LIMITS_%1=%2").arg(QLatin1String(name)).arg(value);
    };
    Stage stage(options, others + sockets, users,
        {setting("WORK_PER_USER", shipped.workPerUser), setting("WORK_PER_NETWORK", shipped.workPerNetwork)},
        workers);
    Bench &bench = stage.bench();
    const auto rooms = bench.openRooms(Dialect::Native, 1);
    std::vector<Attack> attacks = Plan(stage, sockets, rooms.front()).attacks();
    if (!options.attack.isEmpty())
        std::erase_if(attacks, [&](const Attack &one) { return options.attack != QLatin1String(one.name); });
    if (attacks.empty())
        throw Failure(QStringLiteral("There is no attack '%1'.").arg(options.attack));
    Crew &crew = bench.crew();
    const int worker = crew.size() - 1;
    Bystanders bystanders(bench, rooms);
    std::vector<std::unique_ptr<Attackers>> all;
    for (const Attack &attack : attacks)
        all.push_back(std::make_unique<Attackers>(crew.loop(worker), attack));
    const AtExit leave([&] {
        crew.on(worker, [&] {
            for (const auto &attackers : all)
                attackers->stop();
        });
        crew.barrier();
    });
    bystanders.open();

    bystanders.start();

    Outcome outcome;
    Report &report = outcome.report;
    QJsonObject &json = report.json;
    QStringList lines;
    for (std::size_t i = 0; i < attacks.size(); ++i) {
        const Attack &attack = attacks[i];
        Attackers &attackers = *all[i];
        progress(QStringLiteral("one account %1, on %2 sockets for %3 s, and is quiet as long, in turns")
                     .arg(QLatin1String(attack.text))
                     .arg(attack.sockets)
                     .arg(seconds));
        Histogram quiet;
        Histogram meanwhile;
        const std::int64_t before = stage.resident();
        std::int64_t most = before;
        // In turns, so that other load on the machine affects both.
        for (int turn = 0; turn < turns; ++turn) {
            quiet.merge(bystanders.pass(seconds / turns));
            crew.on(worker, [&] { attackers.start(); });
            meanwhile.merge(
                bystanders.pass(seconds / turns, [&] { most = std::max(most, stage.resident()); }));
            crew.on(worker, [&] { attackers.stop(); });
        }
        std::uint64_t sent = 0;
        std::uint64_t opened = 0;
        std::map<int, std::uint64_t> statuses;
        crew.on(worker, [&] {
            sent = attackers.sent();
            statuses = attackers.statuses();
            opened = attackers.opened();
        });
        const double ratio = double(meanwhile.percentile(99)) / double(quiet.percentile(99));
        const QString prefix = QLatin1String(attack.name) + u'_';
        addTimes(json, meanwhile, prefix);
        addTimes(json, quiet, prefix + QLatin1String("quiet_"));
        json.insert(prefix + QLatin1String("p99_ratio"), ratio);
        json.insert(prefix + QLatin1String("sent_bytes"), qint64(sent));
        json.insert(prefix + QLatin1String("connections"), qint64(opened));
        for (const auto &[status, count] : statuses)
            json.insert(prefix + QStringLiteral("status_%1").arg(status), qint64(count));
        json.insert(prefix + QLatin1String("rss_grown_bytes"), qint64(most - before));
        lines.append(QStringLiteral("%1: %2 MB sent on %3 connections, RSS grown by %4 MB, p99 %5 ms and in "
                                    "quiet %6 ms, ratio %7")
                         .arg(QLatin1String(attack.name))
                         .arg(double(sent) / 1e6, 0, 'f', 1)
                         .arg(opened)
                         .arg(double(most - before) / 1e6, 0, 'f', 1)
                         .arg(double(meanwhile.percentile(99)) / double(millisecond), 0, 'f', 1)
                         .arg(double(quiet.percentile(99)) / double(millisecond), 0, 'f', 1)
                         .arg(ratio, 0, 'f', 2));
        progress(lines.constLast());
        if (!report.fault.isEmpty())
            continue;
        const auto strange = std::ranges::find_if(statuses, [&](const auto &one) {
            return one.first != attack.status && one.first != 429 && one.first != 503 && one.first != 0;
        });
        if (strange != statuses.end() || (attack.status != 0 && statuses[attack.status] == 0))
            report.fault = QStringLiteral("It did not get what it asked for, but %1, when one account %2.")
                               .arg(strange != statuses.end() ? strange->first : 429)
                               .arg(QLatin1String(attack.text));
        else if (opened < std::uint64_t(attack.sockets))
            report.fault = QStringLiteral("Not even its sockets were let in: %1 of %2, for who %3.")
                               .arg(opened)
                               .arg(attack.sockets)
                               .arg(QLatin1String(attack.text));
        else if (most - before > memoryBound)
            report.fault =
                QStringLiteral("RSS must not grow by more than 64 MB; it grew by %1 MB when one %2.")
                    .arg(double(most - before) / 1e6)
                    .arg(QLatin1String(attack.text));
        else if (options.clients == 0 && ratio > worstRatio)
            report.fault = QStringLiteral("The others' p99 must not more than double when one account %1.")
                               .arg(QLatin1String(attack.text));
    }
    bystanders.stop();
    bystanders.checkComplete();
    json.insert(QStringLiteral("acknowledged"), qint64(bystanders.sent()));
    json.insert(QStringLiteral("attacks"), int(attacks.size()));
    json.insert(QStringLiteral("seconds"), seconds);
    report.line =
        QStringLiteral("one account beside %1 others; %2").arg(others).arg(lines.join(QLatin1String("; ")));
    return outcome;
}

} // namespace rookery::faults
