// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "server/core/live/feed.h"
#include "server/dialects/room/roomframes.h"
#include "server/ws/session.h"

#include <memory>

namespace rookery::ws {

/// `/ws/chat/{room}/`: one room in the form of 003 and 004. First the list of users, then history, then what
/// happens.
class RoomSession : public Session, private core::FeedSink
{
public:
    RoomSession(const SessionContext &context, net::WebSocket *socket, core::Principal principal,
        const QString &roomName, const roomframes::Start &start);
    ~RoomSession() override;

private:
    void open() override;
    void roomOpened(const Result<Room> &room);
    void presenceKnown(const Room &room);
    void handle(const QByteArray &utf8) override;
    void answer(const Result<core::Sent> &sent);
    void resume() override;
    void publishDirect(const core::Broadcast &broadcast) override;

    void feedEvent(const core::Broadcast &broadcast, bool history) override;
    bool feedMessagesOnly() const override { return true; }
    bool feedHearsMembers() const override { return true; }
    void feedMemberChanged(const core::MemberChange &change) override;
    bool feedTakesMembers() const override;
    void feedMembersMissed() override;
    void feedLive() override;
    void feedEnded(const Error &error) override;
    bool feedReady() const override { return canTakeHistory(); }
    std::chrono::milliseconds feedPays(int microseconds) override { return spend(microseconds); }

    /// Frames that are no history wait until it ends, up to a bound; past that they are sent in between.
    void sendAfterHistory(const QByteArray &frame);

    struct Entry
    {
        QString roomName; ///< as the client wrote it
        roomframes::Start start;
        QList<QByteArray> held;
        qsizetype heldBytes = 0;
    };
    std::unique_ptr<Entry> m_entry; ///< until the feed is live
    std::unique_ptr<core::Feed> m_feed;
    qint64 m_newestAtStart = 0; ///< the room's newest seq when it was opened
};

} // namespace rookery::ws
