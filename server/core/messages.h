#pragma once

#include "common/limits.h"
#include "server/auth/ratelimiter.h"
#include "server/core/broadcast.h"
#include "server/core/principal.h"
#include "server/store/store.h"

#include <QCache>

namespace rookery::core {

using store::Done;

class Accounts;
class Hub;

/// What somebody wants to say.
struct Draft
{
    QString text;
    std::optional<QString> clientId; ///< as the client wrote it; one is made where it is missing
};

struct Sent
{
    RoomEvent event;
    bool duplicate = false;
};

/// Messages: checks, stores, publishes to the hub, answers, in that order. Lives on the reactor's thread;
/// answers as Accounts does; a message is published even when the context that sent it has gone.
class Messages : public QObject
{
    Q_OBJECT
public:
    Messages(store::Store *store, Accounts *accounts, Hub *hub, Limits limits, QObject *parent = nullptr);

    /// `room` must come from core::Rooms for this caller and still be good. MissingField/InvalidField
    /// (`message` is what `textField` is called in the caller's dialect), MessageTooLong, RateLimited,
    /// ClientIdReused, Overloaded, StorageFull.
    void send(const Principal &principal, const Room &room, Draft draft, const QString &textField,
        QObject *context, Done<Sent> done);
    /// To one user, by id or name; NotFound names `receiverField`.
    void sendDirect(const Principal &principal, const QString &receiver, Draft draft,
        const QString &textField, const QString &receiverField, QObject *context, Done<Sent> done);

    /// The most events that one page may hold.
    int largestPage() const { return m_limits.historyPage; }
    /// A stretch of history of a room that came from core::Rooms for the caller. InvalidField (limit, before,
    /// after).
    void history(const Room &room, store::PageQuery query, QObject *context, Done<Page> done);

private:
    struct CheckedDraft
    {
        QString text;
        QString clientId;
    };
    Result<CheckedDraft> check(const Principal &principal, const Draft &draft, const QString &textField);
    void append(const Principal &principal, std::shared_ptr<const Room> room, CheckedDraft draft,
        QObject *context, Done<Sent> done);

    store::Store *m_store;
    Accounts *m_accounts;
    Hub *m_hub;
    Limits m_limits;
    auth::RateLimiter m_rate;
    QCache<QString, std::shared_ptr<const Room>>
        m_directRooms; ///< by both user ids; direct rooms never change
};

} // namespace rookery::core
