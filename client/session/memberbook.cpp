#include "client/session/memberbook.h"

namespace rookery::client {

MemberBook::MemberBook(MemberModel::Roles roles, QObject *parent)
    : QObject(parent)
    , m_roles(roles)
{ }

MemberModel *MemberBook::model(const QString &roomId)
{
    MemberModel *&model = m_models[roomId];
    if (!model) {
        model = new MemberModel(m_roles, this);
        model->setMembers(m_members.take(roomId).values());
    }
    return model;
}

void MemberBook::set(const QString &roomId, const QList<Member> &members)
{
    if (MemberModel *model = m_models.value(roomId)) {
        model->setMembers(members);
        return;
    }
    QHash<QString, Member> &known = m_members[roomId];
    known.clear();
    known.reserve(members.size());
    for (const Member &member : members)
        known.insert(member.user.id, member);
}

void MemberBook::update(const QString &roomId, const Member &member)
{
    if (MemberModel *model = m_models.value(roomId))
        model->update(member);
    else if (member.member || member.online)
        m_members[roomId].insert(member.user.id, member);
    else
        m_members[roomId].remove(member.user.id);
}

void MemberBook::clear(const QString &roomId)
{
    m_members.remove(roomId);
    if (MemberModel *model = m_models.value(roomId))
        model->setMembers({});
}

} // namespace rookery::client
