// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// The price of each action (core/budget.h), in microseconds of one core, rounded up from measurements on the
/// machine of tests/bench/README.md. Actions whose cost grows with the answer are charged as a full page.
/// Time beyond the price is charged afterwards, by the clock. Passwords are hashed on threads of their own
/// and limited by Limits::loginsPerMinute.
namespace rookery::core::costs {

inline constexpr int request = 50; ///< any HTTP request: head, routing, token, answer
inline constexpr int handshake = 300; ///< of a WebSocket: the upgrade, and its session taken down again
inline constexpr int frame = 10; ///< any WebSocket message, read and dismissed
inline constexpr int controlFrame = 2; ///< a ping, a pong, a fragment
inline constexpr int perKiB = 5; ///< of a WebSocket message, to be parsed
inline constexpr int perKiBOfAnswer = 20; ///< of JSON over HTTP, where its size costs more than its price
inline constexpr int perMiBStreamed = 2000; ///< of a body or answer that streams, over TLS; without its route

inline constexpr int lookUp = 100; ///< a user, a room, a list of sessions
inline constexpr int message = 200; ///< checked, stored, announced
inline constexpr int mark = 200; ///< a room marked as read: stored, told to the user's other sockets
inline constexpr int change = 500; ///< a room made, joined, left; somebody brought in; everybody hears of it
inline constexpr int subscription = 500; ///< the room found, the members read, presence told
inline constexpr int resumed =
    150; ///< a subscription whose room `hello` has read; the members come with other rooms'
inline constexpr int page = 2000; ///< of history, as many events as it may hold
inline constexpr int list = 2000; ///< of rooms or members
inline constexpr int search = 5000; ///< in the directory
inline constexpr int hello = 2000; ///< the rooms of a user

} // namespace rookery::core::costs
