// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/core/storagecheck.h"

namespace rookery::core {

namespace {

constexpr std::chrono::seconds goodFor{1};

} // namespace

void StorageCheck::ask(QObject *context, Done<Nothing> done)
{
    if (m_verdict && m_waiting.empty() && Clock::now() - m_since < goodFor) {
        done(*m_verdict);
        return;
    }
    m_waiting.emplace_back(context, std::move(done));
    if (m_waiting.size() == 1)
        m_store->probe(this, [this](const Result<Nothing> &verdict) { answered(verdict); });
}

void StorageCheck::answered(const Result<Nothing> &verdict)
{
    m_verdict = verdict;
    m_since = Clock::now();
    for (const auto &[context, done] : std::exchange(m_waiting, {})) {
        if (context)
            done(verdict);
    }
}

} // namespace rookery::core
