#pragma once

#include "server/http/headers.h"

#include <QHttpServerResponder>
#include <QObject>

#include <unordered_map>

namespace rookery::http {

/// The requests that have not been answered yet. It owns every responder, so that Qt's part of an answer is
/// only ever touched on the reactor's thread, however far the Reply that stands for it travels. When it goes,
/// whatever is still open is answered with 503. Lives on the reactor's thread and goes before the
/// net::Server.
class PendingReplies : public QObject
{
    Q_OBJECT
public:
    using QObject::QObject;
    ~PendingReplies() override;

    quint64 open(QHttpServerResponder &&responder);
    /// Writes the answer, with what every answer carries, and forgets the request; does nothing where it has
    /// been answered.
    void answer(quint64 id, int status, Headers headers, const QByteArray &body);

    int count() const { return int(m_open.size()); }

private:
    std::unordered_map<quint64, QHttpServerResponder> m_open;
    quint64 m_next = 1;
};

} // namespace rookery::http
