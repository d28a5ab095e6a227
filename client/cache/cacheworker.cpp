// SPDX-License-Identifier: GPL-3.0-or-later
#include "client/cache/cacheworker.h"

namespace rookery::client {

void CacheWorker::run(const std::function<void(CacheStore &)> &job)
{
    if (!m_opened) {
        m_opened = true;
        m_usable = m_store.open(m_path, CacheStore::Role::Worker) == CacheStore::Opened::Ok;
    }
    if (m_usable)
        job(m_store);
    if (m_store.isDamaged() && !m_reported) {
        m_reported = true;
        m_usable = false;
        m_store.close();
        Q_EMIT damaged();
    }
}

} // namespace rookery::client
