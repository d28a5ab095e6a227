// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/core/messages.h"

#include "common/ids.h"
#include "server/core/accounts.h"
#include "server/core/live/hub.h"
#include "server/core/readgate.h"
#include "server/core/sharedstate.h"

#include <algorithm>

namespace rookery::core {

namespace {

using namespace std::chrono_literals;

constexpr int cachedDirectRooms = 10'000;
/// Of texts (UTF-16), past which a page ends early: a page must take no thread much longer than it costs.
constexpr qint64 pageBytes = 256 * 1024;

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

/// Unicode code points, or nothing where a surrogate stands alone.
std::optional<qsizetype> codePoints(const QString &text)
{
    qsizetype count = 0;
    for (qsizetype i = 0; i < text.size(); ++i, ++count) {
        if (text[i].isHighSurrogate() && i + 1 < text.size() && text[i + 1].isLowSurrogate())
            ++i;
        else if (text[i].isSurrogate())
            return std::nullopt;
    }
    return count;
}

QString directKey(const User &first, const User &second)
{
    return first.id < second.id ? first.id + second.id : second.id + first.id;
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

Result<Messages::CheckedDraft> Messages::check(
    const Principal &principal, const Draft &draft, const QString &textField)
{
    CheckedDraft checked;
    checked.chain = draft.chain;
    if (draft.clientId) {
        auto clientId = parseClientId(*draft.clientId);
        if (!clientId)
            return clientId.error();
        checked.clientId = *clientId;
    } else {
        checked.clientId = newId();
    }

    const auto length = codePoints(draft.text);
    if (!length)
        return invalid(textField, QStringLiteral("The field '%1' is not valid Unicode text.").arg(textField));
    if (*length > m_limits.messageCharacters)
        return Error{ErrorCode::MessageTooLong,
            QStringLiteral("A message may have at most %1 characters; this one has %2.")
                .arg(m_limits.messageCharacters)
                .arg(*length),
            textField};
    if (draft.text.contains(QChar(u'\0')))
        return invalid(
            textField, QStringLiteral("The field '%1' must not contain a NUL character.").arg(textField));
    if (draft.text.trimmed().isEmpty())
        return invalid(textField, QStringLiteral("The field '%1' must not be empty.").arg(textField));
    checked.text = draft.text;

    if (m_hub->isCongested())
        return Error{ErrorCode::Overloaded,
            QStringLiteral("The server is behind with its deliveries; try again in a moment."), {}, 1s};
    if (!draft.paced) {
        const qint64 count = countedAs(checked.text);
        if (const auto wait = m_shared->messagesByUser.take(principal.user.id, count))
            return tooFast(*wait);
        if (const auto wait = principal.network.isEmpty()
                ? std::nullopt
                : m_shared->messagesByNetwork.take(principal.network, count))
            return tooFastTogether(*wait);
    }
    const qint64 bytes = storedRowBytes + checked.text.toUtf8().size();
    if (const auto problem = m_shared->storedBytes.take(principal, bytes))
        return *problem;
    return checked;
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
    store::NewMessage message{room->id, principal.user, draft.clientId, draft.text, std::move(draft.chain)};
    m_store->append(std::move(message), context, [done = std::move(done)](Result<store::Appended> appended) {
        if (appended)
            done(Sent{std::move(appended->event), appended->duplicate});
        else
            done(appended.error());
    });
}

void Messages::history(
    const User &reader, const Room &room, store::PageQuery query, QObject *context, Done<Page> done)
{
    query.roomId = room.id;
    query.bytes = std::min(query.bytes, pageBytes);
    if (query.before && query.after) {
        done(invalid(QStringLiteral("after"), QStringLiteral("Give 'before' or 'after', not both.")));
        return;
    }
    if (query.limit < 1 || query.limit > m_limits.historyPage) {
        done(invalid(QStringLiteral("limit"),
            QStringLiteral("The field 'limit' must be a whole number from 1 to %1.")
                .arg(m_limits.historyPage)));
        return;
    }
    m_reads->read<Page>(
        reader.id, context,
        [this, query](QObject *gate, Done<Page> read) { m_store->page(query, gate, std::move(read)); },
        std::move(done));
}

} // namespace rookery::core
