// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "common/error.h"
#include "common/result.h"
#include "server/http/responsebuilder.h"

#include <QJsonObject>
#include <QPointer>

#include <functional>
#include <memory>

namespace rookery::http {

class PendingReplies;

/// The answer to one request, given exactly once, at once or later. A handler that waits keeps the ReplyPtr
/// in the callback it waits for; when the last one is dropped without an answer, the client gets 500 instead
/// of silence. May be dropped on any thread; is answered on the reactor's.
class Reply
{
public:
    Reply(PendingReplies *pending, quint64 id, ResponseBuilder form);
    ~Reply();
    Q_DISABLE_COPY_MOVE(Reply)

    /// What the answer is made with.
    ResponseBuilder &form() { return m_form; }

    // Each as in ResponseBuilder.
    void json(int status, const QJsonObject &body, Headers headers = {});
    void writtenJson(int status, const QByteArray &body);
    void problem(const Error &error, Headers headers = {});
    void upgradeRequired();
    void notModified(Headers headers);
    void empty(Headers headers = {});
    void content(const QByteArray &mediaType, const QByteArray &body, Headers headers);

private:
    void answer(const net::HttpResponse &response);

    QPointer<PendingReplies> m_pending;
    quint64 m_id;
    ResponseBuilder m_form;
    bool m_answered = false;
};

using ReplyPtr = std::shared_ptr<Reply>;

/// The callback of a core service: its Error becomes the problem, its value goes to `use`.
template <typename T, typename Use>
std::function<void(Result<T>)> answering(const ReplyPtr &reply, Use use)
{
    return [reply, use = std::move(use)](Result<T> result) {
        if (result)
            use(*reply, std::move(result).value());
        else
            reply->problem(result.error());
    };
}

/// The same for what is done and has nothing to say: 204.
std::function<void(Result<Nothing>)> answeringNothing(const ReplyPtr &reply);

} // namespace rookery::http
