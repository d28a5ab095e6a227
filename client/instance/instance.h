// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QLocalServer>
#include <QObject>
#include <QString>

namespace rookery::client {

/// Ensures that only one process runs with a profile.
class Instance : public QObject
{
    Q_OBJECT
public:
    enum class Claim {
        Mine, ///< until this object is destroyed or the process ends in any way
        Taken, ///< another process has it
        Unknown, ///< the profile cannot be locked
    };

    /// `directory` is the profile's own; it is created if missing.
    explicit Instance(const QString &directory, QObject *parent = nullptr);
    ~Instance() override;

    Claim claim();
    /// Asks the process that has the profile to show its window, and waits at most a few seconds for its
    /// confirmation.
    bool showOther();
    /// The process id of the holder, 0 if unknown.
    qint64 otherProcess() const;

Q_SIGNALS:
    /// The program was started again with this profile.
    void windowWanted();

private:
    void listen();

    QString m_lockPath;
    QString m_socketPath;
    QLocalServer m_server;
    int m_lock = -1;
};

} // namespace rookery::client
