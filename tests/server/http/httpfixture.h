// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "common/limits.h"
#include "server/core/core.h"
#include "tests/wire/rawclient.h"

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

    /// Rates that allow more users and messages in a second than the defaults.
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

/// The HTTP side of the daemon in this process, on its own database and a real socket on the loopback
/// interface.
class HttpFixture
{
public:
    explicit HttpFixture(const FixtureOptions &options = {});
    ~HttpFixture();

    /// Empty: everything has started. Otherwise the error.
    QString problem() const { return m_problem; }

    Answer call(const Call &request) const { return test::call(m_port, request); }
    Answer get(const QByteArray &path, const LoggedIn &user = {}) const;
    Answer post(const QByteArray &path, const QJsonObject &body, const LoggedIn &user = {}) const;
    /// Registers and logs in over HTTP; an empty id on failure.
    LoggedIn user(const QString &name) const;

    quint16 port() const { return m_port; }
    const http::HttpApi &api() const { return *m_api; }
    core::Core core() const;
    QByteArray tokenWithKeyOf(const QByteArray &key, const LoggedIn &user) const;

private:
    QString m_problem;
    quint16 m_port = 0;
    // In order of construction; destroyed in reverse order.
    std::unique_ptr<CoreFixture> m_core;
    std::unique_ptr<net::Server> m_server;
    std::unique_ptr<http::HttpApi> m_api;
    std::unique_ptr<net::Acceptor> m_acceptor;
};

} // namespace rookery::test
