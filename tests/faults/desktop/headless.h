// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "client/session/session.h"

#include <QJsonObject>
#include <QSocketNotifier>
#include <QStringList>

namespace rookery::faults {

/// The desktop client without its window: a real session on a real cache that does what standard input says
/// and tells standard output what it did, one JSON object a line each way, so that it can be killed like the
/// client of a person.
///
/// In: `{"do":"type","room","text"}`, `{"do":"report"}`, `{"do":"read"}` (the same once all of the history is
/// there). Out: `started`, `typed` once the outbox has it on disk, `refused`, `report` with what a person
/// would see. Quits at the end of its input, in order.
class Headless : public QObject
{
    Q_OBJECT
public:
    struct What
    {
        client::Account account;
        QString cacheDirectory;
        QStringList rooms; ///< the ids that are shown
        int hurry = 1; ///< every time of the link is divided by it
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
    QByteArray m_unread; ///< of the input, the beginning of a line
    QStringList m_unsaved; ///< typed, not known to be saved
    QTimer m_saving;
    QTimer m_reading;
};

} // namespace rookery::faults
