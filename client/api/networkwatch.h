// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QObject>

namespace rookery::client {

/// Signals that the computer is back on a network, if Qt has a plugin for it.
class NetworkWatch : public QObject
{
    Q_OBJECT
public:
    using QObject::QObject;

    /// Starts watching; any further call does nothing. It may ask other processes over D-Bus and is therefore
    /// not done at the start of the program but when the link is lost for the first time.
    void start();

Q_SIGNALS:
    void networkBack();

private:
    bool m_started = false;
};

} // namespace rookery::client
