// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QLocalServer>
#include <QObject>
#include <QString>

namespace rookery::client {

/// The one program that runs with a profile.
class Instance : public QObject
{
    Q_OBJECT
public:
    enum class Claim {
        Mine, ///< until this is destroyed or the process ends, however it does
        Taken, ///< another process has it
        Unknown, ///< no lock can be had here
    };

    /// `directory` is the profile's own; it is made where it is missing.
    explicit Instance(const QString &directory, QObject *parent = nullptr);
    ~Instance() override;

    Claim claim();
    /// Asks the process that has the profile to show its window, and waits a few seconds at most for it to
    /// say that it does.
    bool showOther();
    /// Its number, 0 where that is not known.
    qint64 otherProcess() const;

Q_SIGNALS:
    /// Somebody has started the program once more.
    void windowWanted();

private:
    void listen();

    QString m_lockPath;
    QString m_socketPath;
    QLocalServer m_server;
    int m_lock = -1;
};

} // namespace rookery::client
