// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/dialects/drafts.h"

#include "server/dialects/spelling.h"

namespace rookery::dialects {

Result<core::Draft> readDraft(const JsonReader &json, QLatin1String textField)
{
    auto text = json.string(textField);
    if (!text)
        return text.error();
    auto clientId = json.optionalString(spelling::clientId);
    if (!clientId)
        return clientId.error();
    return core::Draft{std::move(text).value(), std::move(clientId).value()};
}

Result<ws::DirectDraft> readDirectDraft(const JsonReader &json, const ws::DirectFields &fields)
{
    auto sender = json.id(fields.sender);
    if (!sender)
        return sender.error();
    auto receiver = json.id(fields.receiver);
    if (!receiver)
        return receiver.error();
    auto draft = readDraft(json, fields.text);
    if (!draft)
        return draft.error();
    return ws::DirectDraft{
        std::move(sender).value(), std::move(receiver).value(), std::move(draft).value(), &fields};
}

} // namespace rookery::dialects
