// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "common/limits.h"
#include "server/core/core.h"

#include <QObject>
#include <QStringList>

#include <memory>

namespace rookery::net {
class Server;
}

namespace rookery::http {

struct HttpOptions
{
    QString serverName; ///< for the front page
    QStringList allowedOrigins;
    Limits limits;
};

/// All HTTP routes of the daemon: those of the five documents and the native API, `/`, `/swagger/` and
/// `/health`. The constructor attaches them to the server. Lives on the reactor's thread.
class HttpApi : public QObject
{
    Q_OBJECT
public:
    HttpApi(net::Server *server, core::Core core, HttpOptions options, QObject *parent = nullptr);
    ~HttpApi() override;

    /// `GET /api/v1/rooms/{room}` and so on, in OpenAPI's spelling, sorted; for the test that compares the
    /// document with it.
    QStringList routes() const;

private:
    class Private;
    std::unique_ptr<Private> d;
};

} // namespace rookery::http
