// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/client/ui/fakechat.h"

namespace rookery::client {

using namespace Qt::StringLiterals;

FakeChat::FakeChat(const Account &account)
    : m_account(account.user.id.isEmpty()
            ? Account{QUrl(u"http://127.0.0.1:5000"_s), User{u"id-me"_s, u"me"_s}, "token"}
            : account)
    , m_rooms(new QStandardItemModel(this))
    , m_invitations(new QStandardItemModel(this))
    , m_blocked(new QStandardItemModel(this))
{ }

void FakeChat::addRoom(const QString &id, const QString &title, RoomKind kind, int unread)
{
    auto *item = new QStandardItem(title);
    item->setData(id, Chat::RoomIdRole);
    item->setData(int(kind), Chat::RoomKindRole);
    item->setData(unread, Chat::UnreadRole);
    // What a hostile name would be shown as, if views trusted the model with it.
    item->setData(u"<img src=file:///x>"_s, Qt::ToolTipRole);
    m_rooms->appendRow(item);
}

void FakeChat::removeRoom(const QString &id)
{
    for (int row = 0; row < m_rooms->rowCount(); ++row) {
        if (m_rooms->item(row)->data(Chat::RoomIdRole).toString() == id) {
            m_rooms->removeRow(row);
            Q_EMIT roomRemoved(id);
            return;
        }
    }
}

void FakeChat::addInvitation(const QString &roomId, const QString &room, const QString &inviter)
{
    auto *item = new QStandardItem(room);
    item->setData(roomId, Chat::InvitedRoomRole);
    item->setData(inviter, Chat::InviterRole);
    m_invitations->appendRow(item);
}

void FakeChat::setUnread(const QString &id, int unread)
{
    for (int row = 0; row < m_rooms->rowCount(); ++row) {
        if (m_rooms->item(row)->data(Chat::RoomIdRole).toString() == id)
            m_rooms->item(row)->setData(unread, Chat::UnreadRole);
    }
}

void FakeChat::addMember(const QString &roomId, const QString &name, bool online)
{
    auto *item = new QStandardItem(name);
    item->setData(QString(u"id-"_s + name), Chat::UserIdRole);
    item->setData(online, Chat::OnlineRole);
    fakeMembers(roomId)->appendRow(item);
}

void FakeChat::setLink(LinkState state, const QDateTime &next, const QString &problem)
{
    m_link = state;
    m_next = next;
    m_problem = problem.isEmpty() ? Problem() : Problem(Error{ErrorCode::Internal, problem});
    Q_EMIT linkStateChanged();
}

FakeTimeline *FakeChat::fakeTimeline(const QString &roomId)
{
    FakeTimeline *&timeline = m_timelines[roomId];
    if (!timeline)
        timeline = new FakeTimeline(this);
    return timeline;
}

QStandardItemModel *FakeChat::fakeMembers(const QString &roomId)
{
    QStandardItemModel *&members = m_members[roomId];
    if (!members)
        members = new QStandardItemModel(this);
    return members;
}

QString FakeChat::roomTitle(const QString &roomId) const
{
    for (int row = 0; row < m_rooms->rowCount(); ++row) {
        if (m_rooms->item(row)->data(Chat::RoomIdRole).toString() == roomId)
            return m_rooms->item(row)->text();
    }
    return {};
}

bool FakeChat::send(const QString &roomId, const QString &text, Problem *problem)
{
    if (!refuseSend.isEmpty()) {
        *problem = Error{ErrorCode::Forbidden, refuseSend};
        return false;
    }
    sent.append(roomId + u": "_s + text);
    TimelineItem item = FakeTimeline::item(0, text, u"me"_s);
    item.clientId = u"sent-%1"_s.arg(sent.size());
    item.delivery = Delivery::Pending;
    fakeTimeline(roomId)->append(item);
    return true;
}

Room FakeChat::room(const QString &roomId) const
{
    Room known = roomsById.value(roomId);
    if (known.id.isEmpty()) {
        known.id = roomId;
        known.name = roomTitle(roomId);
    }
    return known;
}

bool FakeChat::editMessage(
    const QString &roomId, const MessageId &message, const QString &text, Problem *problem)
{
    if (!refuseSend.isEmpty()) {
        *problem = Error{ErrorCode::Forbidden, refuseSend};
        return false;
    }
    calls.append(u"edit %1 %2%3: %4"_s.arg(roomId).arg(message.seq).arg(message.clientId, text));
    return true;
}

void FakeChat::deleteMessage(const QString &roomId, const MessageId &message)
{
    calls.append(u"delete %1 %2%3"_s.arg(roomId).arg(message.seq).arg(message.clientId));
}

void FakeChat::findVersions(
    const QString &roomId, qint64 seq, qint64 before, QObject *, Done<VersionPage> reply)
{
    calls.append(
        u"versions %1 %2"_s.arg(roomId).arg(seq) + (before > 0 ? u" before %1"_s.arg(before) : QString()));
    if (holdVersions) {
        lastVersions = std::move(reply);
        return;
    }
    if (versionsProblem) {
        reply(*versionsProblem);
        return;
    }
    VersionPage page;
    for (auto version = versions.crbegin(); version != versions.crend(); ++version) {
        if (before > 0 && version->seq >= before)
            continue;
        if (page.versions.size() == versionsPage) {
            page.next = page.versions.constFirst().seq;
            break;
        }
        page.versions.prepend(*version);
    }
    reply(page);
}

void FakeChat::changeRoom(const QString &roomId, const std::optional<QString> &name,
    const std::optional<QString> &topic, QObject *, Done<Room> reply)
{
    calls.append(u"change %1 %2 %3"_s.arg(roomId, name.value_or(u"-"_s), topic.value_or(u"-"_s)));
    reply(roomAnswer);
}

void FakeChat::setRole(
    const QString &roomId, const QString &userId, Role role, QObject *, Done<Nothing> reply)
{
    calls.append(u"role %1 %2 %3"_s.arg(roomId, userId, roleText(role)));
    reply(nothingAnswer);
}

void FakeChat::findBans(const QString &roomId, const QString &after, QObject *, Done<BanPage> reply)
{
    calls.append(u"bans "_s + roomId + (after.isEmpty() ? QString() : u" after "_s + after));
    if (bansProblem) {
        reply(*bansProblem);
        return;
    }
    BanPage page;
    for (const Ban &ban : bans) {
        if (ban.user.id <= after)
            continue;
        if (page.bans.size() == bansPage) {
            page.next = page.bans.constLast().user.id;
            break;
        }
        page.bans.append(ban);
    }
    reply(page);
}

void FakeChat::createRoom(const QString &name, bool isPrivate, QObject *, Done<Room> reply)
{
    calls.append(u"create %1 %2"_s.arg(name, isPrivate ? u"private"_s : u"public"_s));
    reply(roomAnswer);
}

void FakeChat::joinRoom(const QString &name, QObject *, Done<Room> reply)
{
    calls.append(u"join "_s + name);
    if (holdJoin)
        lastJoin = reply;
    else
        reply(roomAnswer);
}

void FakeChat::leaveRoom(const QString &roomId, QObject *, Done<Nothing> reply)
{
    calls.append(u"leave "_s + roomId);
    reply(nothingAnswer);
}

void FakeChat::invite(const QString &roomId, const QString &userName, QObject *, Done<Member> reply)
{
    calls.append(u"invite %1 %2"_s.arg(roomId, userName));
    if (nothingAnswer)
        reply(Member{User{u"id-"_s + userName, userName}, bringsIn ? Role::Member : Role::None, false});
    else
        reply(nothingAnswer.error());
}

void FakeChat::declineInvitation(const QString &roomId, bool block, QObject *, Done<Nothing> reply)
{
    calls.append((block ? u"refuse "_s : u"decline "_s) + roomId);
    if (nothingAnswer)
        m_invitations->clear();
    reply(nothingAnswer);
}

void FakeChat::setBlocked(const QString &user, bool isBlocked, QObject *, Done<Nothing> reply)
{
    calls.append((isBlocked ? u"block "_s : u"unblock "_s) + user);
    const QString id = user.startsWith(u"id-") ? user : u"id-"_s + user;
    if (nothingAnswer && isBlocked) {
        auto *item = new QStandardItem(id.mid(3));
        item->setData(id, Chat::UserIdRole);
        m_blocked->appendRow(item);
    } else if (nothingAnswer) {
        for (int row = m_blocked->rowCount() - 1; row >= 0; --row) {
            if (m_blocked->item(row)->data(Chat::UserIdRole).toString() == id)
                m_blocked->removeRow(row);
        }
    }
    reply(nothingAnswer);
}

void FakeChat::openDirect(const QString &userName, QObject *, Done<Room> reply)
{
    calls.append(u"direct "_s + userName);
    if (holdDirect)
        lastDirect = reply;
    else
        reply(roomAnswer);
}

void FakeChat::findRooms(const QString &query, const QString &after, QObject *, Done<RoomsFound> reply)
{
    calls.append(u"find "_s + query + (after.isEmpty() ? QString() : u" after "_s + after));
    if (holdSearch) {
        lastSearch = reply;
        return;
    }
    RoomsFound found;
    for (const Room &room : directory) {
        if (!room.name.contains(query) || room.name <= after)
            continue;
        if (found.rooms.size() == directoryPage) {
            found.next = found.rooms.last().name;
            break;
        }
        found.rooms.append(room);
    }
    reply(found);
}

void FakeChat::logOut(QObject *, Done<Nothing> reply)
{
    calls.append(u"logOut"_s);
    reply(nothingAnswer);
}

void FakeBackend::registerAccount(const QString &server, const QString &name, const QString &password,
    QObject *context, Done<Account> reply)
{
    calls.append(u"register %1 %2 %3"_s.arg(server, name, password));
    m_context = context;
    m_reply = reply;
}

void FakeBackend::logIn(const QString &server, const QString &name, const QString &password, QObject *context,
    Done<Account> reply)
{
    calls.append(u"logIn %1 %2 %3"_s.arg(server, name, password));
    m_context = context;
    m_reply = reply;
}

void FakeBackend::check(const Account &account, QObject *context, Done<Nothing> reply)
{
    calls.append(u"check %1 %2"_s.arg(account.user.name, QString::fromLatin1(account.token)));
    m_checker = context;
    m_checked = reply;
}

void FakeBackend::answerCheck(const Outcome<Nothing> &taken)
{
    if (m_checker)
        m_checked(taken);
}

std::unique_ptr<Chat> FakeBackend::open(const Account &account)
{
    auto made = std::make_unique<FakeChat>(account);
    chat = made.get();
    if (prepare)
        prepare(chat);
    return made;
}

void FakeBackend::succeed()
{
    if (m_context)
        m_reply(Account{QUrl(u"http://127.0.0.1:5000"_s), User{u"id-me"_s, u"me"_s}, "token"});
}

void FakeBackend::fail(const Problem &problem)
{
    if (m_context)
        m_reply(problem);
}

} // namespace rookery::client
