// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "server/store/store.h"

namespace rookery::test {

/// A store none of whose calls may be made.
class UnusedStore : public store::Store
{
public:
    void createUser(store::NewUser, QObject *, Done<User>) override { refuse("createUser"); }
    void findUser(QString, QString, QObject *, Done<User>) override { refuse("findUser"); }
    void findCredentials(QString, QObject *, Done<store::Credentials>) override { refuse("findCredentials"); }
    void changePassword(QString, QString, QString, QString, QObject *, Done<QStringList>) override
    {
        refuse("changePassword");
    }
    void createSession(store::SessionRecord, QString, QStringList, QObject *, Done<Nothing>) override
    {
        refuse("createSession");
    }
    void keptSessions(QObject *, Done<QList<store::SessionRecord>>) override { refuse("keptSessions"); }
    void sessionsOf(QString, int, QObject *, Done<QList<store::SessionRecord>>) override
    {
        refuse("sessionsOf");
    }
    void deleteSession(QString, QString, QObject *, Done<Nothing>) override { refuse("deleteSession"); }
    void findSession(QString, QObject *, Done<store::FoundSession>) override { refuse("findSession"); }
    void controlAfter(qint64, int, QObject *, Done<store::ControlPage>) override { refuse("controlAfter"); }
    void createRoom(store::NewRoom, QObject *, Done<Room>) override { refuse("createRoom"); }
    void openRoom(store::NewRoom, QString, QObject *, Done<store::OpenedRoom>) override
    {
        refuse("openRoom");
    }
    void findRoom(QString, QString, QString, QObject *, Done<Room>) override { refuse("findRoom"); }
    void openDirectRoom(User, User, QObject *, Done<store::OpenedRoom>) override { refuse("openDirectRoom"); }
    void findDirectRoom(QString, QString, QObject *, Done<Room>) override { refuse("findDirectRoom"); }
    void roomsOf(store::RoomsQuery, QObject *, Done<store::RoomsPage>) override { refuse("roomsOf"); }
    void publicRooms(store::DirectoryQuery, QObject *, Done<store::Directory>) override
    {
        refuse("publicRooms");
    }
    void setMember(QString, QString, bool, QObject *, Done<store::MembershipChange>) override
    {
        refuse("setMember");
    }
    void setRole(store::RoleChange, QObject *, Done<store::MembershipChange>) override { refuse("setRole"); }
    void changeRoom(store::RoomChange, QObject *, Done<store::ChangedRoom>) override { refuse("changeRoom"); }
    void joinRoom(QString, QString, int, QObject *, Done<store::MembershipChange>) override
    {
        refuse("joinRoom");
    }
    void membersOf(store::MembersQuery, QObject *, Done<store::MembersPage>) override { refuse("membersOf"); }
    void firstMembersOf(QStringList, int, QObject *, Done<QHash<QString, store::MembersPage>>) override
    {
        refuse("firstMembersOf");
    }
    void bansOf(store::BansQuery, QObject *, Done<BanPage>) override { refuse("bansOf"); }
    void invite(QString, QString, QString, QString, store::InvitationBounds, QObject *,
        Done<store::InvitedUser>) override
    {
        refuse("invite");
    }
    void findInvitation(QString, QString, QString, QObject *, Done<Invitation>) override
    {
        refuse("findInvitation");
    }
    void invitationsOf(QString, std::optional<qint64>, int, QObject *, Done<InvitationPage>) override
    {
        refuse("invitationsOf");
    }
    void declineInvitation(
        QString, QString, QString, bool, QObject *, Done<QList<store::OpenInvitation>>) override
    {
        refuse("declineInvitation");
    }
    void withdrawInvitation(
        QString, QString, QString, store::RoomRule, QObject *, Done<store::OpenInvitation>) override
    {
        refuse("withdrawInvitation");
    }
    void setBlocked(QString, QString, bool, QObject *, Done<QList<store::OpenInvitation>>) override
    {
        refuse("setBlocked");
    }
    void blockedBy(QString, QString, int, QObject *, Done<store::UserPage>) override { refuse("blockedBy"); }
    void append(store::NewMessage, QObject *, Done<store::Appended>) override { refuse("append"); }
    void changeMessage(store::MessageChange, QObject *, Done<store::Appended>) override
    {
        refuse("changeMessage");
    }
    void versionsOf(store::VersionsQuery, QObject *, Done<store::VersionPage>) override
    {
        refuse("versionsOf");
    }
    void page(store::PageQuery, QObject *, Done<Page>) override { refuse("page"); }
    void missed(store::MissedQuery, QObject *, Done<store::MissedPages>) override { refuse("missed"); }
    void heads(QStringList, QObject *, Done<QHash<QString, qint64>>) override { refuse("heads"); }
    void markRead(QString, QString, qint64, QObject *, Done<store::MarkedRead>) override
    {
        refuse("markRead");
    }
    void selfEvents(QString, qint64, int, QObject *, Done<SelfPage>) override { refuse("selfEvents"); }
    void probe(QObject *, Done<Nothing>) override { refuse("probe"); }

private:
    [[noreturn]] static void refuse(const char *call)
    {
        qFatal("the test has no Store::%s()", call);
        Q_UNREACHABLE();
    }
};

} // namespace rookery::test
