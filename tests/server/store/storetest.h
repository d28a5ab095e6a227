// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "common/ids.h"
#include "server/store/store.h"

#include <QEventLoop>
#include <QTest>
#include <QTimer>

#include <functional>
#include <memory>
#include <utility>

/// What the tests of every store need: waiting for an answer, and rows to put in.
namespace storetest {

using namespace rookery;
using namespace rookery::store;

/// Makes a call and runs the event loop until it is answered.
template <typename T>
Result<T> await(const std::function<void(QObject *, Done<T>)> &call)
{
    QEventLoop loop;
    std::optional<Result<T>> answer;
    call(&loop, [&](Result<T> result) {
        answer.emplace(std::move(result));
        loop.quit();
    });
    QTimer::singleShot(20'000, &loop, &QEventLoop::quit);
    loop.exec();
    if (!answer)
        return Error{ErrorCode::Internal, QStringLiteral("the store did not answer within 20 s")};
    return *std::move(answer);
}

/// What newUser() gives a user of this name.
inline QString passwordHashOf(const QString &name)
{
    return QStringLiteral("$argon2id$hash-of-") + name;
}

/// The Store's calls, each waited for.
class Waiting
{
public:
    explicit Waiting(Store *store)
        : m_store(store)
    { }

    Result<User> createUser(const NewUser &user)
    {
        return await<User>([&](auto *c, auto done) { m_store->createUser(user, c, done); });
    }
    Result<User> findUser(const QString &id, const QString &skeleton)
    {
        return await<User>([&](auto *c, auto done) { m_store->findUser(id, skeleton, c, done); });
    }
    Result<Credentials> findCredentials(const QString &skeleton)
    {
        return await<Credentials>([&](auto *c, auto done) { m_store->findCredentials(skeleton, c, done); });
    }
    /// Without a hash: by the password of newUser().
    Result<Nothing> createSession(
        const SessionRecord &session, const QString &passwordHash = {}, const QStringList &ended = {})
    {
        const QString hash = passwordHash.isEmpty() ? passwordHashOf(session.user.name) : passwordHash;
        return await<Nothing>(
            [&](auto *c, auto done) { m_store->createSession(session, hash, ended, c, done); });
    }
    Result<QStringList> changePassword(
        const QString &userId, const QString &oldHash, const QString &newHash, const QString &kept)
    {
        return await<QStringList>(
            [&](auto *c, auto done) { m_store->changePassword(userId, oldHash, newHash, kept, c, done); });
    }
    Result<QList<SessionRecord>> keptSessions()
    {
        return await<QList<SessionRecord>>([&](auto *c, auto done) { m_store->keptSessions(c, done); });
    }
    Result<QList<SessionRecord>> sessionsOf(const QString &userId, int limit = 100)
    {
        return await<QList<SessionRecord>>(
            [&](auto *c, auto done) { m_store->sessionsOf(userId, limit, c, done); });
    }
    Result<Nothing> deleteSession(const QString &userId, const QString &sessionId)
    {
        return await<Nothing>(
            [&](auto *c, auto done) { m_store->deleteSession(userId, sessionId, c, done); });
    }
    Result<FoundSession> findSession(const QString &sessionId)
    {
        return await<FoundSession>([&](auto *c, auto done) { m_store->findSession(sessionId, c, done); });
    }
    Result<ControlPage> controlAfter(qint64 seq, int limit = 100)
    {
        return await<ControlPage>([&](auto *c, auto done) { m_store->controlAfter(seq, limit, c, done); });
    }
    Result<Room> createRoom(const NewRoom &room)
    {
        return await<Room>([&](auto *c, auto done) { m_store->createRoom(room, c, done); });
    }
    Result<OpenedRoom> openRoom(const NewRoom &room, const QString &userId)
    {
        return await<OpenedRoom>([&](auto *c, auto done) { m_store->openRoom(room, userId, c, done); });
    }
    Result<Room> findRoom(const QString &id, const QString &skeleton, const QString &userId = {})
    {
        return await<Room>([&](auto *c, auto done) { m_store->findRoom(id, skeleton, userId, c, done); });
    }
    Result<OpenedRoom> openDirectRoom(const User &first, const User &second)
    {
        return await<OpenedRoom>(
            [&](auto *c, auto done) { m_store->openDirectRoom(first, second, c, done); });
    }
    Result<Room> findDirectRoom(const User &first, const User &second)
    {
        return await<Room>(
            [&](auto *c, auto done) { m_store->findDirectRoom(first.id, second.id, c, done); });
    }
    Result<RoomsPage> roomsPage(const RoomsQuery &query)
    {
        return await<RoomsPage>([&](auto *c, auto done) { m_store->roomsOf(query, c, done); });
    }
    /// The first page.
    Result<QList<Room>> roomsOf(const QString &userId)
    {
        auto page = roomsPage({userId, {}, 100});
        return page ? Result<QList<Room>>(page->rooms) : Result<QList<Room>>(page.error());
    }
    Result<Directory> publicRooms(const QString &query, const QString &after, int limit,
        const QString &userId = {}, bool banned = false)
    {
        return await<Directory>([&](auto *c, auto done) {
            m_store->publicRooms({query, after, limit, userId, banned}, c, done);
        });
    }
    Result<MembershipChange> setMember(const QString &roomId, const QString &userId, bool member)
    {
        return await<MembershipChange>(
            [&](auto *c, auto done) { m_store->setMember(roomId, userId, member, c, done); });
    }
    Result<MembershipChange> joinRoom(const QString &roomId, const QString &userId, int mostRooms = 0)
    {
        return await<MembershipChange>(
            [&](auto *c, auto done) { m_store->joinRoom(roomId, userId, mostRooms, c, done); });
    }
    Result<InvitedUser> invite(const Room &room, const User &inviter, const User &invited,
        const InvitationBounds &bounds = {}, const QString &network = {})
    {
        return await<InvitedUser>([&](auto *c, auto done) {
            m_store->invite(room.id, inviter.id, invited.id, network, bounds, c, done);
        });
    }
    Result<Invitation> findInvitation(const QString &roomId, const QString &skeleton, const User &user)
    {
        return await<Invitation>(
            [&](auto *c, auto done) { m_store->findInvitation(roomId, skeleton, user.id, c, done); });
    }
    Result<InvitationPage> invitationsOf(
        const User &user, std::optional<qint64> before = std::nullopt, int limit = 50)
    {
        return await<InvitationPage>(
            [&](auto *c, auto done) { m_store->invitationsOf(user.id, before, limit, c, done); });
    }
    Result<QList<OpenInvitation>> declineInvitation(const QString &roomId, const User &user, bool block)
    {
        return await<QList<OpenInvitation>>(
            [&](auto *c, auto done) { m_store->declineInvitation(roomId, {}, user.id, block, c, done); });
    }
    Result<OpenInvitation> withdrawInvitation(
        const Room &room, const User &invited, const User &actor, const RoomRule &ofOthers = {})
    {
        return await<OpenInvitation>([&](auto *c, auto done) {
            m_store->withdrawInvitation(room.id, invited.id, actor.id, ofOthers, c, done);
        });
    }
    Result<QList<OpenInvitation>> setBlocked(const User &user, const User &other, bool blocked)
    {
        return await<QList<OpenInvitation>>(
            [&](auto *c, auto done) { m_store->setBlocked(user.id, other.id, blocked, c, done); });
    }
    Result<UserPage> blockedBy(const User &user, const QString &after = {}, int limit = 50)
    {
        return await<UserPage>(
            [&](auto *c, auto done) { m_store->blockedBy(user.id, after, limit, c, done); });
    }
    Result<MembersPage> membersPage(const MembersQuery &query)
    {
        return await<MembersPage>([&](auto *c, auto done) { m_store->membersOf(query, c, done); });
    }
    Result<BanPage> bansOf(const BansQuery &query)
    {
        return await<BanPage>([&](auto *c, auto done) { m_store->bansOf(query, c, done); });
    }
    /// The first page.
    Result<QList<User>> membersOf(const QString &roomId)
    {
        auto page = membersPage({roomId, {}, 100});
        return page ? Result<QList<User>>(page->users) : Result<QList<User>>(page.error());
    }
    Result<Appended> append(const NewMessage &message)
    {
        return await<Appended>([&](auto *c, auto done) { m_store->append(message, c, done); });
    }
    Result<Appended> changeMessage(const MessageChange &change)
    {
        return await<Appended>([&](auto *c, auto done) { m_store->changeMessage(change, c, done); });
    }
    Result<VersionPage> versionsOf(const VersionsQuery &query)
    {
        return await<VersionPage>([&](auto *c, auto done) { m_store->versionsOf(query, c, done); });
    }
    /// The newest ones.
    Result<VersionPage> versionsOf(
        const QString &roomId, qint64 seq, const QString &viewerId = {}, const MessageRule &rule = {})
    {
        VersionsQuery query{roomId, seq};
        query.viewerId = viewerId;
        query.rule = rule;
        return versionsOf(query);
    }
    Result<MembershipChange> setRole(const RoleChange &change)
    {
        return await<MembershipChange>([&](auto *c, auto done) { m_store->setRole(change, c, done); });
    }
    Result<ChangedRoom> changeRoom(const RoomChange &change)
    {
        return await<ChangedRoom>([&](auto *c, auto done) { m_store->changeRoom(change, c, done); });
    }
    Result<MarkedRead> markRead(const Room &room, const User &user, qint64 seq)
    {
        return await<MarkedRead>(
            [&](auto *c, auto done) { m_store->markRead(room.id, user.id, seq, c, done); });
    }
    Result<SelfPage> selfEvents(const User &user, qint64 after = 0, int limit = 100)
    {
        return await<SelfPage>(
            [&](auto *c, auto done) { m_store->selfEvents(user.id, after, limit, c, done); });
    }
    Result<QHash<QString, qint64>> heads(const QStringList &roomIds)
    {
        return await<QHash<QString, qint64>>([&](auto *c, auto done) { m_store->heads(roomIds, c, done); });
    }
    Result<Page> page(const PageQuery &query)
    {
        return await<Page>([&](auto *c, auto done) { m_store->page(query, c, done); });
    }

private:
    Store *m_store;
};

inline NewUser newUser(const QString &name)
{
    NewUser user;
    user.id = newId();
    user.name = name;
    user.skeleton = name.toCaseFolded();
    user.passwordHash = passwordHashOf(name);
    return user;
}

inline NewRoom newRoom(const QString &name, RoomKind kind = RoomKind::Public, const QString &creatorId = {})
{
    return NewRoom{name, name.toCaseFolded(), kind, creatorId};
}

inline NewMessage newMessage(const Room &room, const User &sender, const QString &text)
{
    return NewMessage{room.id, sender, newId(), text};
}

/// An edit; without a text, a deletion.
inline MessageChange newChange(const Room &room, qint64 target, const User &actor,
    const std::optional<QString> &text = std::nullopt, const MessageRule &rule = {})
{
    return MessageChange{room.id, target, actor, newId(), text, rule};
}

/// For a value that a test cannot go on without: fails the test with the store's own words.
#define VALUE_OR_FAIL(variable, expression)                                                                  \
    auto variable##Result = (expression);                                                                    \
    QVERIFY2(                                                                                                \
        variable##Result.ok(), variable##Result.ok() ? "" : qPrintable(variable##Result.error().detail));    \
    auto variable = std::move(variable##Result).value()

/// That a call was refused, and for this.
#define REFUSED(expression, expected)                                                                        \
    do {                                                                                                     \
        const auto refused = (expression);                                                                   \
        QVERIFY(!refused.ok());                                                                              \
        QCOMPARE(int(refused.error().code), int(expected));                                                  \
        QVERIFY(!refused.error().detail.isEmpty());                                                          \
    } while (false)

} // namespace storetest
