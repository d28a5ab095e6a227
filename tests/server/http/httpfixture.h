// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "common/limits.h"
#include "server/core/core.h"
#include "tests/server/http/httpclient.h"

#include <QStringList>

#include <memory>

namespace rookery {
namespace net {
class Acceptor;
class Server;
} // namespace net
namespace http {
class HttpApi;
}
} // namespace rookery

namespace rookery::test {

struct CoreFixture;

struct FixtureOptions
{
    QStringList allowedOrigins = {};
    Limits limits = withoutRates();
    bool registration = true;
    bool guests = false;
    QString serverName = QStringLiteral("Test server");

    /// Tests make more users and messages in a second than people do.
    static Limits withoutRates();
};

struct LoggedIn
{
    QString name;
    QString id;
    QByteArray token;
    QByteArray cookie; ///< for a Cookie header
    QString session;
};

/// The HTTP side of the daemon in this process, on a database of its own and a real socket on the loopback.
class HttpFixture
{
public:
    explicit HttpFixture(const FixtureOptions &options = {});
    ~HttpFixture();

    /// Empty: everything started. Else why not.
    QString problem() const { return m_problem; }

    Answer call(const Call &request) const { return test::call(m_port, request); }
    Answer get(const QByteArray &path, const LoggedIn &user = {}) const;
    Answer post(const QByteArray &path, const QJsonObject &body, const LoggedIn &user = {}) const;
    /// Registers and logs in over HTTP; an empty id where that failed.
    LoggedIn user(const QString &name) const;

    quint16 port() const { return m_port; }
    const http::HttpApi &api() const { return *m_api; }
    core::Core core() const;
    QByteArray tokenWithKeyOf(const QByteArray &key, const LoggedIn &user) const;

private:
    QString m_problem;
    quint16 m_port = 0;
    // In the order in which they are made; destroyed from the last to the first.
    std::unique_ptr<CoreFixture> m_core;
    std::unique_ptr<net::Server> m_server;
    std::unique_ptr<http::HttpApi> m_api;
    std::unique_ptr<net::Acceptor> m_acceptor;
};

} // namespace rookery::test
