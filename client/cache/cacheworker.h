// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "client/cache/cachestore.h"

#include <QObject>

namespace rookery::client {

/// The connection to the cache on the worker thread. Made on the GUI thread, used and destroyed on its own.
class CacheWorker : public QObject
{
    Q_OBJECT
public:
    explicit CacheWorker(const QString &path)
        : m_path(path)
    { }

    /// Runs the job on the connection, which is opened for the first one.
    void run(const std::function<void(CacheStore &)> &job);

Q_SIGNALS:
    /// Emitted once.
    void damaged();

private:
    QString m_path;
    CacheStore m_store;
    bool m_opened = false;
    bool m_usable = false;
    bool m_reported = false;
};

} // namespace rookery::client
