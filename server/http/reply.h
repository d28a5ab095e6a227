// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "common/error.h"
#include "common/result.h"
#include "server/http/headers.h"

#include <QHostAddress>
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
    /// `common` goes into every form of this answer (CORS).
    Reply(PendingReplies *pending, quint64 id, Headers common);
    ~Reply();
    Q_DISABLE_COPY_MOVE(Reply)

    /// Whatever its handler says: nobody may keep this answer, which is for one user (THREATS 28).
    void setForOneUser() { m_forOneUser = true; }
    /// Who asks, and from where: for the log, should it be too often.
    void setAsker(const QString &account, const QHostAddress &address)
    {
        m_account = account;
        m_address = address;
    }

    /// What an answer in JSON of so many bytes costs whom, besides what was paid.
    void setCharge(std::function<void(qsizetype bytes)> charge) { m_charge = std::move(charge); }

    void json(int status, const QJsonObject &body, Headers headers = {});
    /// The same for an answer that a JsonWriter has written.
    void writtenJson(int status, const QByteArray &body);
    void problem(const Error &error, Headers headers = {});
    /// 426: this path is a WebSocket's, and the request no handshake.
    void upgradeRequired();
    /// 304 with the fields that a 200 would have had.
    void notModified(Headers headers);
    /// 204 unless another status says that there is no body.
    void empty(Headers headers = {});
    /// A page or an asset, which says itself how long it may be cached.
    void content(const QByteArray &mediaType, const QByteArray &body, Headers headers);

private:
    void writeJson(int status, Headers headers, const QByteArray &body);
    void write(int status, Headers headers, const QByteArray &body);

    QPointer<PendingReplies> m_pending;
    quint64 m_id;
    Headers m_common;
    bool m_answered = false;
    bool m_forOneUser = false;
    std::function<void(qsizetype)> m_charge;
    QString m_account;
    QHostAddress m_address;
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
