// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "server/core/live/feed.h"
#include "server/ws/session.h"

#include <memory>

namespace rookery::ws {

/// `/`: the personal socket of 000 and 002. Direct messages to and from this user, and the lobby from now on.
class PersonalSession : public Session, private core::FeedSink
{
public:
    /// `lobbySeq`: the lobby's newest event when the socket opened. Later events are sent, so that none is
    /// missed.
    PersonalSession(
        const SessionContext &context, net::WebSocket *socket, core::Principal principal, qint64 lobbySeq);
    ~PersonalSession() override;

private:
    void open() override;
    void handle(const QByteArray &utf8) override;
    void resume() override;
    void publishDirect(const core::Broadcast &broadcast) override;

    void feedEvent(const core::Broadcast &broadcast, bool history) override;
    bool feedMessagesOnly() const override { return true; }
    void feedEnded(const Error &error) override;
    bool feedReady() const override { return canTakeHistory(); }
    std::chrono::milliseconds feedPays(int microseconds) override { return spend(microseconds); }

    void lobbyFound(const Result<Room> &lobby);
    void acknowledge(const Result<core::Sent> &sent);

    qint64 m_lobbySeq;
    bool m_speaks002 = false; ///< has sent `{message}` or an event
    std::unique_ptr<core::Feed> m_feed; ///< null until it is opened, and of who is banned from the lobby
};

} // namespace rookery::ws
