// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QUrl>

#include <netinet/in.h>
#include <sys/socket.h>

#include <memory>
#include <string>
#include <string_view>

struct ssl_ctx_st;

namespace rookery::load {

/// The address of a server, resolved once. Shared by all threads, read-only.
class Endpoint
{
public:
    /// http, https, ws or wss. Throws Failure if the host cannot be resolved. Certificates are not checked:
    /// a daemon under test has a self-signed one.
    explicit Endpoint(const QUrl &url);

    /// A new non-blocking TCP socket with a connection in progress, or -1 with errno.
    int connectNow() const;
    /// The value of the Host field.
    const std::string &authority() const { return m_authority; }
    const std::string &text() const { return m_text; }
    /// Null without TLS.
    ssl_ctx_st *tls() const { return m_tls.get(); }

private:
    sockaddr_storage m_address{};
    socklen_t m_addressSize = 0;
    std::string m_authority;
    std::string m_text;
    std::shared_ptr<ssl_ctx_st> m_tls;
};

} // namespace rookery::load
