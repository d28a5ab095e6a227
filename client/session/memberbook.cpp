// SPDX-License-Identifier: GPL-3.0-or-later
#include "client/session/memberbook.h"

#include <algorithm>
#include <utility>

namespace rookery::client {

MemberBook::MemberBook(MemberModel::Roles roles, QObject *parent)
    : QObject(parent)
    , m_roles(roles)
{ }

MemberModel *MemberBook::model(const QString &roomId)
{
    MemberModel *model = m_models.value(roomId);
    if (!model) {
        model = new MemberModel(m_roles, this);
        m_models.insert(roomId, model);
        const auto known = m_known.find(roomId);
        if (known != m_known.end()) {
            m_kept -= known->members.size();
            model->setMembers(std::exchange(known->members, {}).values());
            showMore(roomId);
        }
        connect(model, &MemberModel::moreWanted, this,
            [this, roomId] { Q_EMIT pageWanted(roomId, m_known.value(roomId).next); });
    }
    if (m_forgotten.contains(roomId))
        Q_EMIT pageWanted(roomId, {});
    return model;
}

void MemberBook::set(const QString &roomId, const MembersPage &page)
{
    m_forgotten.remove(roomId);
    drop(roomId);
    if (MemberModel *model = m_models.value(roomId)) {
        m_known.insert(roomId, {{}, page.next, page.count});
        model->setMembers(page.members);
        showMore(roomId);
        return;
    }
    const qsizetype size = std::min(page.members.size(), MemberModel::mostMembers);
    if (m_kept + size > mostKept)
        forget();
    Known &known = m_known[roomId];
    known = {{}, page.next, page.count};
    known.members.reserve(size);
    for (const Member &member : page.members) {
        if (known.members.size() < MemberModel::mostMembers)
            known.members.insert(member.user.id, member);
    }
    m_kept += known.members.size();
}

void MemberBook::add(const QString &roomId, const QString &after, const MembersPage &page)
{
    const auto known = m_known.find(roomId);
    if (known == m_known.end() || known->next != after)
        return;
    // A cursor that leads to itself is the end, and so are too many pages.
    known->next = page.next == after || ++known->pages >= mostPages ? QString() : page.next;
    known->count = page.count;
    if (MemberModel *model = m_models.value(roomId)) {
        model->addMembers(page.members);
        showMore(roomId);
    }
}

void MemberBook::pageFailed(const QString &roomId)
{
    if (MemberModel *model = m_models.value(roomId))
        model->endFetch();
}

void MemberBook::update(const QString &roomId, const Member &member)
{
    MemberModel *model = m_models.value(roomId);
    if (!model && m_forgotten.contains(roomId))
        return;
    Known &known = m_known[roomId];
    const auto listed = known.members.constFind(member.user.id);
    const Member *before = model         ? model->find(member.user.id)
        : listed != known.members.cend() ? &*listed
                                         : nullptr;
    // Whether a user who is not known yet has just become a member is not known either.
    const bool isCounted = !known.next.isEmpty() && before && before->isMember() != member.isMember();
    if (isCounted)
        known.count += member.isMember() ? 1 : -1;
    if (model) {
        model->update(member);
        if (isCounted)
            showMore(roomId);
        return;
    }
    m_kept -= known.members.size();
    if (!member.isMember() && !member.online)
        known.members.remove(member.user.id);
    else if (before || known.members.size() < MemberModel::mostMembers)
        known.members.insert(member.user.id, member);
    m_kept += known.members.size();
    if (m_kept > mostKept)
        forget();
}

void MemberBook::setOnline(const QString &roomId, qint64 online)
{
    const auto known = m_known.find(roomId);
    if (known == m_known.end())
        return;
    known->online = online;
    showMore(roomId);
}

void MemberBook::clear(const QString &roomId)
{
    drop(roomId);
    m_forgotten.remove(roomId);
    if (MemberModel *model = m_models.value(roomId)) {
        model->setMembers({});
        model->setMore(false);
    }
}

void MemberBook::showMore(const QString &roomId)
{
    MemberModel *model = m_models.value(roomId);
    const auto known = m_known.constFind(roomId);
    if (model && known != m_known.cend())
        model->setMore(!known->next.isEmpty(), known->count, known->online);
}

void MemberBook::drop(const QString &roomId)
{
    m_kept -= m_known.take(roomId).members.size();
}

void MemberBook::forget()
{
    m_known.removeIf([this](QHash<QString, Known>::iterator room) {
        if (m_models.contains(room.key()))
            return false;
        m_forgotten.insert(room.key());
        return true;
    });
    m_kept = 0;
}

} // namespace rookery::client
