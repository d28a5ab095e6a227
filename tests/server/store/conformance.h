// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "tests/server/store/storefixture.h"
#include "tests/server/store/storetest.h"

namespace storetest {

/// Texts that no store keeps.
inline QStringList unstorable()
{
    return {QString(QChar(0xd83e)), QStringLiteral("a") + QChar(0xdd85) + QStringLiteral("b"),
        QString(QChar(u'\0')), QString(QLatin1String("a\0b", 3)), QStringLiteral("ab") + QChar(u'\0')};
}

/// One suite of the contract in store.h. Each test function starts with an empty store.
class Conformance : public QObject
{
    Q_OBJECT
public:
    explicit Conformance(StoreFixture *fixture)
        : m_fixture(fixture)
    { }

private Q_SLOTS:
    void init();
    void cleanup();

protected:
    /// Closes the store and opens what it left behind.
    void reopen();
    Waiting store() { return Waiting(m_store.get()); }

    std::unique_ptr<Store> m_store;
    StoreFixture *m_fixture;
};

class UserConformance : public Conformance
{
    Q_OBJECT
public:
    using Conformance::Conformance;

private Q_SLOTS:
    void userIsFoundByIdThenByName();
    void nameIsTakenBySkeleton();
    void guestTakesANameAndHasNoPassword();
    void firstRoomComesWithTheUserOrNotAtAll();
    void credentials();
    void hostileNames_data();
    void hostileNames();
    void unstorableNamesAreRefused();
    void unstorableSessionsAreRefused();
    void sessionsOfAUser();
    void expiredSessionsAreNotAnswered();
    void sessionIsDeletedByItsOwnerOnly();
    void sessionOfNobodyIsRefused();
    void changedPasswordEndsTheOtherSessions();
    void passwordIsChangedFromTheCurrentOneOnly();
    void noSessionByAnOldPassword();
    void sessionIsFoundUntilItEnds();
    void endedSessionsAreInTheControlLog();
    void controlLogIsReadInParts();
    void usersAndSessionsOutliveARestart();
};

class RoomConformance : public Conformance
{
    Q_OBJECT
public:
    using Conformance::Conformance;

private Q_SLOTS:
    void creatorIsTheFirstMember();
    void nameIsTakenBySkeleton();
    void roomsWithoutANameDoNotCollide();
    void openMakesARoomOnce();
    void openAnswersTheRoomThereIsWhateverItsKind();
    void roomIsFoundByIdThenByName();
    void directRoomIsOneInEitherOrder();
    void directRoomsOpenedAtOnceAreOne();
    void directRoomWithOneself();
    void directRoomWithNobodyIsRefused();
    void roomsOfAUser();
    void roomsOfAUserArePaged();
    void membersArePagedAndCounted();
    void firstMembersOfManyRooms();
    void membership();
    void membershipOfNobody();
    void directoryIsPaged();
    void directoryHidesRoomsFromTheBanned();
    void abandonedPrivateRoomsGiveUpTheirNames_data();
    void abandonedPrivateRoomsGiveUpTheirNames();
    void directorySearch_data();
    void directorySearch();
    void directorySearchLooksAtSoManyNames();
    void roomsOutliveARestart();
};

class EventConformance : public Conformance
{
    Q_OBJECT
public:
    using Conformance::Conformance;

private Q_SLOTS:
    void eventsAreNumberedFromOne();
    void eachRoomCountsForItself();
    void headsOfRooms();
    void appendedIsWhatThePageHolds();
    void pagesEndAtTheirBytes();
    void resendAnswersTheFirstEvent();
    void reusedClientIdIsRefused_data();
    void reusedClientIdIsRefused();
    void clientIdsOfTwoSendersAreTheirOwn();
    void resendInOneBatch();
    void refusalLeavesTheOthersAlone();
    void appendToNowhere();
    void appendByNobody();
    void textIsKeptLiterally_data();
    void textIsKeptLiterally();
    void unstorableTextIsRefused();
    void senderNameStaysAsItWas();
    void pageBounds_data();
    void pageBounds();
    void pageOfAnEmptyRoom();
    void pageOfNoRoom();
    void pageInBothDirectionsIsRefused();
    void missedInManyRooms();
    void missedIsSharedOut();
    void pagingForwardsAndBack_data();
    void pagingForwardsAndBack();
    void historyOutlivesARestart();
    void answersComeInOrder();
    void readSeesEveryAnsweredWrite();
    void sendersOnManyThreads();
    void contextIsGoneBeforeTheAnswer();
    void contextsDieOnOtherThreads();
    void answerMayDestroyItsContext();
    void threadEndsBeforeTheAnswer();
    void destructionFinishesWhatIsQueued();

private:
    void makeRoom();
    QList<RoomEvent> fill(int count);

