// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/dialects/personal/personalmessages.h"

#include "server/core/accounts.h"
#include "server/core/names.h"
#include "server/dialects/drafts.h"
#include "server/dialects/spelling.h"
#include "server/http/router.h"

namespace rookery::http {

namespace {

constexpr QLatin1String senderField = spelling::personalFields.sender;
constexpr QLatin1String receiverField = spelling::personalFields.receiver;
constexpr QLatin1String messageField = spelling::personalFields.text;

void sendToUser(const RouteContext &context, const Request &request, const ReplyPtr &reply)
{
    const auto body = request.json();
    if (!body)
        return reply->problem(body.error());
    const auto sender = body->id(senderField);
    if (!sender)
        return reply->problem(sender.error());
    const auto receiver = body->id(receiverField);
    if (!receiver)
        return reply->problem(receiver.error());
    const auto draft = dialects::readDraft(*body, messageField);
    if (!draft)
        return reply->problem(draft.error());
    const core::Principal principal = request.principal();
    if (!core::isUser(principal.user, *sender))
        return reply->problem({ErrorCode::Forbidden,
            QStringLiteral("You can send messages only as yourself, %1.").arg(principal.user.name),
            senderField});

    // Looked up here, since the answer carries the receiver's id and a name will do in the request.
    context.core.accounts->findUser(
        *receiver, context.owner, [context, principal, draft = *draft, reply](const Result<User> &found) {
            if (!found) {
                Error error = found.error();
                error.field = receiverField;
                return reply->problem(error);
            }
            context.core.messages->sendDirect(principal, found->id, draft, messageField, receiverField,
                context.owner,
                answering<core::Sent>(reply, [user = *found](Reply &answer, const core::Sent &sent) {
                    answer.json(200, spelling::objectOf(spelling::personalDirect, sent.event, user));
                }));
        });
}

} // namespace

void addPersonalMessages(const RouteContext &context)
{
    context.router->add(Method::Post, QStringLiteral("/api/messages"), Access::User,
        [context](const Request &request, const ReplyPtr &reply) { sendToUser(context, request, reply); });
}

} // namespace rookery::http
