// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/dialects/direct/directsession.h"

#include "server/dialects/direct/directframes.h"
#include "server/dialects/spelling.h"
#include "server/ws/wholeframe.h"

namespace rookery::ws {

void DirectSession::handle(const QByteArray &utf8)
{
    const auto draft = directframes::parse(utf8);
    if (!draft) {
        sendError(draft.error());
        return;
    }
    sendToUser(*draft, [this](const Result<core::Sent> &sent) {
        if (sent)
            send(spelling::ackFrame(*sent));
        else
            sendError(sent.error());
    });
}

void DirectSession::publishDirect(const core::Broadcast &broadcast)
{
    sendFrame(broadcast.frame(&wholeFrame<&directframes::directMessage>));
}

} // namespace rookery::ws
