// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/cluster/blow.h"

#include <algorithm>
#include <array>
#include <cstdio>
#include <thread>

namespace rookery::cluster {

namespace {

using faults::Cut;
using faults::Direction;
using faults::FaultProxy;
using Where = BlowKind::Where;
using Link = FaultProxy Site::Node::*;

constexpr double shortest = 0.5; ///< seconds

std::function<void(Site &, const Blow &)> hold(Link link, std::vector<Direction> directions)
{
    return [link, directions = std::move(directions)](Site &site, const Blow &blow) {
        for (const Direction direction : directions)
            (site.node(blow.node).*link).hold(direction);
    };
}

std::function<void(Site &, const Blow &)> release(Link link)
{
    return [link](Site &site, const Blow &blow) { (site.node(blow.node).*link).release(); };
}

/// Nothing passes for 50 ms, again and again: what is sent meanwhile comes at once after it.
std::function<void(Site &, const Blow &)> lag(Link link)
{
    return [link](Site &site, const Blow &blow) {
        FaultProxy &proxy = site.node(blow.node).*link;
        proxy.hold(Direction::ToServer);
        proxy.hold(Direction::ToClient);
        std::this_thread::sleep_for(std::chrono::milliseconds(50));
        proxy.release();
    };
}

void addLink(std::vector<BlowKind> &kinds, Where where, Link link, std::array<const char *, 5> names)
{
    const bool moves = where == Where::ToClients;
    kinds.push_back({names[0], where, true, moves, hold(link, {Direction::ToServer, Direction::ToClient}),
        release(link)});
    kinds.push_back({names[1], where, true, moves, hold(link, {Direction::ToServer}), release(link)});
    kinds.push_back({names[2], where, true, moves, hold(link, {Direction::ToClient}), release(link)});
    kinds.push_back({names[3], where, true, false, [](Site &, const Blow &) {}, release(link), lag(link)});
    kinds.push_back({names[4], where, false, moves,
        [link](Site &site, const Blow &blow) { (site.node(blow.node).*link).cutAll(Cut::Reset); }, nullptr});
}

void addRedis(std::vector<BlowKind> &kinds)
{
    const auto ask = [](QStringList words) {
        return [words = std::move(words)](Site &site, const Blow &) { site.redis().ask(words); };
    };
    kinds.push_back(
        {"kill redis", Where::Redis, true, false, [](Site &site, const Blow &) { site.redis().kill(); },
            [](Site &site, const Blow &) { site.startRedis(); }});
    kinds.push_back(
        {"freeze redis", Where::Redis, true, false, [](Site &site, const Blow &) { site.redis().freeze(); },
            [](Site &site, const Blow &) { site.redis().thaw(); }});
    kinds.push_back({"flush redis", Where::Redis, false, false, ask({QStringLiteral("FLUSHALL")}), nullptr});
    kinds.push_back({"pause redis", Where::Redis, true, false,
        [](Site &site, const Blow &blow) {
            site.redis().ask({QStringLiteral("CLIENT"), QStringLiteral("PAUSE"),
                QString::number(int(blow.seconds * 1000))});
        },
        ask({QStringLiteral("CLIENT"), QStringLiteral("UNPAUSE")})});
    for (const auto &[name, type] : {std::pair{"end subscribers", "pubsub"}, {"end publishers", "normal"}})
        kinds.push_back({name, Where::Redis, false, false,
            ask({QStringLiteral("CLIENT"), QStringLiteral("KILL"), QStringLiteral("TYPE"),
                QLatin1String(type)}),
            nullptr});
    addLink(kinds, Where::ToRedis, &Site::Node::redis,
        {"cut redis off", "cut off what goes to redis", "cut off what comes from redis", "slow link to redis",
            "reset connections to redis"});
}

} // namespace

std::vector<BlowKind> blowKinds(bool hasRedis, bool hasStandby)
{
    std::vector<BlowKind> kinds{
        {"kill node", Where::Node, true, true,
            [](Site &site, const Blow &blow) { site.node(blow.node).daemon->kill(); },
            [](Site &site, const Blow &blow) { site.node(blow.node).daemon->start(); }},
        {"freeze node", Where::Node, true, true,
            [](Site &site, const Blow &blow) { site.freezeNode(blow.node); },
            [](Site &site, const Blow &blow) { site.thawNode(blow.node); }},
        {"kill postgresql", Where::Postgres, true, false,
            [](Site &site, const Blow &) { site.postgres().crash(); },
            [](Site &site, const Blow &) { site.startPostgres(); }},
        {"freeze postgresql", Where::Postgres, true, false,
            [](Site &site, const Blow &) { site.postgres().freeze(); },
            [](Site &site, const Blow &) { site.postgres().thaw(); }},
        {"terminate backends", Where::ToPostgres, false, false,
            [](Site &site, const Blow &blow) { site.terminateBackends(blow.node); }, nullptr},
    };
    addLink(kinds, Where::ToPostgres, &Site::Node::postgres,
        {"cut postgresql off", "cut off what goes to postgresql", "cut off what comes from postgresql",
            "slow link to postgresql", "reset connections to postgresql"});
    addLink(kinds, Where::ToClients, &Site::Node::clients,
        {"cut clients off", "cut off what comes from clients", "cut off what goes to clients",
            "slow link to clients", "reset clients"});
    if (hasRedis)
        addRedis(kinds);
    if (hasStandby)
        kinds.push_back({"promote standby", Where::Postgres, true, false,
            [](Site &site, const Blow &) { site.promote(); },
            [](Site &site, const Blow &) { site.startStandby(); }});
    return kinds;
}

std::string Blow::text() const
{
    std::string text = kind->name;
    if (node >= 0)
        text += ", node " + std::to_string(node);
    if (kind->lasts) {
        char time[32];
        std::snprintf(time, sizeof time, ", %.1f s", seconds);
        text += time;
    }
    return text;
}

bool Blow::goesWith(const Blow &other) const
{
    // What asks PostgreSQL to do something needs it.
    const auto needs = [](const Blow &blow, Where where) {
        return blow.kind->where == where
            || (where == Where::Postgres && blow.kind->where == Where::ToPostgres);
    };
    if (kind->where == other.kind->where)
        return node >= 0 && node != other.node;
    return !(needs(*this, Where::Postgres) && needs(other, Where::Postgres));
}

Blow chooseBlow(const std::vector<BlowKind> &kinds, faults::Random &random, double longest)
{
    constexpr unsigned longOnes = 10; // percent
    constexpr std::uint64_t steps = 1000;
    Blow blow;
    blow.kind = &kinds[random.below(kinds.size())];
    const bool isOfServer = blow.kind->where == Where::Postgres || blow.kind->where == Where::Redis;
    const int node = int(random.below(Site::nodeCount));
    blow.node = isOfServer ? -1 : node;
    const double most = std::max(shortest, random.chance(longOnes) ? longest : longest / 4);
    blow.seconds = shortest + (most - shortest) * double(random.below(steps)) / double(steps);
    return blow;
}

} // namespace rookery::cluster
