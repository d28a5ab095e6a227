// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "client/api/rest.h"

#include <QJsonArray>
#include <QJsonObject>
#include <QPointer>

namespace rookery::client {

/// HTTP whose server is the test: requests are kept until the test answers them.
class FakeRest : public Rest
{
    Q_OBJECT
public:
    using Rest::Rest;

    void send(const RestRequest &request, QObject *context, Done<JsonReader> answer) override;

    void setToken(const QByteArray &value) override { token = value; }

    /// `GET rooms/r1/events?limit=50`, of every request that waits, oldest first.
    QStringList waiting() const;
    /// Answers the oldest one that waits.
    void answer(const QJsonObject &json);
    void refuse(const Error &error);
    /// The answer to `GET invitations`, which every session sends first; given at once.
    QJsonObject invitations{
        {QStringLiteral("invitations"), QJsonArray()}, {QStringLiteral("next"), QJsonValue()}};
    /// The answer to the first page of `GET blocked`, given at once.
    QJsonObject blocked{{QStringLiteral("users"), QJsonArray()}, {QStringLiteral("next"), QJsonValue()}};
    int invitationsAsked = 0;
    QByteArray token; ///< that came later
    bool refusesEverything = false; ///< as if there were no network

private:
    struct Pending
    {
        RestRequest request;
        QPointer<QObject> context;
        Done<JsonReader> answer;
    };
    void finish(Outcome<JsonReader> result);

    QList<Pending> m_pending;
};

} // namespace rookery::client
