// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "server/store/store.h"

#include <QBasicTimer>
#include <QObject>
#include <QSet>

#include <chrono>
#include <utility>
#include <vector>

namespace rookery::core {

class Hub;

/// Asks the store for the heads of the rooms that somebody on this thread listens to, so that the last event
/// of a quiet room is noticed even if its notice was lost. Listeners that miss it read it from the store.
///
/// Each room is asked about once in a round, in at least ten portions, one on its way at a time and each of
/// at most `mostRooms`; past ten times as many rooms a round takes longer. A room costs one look-up by its id
/// in one read of the store (`tst_headcheck whatARoomCosts`). An event that is missing is looked for again
/// before listeners are told, since the store's answer may overtake the notice. Lives on its I/O thread.
class HeadCheck : public QObject
{
    Q_OBJECT
public:
    static constexpr std::chrono::milliseconds defaultRound{10'000};
    static constexpr qsizetype mostRooms = 500;

    HeadCheck(store::Store *store, Hub *hub, std::chrono::milliseconds round = defaultRound);

    /// Asks about these rooms next; about all of them where there are none.
    void hasten(const QStringList &roomIds);

protected:
    void timerEvent(QTimerEvent *event) override;

private:
    using Head = std::pair<QString, qint64>;

    void schedule();
    /// Whether it is time for the next portion.
    bool isDue();
    QStringList nextPortion();
    void ask(QStringList roomIds);
    void confirmMissing();

    store::Store *m_store;
    Hub *m_hub;
    const std::chrono::milliseconds m_pause; ///< between two portions
    QStringList m_left; ///< of this round
    qsizetype m_portion = 1;
    int m_portions; ///< since this round began
    QSet<QString> m_hastened;
    std::vector<Head> m_missing; ///< that notices have not brought when the store answered
    bool m_asking = false;
    bool m_hurries = false; ///< the timer runs for what is hastened or missing
    QBasicTimer m_timer;
};

} // namespace rookery::core
