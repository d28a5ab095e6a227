// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/bus/cluster/peers.h"

#include <QSet>

#include <algorithm>
#include <utility>

namespace rookery::bus {

namespace {

/// A node has a hub for each I/O thread.
constexpr size_t mostHubs = 1'024;

} // namespace

Peers::Peers(MemoryBus *local, MemoryBus::Clock clock)
    : m_local(local)
    , m_clock(std::move(clock))
{ }

Peers::~Peers()
{
    for (auto &[id, peer] : m_peers)
        dismiss(peer);
}

Peers::Arrival Peers::note(NodeId node, quint64 number, quint64 *missed)
{
    const auto [found, isNew] = m_peers.try_emplace(node);
    Peer &peer = found->second;
    peer.heard = m_clock();
    peer.isSilent = false;
    if (!isNew && number <= peer.number)
        return Arrival::Late;
    const quint64 last = std::exchange(peer.number, number);
    if (isNew)
        return Arrival::First;
    if (number == last + 1)
        return Arrival::Expected;
    if (missed)
        *missed = last + 1;
    return Arrival::AfterLoss;
}

void Peers::beat(NodeId node, const Beat &beat)
{
    const auto found = m_peers.find(node);
    if (found == m_peers.end())
        return;
    Peer &peer = found->second;
    peer.wires = beat.wires;
    peer.storeAnswered = beat.storeAge ? std::optional(m_clock() - *beat.storeAge) : std::nullopt;
    if (peer.version != beat.version) {
        peer.version = beat.version;
        qInfo(
            "the node %s is here, with rookeryd %s", qUtf8Printable(beat.name), qUtf8Printable(beat.version));
    }
    const bool isTrusted = std::ranges::none_of(
        peer.doubts, [now = m_clock()](const auto &one) { return now - one.second.since > trust; });
    for (auto hub = peer.hubs.begin(); hub != peer.hubs.end();) {
        if (beat.hubs.contains(hub->first)) {
            if (isTrusted)
                m_local->renew(hub->second.get());
            ++hub;
            continue;
        }
        m_local->unsubscribe(hub->second.get());
        hub = peer.hubs.erase(hub);
    }
}

void Peers::bye(NodeId node)
{
    const auto found = m_peers.find(node);
    if (found == m_peers.end())
        return;
    dismiss(found->second);
    m_peers.erase(found);
}

void Peers::dismiss(Peer &peer)
{
    for (const auto &[id, hub] : peer.hubs)
        m_local->unsubscribe(hub.get());
    peer.hubs.clear();
}

QObject *Peers::hubOf(Peer &peer, HubId id)
{
    const auto known = peer.hubs.find(id);
    if (known != peer.hubs.end())
        return known->second.get();
    if (peer.hubs.size() >= mostHubs)
        return nullptr;
    auto hub = std::make_unique<QObject>();
    m_local->subscribe(hub.get(), {});
    return peer.hubs.emplace(id, std::move(hub)).first->second.get();
}

void Peers::apply(NodeId node, const PresenceChanged &change)
{
    const auto found = m_peers.find(node);
    if (found == m_peers.end())
        return;
    QObject *hub = hubOf(found->second, change.hub);
    if (!hub)
        return;
    if (change.online)
        m_local->enter(hub, change.roomId, change.user, change.role);
    else
        m_local->leave(hub, change.roomId, change.user.id);
}

void Peers::apply(NodeId node, const RoomPresence &presence)
{
    const auto found = m_peers.find(node);
    if (found == m_peers.end())
        return;
    found->second.doubts.erase(presence.roomId);
    QSet<std::pair<HubId, QString>> now;
    for (const Present &one : presence.present)
        now.insert({one.hub, one.user.id});
    for (const auto &[id, hub] : found->second.hubs) {
        const QList<Present> before = m_local->presentIn(presence.roomId, hub.get());
        for (const Present &one : before) {
            if (!now.contains({id, one.user.id}))
                m_local->leave(hub.get(), presence.roomId, one.user.id);
        }
    }
    for (const Present &one : presence.present)
        apply(node, PresenceChanged{presence.roomId, one.user, one.role, true, one.hub});
}

QStringList Peers::doubt(NodeId node, const QStringList &rooms)
{
    const auto now = m_clock();
    QStringList toAsk;
    for (auto &[id, peer] : m_peers) {
        if (node != 0 && node != id)
            continue;
        for (const QString &roomId : rooms) {
            const auto [known, isNew] = peer.doubts.try_emplace(roomId, Doubt{now, now});
            if (node != 0 && (isNew || now - known->second.asked >= answerTime))
                toAsk.append(roomId);
            if (isNew || node == 0 || now - known->second.asked >= answerTime)
                known->second.asked = now;
        }
    }
    return node == 0 ? rooms : toAsk;
}

std::vector<Ask> Peers::unanswered()
{
    const auto now = m_clock();
    std::vector<Ask> questions;
    for (auto &[id, peer] : m_peers) {
        if (now - peer.heard >= silence)
            continue;
        Ask ask{id, {}};
        for (auto &[roomId, doubt] : peer.doubts) {
            if (now - doubt.asked < answerTime)
                continue;
            doubt.asked = now;
            ask.rooms.append(roomId);
        }
        if (!ask.rooms.isEmpty())
            questions.push_back(std::move(ask));
    }
    return questions;
}

void Peers::forget(const QString &roomId)
{
    for (auto &[id, peer] : m_peers)
        peer.doubts.erase(roomId);
}

QList<NodeId> Peers::alive() const
{
    QList<NodeId> nodes;
    for (const auto &[id, peer] : m_peers) {
        if (m_clock() - peer.heard < silence)
            nodes.append(id);
    }
    return nodes;
}

int Peers::nodes() const
{
    return 1 + int(std::ranges::count_if(m_peers, [this](const auto &one) {
        return m_clock() - one.second.heard < leaseTime;
    }));
}

bool Peers::areAnyAlive() const
{
    return std::ranges::any_of(
        m_peers, [this](const auto &one) { return m_clock() - one.second.heard < silence; });
}

std::optional<std::chrono::milliseconds> Peers::storeAnswered() const
{
    std::optional<std::chrono::milliseconds> last;
    for (const auto &[id, peer] : m_peers) {
        // An empty optional is less than every time.
        if (m_clock() - peer.heard < silence)
            last = std::max(last, peer.storeAnswered);
    }
    return last;
}

bool Peers::allHear(int wire) const
{
    return std::ranges::all_of(m_peers, [&](const auto &one) {
        return m_clock() - one.second.heard >= memory || !one.second.wires
            || (*one.second.wires >> wire & 1) != 0;
    });
}

bool Peers::examine()
{
    bool hasFallenSilent = false;
    for (auto one = m_peers.begin(); one != m_peers.end();) {
        Peer &peer = one->second;
        const auto quiet = m_clock() - peer.heard;
        if (quiet >= silence && !std::exchange(peer.isSilent, true))
            hasFallenSilent = true;
        if (quiet < memory) {
            ++one;
            continue;
        }
        dismiss(peer);
        one = m_peers.erase(one);
    }
    return hasFallenSilent;
}

} // namespace rookery::bus
