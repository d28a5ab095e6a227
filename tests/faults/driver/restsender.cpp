// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/faults/driver/restsender.h"

namespace rookery::faults {

RestSender::RestSender(
    load::EventLoop &loop, const load::Endpoint &endpoint, Setup setup, Ledger &ledger, Findings &findings)
    : RestClient(loop, endpoint, setup.access, findings)
    , m_setup(std::move(setup))
    , m_outbox(m_setup.says, ledger, m_setup.access.seed)
{ }

std::optional<RestClient::Request> RestSender::nextRequest()
{
    m_outbox.produce();
    const Outbox::Entry *next = m_outbox.next();
    if (!next)
        return std::nullopt;
    m_asking = *next;
    return requestOf(m_asking);
}

bool RestSender::answered(int status, const QJsonObject &body)
{
    constexpr int notFound = 404;
    if (status == notFound && m_asking.kind == EventKind::Edited) {
        m_outbox.gone(m_asking.clientId);
        return true;
    }
    if (status / 100 != 2) {
        if (!isForATime(status)) {
            findings().add(Fault::Refused,
                name() + ": HTTP " + std::to_string(status) + ' '
                    + body.value(QLatin1String("detail")).toString().toStdString());
            m_outbox.giveUpOldest();
        }
        m_outbox.startOver(true);
        return false;
    }
    const QJsonObject event =
        body.contains(QLatin1String("event")) ? body.value(QLatin1String("event")).toObject() : body;
    m_outbox.acknowledged(m_asking.clientId, event.value(QLatin1String("id")).toString().toStdString(),
        event.value(QLatin1String("seq")).toInteger());
    return true;
}

RestClient::Request RestSender::requestOf(const Outbox::Entry &entry) const
{
    const std::string messages = "/api/v1/rooms/" + m_outbox.room() + "/messages";
    if (entry.kind == EventKind::Deleted)
        return {
            "DELETE " + messages + '/' + std::to_string(entry.target) + "?client_id=" + entry.clientId, {}};
    const std::string id = R"({"client_id":")" + entry.clientId + R"(",")";
    const std::string end = entry.text + "\"}";
    if (entry.kind == EventKind::Edited)
        return {"PATCH " + messages + '/' + std::to_string(entry.target), id + R"(text":")" + end};
    switch (m_setup.route) {
    case Route::Room:
        return {"POST " + messages, id + R"(text":")" + end};
    case Route::RoomByName:
        return {"POST /chat/send/", id + R"(room":")" + m_setup.roomName + R"(","message":")" + end};
    case Route::Lobby:
        return {"POST /api/chats/send", id + R"(message":")" + end};
    case Route::Direct:
        return {"POST /api/messages",
            id + R"(senderId":")" + m_setup.says.sender + R"(","receiverId":")" + m_setup.receiver
                + R"(","message":")" + end};
    }
    return {};
}

} // namespace rookery::faults
