// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "server/core/live/broadcast.h"
#include "server/core/live/memberchange.h"
#include "server/ws/directdraft.h"

#include <QUrlQuery>

/// The frames of `/ws/chat/{room}/` (003 and 004; resources/docs/dialects.md).
namespace rookery::ws::roomframes {

inline constexpr qint64 defaultHistory = 50;
inline constexpr qint64 maximalHistory = 200;

/// Where a client wants the room's events from.
struct Start
{
    std::optional<qint64> since; ///< `?since=SEQ`: everything after it; goes before `history`
    qint64 history = defaultHistory; ///< `?history=N`: the last N

    std::optional<QString> epoch = {}; ///< `?epoch=…`: the history that `since` counts in

    /// Whether `since` belongs to another history than this room's: to another epoch, or after its newest
    /// event, as after a restore from a backup. Then it is unknown which events the client lacks.
    bool isOfAnotherHistory(const Room &room) const;
    /// The seq that the first event follows; 0, for the whole log, where isOfAnotherHistory(). None: the last
    /// `history` messages, wherever they begin.
    std::optional<qint64> after(const Room &room) const;
    bool operator==(const Start &) const = default;
};
/// InvalidField names `since`, `history` or `epoch`.
Result<Start> parseStart(const QUrlQuery &query);

/// `{"message"}`.
Result<core::Draft> parse(const QByteArray &utf8);

/// Of events, messages only: all other kinds make an empty frame, as these documents know nothing of them.
/// `{"type":"chat_message","message","sender_username","sender_id","timestamp","id","seq","room","client_id"}`.
QByteArray chatMessage(const core::Broadcast &broadcast);
/// The same with `"history":true`: the room had it when the socket connected.
QByteArray pastMessage(const core::Broadcast &broadcast);
/// `{"type":"reset","room","epoch","last_seq"}`: the client's history is not this room's.
QByteArray reset(const Room &room);
/// A direct message, which reaches its two users on these sockets as well.
QByteArray directMessage(const core::Broadcast &broadcast);
/// `{"type":"user_join","user_id","username"}`, or `user_leave`.
QByteArray presence(const core::MemberChange &change);

} // namespace rookery::ws::roomframes
