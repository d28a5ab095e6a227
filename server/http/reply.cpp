// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/http/reply.h"

#include "server/http/pendingreplies.h"

#include <QThread>

namespace rookery::http {

Reply::Reply(PendingReplies *pending, quint64 id, ResponseBuilder form)
    : m_pending(pending)
    , m_id(id)
    , m_form(std::move(form))
{ }

Reply::~Reply()
{
    if (m_answered || !m_pending)
        return;
    qWarning("A request was dropped without an answer.");
    const Error error{ErrorCode::Internal, {}};
    if (m_pending->thread() == QThread::currentThread()) {
        problem(error);
        return;
    }
    // A service let go of its callback on a thread of its own; the answer must still be given on the
    // reactor's.
    QMetaObject::invokeMethod(m_pending,
        [pending = m_pending, id = m_id, form = m_form, error] { Reply(pending, id, form).problem(error); });
}

void Reply::json(int status, const QJsonObject &body, Headers headers)
{
    answer(m_form.json(status, body, std::move(headers)));
}

void Reply::writtenJson(int status, const QByteArray &body)
{
    answer(m_form.writtenJson(status, body));
}

void Reply::problem(const Error &error, Headers headers)
{
    answer(m_form.problem(error, std::move(headers)));
}

void Reply::upgradeRequired()
{
    answer(m_form.upgradeRequired());
}

void Reply::empty(Headers headers)
{
    answer(m_form.empty(std::move(headers)));
}

void Reply::notModified(Headers headers)
{
    answer(m_form.notModified(std::move(headers)));
}

void Reply::content(const QByteArray &mediaType, const QByteArray &body, Headers headers)
{
    answer(m_form.content(mediaType, body, std::move(headers)));
}

void Reply::answer(const net::HttpResponse &response)
{
    Q_ASSERT(!m_answered);
    if (m_answered)
        return;
    m_answered = true;
    if (m_pending)
        m_pending->answer(m_id, response);
}

std::function<void(Result<Nothing>)> answeringNothing(const ReplyPtr &reply)
{
    return answering<Nothing>(reply, [](Reply &answer, Nothing) { answer.empty(); });
}

} // namespace rookery::http
