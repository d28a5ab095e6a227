// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/ws/listsindemand.h"

#include <QTimerEvent>

#include <utility>

namespace rookery::ws {

namespace {

/// Minimum time that an unused list is cached.
constexpr int keptMs = 5000;
/// Shorter lists are as cheap to make again.
constexpr size_t worthKeeping = 16;
/// With more changes than this, and than half the list, making it again is as cheap.
constexpr size_t changesKept = 64;

} // namespace

ListsInDemand::ListsInDemand(Apply apply, QObject *parent)
    : QObject(parent)
    , m_apply(apply)
{ }

const EncodedList *ListsInDemand::find(const QString &roomId)
{
    const auto found = m_lists.find(roomId);
    if (found == m_lists.end())
        return nullptr;
    Kept &kept = found->second;
    kept.asked = true;
    for (const core::MemberChange &change : std::exchange(kept.changes, {})) {
        if (!m_apply(kept.list, change)) {
            m_lists.erase(found);
            return nullptr;
        }
    }
    return &kept.list;
}

void ListsInDemand::keep(const QString &roomId, EncodedList list)
{
    if (list.size() < worthKeeping)
        return;
    m_lists.insert_or_assign(roomId, Kept{std::move(list), {}});
    if (!m_timer.isActive())
        m_timer.start(keptMs, this);
}

void ListsInDemand::note(const core::MemberChange &change)
{
    const auto found = m_lists.find(change.roomId());
    if (found == m_lists.end())
        return;
    Kept &kept = found->second;
    if (kept.changes.size() >= changesKept + kept.list.size() / 2)
        m_lists.erase(found);
    else
        kept.changes.push_back(change);
}

void ListsInDemand::timerEvent(QTimerEvent *event)
{
    if (event->timerId() != m_timer.timerId()) {
        QObject::timerEvent(event);
        return;
    }
    for (auto list = m_lists.begin(); list != m_lists.end();)
        list = std::exchange(list->second.asked, false) ? std::next(list) : m_lists.erase(list);
    if (m_lists.empty())
        m_timer.stop();
}

} // namespace rookery::ws
