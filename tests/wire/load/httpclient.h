// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "tests/wire/load/clock.h"
#include "tests/wire/load/stream.h"

#include <QJsonObject>

#include <string>

namespace rookery::load {

/// A blocking keep-alive client for the work before and after measuring: accounts, rooms, reading history
/// back. Throws Failure if the server cannot be reached, does not answer in time, or refuses.
class HttpClient
{
public:
    explicit HttpClient(const Endpoint &endpoint)
        : m_endpoint(endpoint)
    { }

    void setToken(const std::string &token) { m_token = token; }
    /// Accepts the status `tolerated` as well as 200 to 299.
    QJsonObject get(const QString &path, int tolerated = 0);
    /// The body, unchanged.
    std::string getText(const QString &path) { return request("GET", path, {}, 0); }
    /// Accepts the status `tolerated` as well as 200 to 299.
    QJsonObject post(const QString &path, const QJsonObject &body, int tolerated = 0);

private:
    std::string request(const char *method, const QString &path, const std::string &body, int tolerated);
    void connectNow();
    void wait();
    void send(std::string_view bytes);

    const Endpoint &m_endpoint;
    Stream m_stream;
    std::string m_token;
    Nanos m_deadline = 0;
};

} // namespace rookery::load
