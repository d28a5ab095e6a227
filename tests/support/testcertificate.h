// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QDateTime>
#include <QSslCertificate>
#include <QSslKey>

namespace rookery::test {

/// A self-signed certificate for 127.0.0.1 and localhost, with its key. Null if OpenSSL fails.
struct TestCertificate
{
    QSslCertificate certificate{QByteArray()};
    QSslKey key{};
};

TestCertificate makeCertificate(const QByteArray &commonName,
    const QDateTime &from = QDateTime::currentDateTimeUtc().addDays(-1),
    const QDateTime &until = QDateTime::currentDateTimeUtc().addDays(30));

} // namespace rookery::test
