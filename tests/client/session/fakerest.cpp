// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/client/session/fakerest.h"

namespace rookery::client {

void FakeRest::send(const RestRequest &request, QObject *context, Done<JsonReader> answer)
{
    const bool isAskedOnHello = request.method == HttpMethod::Get && request.query.isEmpty()
        && (request.path == QLatin1String("invitations") || request.path == QLatin1String("blocked"));
    if (isAskedOnHello && !refusesEverything) {
        if (request.path == QLatin1String("invitations"))
            ++invitationsAsked;
        const QJsonObject &list = request.path == QLatin1String("blocked") ? blocked : invitations;
        QMetaObject::invokeMethod(
            context, [list, answer = std::move(answer)] { answer(JsonReader(list)); }, Qt::QueuedConnection);
        return;
    }
    m_pending.append({request, context, std::move(answer)});
    if (refusesEverything)
        QMetaObject::invokeMethod(
            this,
            [this] {
                refuse(Error{ErrorCode::Internal, QStringLiteral("Cannot reach the server: no network."),
                    QStringLiteral("server")});
            },
            Qt::QueuedConnection);
}

QStringList FakeRest::waiting() const
{
    QStringList texts;
    for (const Pending &pending : m_pending) {
        const char *method = pending.request.method == HttpMethod::Get ? "GET "
            : pending.request.method == HttpMethod::Post               ? "POST "
            : pending.request.method == HttpMethod::Put                ? "PUT "
                                                                       : "DELETE ";
        QString text = QLatin1String(method) + pending.request.path;
        if (!pending.request.query.isEmpty())
            text += u'?' + pending.request.query.toString();
        texts.append(text);
    }
    return texts;
}

void FakeRest::answer(const QJsonObject &json)
{
    finish(JsonReader(json));
}

void FakeRest::refuse(const Error &error)
{
    finish(error);
}

void FakeRest::finish(Outcome<JsonReader> result)
{
    if (m_pending.isEmpty())
        return;
    const Pending pending = m_pending.takeFirst();
    const bool tokenRefused = !result && result.error().code == ErrorCode::Unauthorized;
    if (pending.context)
        pending.answer(std::move(result));
    if (tokenRefused)
        Q_EMIT unauthorized();
}

} // namespace rookery::client
