// SPDX-License-Identifier: GPL-3.0-or-later
#include "client/session/inbox.h"

#include <QHash>

#include <utility>

namespace rookery::client {

Inbox::Inbox(QObject *parent)
    : QObject(parent)
{
    m_turn.setSingleShot(true);
    m_turn.setInterval(0);
    connect(&m_turn, &QTimer::timeout, this, &Inbox::filled);
}

void Inbox::add(RoomEvent event)
{
    m_events.append(std::move(event));
    if (!m_turn.isActive())
        m_turn.start();
}

QList<Stretch> Inbox::take()
{
    m_turn.stop();
    QList<Stretch> stretches;
    QHash<QString, qsizetype> open; // by room, the stretch that may still grow
    for (RoomEvent &event : std::exchange(m_events, {})) {
        const auto found = open.constFind(event.roomId);
        if (found != open.constEnd() && stretches.at(*found).span.last + 1 == event.seq) {
            Stretch &stretch = stretches[*found];
            stretch.span.last = event.seq;
            stretch.events.append(std::move(event));
            continue;
        }
        open.insert(event.roomId, stretches.size());
        const qint64 seq = event.seq;
        const QString roomId = event.roomId;
        stretches.append({roomId, {std::move(event)}, {seq, seq}});
    }
    return stretches;
}

} // namespace rookery::client
