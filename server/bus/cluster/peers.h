// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "server/bus/cluster/frame.h"
#include "server/bus/memory/memorybus.h"

#include <memory>
#include <optional>
#include <unordered_map>
#include <vector>

namespace rookery::bus {

/// The other nodes, as far as this one has heard of them: what of their frames has arrived, and who is present through
/// their hubs. Each of these hubs stands on the local bus without a handler. Lives on the thread of its Node.
class Peers
{
public:
    /// How long a node may be silent before what it has said last is in doubt.
    static constexpr std::chrono::milliseconds silence{1'000};
    /// How long a node may take to say who is present in a room before it is asked again.
    static constexpr std::chrono::milliseconds answerTime{1'000};
    /// Where it still has not said so, its beats prolong no leases: its users may have gone.
    static constexpr std::chrono::milliseconds trust{2'500};
    /// After that a silent node is forgotten.
    static constexpr std::chrono::milliseconds memory{60'000};

    /// What a frame's number says.
    enum class Arrival {
        Expected,
        First, ///< of a node that was not known: what it said before was missed
        AfterLoss, ///< some before it did not arrive
        Late, ///< it came before, by another wire, or counts as lost already
    };

    explicit Peers(MemoryBus *local, MemoryBus::Clock clock);
    ~Peers();

    /// `missed`: where frames before it did not arrive, the number of the first one.
    Arrival note(NodeId node, quint64 number, quint64 *missed = nullptr);
    void beat(NodeId node, const Beat &beat);
    /// It ends, and nobody is present through it any more.
    void bye(NodeId node);

    void apply(NodeId node, const PresenceChanged &change);
    /// All who are present in the room through the node.
    void apply(NodeId node, const RoomPresence &presence);

    /// Who is present in these rooms through the node (0: any of them) may not be as it has said, until it says so again.
    /// Returns those that it is to be asked about now: the others it was asked about less than `answerTime` ago.
    QStringList doubt(NodeId node, const QStringList &rooms);
    /// Questions that nodes who are alive have not answered for `answerTime`: asked again, from now on.
    std::vector<Ask> unanswered();
    /// Nobody here wants to know who is present in the room any more.
    void forget(const QString &roomId);

    /// Those who were heard less than `silence` ago.
    QList<NodeId> alive() const;
    bool areAnyAlive() const;
    /// How many nodes there are, with this one: a silent one counts until presence through it ends.
    int nodes() const;
    /// Whether any is, or may only have been silent for a while.
    bool areAnyKnown() const { return !m_peers.empty(); }
    /// When the store last answered one of those that are alive, by the clock; nothing where none says so.
    std::optional<std::chrono::milliseconds> storeAnswered() const;
    /// Whether all of them hear themselves on this wire, as far as they have said.
    bool allHear(int wire) const;
    /// Forgets nodes that have been silent for `memory`. True if one has fallen silent since the last call.
    bool examine();

private:
    struct Doubt
    {
        std::chrono::milliseconds since{};
        std::chrono::milliseconds asked{};
    };
    struct Peer
    {
        quint64 number = 0; ///< of the last frame
        std::chrono::milliseconds heard{};
        std::optional<quint32> wires = {};
        std::optional<std::chrono::milliseconds> storeAnswered = {};
        QString version = {};
        bool isSilent = false;
        std::unordered_map<HubId, std::unique_ptr<QObject>> hubs = {}; ///< by what the node calls them
        std::unordered_map<QString, Doubt> doubts = {}; ///< by room
    };

    QObject *hubOf(Peer &peer, HubId id);
    void dismiss(Peer &peer);

    MemoryBus *const m_local;
    const MemoryBus::Clock m_clock;
    std::unordered_map<NodeId, Peer> m_peers;
};

} // namespace rookery::bus
