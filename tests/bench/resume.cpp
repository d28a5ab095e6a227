// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/bench/accounts.h"
#include "tests/bench/bench.h"
#include "tests/wire/load/httpclient.h"

#include <QJsonArray>
#include <QJsonDocument>

namespace rookery::bench {

using namespace load;

namespace {

/// Every user becomes a member of every room.
void joinAll(Bench &bench, const std::vector<std::string> &rooms)
{
    progress(QStringLiteral("making %1 users members of %2 rooms").arg(bench.users()).arg(rooms.size()));
    HttpClient client(bench.endpoint());
    for (int user = 0; user < bench.users(); ++user) {
        client.setToken(bench.token(std::size_t(user)));
        for (const std::string &room : rooms)
            client.post(QStringLiteral("/api/v1/rooms/%1/join").arg(QString::fromStdString(room)), {});
    }
}

/// The `hello` of somebody who has all that the rooms hold now; then `messages` more are sent to each.
Resumption miss(Bench &bench, const std::vector<std::string> &rooms, int messages, int size)
{
    HttpClient client(bench.endpoint());
    client.setToken(bench.token(0));
    QJsonArray resume;
    for (const std::string &id : rooms) {
        const QString path = QStringLiteral("/api/v1/rooms/") + QString::fromStdString(id);
        const QJsonObject room = client.get(path).value(QLatin1String("room")).toObject();
        resume.append(QJsonObject{{QStringLiteral("room"), QString::fromStdString(id)},
            {QStringLiteral("epoch"), room.value(QLatin1String("epoch"))},
            {QStringLiteral("seq"), room.value(QLatin1String("last_seq"))}});
        for (int i = 0; i < messages; ++i)
            client.post(path + QStringLiteral("/messages"),
                {{QStringLiteral("text"), QString(qsizetype(size), QLatin1Char('m'))}});
    }
    const QJsonObject hello{{QStringLiteral("type"), QStringLiteral("hello")}, {QStringLiteral("ref"), 0},
        {QStringLiteral("pages"), true}, {QStringLiteral("resume"), resume}};
    return {QJsonDocument(hello).toJson(QJsonDocument::Compact).toStdString(), rooms.size(),
        rooms.size() * std::uint64_t(messages)};
}

} // namespace

Report runResume(const Options &options)
{
    Bench bench(options, options.connections, options.connections);
    const auto rooms = bench.openRooms(Dialect::Native, options.rooms);
    joinAll(bench, rooms);
    const Resumption resumption = miss(bench, rooms, options.messages, options.size);
    bench.restartServer();
    Crew &crew = bench.crew();

    Gathering sockets(crew, bench.endpoints());
    for (int i = 0; i < options.connections; ++i) {
        Seat seat = bench.seat(Dialect::Native, {}, std::size_t(i));
        seat.resumption = &resumption;
        // Handshakes are what `storm` measures.
        sockets.add(std::move(seat)).greets = false;
    }
    progress(QStringLiteral("opening %1 sockets").arg(options.connections));
    sockets.open(options.concurrency);

    progress(
        QStringLiteral("resuming %1 rooms on each, %2 at once").arg(rooms.size()).arg(options.concurrency));
    Meter meter = bench.meter();
    const Nanos began = now();
    meter.start();
    sockets.greetAll(options.concurrency);
    sockets.waitReady(2 * std::size_t(options.connections));
    const double seconds = double(now() - began) / double(second);
    crew.pass(settleSeconds);
    const Usage usage = meter.stop();
    const Histogram times = sockets.greetingTimes();

    Report report;
    QJsonObject &json = report.json;
    const double resumed = double(options.connections);
    json.insert(QStringLiteral("connections"), options.connections);
    json.insert(QStringLiteral("rooms"), options.rooms);
    json.insert(QStringLiteral("missed_per_room"), options.messages);
    json.insert(QStringLiteral("concurrency"), options.concurrency);
    json.insert(QStringLiteral("seconds"), seconds);
    json.insert(QStringLiteral("resumed"), resumed);
    json.insert(QStringLiteral("resumed_per_second"), resumed / seconds);
    addTimes(json, times);
    meter.report(json, usage, QStringLiteral("resume"), resumed);
    report.line =
        QStringLiteral("%1 members resumed %2 rooms each: %3/s, %4; %5")
            .arg(options.connections)
            .arg(options.rooms)
            .arg(numberText(resumed / seconds), cpuText(json, QStringLiteral("resume")), timesText(times));
    return report;
}

} // namespace rookery::bench
