// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/faults/driver/nativeclient.h"

namespace rookery::faults {

NativeClient::NativeClient(bench::EventLoop &loop, const bench::Endpoint &endpoint, Setup setup,
    const std::vector<Followed> &rooms, Ledger &ledger, Findings &findings)
    : SocketClient(loop, endpoint, std::move(setup), ledger, findings)
{
    for (const Followed &room : rooms)
        follow(std::make_unique<RoomView>(name(), room.room, room.epoch, room.after, findings));
}

void NativeClient::opened()
{
    m_greeted = false;
    std::string hello = R"({"type":"hello","ref":0,"resume":[)";
    for (const auto &view : views()) {
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
        if (outbox())
            outbox()->acknowledged(frame.value(QLatin1String("client_id")).toString().toStdString(),
                frame.value(QLatin1String("id")).toString().toStdString(),
                frame.value(QLatin1String("seq")).toInteger());
        sendWhatWaits();
    } else if (type == QLatin1String("subscribed")) {
        const QJsonObject room = frame.value(QLatin1String("room")).toObject();
        m_rolls[room.value(QLatin1String("id")).toString().toStdString()].replace(
            frame.value(QLatin1String("members")).toArray());
    } else if (type == QLatin1String("presence")) {
        if (frame.value(QLatin1String("missed")).toBool())
            send(R"({"type":"members","ref":0,"room":")"
                + frame.value(QLatin1String("room")).toString().toStdString() + "\"}");
    } else if (type == QLatin1String("members")) {
        m_rolls[frame.value(QLatin1String("room")).toString().toStdString()].replace(
            frame.value(QLatin1String("members")).toArray());
    } else if (type == QLatin1String("member")) {
        m_rolls[frame.value(QLatin1String("room")).toString().toStdString()].change(frame);
    } else if (type == QLatin1String("hello")) {
        m_greeted = true;
        sendWhatWaits();
    } else if (type == QLatin1String("reset")) {
        findings().add(Fault::Phantom, name() + " was told that the history it knows is not this server's");
    }
}

std::string NativeClient::frameOf(const Outbox::Message &message)
{
    return R"({"type":"send","ref":)" + std::to_string(message.number) + R"(,"room":")" + outbox()->room()
        + R"(","client_id":")" + message.clientId + R"(","text":")" + message.text + "\"}";
}

} // namespace rookery::faults
