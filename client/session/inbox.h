// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "client/cache/cachetypes.h"

#include <QObject>
#include <QTimer>

namespace rookery::client {

/// Gathers the events that arrive within one turn of the event loop, so that thousands of them become one
/// change of a model and one transaction.
class Inbox : public QObject
{
    Q_OBJECT
public:
    explicit Inbox(QObject *parent = nullptr);

    void add(RoomEvent event);
    /// Takes out everything, as stretches without a gap, in the order of arrival within each room.
    QList<Stretch> take();

Q_SIGNALS:
    /// The turn is over and there is something to take.
    void filled();

private:
    QList<RoomEvent> m_events;
    QTimer m_turn;
};

} // namespace rookery::client
