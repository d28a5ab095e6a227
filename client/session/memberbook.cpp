#include "client/session/memberbook.h"

#include <algorithm>

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
        model->setMembers(m_members.value(roomId).values());
        drop(roomId);
    }
    return model;
}

void MemberBook::set(const QString &roomId, const QList<Member> &members)
{
    m_forgotten.remove(roomId);
    if (MemberModel *model = m_models.value(roomId)) {
        model->setMembers(members);
        return;
    }
    drop(roomId);
    if (m_kept + members.size() > mostKept) {
        const QStringList others = m_members.keys();
        m_forgotten.unite(QSet<QString>(others.begin(), others.end()));
        m_members.clear();
        m_kept = 0;
    }
    QHash<QString, Member> &known = m_members[roomId];
    known.reserve(std::min(members.size(), MemberModel::mostMembers));
    for (const Member &member : members) {
        if (known.size() < MemberModel::mostMembers)
            known.insert(member.user.id, member);
    }
    m_kept += known.size();
}

void MemberBook::update(const QString &roomId, const Member &member)
{
    if (MemberModel *model = m_models.value(roomId)) {
        model->update(member);
        return;
    }
    if (m_forgotten.contains(roomId))
        return;
    QHash<QString, Member> &known = m_members[roomId];
    m_kept -= known.size();
    if (!member.member && !member.online)
        known.remove(member.user.id);
    else if (known.size() < MemberModel::mostMembers || known.contains(member.user.id))
        known.insert(member.user.id, member);
    m_kept += known.size();
    if (m_kept > mostKept) {
        drop(roomId);
        m_forgotten.insert(roomId);
    }
}

void MemberBook::clear(const QString &roomId)
{
    drop(roomId);
    m_forgotten.remove(roomId);
    if (MemberModel *model = m_models.value(roomId))
        model->setMembers({});
}

void MemberBook::drop(const QString &roomId)
{
    m_kept -= m_members.take(roomId).size();
}

} // namespace rookery::client
