// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "common/limits.h"
#include "server/core/live/broadcast.h"
#include "server/core/principal.h"
#include "server/store/store.h"

#include <QCache>
#include <QPointer>
#include <QSet>

#include <unordered_map>
#include <vector>

namespace rookery::core {

class Accounts;
class Hub;
class ReadGate;
struct SharedState;

/// A message before it is sent.
struct Draft
{
    QString text;
    std::optional<QString> clientId; ///< as the client wrote it; generated if missing
    bool paced = false; ///< Messages::pace() has counted it already
    std::shared_ptr<store::MessageChain> chain = {}; ///< none: others may overtake it
    /// The client knows deleted messages: a resend of one is answered with it. To others it is NotFound.
    bool knowsDeleted = false;
};

struct Sent
{
    RoomEvent event;
    bool duplicate = false;
};

/// Checks and stores messages. The store's commit observer publishes them on the bus, before the answer and
/// even if the sender's context is gone. Lives on its I/O thread; answers as Accounts does.
class Messages : public QObject
{
    Q_OBJECT
public:
    Messages(store::Store *store, Accounts *accounts, const Hub *hub, SharedState *shared, Limits limits,
        ReadGate *reads, QObject *parent = nullptr);

    /// `room` must come from core::Rooms for this caller, who may still see it. `textField` is the name of
    /// the text's field in the caller's dialect. MissingField, InvalidField, MessageTooLong, RateLimited,
    /// ClientIdReused, NotFound (deleted since, see Draft::knowsDeleted), Overloaded, StorageFull, StorageUnavailable.
    void send(const Principal &principal, std::shared_ptr<const Room> room, Draft draft,
        const QString &textField, QObject *context, Done<Sent> done);
    /// To one user, by id or name, who is no guest; NotFound and Forbidden name `receiverField`.
    void sendDirect(const Principal &principal, const QString &receiver, Draft draft,
        const QString &textField, const QString &receiverField, QObject *context, Done<Sent> done);

    /// Gives the caller's message of this seq another text; answers the edit. Errors as send(), and NotFound
    /// (`target`: no such message, or it is deleted), Forbidden (another's, older than Limits::editWindow).
    void edit(const Principal &principal, const Room &room, qint64 target, Draft draft,
        const QString &textField, QObject *context, Done<Sent> done);
    /// Deletes the message of this seq, which need not be the caller's (permissions.h); answers the deletion,
    /// the first one where it is deleted already. The draft's text is not looked at. Stored bytes are not
    /// counted: a user who may store no more must still be able to delete. NotFound (`target`),
    /// Forbidden, InvalidField (client_id), RateLimited, Overloaded and what the storage says.
    void remove(const Principal &principal, const Room &room, qint64 target, Draft draft, QObject *context,
        Done<Sent> done);
    /// A page of the texts that a message has had: of `query` the target, before and limit are used. NotFound,
    /// Forbidden, InvalidField (limit).
    void versions(const Principal &principal, const Room &room, store::VersionsQuery query, QObject *context,
        Done<store::VersionPage> done);

    /// Counts the next message of a socket against the rates of the user and the network. Where a request
    /// over HTTP would be refused, a socket waits: answers how long not to read from it. RateLimited if that
    /// would be longer than longestPause, as for a user with many sockets.
    Result<std::chrono::milliseconds> pace(const Principal &principal, const QString &text);
    static constexpr std::chrono::milliseconds longestPause{3000};

    /// The most events in one page.
    int largestPage() const { return m_limits.historyPage; }
    /// A page of history, read when it is the reader's turn. `room` must have come from core::Rooms for the
    /// reader; whether they may still see it is checked again when the page is read. NotFound, Forbidden
    /// (banned), InvalidField (limit, before, after).
    void history(
        const User &reader, const Room &room, store::PageQuery query, QObject *context, Done<Page> done);

    /// The events after this seq, as history() answers them; in one read with what the reader asks for in other rooms
    /// before it is their turn, so that a page may hold less than it could. What the reader has asked for so is read one
    /// time after the other, at most missedEvents of it at once.
    void missed(const User &reader, const Room &room, qint64 after, QObject *context, Done<Page> done);
    static constexpr int missedEvents = 500;

private:
    struct Missed
    {
        QString roomId;
        RoomKind kind;
        qint64 after;
        QPointer<QObject> context;
        Done<Page> done;
    };
    void readMissed(const User &reader);
    struct CheckedDraft
    {
        QString text;
        QString clientId;
        std::shared_ptr<store::MessageChain> chain;
        bool knowsDeleted = false;
    };
    Result<QString> checkClientId(const Draft &draft) const;
    std::optional<Error> checkText(const QString &text, const QString &field) const;
    std::optional<Error> checkLimit(int limit) const;
    /// Checks the rates, and whether the server takes messages now.
    std::optional<Error> admit(const Principal &principal, const Draft &draft);
    void change(store::MessageChange change, QObject *context, Done<Sent> done);
    Result<CheckedDraft> check(const Principal &principal, const Draft &draft, const QString &textField);
    void append(const Principal &principal, const std::shared_ptr<const Room> &room, CheckedDraft draft,
        QObject *context, Done<Sent> done);

    store::Store *m_store;
    Accounts *m_accounts;
    const Hub *m_hub;
    SharedState *m_shared;
    Limits m_limits;
    ReadGate *m_reads;
    std::unordered_map<QString, std::vector<Missed>> m_missed; ///< by the reader's id, waiting for their turn
    QSet<QString> m_readingMissed; ///< ids of the readers whose missed events are read, or about to be
    QCache<QString, std::shared_ptr<const Room>>
        m_directRooms; ///< by both user ids; direct rooms never change
};

} // namespace rookery::core
