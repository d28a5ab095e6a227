// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "client/session/session.h"

#include <QJsonObject>
#include <QSocketNotifier>
#include <QStringList>

namespace rookery::faults {

/// The desktop client without its window: a real session on a real cache, controlled through standard input
/// and output, one JSON object per line, so that it can be killed like a user's client.
///
/// In: `{"do":"type","room","text"}`, `{"do":"report"}`, `{"do":"read"}` (a report after all of the history
/// is loaded). Out: `started`, `typed` once the outbox has it on disk, `refused`, `report` with what a user
/// would see. Exits cleanly at the end of its input.
class Headless : public QObject
{
    Q_OBJECT
public:
    struct What
    {
        client::Account account;
        QString cacheDirectory;
        QStringList rooms; ///< ids of the rooms to show
        int hurry = 1; ///< divides every timeout of the link
    };
    explicit Headless(const What &what);

private:
    static client::SessionParts parts(const What &what);
    void readInput();
    void obey(const QJsonObject &command);
    void type(const QString &room, const QString &text);
    void tellSaved();
    void readOn();
    QJsonObject report();
    static void say(const QJsonObject &what);

    QStringList m_rooms;
    client::Session m_core;
    QSocketNotifier m_input;
    QByteArray m_unread; ///< the beginning of a line of input
    QStringList m_unsaved; ///< typed, not known to be saved
    QTimer m_saving;
    QTimer m_reading;
};

} // namespace rookery::faults