    User m_ann;
    Room m_room;
};

/// What is left of a process that is killed.
class KillConformance : public Conformance
{
    Q_OBJECT
public:
    using Conformance::Conformance;
    /// Of the process that is to die: sends to this store as fast as it is answered, and prints what was acknowledged.
    static int sendForever(const QUrl &url);

private Q_SLOTS:
    void acknowledgedIsThere();
};

/// Edits and deletions of messages.
class ChangeConformance : public Conformance
{
    Q_OBJECT
public:
    using Conformance::Conformance;

private Q_SLOTS:
    void messageHasItsNewestText();
    void deletedMessageHasNone();
    void resentChangeAnswersTheFirst();
    void clientIdOfSomethingElseIsRefused();
    void messageIsResentAfterItsEdit();
    void messageIsResentAfterItsDeletion();
    void editIsResentAfterAnother();
    void deletingTwiceAnswersTheFirst();
    void deletedIsNotEdited();
    void changesOfNothing();
    void ruleIsToldTheFacts();
    void ruleSeesWhatWasAnsweredBefore();
    void refusalLeavesNothing();
    void blockedUsersEditNothing();
    void pagesOfMessagesOnly();
    void pagesAreForTheirViewer();
    void changesComeInOrder();
    void randomChanges();

private:
    void makeRoom(RoomKind kind = RoomKind::Public);
    RoomEvent append(const QString &text);
    QList<RoomEvent> log(bool messagesOnly = false);

    User m_ann;
    User m_bob;
    Room m_room;
};

/// The texts that a message has had.
class VersionConformance : public Conformance
{
    Q_OBJECT
public:
    using Conformance::Conformance;

private Q_SLOTS:
    void textsAndTheirEvents();
    void pagesReachTheFirstText();
    void pageEndsByItsText();
    void editsMeanwhileMoveNothing();

private:
    void makeRoom();
    RoomEvent append(const QString &text);
    /// A message that has had these texts, with another message before it; its seq is 2.
    void appendEdited(const QStringList &texts);
    /// All versions of message 2, page by page from the newest; nothing if the pages do not fit together.
    QList<MessageVersion> pagedVersions(int limit, qint64 bytes);

    User m_ann;
    Room m_room;
};

/// Read markers, unread counts and self streams.
class MarkConformance : public Conformance
{
    Q_OBJECT
public:
    using Conformance::Conformance;

private Q_SLOTS:
    void membersHaveReadWhatWasThere();
    void markerMovesForwardOnly();
    void markerOfNothingIsRefused();
    void onlyUndeletedMessagesOfOthersCount();
    void longMonologueIsRead();
    void streamKeepsTheNewestOfEachRoom();
    void randomOperations();

private:
    void makeRoom();
    /// A message; answers its seq.
    qint64 append(const User &sender, const Room &room);

    User m_ann;
    User m_bob;
    Room m_room;
};

/// Roles, bans, names and topics.
class RoleConformance : public Conformance
{
    Q_OBJECT
public:
    using Conformance::Conformance;

private Q_SLOTS:
    void creatorIsTheOwner();
    void membershipIsInTheLog();
    void beginningsAreNot();
    void rolesAreSet();
    void roleRuleIsToldTheFacts();
    void rolesOfNobody();
    void lastOwnerIsSucceeded_data();
    void lastOwnerIsSucceeded();
    void oneOfTwoOwnersIsNot();
    void bannedStayOut();
    void banEndsInvitations();
    void banIsLifted();
    void senderIsJudgedWhenTheMessageIsStored();
    void bansAreListed();
    void banRuleIsToldTheFacts();
    void nameAndTopicAreChanged();
    void namesStayUnique();
    void roomChangeIsMadeOnce();
    void roomRuleIsToldTheFacts();
    void directRoomsHaveNeither();
    void observerHearsOfEverything();

private:
    void makeRoom(RoomKind kind = RoomKind::Public);
    User join(const QString &name);
    Result<MembershipChange> setRole(
        const User &actor, const User &user, Role role, const RoleRule &rule = {});
    QList<RoomEvent> log();
    Role roleOf(const User &user);

    User m_ann; ///< the owner
    Room m_room;
};

} // namespace storetest
