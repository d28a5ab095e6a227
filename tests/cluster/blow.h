// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "tests/cluster/site.h"
#include "tests/faults/proxy/random.h"

#include <functional>
#include <string>
#include <vector>

namespace rookery::cluster {

struct Blow;

/// A kind of fault: how it begins, and how it is healed.
struct BlowKind
{
    enum class Where : std::uint8_t { Node, Postgres, Redis, ToPostgres, ToRedis, ToClients };

    const char *name;
    Where where;
    bool lasts; ///< false: over as soon as it has happened
    bool movesClients; ///< the clients of the node, and only those, have to find another one
    std::function<void(Site &, const Blow &)> begin;
    std::function<void(Site &, const Blow &)> end; ///< null: nothing to do
    std::function<void(Site &, const Blow &)> step = {}; ///< called again and again meanwhile; null: never

    bool isOfRedis() const { return where == Where::Redis || where == Where::ToRedis; }
};

/// One of them that was chosen.
struct Blow
{
    const BlowKind *kind = nullptr;
    int node = 0; ///< whose process or link it is; of the servers' own faults -1
    double seconds = 0;

    std::string text() const; ///< "freeze node 1 for 2.3 s"
    /// Whether both can be had at once.
    bool goesWith(const Blow &other) const;
};

/// All kinds that this site can have.
std::vector<BlowKind> blowKinds(bool hasRedis, bool hasStandby);

/// A seeded choice. The longest one in ten lasts up to `longest` seconds, the others up to a quarter of it, and half a
/// second at least.
Blow chooseBlow(const std::vector<BlowKind> &kinds, faults::Random &random, double longest);

} // namespace rookery::cluster
