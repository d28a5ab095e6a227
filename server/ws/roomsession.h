#pragma once

#include "server/core/feed.h"
#include "server/ws/roomaudiences.h"
#include "server/ws/roomframes.h"
#include "server/ws/session.h"

#include <memory>

namespace rookery::ws {

/// `/ws/chat/{room}/`: one room in the form of 003 and 004. First the list of users, then history, then what
/// happens.
class RoomSession : public Session, private core::FeedSink, private AudienceMember
{
    Q_OBJECT
public:
    RoomSession(
        const SessionContext &context, net::WebSocket *socket, core::Principal principal, QString roomName);
    ~RoomSession() override;

private:
    void open() override;
    void roomOpened(const Result<Room> &room);
    void handle(const QByteArray &utf8) override;
    void answer(const Result<core::Sent> &sent);
    void drained() override;
    void publishDirect(const core::Broadcast &broadcast) override;

    void feedEvent(const core::Broadcast &broadcast, bool history) override;
    void feedLive(const Room &room) override;
    void feedEnded(const Room &room, const Error &error) override;
    bool feedReady() const override { return canTakeHistory(); }

    const User &audienceUser() const override { return principal().user; }
    void presenceChanged(const QByteArray &frame) override { sendAfterHistory(frame); }

    /// What has no place in the history waits for its end, up to a bound; past it, it goes in between.
    void sendAfterHistory(const QByteArray &frame);
    void leaveRoom();

    QString m_roomName;
    roomframes::Start m_start;
    std::unique_ptr<core::Feed> m_feed;
    QList<QByteArray> m_held;
    qsizetype m_heldBytes = 0;
    bool m_live = false;
};

} // namespace rookery::ws
