// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "server/bus/audience.h"

#include <QByteArray>

#include <chrono>
#include <optional>
#include <vector>

/// What nodes send to each other: frames of records, binary and in network order. Records of a kind that a reader does not
/// know are skipped, so that nodes of two versions understand each other.
namespace rookery::bus {

/// A node since its start: another one after a restart.
using NodeId = quint64;

enum class RecordKind : quint8 {
    Said = 1, ///< a notice, as codec.h writes it
    Heartbeat = 2, ///< the node lives; a JSON object, see Beat
    Question = 3, ///< who is present in these rooms? A JSON object, see Ask
    Bye = 4, ///< the node ends, and nobody is present through it any more
    Again = 5, ///< some frames did not arrive; a JSON object, see Again
    Repeated = 6, ///< the answer to it, for one node; see repeated()
};

struct Record
{
    RecordKind kind = RecordKind::Said;
    Audience audience = {}; ///< of a notice: others need not read it
    QByteArray body = {};
    bool isRepeatable = false; ///< not written: it may be said again later, behind what came after it
};

struct Frame
{
    NodeId node = 0;
    /// Counts the frames of this node from 1. Whoever has not had one of them has missed something.
    quint64 number = 0;
    std::vector<Record> records = {};
};

/// A frame with these records, as bytes.
QByteArray encodeFrame(const Frame &frame);
/// Nothing: it is no frame, or of a version that this program does not know. What a later version writes behind the
/// records is ignored.
std::optional<Frame> decodeFrame(const QByteArray &bytes);
/// Whether it is a frame of a later version, which this program cannot read at all.
bool isOfLaterVersion(const QByteArray &bytes);

/// Upper bound of the bytes that the record takes in a frame.
qsizetype sizeOf(const Record &record);
/// The same of a frame without records.
inline constexpr qsizetype frameHeadBytes = 32;

/// What a node says four times a second.
struct Beat
{
    QString name; ///< `[node] name`
    QString version; ///< of the program
    quint32 wires = 0; ///< bit N: it hears itself on its Nth wire
    QList<HubId> hubs; ///< that have a lease
    /// How long ago the store last answered the node; none: it does not say so, as nodes of old versions.
    std::optional<std::chrono::milliseconds> storeAge = {};
};
QByteArray encodeBeat(const Beat &beat);
std::optional<Beat> decodeBeat(const QByteArray &json);

/// Asks for RoomPresence of each of the rooms.
struct Ask
{
    NodeId of = 0; ///< which node; 0: all
    QStringList rooms;
};
QByteArray encodeAsk(const Ask &ask);
std::optional<Ask> decodeAsk(const QByteArray &json);

/// Asks a node for what was in some of its frames.
struct Again
{
    NodeId of = 0;
    quint64 from = 0; ///< the first one that is missed
    quint64 to = 0; ///< the last one
};
/// The record once more, for the one node that has missed it.
Record repeated(NodeId addressee, const Record &record);
/// What is in it; nothing where it is for another node, or no such record.
std::optional<Record> repeatedFor(NodeId addressee, const Record &record);

QByteArray encodeAgain(const Again &again);
std::optional<Again> decodeAgain(const QByteArray &json);

} // namespace rookery::bus
