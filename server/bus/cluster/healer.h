// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "server/bus/cluster/sequencer.h"
#include "server/store/store.h"

#include <QBasicTimer>
#include <QObject>
#include <QSet>

namespace rookery::bus {

/// Finds in the store what notices have not brought: the last events of rooms, by their heads, and events that are missing
/// in between. Each is read once for the node. Lives on the thread of its Node.
class Healer : public QObject
{
    Q_OBJECT
public:
    /// Rooms whose heads are asked for at once.
    static constexpr qsizetype mostRooms = 500;
    /// Rooms whose logs are read at once.
    static constexpr size_t mostReads = 8;
    /// Events of one read.
    static constexpr int pageEvents = 256;

    /// `stepsByItself`: false where a test calls step().
    Healer(Sequencer *sequencer, store::Store *store, bool stepsByItself = true);

    /// Events of these rooms may have been lost.
    void doubt(const QStringList &rooms);
    /// Looks for holes from now on, until there are none. Cheap.
    void wake();
    /// What it does every few milliseconds while something is to be done.
    void step();

protected:
    void timerEvent(QTimerEvent *event) override;

private:
    void schedule(int pauseMs);
    void askHeads();
    void readHoles();
    void read(const Sequencer::Hole &hole);

    Sequencer *const m_sequencer;
    store::Store *const m_store;
    const bool m_stepsByItself;
    QSet<QString> m_doubted;
    QBasicTimer m_timer; ///< while something is to be done
    size_t m_reads = 0; ///< on their way
    bool m_hasFailed = false; ///< the store could not be read
    bool m_asking = false;
};

} // namespace rookery::bus
