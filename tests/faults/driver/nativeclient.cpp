// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/faults/driver/nativeclient.h"

namespace rookery::faults {

NativeClient::NativeClient(load::EventLoop &loop, const load::Endpoint &endpoint, Setup setup,
    const std::vector<Followed> &rooms, Ledger &ledger, Findings &findings)
    : SocketClient(loop, endpoint, std::move(setup), ledger, findings)
{
    for (const Followed &room : rooms)
        follow(std::make_unique<RoomView>(name(), room.room, room.epoch, room.after, findings));
}

void NativeClient::opened()
{
    m_greeted = false;
    m_unanswered.clear();
    std::string hello = R"({"type":"hello","ref":0,"resume":[)";
    for (const auto &view : views()) {
        m_unanswered.insert(view->room());
        if (hello.back() == '}')
            hello += ',';
        hello += R"({"room":")" + view->room() + R"(","epoch":")" + view->epoch() + R"(","seq":)"
            + std::to_string(view->lastSeq()) + '}';
    }
    send(hello + "]}");
}

void NativeClient::message(const QJsonObject &frame)
{
    const QString type = frame.value(QLatin1String("type")).toString();
    if (type == QLatin1String("event")) {
        const auto event = readEvent(frame.value(QLatin1String("event")).toObject());
        RoomView *view = event ? viewOf(event->room) : nullptr;
        if (view)
            view->take(*event);
        else
            findings().add(Fault::Broken, name() + " was told an event of no room it follows");
    } else if (type == QLatin1String("ack")) {
        acknowledged(frame);
        sendWhatWaits();
    } else if (type == QLatin1String("subscribed")) {
        const std::string room =
            frame.value(QLatin1String("room")).toObject().value(QLatin1String("id")).toString().toStdString();
        m_unanswered.erase(room);
        m_rolls[room].replace(frame.value(QLatin1String("members")).toArray());
    } else if (type == QLatin1String("presence")) {
        if (frame.value(QLatin1String("missed")).toBool())
            send(R"({"type":"members","ref":0,"room":")"
                + frame.value(QLatin1String("room")).toString().toStdString() + "\"}");
    } else if (type == QLatin1String("members")) {
        m_rolls[frame.value(QLatin1String("room")).toString().toStdString()].replace(
            frame.value(QLatin1String("members")).toArray());
    } else if (type == QLatin1String("member")) {
        m_rolls[frame.value(QLatin1String("room")).toString().toStdString()].change(frame);
    } else if (type == QLatin1String("room_removed")) {
        // The user has left a public room, which ends the subscription: now the client follows it as a
        // visitor. A subscription that is still to be answered goes on, or is refused.
        const RoomView *view = viewOf(frame.value(QLatin1String("room")).toString().toStdString());
        if (view && !m_unanswered.contains(view->room()))
            subscribe(*view);
    } else if (type == QLatin1String("hello")) {
        m_greeted = true;
        sendWhatWaits();
    } else if (type == QLatin1String("reset")) {
        findings().add(Fault::Phantom, name() + " was told that the history it knows is not this server's");
    }
}

void NativeClient::acknowledged(const QJsonObject &frame)
{
    if (!outbox())
        return;
    std::string clientId = frame.value(QLatin1String("client_id")).toString().toStdString();
    const Outbox::Entry *asked = outbox()->byNumber(frame.value(QLatin1String("ref")).toInteger());
    if (asked && asked->kind == EventKind::Deleted && asked->clientId != clientId) {
        // Somebody has deleted that message already, and the answer is that deletion.
        if (!frame.value(QLatin1String("duplicate")).toBool())
            findings().add(Fault::Broken, asked->clientId + " was acknowledged as a new one, " + clientId);
        clientId = asked->clientId;
    }
    outbox()->acknowledged(clientId, frame.value(QLatin1String("id")).toString().toStdString(),
        frame.value(QLatin1String("seq")).toInteger());
}

void NativeClient::subscribe(const RoomView &view)
{
    m_unanswered.insert(view.room());
    send(R"({"type":"subscribe","ref":0,"room":")" + view.room() + R"(","epoch":")" + view.epoch()
        + R"(","seq":)" + std::to_string(view.lastSeq()) + '}');
}

bool NativeClient::isRightRefusal(const QJsonObject &frame)
{
    const RoomView *view = viewOf(frame.value(QLatin1String("room")).toString().toStdString());
    if (view && m_unanswered.contains(view->room()) && frame.value(QLatin1String("ref")).toInteger(-1) == 0
        && frame.value(QLatin1String("code")).toString() == QLatin1String("invalid_request")) {
        // The user has left the room before the subscription was answered.
        subscribe(*view);
        return true;
    }
    const Outbox::Entry *asked =
        outbox() ? outbox()->byNumber(frame.value(QLatin1String("ref")).toInteger()) : nullptr;
    if (!asked || asked->kind != EventKind::Edited
        || frame.value(QLatin1String("code")).toString() != QLatin1String("not_found"))
        return false;
    outbox()->gone(std::string(asked->clientId));
    sendWhatWaits();
    return true;
}

std::string NativeClient::frameOf(const Outbox::Entry &entry)
{
    const char *type = entry.kind == EventKind::Edited ? "edit"
        : entry.kind == EventKind::Deleted             ? "delete"
                                                       : "send";
    std::string frame = R"({"type":")" + std::string(type) + R"(","ref":)" + std::to_string(entry.number)
        + R"(,"room":")" + outbox()->room() + R"(","client_id":")" + entry.clientId + '"';
    if (entry.target != 0)
        frame += R"(,"target":)" + std::to_string(entry.target);
    if (entry.kind != EventKind::Deleted)
        frame += R"(,"text":")" + entry.text + '"';
    return frame + '}';
}

} // namespace rookery::faults
