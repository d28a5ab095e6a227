#include "server/http/pendingreplies.h"

#include "common/error.h"
#include "common/jsonreader.h"
#include "server/http/errorresponse.h"
#include "server/http/httpdate.h"
#include "server/net/qtcompat.h"

#include <QThread>

namespace rookery::http {

PendingReplies::~PendingReplies()
{
    const Error leaving{
        ErrorCode::Overloaded, QStringLiteral("The server is stopping."), {}, std::chrono::seconds(5)};
    const int status = httpStatus(leaving.code);
    Headers headers = problemHeaders(status, leaving);
    headers.emplaceBack("Content-Type", problemMediaType);
    headers.emplaceBack("Cache-Control", "no-store");
    while (!m_open.empty())
        answer(m_open.begin()->first, status, headers, toJson(problemBody(status, leaving)));
}

quint64 PendingReplies::open(QHttpServerResponder &&responder)
{
    Q_ASSERT(thread() == QThread::currentThread());
    const quint64 id = m_next++;
    m_open.emplace(id, std::move(responder));
    return id;
}

void PendingReplies::answer(quint64 id, int status, Headers headers, const QByteArray &body)
{
    Q_ASSERT(thread() == QThread::currentThread());
    auto open = m_open.extract(id);
    if (open.empty())
        return;
    headers.emplaceBack("X-Content-Type-Options", "nosniff");
    headers.emplaceBack("Date", httpDate());
    net::writeAnswer(open.mapped(), status, headers, body);
}

} // namespace rookery::http
