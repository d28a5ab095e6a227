// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "server/bus/cluster/healer.h"
#include "server/bus/cluster/outage.h"
#include "server/bus/cluster/peers.h"
#include "server/bus/cluster/recentframes.h"
#include "server/bus/mirror.h"
#include "server/bus/wire.h"

#include <QBasicTimer>
#include <QObject>

#include <functional>
#include <memory>
#include <unordered_map>
#include <vector>

namespace rookery::bus {

struct NodeOptions
{
    QString name = {}; ///< `[node] name`, for the logs of others
    QString version = {};
    MemoryBus::Clock clock = {};
    /// Number of the first of its wires among those that nodes may have, the preferred one being 0: a node that has no Redis
    /// begins with 1, so that the others know which wire it hears.
    int firstWire = 0;
    NodeId id = 0; ///< 0: any that no other node has
    bool ticksByItself = true; ///< false: a test calls tick()
    bool stepsByItself = true; ///< false: a test calls step()
    /// Makes what shows outside who is present here, on the node's thread. None: it is not shown.
    std::function<std::unique_ptr<Mirror>()> makeMirror = {};
    /// Is told how many nodes there are, with this one, as often as that may have changed.
    std::function<void(int)> counted = {};
    /// How long ago the store last answered this process, for a store that the nodes share; thread-safe. None: it is not told.
    std::function<std::chrono::milliseconds()> storeAge = {};
    /// Called where it begins that the store answers other nodes and not this one, as Outage finds, and where that ends.
    std::function<void(bool isCutOff)> cutOff = {};
};

/// This process among the nodes of a cluster: sends frames and takes those of others.
///
/// Frames go out on the first wire that works, and on the next one too while some node does not hear itself on the first.
/// So a node that is cut from Redis still hears the others, by PostgreSQL. Where no other node was heard for a minute, what
/// happens is not sent but counted, and a node that comes knows by the numbers that it has missed something.
///
/// Lives on one thread, which may block for nothing.
class Node : public QObject
{
    Q_OBJECT
public:
    static constexpr std::chrono::milliseconds beatInterval{250};
    /// After so much time without its own beats a wire is made anew.
    static constexpr std::chrono::milliseconds deafness{1'000};
    /// How long others may take to say who is present in a room.
    static constexpr std::chrono::milliseconds answerTime = Peers::answerTime;
    /// How often the heads are read at most for what a later version says.
    static constexpr std::chrono::milliseconds strangeInterval{1'000};

    /// What is passed in must outlive it, except the wires, which it takes: the preferred one first.
    Node(MemoryBus *local, Sequencer *sequencer, store::Store *store,
        std::vector<std::unique_ptr<Wire>> wires, NodeOptions options);
    ~Node() override;

    /// Tells the other nodes.
    void send(const std::vector<Notice> &notices);
    void send(const PresenceChanged &change);
    /// The same, of a hub of this process; it is shown outside, too.
    void presence(const PresenceChanged &change);
    /// A hub here listens to the room: asks the others who is present, and has it answered.
    void wanted(const QString &roomId);
    void unwanted(const QString &roomId);
    /// Leaves the cluster: others hear at once that nobody is present here.
    void leave();

    /// Every `beatInterval`.
    void tick();
    /// What is done between two ticks as soon as there is time: questions are asked, holes are read.
    void step();

protected:
    void timerEvent(QTimerEvent *event) override;

private:
    struct Line
    {
        std::unique_ptr<Wire> wire;
        /// When something was sent on it that has not come back; none: all has.
        std::optional<std::chrono::milliseconds> spoke = {};
        bool isHealthy = false; ///< what was sent came back
        QString toldReason = {}; ///< why it is not connected, as the log says
    };
    struct Question
    {
        QList<NodeId> left; ///< nodes that have not answered
        std::chrono::milliseconds until{};
        bool isAsked = false;
    };

    void wireOpened(size_t index);
    void wireClosed(size_t index, const QString &reason);
    void received(size_t index, const QByteArray &bytes);
    void take(NodeId node, const Record &record);
    void takeNotice(NodeId node, const Record &record);
    void answer(const Ask &ask);
    void answered(NodeId node, const QString &roomId);
    void sayAgain(NodeId to, const Again &again);
    /// Asks for what is wanted since the last time.
    void askNow();
    void ask(NodeId node, const QStringList &rooms);
    /// Something that the node (0: anybody) has said may be lost.
    void doubt(NodeId node);
    /// A later version has said something that this one does not understand. What it tells of is found in the store.
    void noteStrange() { m_isStrange = true; }
    void healStrange(std::chrono::milliseconds now);
    void watchStore(std::chrono::milliseconds now);

    /// Whether somebody might hear it; otherwise it need not be written.
    bool isHeard();
    void add(Record record);
    void flush();
    /// How long a frame may be that all lines carry which it goes out on now.
    qsizetype mostBytes() const;
    /// Whether frames need no other line than those up to this one.
    bool suffices(size_t line) const;
    quint32 healthyWires() const;
    void countNodes();

    MemoryBus *const m_local;
    Sequencer *const m_sequencer;
    const NodeOptions m_options;
    const NodeId m_id;
    quint64 m_number = 0;
    Healer m_healer;
    Peers m_peers;
    const std::unique_ptr<Mirror> m_mirror; ///< null: there is none
    std::vector<Line> m_lines;
    std::unordered_map<QString, Question> m_questions; ///< by room
    RecentFrames m_recent;
    Frame m_frame; ///< being filled
    qsizetype m_frameBytes = 0;
    std::chrono::milliseconds m_ticked{};
    Outage m_outage;
    bool m_isCutOff = false;
    bool m_isStrange = false; ///< something strange was said since the heads were last read for that
    bool m_hasToldOfLater = false; ///< in the log
    std::chrono::milliseconds m_strangeHealed{};
    QBasicTimer m_beat;
    QBasicTimer m_ask; ///< a turn of the event loop, so that rooms are asked for together
    bool m_hasLeft = false;
};

} // namespace rookery::bus
