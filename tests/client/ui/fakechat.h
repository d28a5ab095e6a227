// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "client/sentences/sentences.h"
#include "client/session/chat.h"
#include "tests/client/ui/faketimeline.h"

#include <QHash>
#include <QPointer>
#include <QStandardItemModel>

namespace rookery::client {

/// A Chat without a server: the test sets rooms, members and answers; calls are recorded.
class FakeChat : public Chat
{
    Q_OBJECT
public:
    explicit FakeChat(const Account &account = {});

    void addRoom(const QString &id, const QString &title, RoomKind kind, int unread = 0);
    void removeRoom(const QString &id);
    void addInvitation(const QString &roomId, const QString &room, const QString &inviter);
    void setUnread(const QString &id, int unread);
    void addMember(const QString &roomId, const QString &name, bool online);
    /// `problem` is a sentence of the server.
    void setLink(LinkState state, const QDateTime &next = {}, const QString &problem = {});
    FakeTimeline *fakeTimeline(const QString &roomId);
    QStandardItemModel *fakeMembers(const QString &roomId);

    const Account &account() const override { return m_account; }
    LinkState linkState() const override { return m_link; }
    QDateTime nextAttempt() const override { return m_next; }
    Problem linkProblem() const override { return m_problem; }
    std::optional<CertificateProblem> certificateProblem() const override { return certificate; }
    void reconnectNow() override { ++reconnects; }
    const ServerLimits &limits() const override { return serverLimits; }
    ServerRole serverRole() const override { return onServer; }
    bool isLogInRefused() const override { return m_link == LinkState::Ended; }
    void setToken(const QByteArray &token) override { m_account.token = token; }
    void endLogIn(const Problem &problem) override { setLink(LinkState::Ended, {}, inWords(problem)); }
    QAbstractItemModel *rooms() override { return m_rooms; }
    QAbstractItemModel *invitations() override { return m_invitations; }
    void refreshInvitations() override { ++refreshes; }
    QAbstractItemModel *blocked() override { return m_blocked; }
    QAbstractItemModel *members(const QString &roomId) override { return fakeMembers(roomId); }
    TimelineSource *timeline(const QString &roomId) override { return fakeTimeline(roomId); }
    QString roomTitle(const QString &roomId) const override;
    void setShownRoom(const QString &roomId) override { shown = roomId; }
    void setActiveRoom(const QString &roomId) override { active = roomId; }
    bool send(const QString &roomId, const QString &text, Problem *problem) override;

    bool editMessage(
        const QString &roomId, const MessageId &message, const QString &text, Problem *problem) override;
    void deleteMessage(const QString &roomId, const MessageId &message) override;
    void findVersions(
        const QString &roomId, qint64 seq, qint64 before, QObject *context, Done<VersionPage> reply) override;
    Room room(const QString &roomId) const override;
    Removal removal(const QString &roomId) const override { return removals.value(roomId); }
    void changeRoom(const QString &roomId, const std::optional<QString> &name,
        const std::optional<QString> &topic, QObject *context, Done<Room> reply) override;
    void setRole(const QString &roomId, const QString &userId, Role role, QObject *context,
        Done<Nothing> reply) override;
    void findBans(
        const QString &roomId, const QString &after, QObject *context, Done<BanPage> reply) override;
    void createRoom(const QString &name, bool isPrivate, QObject *context, Done<Room> reply) override;
    void joinRoom(const QString &name, QObject *context, Done<Room> reply) override;
    void leaveRoom(const QString &roomId, QObject *context, Done<Nothing> reply) override;
    void invite(
        const QString &roomId, const QString &userName, QObject *context, Done<Member> reply) override;
    void declineInvitation(const QString &roomId, bool block, QObject *context, Done<Nothing> reply) override;
    void setBlocked(const QString &user, bool isBlocked, QObject *context, Done<Nothing> reply) override;
    void openDirect(const QString &userName, QObject *context, Done<Room> reply) override;
    void findRooms(
        const QString &query, const QString &after, QObject *context, Done<RoomsFound> reply) override;
    QHash<QString, QString> drafts() const override { return savedDrafts; }
    void saveDraft(const QString &roomId, const QString &text) override
    {
        if (text.isEmpty())
            savedDrafts.remove(roomId);
        else
            savedDrafts.insert(roomId, text);
    }
    int unsentCount() const override { return unsent; }
    void logOut(QObject *context, Done<Nothing> reply) override;

