// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "common/limits.h"

#include <QByteArray>

#include <chrono>

namespace rookery::net::test {

/// Short enough for tests to wait for them.
inline Limits quickLimits()
{
    Limits limits;
    limits.urlBytes = 256;
    limits.headerBytes = 2048;
    limits.headerFields = 20;
    limits.bodyBytes = 1024;
    limits.headerTime = std::chrono::milliseconds(200);
    limits.bodyGrace = std::chrono::milliseconds(200);
    limits.keepAliveTime = std::chrono::milliseconds(200);
    return limits;
}

inline QByteArray get(const QByteArray &path, const QByteArray &lines = {})
{
    return "GET " + path + " HTTP/1.1\r\nHost: a\r\n" + lines + "\r\n";
}

inline QByteArray post(const QByteArray &body, const QByteArray &lines = {})
{
    return "POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: " + QByteArray::number(body.size()) + "\r\n"
        + lines + "\r\n" + body;
}

} // namespace rookery::net::test
