// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QtGlobal>

#include <chrono>

namespace rookery {

/// Every limit the daemon enforces, with its default. `[limits]` of the configuration sets them by the
/// snake_case of the member's name. 0 disables a rate or a per-address count; sizes cannot be disabled.
struct Limits
{
    // HTTP heads and bodies (sizes in bytes)
    qint64 urlBytes = 8 * 1024; ///< exceeded: 414
    qint64 headerBytes = 32 * 1024; ///< exceeded: 431
    int headerFields = 100; ///< exceeded: 431
    qint64 bodyBytes = 64 * 1024; ///< a JSON body; exceeded: 413
    std::chrono::milliseconds headerTime{10'000}; ///< first byte to end of head; exceeded: 408
    std::chrono::milliseconds bodyGrace{10'000}; ///< before bodyBytesPerSecond is enforced
    qint64 bodyBytesPerSecond = 16 * 1024; ///< slower than this after bodyGrace: 408
    std::chrono::milliseconds keepAliveTime{15'000}; ///< an idle keep-alive connection is closed after this

    // WebSocket
    qint64 websocketMessageBytes = 64 * 1024; ///< exceeded: close code 1009
    std::chrono::milliseconds pingInterval{30'000};
    std::chrono::milliseconds pongTimeout{75'000}; ///< nothing received for this long: the peer is dead
    qint64 outboundBytes = 256 * 1024; ///< queued for one socket; exceeded: close code 4008
    qint64 outboundBytesPerThread = 256 * 1024 * 1024; ///< in all; exceeded: the longest queue gets 4008

    // Text
    int messageCharacters = 4000; ///< Unicode code points
    int passwordBytesMin = 8; ///< UTF-8
    int passwordBytesMax = 1024; ///< UTF-8
    int userNameCharactersMin = 2; ///< Unicode code points after NFC
    int userNameCharactersMax = 32;
    int roomNameCharactersMax = 64;

    // Rates
    int loginsPerMinute = 10; ///< log-ins per address, and again per name; registrations per address
    int guestsPerMinute = 60; ///< admitted per address
    int messagesPerSecond = 20; ///< per user; a change of a room or its members counts as one
    int messagesBurst = 40; ///< per user
    int workPerUser = 100; ///< milliseconds of a core per second, as estimated in server/core/costs.h
    int workPerNetwork = 500; ///< the same per address, or IPv6 /64
    qint64 bytesPerUserPerDay = 64 * 1024 * 1024; ///< stored by one user; the allowance refills over a day
    qint64 bytesPerNetworkPerDay = 512 * 1024 * 1024; ///< stored from one address or IPv6 /64
    int connectionsPerAddress = 256; ///< open at once
    int tlsHandshakesPerSecond = 100; ///< per address, of an elliptic-curve key; RSA counts 2 to 8 times
    int tlsHandshakesBurst = 1000; ///< per address
    int connections = 18'000; ///< open at once, in all; kept below the descriptors the process may open

    int sessionsPerUser = 100; ///< log-ins of one user; the next one ends the least recently used

    // Rooms and invitations (0: unlimited)
    int roomsPerUser = 2000; ///< that a user may be in; further rooms cannot be made, joined or accepted
    int invitationsPerInviter = 100; ///< open ones sent by one user
    int invitationsPerPair = 5; ///< of those, to the same user; and sent to that user in an hour
    int invitationsPerNetwork = 20; ///< sent to the same user in an hour from an address or IPv6 /64
    int invitationsPerUser = 200; ///< open ones waiting for one user; the next one replaces another

    // Queues
    int storeQueue = 10'000; ///< writes waiting for a commit; exceeded: `overloaded`
    int passwordQueue = 64; ///< hashes waiting for a core; exceeded: `overloaded`
    int historyPage = 200; ///< maximum number of events in one page
};

} // namespace rookery
