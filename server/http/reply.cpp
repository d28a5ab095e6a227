// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/http/reply.h"

#include "common/jsonreader.h"
#include "server/core/securitylog.h"
#include "server/http/errorresponse.h"
#include "server/http/pendingreplies.h"
#include "server/net/peer/addresses.h"

#include <QThread>

#include <algorithm>

namespace rookery::http {

namespace {

/// What this class and PendingReplies add to an answer.
constexpr qsizetype usualFields = 4;

void setNoStore(Headers &headers)
{
    constexpr QByteArrayView cacheControl("Cache-Control");
    const auto isCacheControl = [&](const auto &field) {
        return cacheControl.compare(field.first, Qt::CaseInsensitive) == 0;
    };
    const auto own = std::ranges::find_if(headers, isCacheControl);
    if (own == headers.end())
        headers.emplaceBack(cacheControl.toByteArray(), QByteArrayLiteral("no-store"));
    else
        own->second = QByteArrayLiteral("no-store");
}

} // namespace

Reply::Reply(PendingReplies *pending, quint64 id, Headers common)
    : m_pending(pending)
    , m_id(id)
    , m_common(std::move(common))
{ }

Reply::~Reply()
{
    if (m_answered || !m_pending)
        return;
    qWarning("A request was dropped without an answer.");
    if (m_pending->thread() == QThread::currentThread()) {
        problem({ErrorCode::Internal, {}});
        return;
    }
    // A service let go of its callback on a thread of its own; the answer must still be given on the
    // reactor's.
    const Error error{ErrorCode::Internal, {}};
    QMetaObject::invokeMethod(m_pending, [pending = m_pending, id = m_id, common = m_common, error] {
        Reply(pending, id, common).problem(error);
    });
}

void Reply::json(int status, const QJsonObject &body, Headers headers)
{
    writeJson(status, std::move(headers), toJson(body));
}

void Reply::writtenJson(int status, const QByteArray &body)
{
    writeJson(status, {}, body);
}

void Reply::writeJson(int status, Headers headers, const QByteArray &body)
{
    if (m_charge)
        m_charge(body.size());
    headers.reserve(headers.size() + usualFields);
    headers.emplaceBack(QByteArrayLiteral("Content-Type"), QByteArrayLiteral("application/json"));
    headers.emplaceBack(QByteArrayLiteral("Cache-Control"), QByteArrayLiteral("no-store"));
    write(status, std::move(headers), body);
}

void Reply::problem(const Error &error, Headers headers)
{
    const int status = httpStatus(error.code);
    // Who has no account yet has been told of where it was counted.
    if (error.code == ErrorCode::RateLimited && !m_account.isEmpty())
        core::logSecurity(
            core::SecurityEvent::RateLimited, m_account, net::networkOf(m_address), error.detail);
    headers += problemHeaders(status, error);
    headers.emplaceBack("Content-Type", problemMediaType);
    headers.emplaceBack("Cache-Control", "no-store");
    write(status, std::move(headers), toJson(problemBody(status, error)));
}

void Reply::upgradeRequired()
{
    constexpr int status = 426;
    const Error error{ErrorCode::InvalidRequest,
        QStringLiteral("A WebSocket is at this path: connect with a WebSocket handshake.")};
    // net::ResponseFramer adds `Connection: Upgrade`, which RFC 9110 section 7.8 wants beside it.
    write(status,
        {{"Upgrade", "websocket"}, {"Sec-WebSocket-Version", "13"}, {"Content-Type", problemMediaType},
            {"Cache-Control", "no-store"}},
        toJson(problemBody(status, error)));
}

void Reply::empty(Headers headers)
{
    headers.emplaceBack("Cache-Control", "no-store");
    write(204, std::move(headers), {});
}

void Reply::notModified(Headers headers)
{
    write(304, std::move(headers), {});
}

void Reply::content(const QByteArray &mediaType, const QByteArray &body, Headers headers)
{
    headers.emplaceBack("Content-Type", mediaType);
    write(200, std::move(headers), body);
}

void Reply::write(int status, Headers headers, const QByteArray &body)
{
    Q_ASSERT(!m_answered);
    if (m_answered)
        return;
    m_answered = true;
    if (m_forOneUser)
        setNoStore(headers);
    headers += m_common;
    if (m_pending)
        m_pending->answer(m_id, status, headers, body);
}

std::function<void(Result<Nothing>)> answeringNothing(const ReplyPtr &reply)
{
    return answering<Nothing>(reply, [](Reply &answer, Nothing) { answer.empty(); });
}

} // namespace rookery::http