    std::optional<CertificateProblem> certificate;
    QString active;
    QString shown;
    QHash<QString, QString> savedDrafts;
    int reconnects = 0;
    int unsent = 0;
    QStringList sent; ///< "room: text"
    QString refuseSend; ///< the error of the next send
    QStringList calls; ///< "join name", …
    Outcome<Room> roomAnswer = Room{};
    Outcome<Nothing> nothingAnswer = Nothing{};
    QHash<QString, Room> roomsById; ///< for those that have more than a title
    QHash<QString, Removal> removals;
    QList<MessageVersion> versions; ///< of every message, in ascending seq
    qsizetype versionsPage = 50;
    std::optional<Problem> versionsProblem; ///< in place of them
    Done<VersionPage> lastVersions; ///< answered by the test, if `holdVersions`
    bool holdVersions = false;
    int refreshes = 0; ///< of the invitations
    ServerRole onServer = ServerRole::User;
    ServerLimits serverLimits{.editWindow = std::chrono::milliseconds(0)}; ///< the timelines' times are fixed
    QList<Ban> bans; ///< of every room
    qsizetype bansPage = 100;
    std::optional<Problem> bansProblem; ///< in place of them
    bool bringsIn = true; ///< invited users become members at once, as on servers without invitations
    QList<Room> directory;
    qsizetype directoryPage = 1000; ///< rooms per page
    Done<RoomsFound> lastSearch; ///< answered by the test, if `holdSearch`
    bool holdSearch = false;
    Done<Room> lastJoin; ///< the same, if `holdJoin`
    bool holdJoin = false;
    Done<Room> lastDirect; ///< the same, if `holdDirect`
    bool holdDirect = false;

private:
    Account m_account;
    LinkState m_link = LinkState::Connected;
    QDateTime m_next;
    Problem m_problem;
    QStandardItemModel *m_rooms;
    QStandardItemModel *m_invitations;
    QStandardItemModel *m_blocked;
    QHash<QString, QStandardItemModel *> m_members;
    QHash<QString, FakeTimeline *> m_timelines;
};

/// Log-ins answered by the test.
class FakeBackend : public Backend
{
public:
    void registerAccount(const QString &server, const QString &name, const QString &password,
        QObject *context, Done<Account> reply) override;
    void logIn(const QString &server, const QString &name, const QString &password, QObject *context,
        Done<Account> reply) override;
    void check(const Account &account, QObject *context, Done<Nothing> reply) override;
    std::unique_ptr<Chat> open(const Account &account) override;

    std::optional<CertificateProblem> certificateProblem(const QString &) const override
    {
        return certificate;
    }
    bool trustCertificate(const QString &server, const QString &fingerprint) override
    {
        calls.append(QStringLiteral("trust %1 %2").arg(server, fingerprint));
        return trusts;
    }

    void succeed();
    void fail(const Problem &problem);
    void answerCheck(const Outcome<Nothing> &taken);

    std::optional<CertificateProblem> certificate; ///< the error of the next log-in
    bool trusts = true;
    QStringList calls; ///< "logIn server name password"
    FakeChat *chat = nullptr; ///< of the last open(); owned by its caller
    std::function<void(FakeChat *)> prepare; ///< fills a chat before it is shown

private:
    QPointer<QObject> m_context;
    Done<Account> m_reply;
    QPointer<QObject> m_checker;
    Done<Nothing> m_checked;
};

} // namespace rookery::client
