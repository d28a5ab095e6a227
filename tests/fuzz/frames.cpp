// SPDX-License-Identifier: GPL-3.0-or-later
/// WebSocket frames and the UTF-8 in them (THREATS 24): a client's bytes mean the same however they are
/// split, and the same to a plain reading of RFC 6455; fragmented messages are reassembled unchanged.

#include "server/net/websocket/framereader.h"
#include "server/net/websocket/framewriter.h"
#include "tests/fuzz/support/fuzz.h"
#include "tests/fuzz/support/referenceframes.h"
#include "tests/fuzz/support/referenceutf8.h"

#include <algorithm>

using namespace rookery;
using namespace rookery::net;

namespace {

using Event = FrameReader::Event;

void read(FrameReader &reader, QByteArrayView bytes, QList<Event> &events)
{
    for (;;) {
        const qsizetype before = bytes.size();
        const Event event = reader.next(bytes);
        if (event.kind == Event::Nothing) {
            FUZZ_REQUIRE(bytes.isEmpty());
            return;
        }
        FUZZ_REQUIRE(bytes.size() < before || before == 0);
        events.append(event);
    }
}

/// But for the sentence of a refusal, in which more than one fault may be told of first.
bool isSame(const Event &one, const Event &other)
{
    return one.kind == other.kind && one.code == other.code
        && (one.kind == Event::Refused || one.payload == other.payload);
}

bool areSame(const QList<Event> &one, const QList<Event> &other)
{
    return std::equal(one.begin(), one.end(), other.begin(), other.end(), isSame);
}

void readsAsTheRfcDoes(QByteArrayView bytes, qint64 limit, FrameReader::BinaryMessages binary, quint8 cuts)
{
    const QList<Event> expected = fuzz::eventsOf(bytes, limit, binary);
    QList<Event> whole;
    FrameReader reader(limit, binary);
    read(reader, bytes, whole);
    FUZZ_REQUIRE(areSame(whole, expected));
    for (const quint8 how : {quint8(0), cuts}) {
        QList<Event> cut;
        FrameReader cutReader(limit, binary);
        fuzz::inPieces(bytes, how, [&](QByteArrayView piece) { read(cutReader, piece, cut); });
        FUZZ_REQUIRE(areSame(cut, expected));
        FUZZ_REQUIRE(cutReader.isAtRest() == reader.isAtRest());
    }
}

QByteArray masked(int first, QByteArrayView payload)
{
    QByteArray out(1, char(first));
    if (payload.size() < 126) {
        out += char(payload.size() | 0x80);
    } else {
        out += char(126 | 0x80);
        out += char(payload.size() >> 8);
        out += char(payload.size());
    }
    const char key[] = {char(payload.size() * 7 + 1), '\x5a', '\0', char(first)};
    out.append(key, 4);
    for (qsizetype i = 0; i < payload.size(); ++i)
        out += char(payload[i] ^ key[i % 4]);
    return out;
}

/// The bytes as one text message in fragments, with pings between them.
void fragmentsMakeOneMessage(QByteArrayView text, quint8 cuts)
{
    QByteArray wire;
    qsizetype pings = 0;
    bool first = true;
    fuzz::inPieces(text, cuts, [&](QByteArrayView piece) {
        wire += masked(first ? 1 : 0, piece);
        first = false;
        if (piece.size() % 3 == 0) {
            wire += masked(0x89, piece.first(std::min<qsizetype>(piece.size(), 125)));
            ++pings;
        }
    });
    wire += masked(first ? 0x81 : 0x80, {});
    QList<Event> events;
    FrameReader reader(text.size());
    read(reader, wire, events);
    const fuzz::Utf8 utf8 = fuzz::utf8Of(text);
    FUZZ_REQUIRE(!events.isEmpty());
    if (utf8 == fuzz::Utf8::Complete) {
        FUZZ_REQUIRE(events.size() == pings + 1 && events.last().kind == Event::Text);
        FUZZ_REQUIRE(events.last().payload == text);
        FUZZ_REQUIRE(reader.isAtRest());
    } else {
        FUZZ_REQUIRE(events.last().kind == Event::Refused);
        FUZZ_REQUIRE(events.last().code == quint16(CloseCode::InvalidPayload));
    }
}

void serversFramesAreFrames(QByteArrayView text)
{
    const QByteArray payload = text.toByteArray();
    const frames::Header header = frames::textHeader(payload.size());
    FUZZ_REQUIRE(fuzz::serverFrame(QByteArrayView(header).toByteArray() + payload) == std::pair(1, payload));
    FUZZ_REQUIRE(fuzz::serverFrame(frames::pong(payload)) == std::pair(10, payload.left(125)));
    const QString reason = QString::fromUtf8(payload);
    const auto [opcode, close] = fuzz::serverFrame(frames::close(4008, reason));
    FUZZ_REQUIRE(opcode == 8 && close.size() >= 2 && close.size() <= 125 && close.startsWith("\x0f\xa8"));
    FUZZ_REQUIRE(reason.toUtf8().startsWith(close.sliced(2)));
    FUZZ_REQUIRE(fuzz::utf8Of(close.sliced(2)) == fuzz::Utf8::Complete);
}

void validatorFollowsTheDefinition(QByteArrayView bytes, quint8 cuts)
{
    const fuzz::Utf8 expected = fuzz::utf8Of(bytes);
    Utf8Validator validator;
    bool good = true;
    fuzz::inPieces(bytes, cuts, [&](QByteArrayView piece) { good = validator.feed(piece); });
    FUZZ_REQUIRE(good == (expected != fuzz::Utf8::Invalid));
    FUZZ_REQUIRE((good && validator.complete()) == (expected == fuzz::Utf8::Complete));
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const quint8 *data, size_t size)
{
    fuzz::Input input(data, size);
    const quint8 what = input.byte();
    const quint8 cuts = input.byte();
    switch (what % 4) {
    case 0:
    case 1:
        readsAsTheRfcDoes(
            input.rest(), what % 4 ? 24 : 70'000, FrameReader::BinaryMessages(what >= 128), cuts);
        break;
    case 2:
        fragmentsMakeOneMessage(input.rest(), cuts);
        serversFramesAreFrames(input.rest());
        break;
    case 3:
        validatorFollowsTheDefinition(input.rest(), cuts);
        validatorFollowsTheDefinition(input.rest(), 0);
        break;
    }
    return 0;
}
