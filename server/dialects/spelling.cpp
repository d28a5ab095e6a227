// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/dialects/spelling.h"

#include "common/jsonwriter.h"

namespace rookery::spelling {

namespace {

/// Of all fields but the text, and their names.
constexpr qsizetype usualBytes = 500;

constexpr QLatin1String receiverId("receiver_id");
constexpr QLatin1String senderId("sender_id");

constexpr Field personalChatFields[] = {
    {clientId, Part::ClientId},
    {QLatin1String("event"), Part::Event},
    {id, Part::Id},
    {message, Part::Text},
    {room, Part::Room},
    {senderId, Part::SenderId},
    {senderUserName, Part::SenderName},
    {seq, Part::Seq},
    {timestamp, Part::Timestamp},
    {type, Part::Type},
};

constexpr Field personalDirectFields[] = {
    {clientId, Part::ClientId},
    {id, Part::Id},
    {message, Part::Text},
    {personalFields.receiver, Part::ReceiverId},
    {personalFields.sender, Part::SenderId},
    {senderUserName, Part::SenderName},
    {seq, Part::Seq},
    {timestamp, Part::Timestamp},
    {type, Part::Type},
};

constexpr Field directFormFields[] = {
    {clientId, Part::ClientId},
    {directFields.text, Part::Text},
    {id, Part::Id},
    {directFields.receiver, Part::ReceiverName},
    {receiverId, Part::ReceiverId},
    {directFields.sender, Part::SenderName},
    {senderId, Part::SenderId},
    {seq, Part::Seq},
    {timestamp, Part::Timestamp},
    {type, Part::Type},
};

constexpr Field roomChatFields[] = {
    {clientId, Part::ClientId},
    {id, Part::Id},
    {message, Part::Text},
    {room, Part::Room},
    {senderId, Part::SenderId},
    {senderUserName, Part::SenderName},
    {seq, Part::Seq},
    {timestamp, Part::Timestamp},
    {type, Part::Type},
};

constexpr Field roomPastFields[] = {
    {clientId, Part::ClientId},
    {QLatin1String("history"), Part::History},
    {id, Part::Id},
    {message, Part::Text},
    {room, Part::Room},
    {senderId, Part::SenderId},
    {senderUserName, Part::SenderName},
    {seq, Part::Seq},
    {timestamp, Part::Timestamp},
    {type, Part::Type},
};

constexpr Field roomDirectFields[] = {
    {clientId, Part::ClientId},
    {id, Part::Id},
    {message, Part::Text},
    {receiverId, Part::ReceiverId},
    {senderId, Part::SenderId},
    {senderUserName, Part::SenderName},
    {seq, Part::Seq},
    {timestamp, Part::Timestamp},
    {type, Part::Type},
};

constexpr Field roomHistoryFields[] = {
    {id, Part::Id},
    {message, Part::Text},
    {room, Part::Room},
    {senderId, Part::SenderId},
    {senderUserName, Part::SenderName},
    {seq, Part::Seq},
    {timestamp, Part::Timestamp},
};

constexpr Field receiptFields[] = {
    {clientId, Part::ClientId},
    {id, Part::Id},
    {seq, Part::Seq},
    {timestamp, Part::Timestamp},
};

constexpr QLatin1String chatType("chat_message");
constexpr QLatin1String directType("direct_message");
constexpr QLatin1String eventName("message");

} // namespace

constinit const Form personalChat{personalChatFields, chatType};
constinit const Form personalDirect{personalDirectFields, directType};
constinit const Form direct{directFormFields, directType};
constinit const Form roomChat{roomChatFields, chatType};
constinit const Form roomPast{roomPastFields, chatType};
constinit const Form roomDirect{roomDirectFields, directType};
constinit const Form roomHistory{roomHistoryFields};
constinit const Form receipt{receiptFields};

QByteArray frameOf(const Form &form, const core::Broadcast &broadcast)
{
    const RoomEvent &event = broadcast.event();
    if (!event.as<Posted>())
        return {};
    JsonWriter json(usualBytes + event.text().size());
    json.beginObject();
    for (const auto &[name, part] : form.fields) {
        switch (part) {
        case Part::ClientId:
            json.field(name, event.clientId);
            break;
        case Part::Event:
            json.field(name, eventName);
            break;
        case Part::History:
            json.field(name, true);
            break;
        case Part::Id:
            json.field(name, event.id);
            break;
        case Part::ReceiverId:
            json.field(name, broadcast.receiver().id);
            break;
        case Part::ReceiverName:
            json.field(name, broadcast.receiver().name);
            break;
        case Part::Room:
            json.field(name, broadcast.room().name);
            break;
        case Part::SenderId:
            json.field(name, event.sender.id);
            break;
        case Part::SenderName:
            json.field(name, event.sender.name);
            break;
        case Part::Seq:
            json.field(name, event.seq);
            break;
        case Part::Text:
            json.field(name, event.text());
            break;
        case Part::Timestamp:
            json.field(name, formatTimestamp(event.timestamp));
            break;
        case Part::Type:
            json.field(name, form.type);
            break;
        }
    }
    return json.endObject().take();
}

QJsonObject objectOf(const Form &form, const RoomEvent &event, const User &receiver, const QString &roomName)
{
    QJsonObject object;
    for (const auto &[name, part] : form.fields) {
        switch (part) {
        case Part::ClientId:
            object.insert(name, event.clientId);
            break;
        case Part::Id:
            object.insert(name, event.id);
            break;
        case Part::ReceiverId:
            object.insert(name, receiver.id);
            break;
        case Part::ReceiverName:
            object.insert(name, receiver.name);
            break;
        case Part::Room:
            object.insert(name, roomName);
            break;
        case Part::SenderId:
            object.insert(name, event.sender.id);
            break;
        case Part::SenderName:
            object.insert(name, event.sender.name);
            break;
        case Part::Seq:
            object.insert(name, event.seq);
            break;
        case Part::Text:
            object.insert(name, event.text());
            break;
        case Part::Timestamp:
            object.insert(name, formatTimestamp(event.timestamp));
            break;
        case Part::Event:
        case Part::History:
        case Part::Type: // of frames only
            break;
        }
    }
    return object;
}

QByteArray ackFrame(const core::Sent &sent, AckText text)
{
    JsonWriter json(320);
    json.beginObject()
        .field(clientId, sent.event.clientId)
        .field(QLatin1String("duplicate"), sent.duplicate)
        .field(id, sent.event.id);
    if (text == AckText::MessageReceived)
        json.field(message, QLatin1String("Message received"));
    return json.field(seq, sent.event.seq)
        .field(timestamp, formatTimestamp(sent.event.timestamp))
        .field(type, QLatin1String("ack"))
        .endObject()
        .take();
}

} // namespace rookery::spelling
