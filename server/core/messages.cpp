// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/core/messages.h"

#include "common/ids.h"
#include "common/text.h"
#include "server/core/accounts.h"
#include "server/core/live/hub.h"
#include "server/core/permissions.h"
#include "server/core/readgate.h"
#include "server/core/securitylog.h"
#include "server/core/sharedstate.h"

#include <QPointer>

#include <algorithm>
#include <atomic>

namespace rookery::core {

namespace {

using namespace std::chrono_literals;

constexpr int cachedDirectRooms = 10'000;
/// Of texts (UTF-16), past which a page ends early: a page must take no thread much longer than it costs.
constexpr qint64 historyBytes = 256 * 1024;

Error invalid(const QString &field, const QString &detail)
{
    return {ErrorCode::InvalidField, detail, field};
}

Error tooFast(std::chrono::milliseconds wait)
{
    return {ErrorCode::RateLimited, QStringLiteral("You are sending messages too fast."), {}, wait};
}

Error tooFastTogether(std::chrono::milliseconds wait)
{
    return {ErrorCode::RateLimited, QStringLiteral("Too many messages come from your network at once."), {},
        wait};
}

/// Against the rate: a message of that much text (UTF-16) is several, since everybody in the room has to take
/// it.
qint64 countedAs(const QString &text)
{
    constexpr qsizetype charactersOfOne = 1000;
    return 1 + text.size() / charactersOfOne;
}

/// What is not found in a room that is still seen is the message, which `field` names.
Error ofMessage(const Error &error, const QString &field)
{
    if (error.code != ErrorCode::NotFound || error.detail == noSuchRoom().detail)
        return error;
    return {ErrorCode::NotFound, QStringLiteral("There is no such message."), field};
}

Error deletedSince()
{
    return {ErrorCode::NotFound, QStringLiteral("The message was sent, and has been deleted since.")};
}

bool isDeleted(const RoomEvent &event)
{
    const auto *posted = event.as<Posted>();
    return posted && posted->isDeleted();
}

QString directKey(const User &first, const User &second)
{
    return first.id < second.id ? first.id + second.id : second.id + first.id;
}

/// Of missed(): events and texts on the page of one room, how many times the texts for many, and the most rooms at once.
constexpr int missedPage = 100;
constexpr qint64 missedBytes =
    64 * 1024; // a socket may read several rooms, and each keeps a page (THREATS 32)
constexpr size_t missedBudgets = 4;
constexpr size_t mostMissedRooms = 100;

/// A page of a room of this kind, as its reader is answered.
Result<Page> asRead(RoomKind kind, Result<Page> page)
{
    if (page || page.error().code != ErrorCode::NotFound)
        return page;
    return *refusal(Actor{ServerRole::User, Role::Banned, kind}, Action::Read);
}

} // namespace

Messages::Messages(store::Store *store, Accounts *accounts, const Hub *hub, SharedState *shared,
    Limits limits, ReadGate *reads, QObject *parent)
    : QObject(parent)
    , m_store(store)
    , m_accounts(accounts)
    , m_hub(hub)
    , m_shared(shared)
    , m_limits(limits)
    , m_reads(reads)
    , m_directRooms(cachedDirectRooms)
{ }

Result<QString> Messages::checkClientId(const Draft &draft) const
{
    return draft.clientId ? parseClientId(*draft.clientId) : Result<QString>(newId());
}

std::optional<Error> Messages::checkText(const QString &text, const QString &field) const
{
    const auto length = rookery::text::characters(text);
    if (!length)
        return invalid(field, QStringLiteral("The field '%1' is not valid Unicode text.").arg(field));
    if (*length > m_limits.messageCharacters)
        return Error{ErrorCode::MessageTooLong,
            QStringLiteral("A message may have at most %1 characters; this one has %2.")
                .arg(m_limits.messageCharacters)
                .arg(*length),
            field};
    if (text.contains(QChar(u'\0')))
        return invalid(field, QStringLiteral("The field '%1' must not contain a NUL character.").arg(field));
    if (text::isBlank(text))
        return invalid(field, QStringLiteral("The field '%1' must not be empty.").arg(field));
    return std::nullopt;
}

std::optional<Error> Messages::admit(const Principal &principal, const Draft &draft)
{
    if (m_hub->isCongested())
        return Error{ErrorCode::Overloaded,
            QStringLiteral("The server is behind with its deliveries; try again in a moment."), {}, 1s};
    if (draft.paced)
        return std::nullopt;
    const qint64 count = countedAs(draft.text);
    if (const auto wait = m_shared->messagesByUser.take(principal.user.id, count))
        return tooFast(*wait);
    if (const auto wait = principal.network.isEmpty()
            ? std::nullopt
            : m_shared->messagesByNetwork.take(principal.network, count))
        return tooFastTogether(*wait);
    return std::nullopt;
}

Result<Messages::CheckedDraft> Messages::check(
    const Principal &principal, const Draft &draft, const QString &textField)
{
    const auto clientId = checkClientId(draft);
    if (!clientId)
        return clientId.error();
    if (const auto fault = checkText(draft.text, textField))
        return *fault;
    if (const auto problem = admit(principal, draft))
        return *problem;
    const qint64 bytes = storedRowBytes + draft.text.toUtf8().size();
    if (const auto problem = m_shared->storedBytes.take(principal, bytes))
        return *problem;
    return CheckedDraft{draft.text, *clientId, draft.chain, draft.knowsDeleted};
}

Result<std::chrono::milliseconds> Messages::pace(const Principal &principal, const QString &text)
{
    const qint64 count = countedAs(text);
    const auto wait = m_shared->messagesByUser.takeAhead(principal.user.id, longestPause, count);
    if (!wait)
        return tooFast(m_shared->messagesByUser.untilFree(principal.user.id, count));
    if (principal.network.isEmpty())
        return *wait;
    const auto together = m_shared->messagesByNetwork.takeAhead(principal.network, longestPause, count);
    if (!together)
        return tooFastTogether(m_shared->messagesByNetwork.untilFree(principal.network, count));
    return std::max(*wait, *together);
}

void Messages::send(const Principal &principal, std::shared_ptr<const Room> room, Draft draft,
    const QString &textField, QObject *context, Done<Sent> done)
{
    auto checked = check(principal, draft, textField);
    if (!checked) {
        done(checked.error());
        return;
    }
    append(principal, std::move(room), *checked, context, std::move(done));
}

void Messages::sendDirect(const Principal &principal, const QString &receiver, Draft draft,
    const QString &textField, const QString &receiverField, QObject *context, Done<Sent> done)
{
    if (principal.user.guest) {
        done(Error{ErrorCode::Forbidden, QStringLiteral("Guests cannot send direct messages.")});
        return;
    }
    auto checked = check(principal, draft, textField);
    if (!checked) {
        done(checked.error());
        return;
    }
    m_accounts->findUser(receiver, context,
        [this, principal, receiverField, checked = *checked, context, done = std::move(done)](
            Result<User> user) {
            if (!user) {
                Error error = user.error();
                if (error.code == ErrorCode::NotFound)
                    error.field = receiverField;
                done(error);
                return;
            }
            if (user->guest) {
                done(Error{ErrorCode::Forbidden, QStringLiteral("Guests cannot be sent direct messages."),
                    receiverField});
                return;
            }
            const QString key = directKey(principal.user, *user);
            if (const auto *room = m_directRooms.object(key)) {
                append(principal, *room, checked, context, done);
                return;
            }
            if (const auto problem = m_shared->storedBytes.take(principal, directRoomBytes)) {
                done(*problem);
                return;
            }
            m_store->openDirectRoom(principal.user, *user, context,
                [this, principal, key, checked, context, done](const Result<store::OpenedRoom> &opened) {
                    if (!opened) {
                        done(opened.error());
                        return;
                    }
                    auto room = std::make_shared<const Room>(opened->room);
                    m_directRooms.insert(key, new std::shared_ptr<const Room>(room));
                    append(principal, room, checked, context, done);
                });
        });
}

void Messages::append(const Principal &principal, const std::shared_ptr<const Room> &room, CheckedDraft draft,
    QObject *context, Done<Sent> done)
{
    store::NewMessage message{room->id, principal.user, draft.clientId, draft.text, std::move(draft.chain),
        [server = principal.serverRole()](RoomKind kind, Role role) {
            return refusal(Actor{server, role, kind}, Action::Post);
        }};
    m_store->append(std::move(message), context,
        [knowsDeleted = draft.knowsDeleted, done = std::move(done)](Result<store::Appended> appended) {
            if (!appended)
                done(appended.error());
            else if (!knowsDeleted && isDeleted(appended->event))
                done(deletedSince());
            else
                done(Sent{std::move(appended->event), appended->duplicate});
        });
}

void Messages::edit(const Principal &principal, const Room &room, qint64 target, Draft draft,
    const QString &textField, QObject *context, Done<Sent> done)
{
    auto checked = check(principal, draft, textField);
    if (!checked) {
        done(checked.error());
        return;
    }
    const auto rule = [server = principal.serverRole(), window = m_limits.editWindow](
                          const store::MessageFacts &facts) -> std::optional<Error> {
        const Actor actor{server, facts.role, facts.room};
        if (const auto problem = refusal(actor, Action::EditOwn))
            return problem;
        if (!facts.own)
            return forbidden(QStringLiteral("Only the sender of a message can edit it."));
        if (window.count() > 0 && facts.sentAt.addSecs(window.count()) < facts.now)
            return forbidden(QStringLiteral("This message is too old to be edited: it can be for %1 seconds.")
                                 .arg(window.count()));
        return std::nullopt;
    };
    change(
        {room.id, target, principal.user, checked->clientId, checked->text, rule, std::move(checked->chain)},
        context, std::move(done));
}

void Messages::remove(const Principal &principal, const Room &room, qint64 target, Draft draft,
    QObject *context, Done<Sent> done)
{
    draft.text.clear();
    const auto clientId = checkClientId(draft);
    if (!clientId) {
        done(clientId.error());
        return;
    }
    if (const auto problem = admit(principal, draft)) {
        done(*problem);
        return;
    }
    // Whether it is somebody else's, as the rule sees it on the store's thread.
    const auto isOthers = std::make_shared<std::atomic_bool>(false);
    const auto rule = [server = principal.serverRole(), isOthers](
                          const store::MessageFacts &facts) -> std::optional<Error> {
        *isOthers = !facts.own;
        return refusal(
            Actor{server, facts.role, facts.room}, facts.own ? Action::DeleteOwn : Action::DeleteOthers);
    };
    // The context is this object: what was done is logged even if who did it has gone.
    change({room.id, target, principal.user, *clientId, std::nullopt, rule, draft.chain}, this,
        [principal, isOthers, context = QPointer<QObject>(context), done = std::move(done)](
            const Result<Sent> &sent) {
            if (sent && !sent->duplicate && *isOthers) {
                const auto *deleted = sent->event.as<Deleted>();
                logSecurity(SecurityEvent::MessageDeleted, principal.user.name, principal.network,
                    QStringLiteral("message %1 of %2")
                            .arg(deleted ? deleted->target : 0)
                            .arg(sent->event.roomId)
                        + (principal.admin ? QStringLiteral(", by an admin") : QString()));
            }
            if (context)
                done(sent);
        });
}

void Messages::change(store::MessageChange change, QObject *context, Done<Sent> done)
{
    m_store->changeMessage(
        std::move(change), context, [done = std::move(done)](Result<store::Appended> changed) {
            if (changed)
                done(Sent{std::move(changed->event), changed->duplicate});
            else
                done(ofMessage(changed.error(), QStringLiteral("target")));
        });
}

std::optional<Error> Messages::checkLimit(int limit) const
{
    if (limit >= 1 && limit <= m_limits.historyPage)
        return std::nullopt;
    return invalid(QStringLiteral("limit"),
        QStringLiteral("The field 'limit' must be a whole number from 1 to %1.").arg(m_limits.historyPage));
}

void Messages::versions(const Principal &principal, const Room &room, store::VersionsQuery query,
    QObject *context, Done<store::VersionPage> done)
{
    if (const auto wrong = checkLimit(query.limit)) {
        done(*wrong);
        return;
    }
    query.roomId = room.id;
    query.viewerId = principal.user.id;
    query.bytes = std::min(query.bytes, historyBytes);
    query.rule = [server = principal.serverRole()](const store::MessageFacts &facts) {
        return refusal(Actor{server, facts.role, facts.room},
            facts.own ? Action::SeeOwnVersions : Action::SeeOthersVersions);
    };
    m_reads->read<store::VersionPage>(
        principal.user.id, context,
        [this, query](QObject *gate, Done<store::VersionPage> read) {
            m_store->versionsOf(query, gate, std::move(read));
        },
        [done = std::move(done)](Result<store::VersionPage> page) {
            if (page)
                done(std::move(page));
            else
                done(ofMessage(page.error(), QStringLiteral("seq")));
        });
}

void Messages::history(
    const User &reader, const Room &room, store::PageQuery query, QObject *context, Done<Page> done)
{
    query.roomId = room.id;
    query.viewer = reader.id;
    query.bytes = std::min(query.bytes, historyBytes);
    if (query.before && query.after) {
        done(invalid(QStringLiteral("after"), QStringLiteral("Give 'before' or 'after', not both.")));
        return;
    }
    if (const auto wrong = checkLimit(query.limit)) {
        done(*wrong);
        return;
    }
    m_reads->read<Page>(
        reader.id, context,
        [this, query](QObject *gate, Done<Page> read) { m_store->page(query, gate, std::move(read)); },
        [kind = room.kind, done = std::move(done)](
            Result<Page> page) { done(asRead(kind, std::move(page))); });
}

void Messages::missed(const User &reader, const Room &room, qint64 after, QObject *context, Done<Page> done)
{
    auto &asked = m_missed[reader.id];
    asked.push_back({room.id, room.kind, after, context, std::move(done)});
    // The first is followed by those that this turn of the event loop still brings; during a reading, by more.
    if (asked.size() == 1 && !m_readingMissed.contains(reader.id)) {
        m_readingMissed.insert(reader.id);
        QMetaObject::invokeMethod(
            this, [this, reader] { readMissed(reader); }, Qt::QueuedConnection);
    }
}

void Messages::readMissed(const User &reader)
{
    std::vector<Missed> asked = std::move(m_missed.extract(reader.id).mapped());
    std::erase_if(asked, [](const Missed &one) { return !one.context; });
    if (asked.size() > mostMissedRooms) {
        m_missed.emplace(reader.id,
            std::vector<Missed>(std::make_move_iterator(asked.begin() + mostMissedRooms),
                std::make_move_iterator(asked.end())));
        asked.erase(asked.begin() + mostMissedRooms, asked.end());
    }
    const auto finished = [this, reader] {
        if (m_missed.contains(reader.id))
            readMissed(reader);
        else
            m_readingMissed.remove(reader.id);
    };
    if (asked.empty()) {
        finished();
        return;
    }
    const int most = std::min(missedPage, m_limits.historyPage);
    if (asked.size() == 1) {
        store::PageQuery query;
        query.roomId = asked.front().roomId;
        query.after = asked.front().after;
        query.limit = most;
        query.bytes = missedBytes;
        query.viewer = reader.id;
        m_reads->read<Page>(
            reader.id, this,
            [this, query](QObject *gate, Done<Page> read) { m_store->page(query, gate, std::move(read)); },
            [finished, one = asked.front()](Result<Page> page) {
                if (one.context)
                    one.done(asRead(one.kind, std::move(page)));
                finished();
            });
        return;
    }
    store::MissedQuery query;
    query.viewer = reader.id;
    query.limit = int(std::min<size_t>(missedEvents, size_t(most) * asked.size()));
    query.bytes = missedBytes * qint64(std::min<size_t>(asked.size(), missedBudgets));
    for (const Missed &one : asked)
        query.places.append({one.roomId, one.after});
    m_reads->read<store::MissedPages>(
        reader.id, this,
        [this, query](
            QObject *gate, Done<store::MissedPages> read) { m_store->missed(query, gate, std::move(read)); },
        [finished, asked = std::move(asked)](const Result<store::MissedPages> &pages) {
            for (size_t i = 0; i < asked.size(); ++i) {
                if (asked[i].context)
                    asked[i].done(pages ? asRead(asked[i].kind, pages->at(qsizetype(i))) : pages.error());
            }
            finished();
        });
}

} // namespace rookery::core
