// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/bus/cluster/frame.h"

#include <QDataStream>
#include <QIODevice>
#include <QJsonArray>
#include <QJsonDocument>
#include <QJsonObject>

namespace rookery::bus {

namespace {

constexpr quint32 magic = 0x524b4631; // "RKF1": the last byte is the version
constexpr auto streamVersion = QDataStream::Qt_6_4;
constexpr qsizetype recordHeadBytes = 16;

const QString beatNameField = QStringLiteral("name");
const QString beatVersionField = QStringLiteral("version");
const QString beatWiresField = QStringLiteral("wires");
const QString beatHubsField = QStringLiteral("hubs");
const QString beatStoreAgeField = QStringLiteral("store_age");
const QString askedNodeField = QStringLiteral("of");
const QString fromNumberField = QStringLiteral("from");
const QString toNumberField = QStringLiteral("to");
const QString askedRoomsField = QStringLiteral("rooms");

void writeIds(QDataStream &out, const QStringList &ids)
{
    out << quint16(ids.size());
    for (const QString &id : ids)
        out << id.toUtf8();
}

bool readIds(QDataStream &in, QStringList &ids)
{
    quint16 count = 0;
    in >> count;
    for (quint16 i = 0; i < count && in.status() == QDataStream::Ok; ++i) {
        QByteArray id;
        in >> id;
        ids.append(QString::fromUtf8(id));
    }
    return in.status() == QDataStream::Ok;
}

QByteArray toBytes(const QJsonObject &object)
{
    return QJsonDocument(object).toJson(QJsonDocument::Compact);
}

std::optional<QJsonObject> toObject(const QByteArray &json)
{
    const QJsonDocument document = QJsonDocument::fromJson(json);
    if (!document.isObject())
        return std::nullopt;
    return document.object();
}

/// As text: JSON's numbers have 53 bits.
QString numberText(quint64 number)
{
    return QString::number(number, 16);
}

std::optional<quint64> numberIn(const QJsonObject &object, const QString &field)
{
    bool valid = false;
    const quint64 number = object.value(field).toString().toULongLong(&valid, 16);
    return valid ? std::optional(number) : std::nullopt;
}

} // namespace

QByteArray encodeFrame(const Frame &frame)
{
    QByteArray bytes;
    QDataStream out(&bytes, QIODevice::WriteOnly);
    out.setVersion(streamVersion);
    out << magic << frame.node << frame.number << quint32(frame.records.size());
    for (const Record &record : frame.records) {
        out << quint8(record.kind) << quint8(record.audience.everybody);
        writeIds(out, record.audience.rooms);
        writeIds(out, record.audience.users);
        out << record.body;
    }
    return bytes;
}

std::optional<Frame> decodeFrame(const QByteArray &bytes)
{
    QDataStream in(bytes);
    in.setVersion(streamVersion);
    quint32 kind = 0;
    quint32 count = 0;
    Frame frame;
    in >> kind >> frame.node >> frame.number >> count;
    if (in.status() != QDataStream::Ok || kind != magic || frame.node == 0 || frame.number == 0)
        return std::nullopt;
    for (quint32 i = 0; i < count; ++i) {
        quint8 recordKind = 0;
        quint8 everybody = 0;
        Record record;
        in >> recordKind >> everybody;
        if (!readIds(in, record.audience.rooms) || !readIds(in, record.audience.users))
            return std::nullopt;
        in >> record.body;
        if (in.status() != QDataStream::Ok)
            return std::nullopt;
        record.kind = RecordKind(recordKind);
        record.audience.everybody = everybody != 0;
        frame.records.push_back(std::move(record));
    }
    return frame;
}

bool isOfLaterVersion(const QByteArray &bytes)
{
    QDataStream in(bytes);
    in.setVersion(streamVersion);
    quint32 kind = 0;
    in >> kind;
    constexpr quint32 versionBits = 0xff;
    return in.status() == QDataStream::Ok && (kind & ~versionBits) == (magic & ~versionBits) && kind > magic;
}

qsizetype sizeOf(const Record &record)
{
    qsizetype size = recordHeadBytes + record.body.size();
    for (const QStringList *ids : {&record.audience.rooms, &record.audience.users}) {
        for (const QString &id : *ids)
            size += 4 + 3 * id.size();
    }
    return size;
}

QByteArray encodeBeat(const Beat &beat)
{
    QJsonArray hubs;
    for (const HubId hub : beat.hubs)
        hubs.append(QString::number(hub, 16));
    QJsonObject object{{beatNameField, beat.name}, {beatVersionField, beat.version},
        {beatWiresField, qint64(beat.wires)}, {beatHubsField, hubs}};
    if (beat.storeAge)
        object.insert(beatStoreAgeField, qint64(beat.storeAge->count()));
    return toBytes(object);
}

std::optional<Beat> decodeBeat(const QByteArray &json)
{
    const auto object = toObject(json);
    if (!object)
        return std::nullopt;
    Beat beat{object->value(beatNameField).toString(), object->value(beatVersionField).toString(),
        quint32(object->value(beatWiresField).toInteger()), {}, {}};
    const QJsonArray hubs = object->value(beatHubsField).toArray();
    for (const QJsonValue &hub : hubs) {
        bool valid = false;
        beat.hubs.append(hub.toString().toULongLong(&valid, 16));
        if (!valid)
            return std::nullopt;
    }
    if (const qint64 age = object->value(beatStoreAgeField).toInteger(-1); age >= 0)
        beat.storeAge = std::chrono::milliseconds(age);
    return beat;
}

QByteArray encodeAsk(const Ask &ask)
{
    return toBytes({{askedNodeField, QString::number(ask.of, 16)},
        {askedRoomsField, QJsonArray::fromStringList(ask.rooms)}});
}

std::optional<Ask> decodeAsk(const QByteArray &json)
{
    const auto object = toObject(json);
    if (!object)
        return std::nullopt;
    const auto of = numberIn(*object, askedNodeField);
    if (!of)
        return std::nullopt;
    Ask ask{*of, {}};
    const QJsonArray rooms = object->value(askedRoomsField).toArray();
    for (const QJsonValue &room : rooms)
        ask.rooms.append(room.toString());
    return ask;
}

Record repeated(NodeId addressee, const Record &record)
{
    Record again{RecordKind::Repeated, record.audience, {}, true};
    QDataStream out(&again.body, QIODevice::WriteOnly);
    out.setVersion(streamVersion);
    out << addressee << quint8(record.kind) << record.body;
    return again;
}

std::optional<Record> repeatedFor(NodeId addressee, const Record &record)
{
    QDataStream in(record.body);
    in.setVersion(streamVersion);
    NodeId to = 0;
    quint8 kind = 0;
    Record inner{RecordKind::Said, record.audience, {}, false};
    in >> to;
    if (to != addressee)
        return std::nullopt;
    in >> kind >> inner.body;
    inner.kind = RecordKind(kind);
    if (in.status() != QDataStream::Ok)
        return std::nullopt;
    return inner;
}

QByteArray encodeAgain(const Again &again)
{
    return toBytes({{askedNodeField, numberText(again.of)}, {fromNumberField, numberText(again.from)},
        {toNumberField, numberText(again.to)}});
}

std::optional<Again> decodeAgain(const QByteArray &json)
{
    const auto object = toObject(json);
    if (!object)
        return std::nullopt;
    const auto of = numberIn(*object, askedNodeField);
    const auto from = numberIn(*object, fromNumberField);
    const auto to = numberIn(*object, toNumberField);
    if (!of || !from || !to)
        return std::nullopt;
    return Again{*of, *from, *to};
}

} // namespace rookery::bus
