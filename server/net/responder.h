// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <memory>

namespace rookery::net {

/// The right to answer one request that has been buffered, by Server::answer(). Whoever waits keeps it, on the
/// server's thread, and lets it go before the server does. Dropped without an answer it ends the connection.
class Responder
{
public:
    /// What is Qt's of it (server/net/qt/heldresponder.h).
    struct Held;

    explicit Responder(std::unique_ptr<Held> held);
    Responder(Responder &&other) noexcept;
    Responder &operator=(Responder &&other) noexcept;
    ~Responder();

private:
    friend class Server;
    std::unique_ptr<Held> m_held;
};

} // namespace rookery::net
