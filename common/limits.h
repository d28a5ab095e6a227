#pragma once

#include <QtGlobal>

#include <chrono>

namespace rookery {

/// Every bound the daemon enforces, with the defaults of the contract. `[limits]` of the configuration sets
/// them by the snake_case of the member's name. A rate or a per-address count of 0 is switched off; a size
/// cannot be.
struct Limits
{
    // HTTP heads and bodies (sizes in bytes)
    qint64 urlBytes = 8 * 1024; ///< past it 414
    qint64 headerBytes = 32 * 1024; ///< past it 431
    int headerFields = 100; ///< past it 431
    qint64 bodyBytes = 64 * 1024; ///< a JSON body; past it 413
    std::chrono::milliseconds headerTime{10'000}; ///< first byte to end of head; past it 408
    std::chrono::milliseconds bodyGrace{10'000}; ///< before bodyBytesPerSecond is demanded
    qint64 bodyBytesPerSecond = 16 * 1024; ///< slower than this after bodyGrace: 408
    std::chrono::milliseconds keepAliveTime{15'000}; ///< an idle keep-alive connection is closed after it

    // WebSocket
    qint64 websocketMessageBytes = 64 * 1024; ///< past it close code 1009
    std::chrono::milliseconds pingInterval{30'000};
    std::chrono::milliseconds pongTimeout{75'000}; ///< nothing heard for this long: the peer is dead
    qint64 outboundBytes = 256 * 1024; ///< queued for one socket; past it close code 4008

    // Text
    int messageCharacters = 4000; ///< Unicode code points
    int passwordBytesMin = 8; ///< UTF-8
    int passwordBytesMax = 1024; ///< UTF-8
    int userNameCharactersMin = 2; ///< Unicode code points after NFC
    int userNameCharactersMax = 32;
    int roomNameCharactersMax = 64;

    // Rates
    int loginsPerMinute = 10; ///< log-ins per address, and again per name; registrations per address
    int guestsPerMinute = 60; ///< let in per address
    int messagesPerSecond = 20; ///< per user; whatever changes rooms or their members counts as one
    int messagesBurst = 40; ///< per user
    int connectionsPerAddress = 256; ///< open at once
    int tlsHandshakesPerSecond = 100; ///< per address, of an elliptic-curve key; RSA counts 2 to 8 times
    int tlsHandshakesBurst = 1000; ///< per address
    int connections = 18'000; ///< open at once, in all; kept below the descriptors the process may open

    // Queues
    int storeQueue = 10'000; ///< writes waiting for a commit; past it `overloaded`
    int passwordQueue = 64; ///< hashes waiting for a core; past it `overloaded`
    int historyPage = 200; ///< the most events one page holds
};

} // namespace rookery
