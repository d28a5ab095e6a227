#include "client/session/memberbook.h"

#include <utility>

namespace rookery::client {

MemberBook::MemberBook(MemberModel::Roles roles, QObject *parent)
    : QObject(parent)
    , m_roles(roles)
{ }

MemberModel *MemberBook::model(const QString &roomId)
{
    if (MemberModel *known = m_models.value(roomId))
        return known;
    auto *model = new MemberModel(m_roles, this);
    m_models.insert(roomId, model);
    const auto known = m_known.find(roomId);
    if (known != m_known.end()) {
        model->setMembers(std::exchange(known->members, {}).values());
        showMore(roomId);
    }
    connect(model, &MemberModel::moreWanted, this,
        [this, roomId] { Q_EMIT pageWanted(roomId, m_known.value(roomId).next); });
    return model;
}

void MemberBook::set(const QString &roomId, const MembersPage &page)
{
    Known &known = m_known[roomId];
    known = {{}, page.next, page.count};
    if (MemberModel *model = m_models.value(roomId)) {
        model->setMembers(page.members);
        showMore(roomId);
        return;
    }
    known.members.reserve(page.members.size());
    for (const Member &member : page.members)
        known.members.insert(member.user.id, member);
}

void MemberBook::add(const QString &roomId, const QString &after, const MembersPage &page)
{
    const auto known = m_known.find(roomId);
    if (known == m_known.end() || known->next != after)
        return;
    known->next = page.next;
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
    Known &known = m_known[roomId];
    const auto listed = known.members.constFind(member.user.id);
    const Member *before = model         ? model->find(member.user.id)
        : listed != known.members.cend() ? &*listed
                                         : nullptr;
    // Of somebody who is not known yet it is not known either whether they have just become a member.
    const bool isCounted = !known.next.isEmpty() && before && before->member != member.member;
    if (isCounted)
        known.count += member.member ? 1 : -1;
    if (model)
        model->update(member);
    else if (member.member || member.online)
        known.members.insert(member.user.id, member);
    else
        known.members.remove(member.user.id);
    if (isCounted)
        showMore(roomId);
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
    m_known.remove(roomId);
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

} // namespace rookery::client
