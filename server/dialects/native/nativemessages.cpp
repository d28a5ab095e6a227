// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/dialects/native/nativemessages.h"

#include "common/jsoncodec.h"
#include "server/dialects/messageactions.h"
#include "server/dialects/native/pathparts.h"
#include "server/http/router.h"

#include <algorithm>

namespace rookery::http {

namespace {

constexpr QLatin1String seqPart("seq");
/// Typical size of an event in JSON, in bytes.
constexpr qsizetype usualEvent = 400;

/// `{"event": …}`
void answerEvent(Reply &reply, int status, const RoomEvent &event)
{
    JsonWriter json(usualEvent);
    json.beginObject().name(QLatin1String("event"));
    json::write(json, event);
    json.endObject();
    reply.writtenJson(status, json.take());
}

void showEvents(const RouteContext &context, const Request &request, const ReplyPtr &reply)
{
    const auto query = readPageQuery(request, context.core.messages->largestPage());
    if (!query)
        return reply->problem(query.error());
    context.core.rooms->find(request.principal(), request.parameter(roomPart), context.owner,
        answering<Room>(reply,
            [context, query = *query, reader = request.principal().user, reply](Reply &, const Room &room) {
                context.core.messages->history(reader, room, query, context.owner,
                    answering<Page>(reply, [](Reply &answer, const Page &page) {
                        JsonWriter json(page.events.size() * usualEvent + 128);
                        json::write(json, page);
                        answer.writtenJson(200, json.take());
                    }));
            }));
}

void postMessage(const RouteContext &context, const Request &request, const ReplyPtr &reply)
{
    auto draft = readBodyDraft(request, QLatin1String("text"));
    if (!draft)
        return reply->problem(draft.error());
    draft->knowsDeleted = true;
    const core::Principal principal = request.principal();
    context.core.rooms->find(principal, request.parameter(roomPart), context.owner,
        answering<Room>(reply, [context, principal, draft = *draft, reply](Reply &, const Room &room) {
            context.core.messages->send(principal, std::make_shared<const Room>(room), draft,
                QStringLiteral("text"), context.owner,
                answering<core::Sent>(reply, [](Reply &answer, const core::Sent &sent) {
                    answerEvent(answer, sent.duplicate ? 200 : 201, sent.event);
                }));
        }));
}

/// The seq of the message in the path. Anything that is not a seq is answered as not found.
Result<qint64> readSeq(const Request &request)
{
    const QString text = request.parameter(seqPart);
    const bool digits = std::all_of(text.begin(), text.end(), [](QChar c) { return c >= u'0' && c <= u'9'; });
    bool fits = false;
    const qint64 seq = text.toLongLong(&fits);
    if (digits && fits && seq >= 1)
        return seq;
    return Error{ErrorCode::NotFound, QStringLiteral("There is no such message."), seqPart};
}

/// Calls `use` with the room of the path.
template <typename Use>
void inRoom(const RouteContext &context, const Request &request, const ReplyPtr &reply, Use use)
{
    context.core.rooms->find(request.principal(), request.parameter(roomPart), context.owner,
        answering<Room>(reply, [use](Reply &, const Room &room) { use(room); }));
}

/// Answers an edit or a deletion. The message is the path parameter `seq`.
std::function<void(Result<core::Sent>)> answeringChange(const ReplyPtr &reply)
{
    return [reply](const Result<core::Sent> &sent) {
        if (sent) {
            answerEvent(*reply, 200, sent->event);
            return;
        }
        Error error = sent.error();
        if (error.field == QLatin1String("target"))
            error.field = seqPart;
        reply->problem(error);
    };
}

void editMessage(const RouteContext &context, const Request &request, const ReplyPtr &reply)
{
    const auto seq = readSeq(request);
    if (!seq)
        return reply->problem(seq.error());
    const auto draft = readBodyDraft(request, QLatin1String("text"));
    if (!draft)
        return reply->problem(draft.error());
    inRoom(context, request, reply,
        [context, principal = request.principal(), seq = *seq, draft = *draft, reply](const Room &room) {
            context.core.messages->edit(
                principal, room, seq, draft, QStringLiteral("text"), context.owner, answeringChange(reply));
        });
}

void deleteMessage(const RouteContext &context, const Request &request, const ReplyPtr &reply)
{
    const auto seq = readSeq(request);
    if (!seq)
        return reply->problem(seq.error());
    const auto clientId = request.query(QLatin1String("client_id"));
    if (!clientId)
        return reply->problem(clientId.error());
    inRoom(context, request, reply,
        [context, principal = request.principal(), seq = *seq, draft = core::Draft{{}, *clientId}, reply](
            const Room &room) {
            context.core.messages->remove(principal, room, seq, draft, context.owner, answeringChange(reply));
        });
}

void answerVersions(Reply &reply, const store::VersionPage &page)
{
    constexpr qsizetype usualVersion = 200;
    JsonWriter json(page.versions.size() * usualVersion + 64);
    json.beginObject().name(QLatin1String("next"));
    if (page.hasMore && !page.versions.isEmpty())
        json.value(QString::number(page.versions.constFirst().seq));
    else
        json.raw("null");
    json.name(QLatin1String("versions")).beginArray();
    for (const store::MessageVersion &version : page.versions)
        json.beginObject()
            .field(QLatin1String("at"), formatTimestamp(version.at))
            .field(QLatin1String("seq"), version.seq)
            .field(QLatin1String("text"), version.text)
            .endObject();
    reply.writtenJson(200, json.endArray().endObject().take());
}

void showVersions(const RouteContext &context, const Request &request, const ReplyPtr &reply)
{
    const auto seq = readSeq(request);
    if (!seq)
        return reply->problem(seq.error());
    const auto place = readBackwardPageQuery(request, context.core.messages->largestPage());
    if (!place)
        return reply->problem(place.error());
    store::VersionsQuery query;
    query.target = *seq;
    query.before = place->before;
    query.limit = place->limit;
    inRoom(
        context, request, reply, [context, principal = request.principal(), query, reply](const Room &room) {
            context.core.messages->versions(
                principal, room, query, context.owner, answering<store::VersionPage>(reply, answerVersions));
        });
}

} // namespace

void addNativeMessages(const RouteContext &context)
{
    const auto message = QStringLiteral("/api/v1/rooms/{room}/messages/{seq}");
    addForUsers(context, Method::Get, QStringLiteral("/api/v1/rooms/{room}/events"), showEvents);
    addForUsers(context, Method::Post, QStringLiteral("/api/v1/rooms/{room}/messages"), postMessage);
    addForUsers(context, Method::Patch, message, editMessage);
    addForUsers(context, Method::Delete, message, deleteMessage);
    addForUsers(context, Method::Get, message + QStringLiteral("/versions"), showVersions);
}

} // namespace rookery::http
