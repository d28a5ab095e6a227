// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/core/firstmembers.h"

#include "server/core/readgate.h"

#include <utility>

namespace rookery::core {

namespace {

using Pages = QHash<QString, store::MembersPage>;
/// Rooms that are read at once.
constexpr size_t mostRooms = 100;

} // namespace

FirstMembers::FirstMembers(store::Store *store, ReadGate *reads, QObject *parent)
    : QObject(parent)
    , m_store(store)
    , m_reads(reads)
{ }

void FirstMembers::read(const QString &roomId, int limit, Done<store::MembersPage> done)
{
    m_asked.push_back({roomId, limit, std::move(done)});
    if (m_asked.size() == 1)
        QMetaObject::invokeMethod(this, &FirstMembers::readNow, Qt::QueuedConnection);
}

void FirstMembers::readNow()
{
    std::vector<Asked> asked = std::exchange(m_asked, {});
    while (!asked.empty()) {
        std::vector<Asked> together;
        std::vector<Asked> others;
        for (Asked &one : asked) {
            const bool fits =
                together.size() < mostRooms && (together.empty() || together.front().limit == one.limit);
            (fits ? together : others).push_back(std::move(one));
        }
        readTogether(std::move(together));
        asked = std::move(others);
    }
}

void FirstMembers::readTogether(std::vector<Asked> asked)
{
    const int limit = asked.front().limit;
    QStringList roomIds;
    for (const Asked &one : asked)
        roomIds.append(one.roomId);
    // The queue is that of a room, not of a user: the answers are the same for everybody.
    const QString owner = roomIds.constFirst();
    if (asked.size() == 1) {
        m_reads->read<store::MembersPage>(
            owner, this,
            [this, query = store::MembersQuery{owner, {}, limit}](QObject *gate,
                Done<store::MembersPage> read) { m_store->membersOf(query, gate, std::move(read)); },
            std::move(asked.front().done));
        return;
    }
    m_reads->read<Pages>(
        owner, this,
        [this, roomIds, limit](QObject *gate, Done<Pages> read) {
            m_store->firstMembersOf(roomIds, limit, gate, std::move(read));
        },
        [asked = std::move(asked)](const Result<Pages> &pages) {
            for (const Asked &one : asked)
                one.done(pages ? Result<store::MembersPage>(pages->value(one.roomId)) : pages.error());
        });
}

} // namespace rookery::core
