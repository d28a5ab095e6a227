// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "tests/server/net/streamhandler.h"
#include "tests/server/net/testserver.h"
#include "tests/wire/rawclient.h"

#include <QTemporaryDir>
#include <QTest>

namespace rookery::net::test {

/// A TestServer with a StreamHandler, plain or over TLS.
class StreamServer
{
public:
    explicit StreamServer(bool secure, const Limits &limits = {})
        : m_server(limits, secure ? filesForTls() : std::nullopt)
    {
        m_server.server().setHttpHandler(&handler);
    }

    StreamHandler handler;

    const QUrl &url() const { return m_server.url(); }
    int connectionCount() { return m_server.server().connectionCount(); }
    const QStringList &handled() const { return m_server.handled(); }
    void stop() { m_server.stop(); }
    void destroy() { m_server.destroy(); }

private:
    static std::optional<TlsFiles> filesForTls()
    {
        static const QTemporaryDir folder;
        const auto files = ensureSelfSignedCertificate(folder.path());
        return files.ok() ? std::optional(*files) : std::nullopt;
    }

    TestServer m_server;
};

} // namespace rookery::net::test
