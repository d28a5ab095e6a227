// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QString>
#include <QUrl>

namespace rookery::test {

/// A registered user who is logged in, over the native API.
struct TestUser
{
    QString name;
    QString id;
    QString token;
};
TestUser registerUser(const QUrl &server, const QString &name);

} // namespace rookery::test
