// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/core/storagecheck.h"

namespace rookery::core {

namespace {

constexpr std::chrono::seconds goodFor{1};
constexpr std::chrono::seconds retryAfter{1};

} // namespace

StorageCheck::StorageCheck(store::Store *store, QObject *parent)
    : QObject(parent)
    , m_store(store)
{
    m_overdue.setSingleShot(true);
    m_overdue.setInterval(patience);
    m_overdue.callOnTimeout(this, [this] {
        judge(Error{ErrorCode::StorageUnavailable,
            QStringLiteral("The storage has not answered for two seconds."), {}, retryAfter});
    });
}

void StorageCheck::ask(QObject *context, Done<Nothing> done)
{
    const bool isOverdue = m_isAsking && !m_overdue.isActive();
    if (m_verdict && (isOverdue || (!m_isAsking && Clock::now() - m_since < goodFor))) {
        done(*m_verdict);
        return;
    }
    m_waiting.emplace_back(context, std::move(done));
    if (m_isAsking)
        return;
    m_isAsking = true;
    m_overdue.start();
    m_store->probe(this, [this](const Result<Nothing> &verdict) { answered(verdict); });
}

void StorageCheck::answered(const Result<Nothing> &verdict)
{
    m_isAsking = false;
    m_overdue.stop();
    judge(verdict);
}

void StorageCheck::judge(const Result<Nothing> &verdict)
{
    m_verdict = verdict;
    m_since = Clock::now();
    for (const auto &[context, done] : std::exchange(m_waiting, {})) {
        if (context)
            done(verdict);
    }
}

} // namespace rookery::core
