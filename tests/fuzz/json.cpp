// SPDX-License-Identifier: GPL-3.0-or-later
/// JSON from clients, as read by each dialect and the native API (THREATS 18): it accepts exactly what RFC
/// 8259 accepts, with the same result, and no duplicates; every error says what is wrong; what is read can be
/// written again, unchanged.

#include "common/jsoncodec.h"
#include "common/jsonfault.h"
#include "server/dialects/direct/directframes.h"
#include "server/dialects/native/nativeframes.h"
#include "server/dialects/personal/personalframes.h"
#include "server/dialects/room/roomframes.h"
#include "tests/fuzz/support/fuzz.h"
#include "tests/fuzz/support/referencejson.h"

#include <QJsonDocument>

using namespace rookery;

namespace {

/// How deep documents may be; one level less or more is Qt's affair.
constexpr int mostDepth = 1000;

/// Where a text is said to be no JSON, it is none, and the place lies in it.
void faultsAreTrue(const QByteArray &bytes, const fuzz::ReferenceJson &expected)
{
    const auto fault = firstJsonFault(bytes, 1'000'000);
    if (expected.valid)
        FUZZ_REQUIRE(fault.has_value() == expected.huge);
    if (!fault)
        return;
    FUZZ_REQUIRE(fault->offset >= 0 && fault->offset <= bytes.size());
    // What stands before it is no fault: it might have gone on otherwise.
    const auto before = firstJsonFault(QByteArrayView(bytes).first(fault->offset), 1'000'000);
    FUZZ_REQUIRE(!before || before->offset == fault->offset || expected.huge);
}

void parsesAsTheRfcSays(const QByteArray &bytes)
{
    const fuzz::ReferenceJson expected = fuzz::referenceJson(bytes);
    faultsAreTrue(bytes, expected);
    const auto json = JsonReader::parse(bytes);
    if (!json) {
        FUZZ_REQUIRE(json.error().code == ErrorCode::InvalidJson && !json.error().detail.isEmpty());
        FUZZ_REQUIRE(!expected.valid || expected.doubled || expected.huge || expected.depth > mostDepth);
        return;
    }
    FUZZ_REQUIRE(expected.depth > mostDepth || (expected.valid && !expected.doubled));
    FUZZ_REQUIRE(expected.depth > mostDepth || expected.huge || json->object() == expected.object);
}

void canBePassedOn(const QString &text)
{
    FUZZ_REQUIRE(text.isValidUtf16() && !text.contains(QChar(u'\0')));
}

/// Who made the mistake is told what it was.
void saysWhatIsWrong(const Error &error)
{
    FUZZ_REQUIRE(!error.detail.isEmpty() && error.detail.isValidUtf16());
    const bool ofAField = error.code == ErrorCode::MissingField || error.code == ErrorCode::InvalidField;
    FUZZ_REQUIRE(error.code == ErrorCode::InvalidJson || ofAField == !error.field.isEmpty());
    canBePassedOn(error.field);
    FUZZ_REQUIRE(error.code != ErrorCode::Internal);
}

void canBePassedOn(const core::Draft &draft)
{
    canBePassedOn(draft.text);
    canBePassedOn(draft.clientId.value_or(QString()));
}

void canBePassedOn(const ws::DirectDraft &direct)
{
    canBePassedOn(direct.sender);
    canBePassedOn(direct.receiver);
    canBePassedOn(direct.draft);
}

template <typename... Takers>
struct Either : Takers...
{
    using Takers::operator()...;
};
template <typename... Takers>
Either(Takers...) -> Either<Takers...>;

void dialectsReadIt(const QByteArray &bytes)
{
    if (const auto draft = ws::roomframes::parse(bytes))
        canBePassedOn(*draft);
    else
        saysWhatIsWrong(draft.error());
    if (const auto direct = ws::directframes::parse(bytes))
        canBePassedOn(*direct);
    else
        saysWhatIsWrong(direct.error());
    const auto personal = ws::personalframes::parse(bytes);
    if (!personal) {
        saysWhatIsWrong(personal.error());
        return;
    }
    namespace frames = ws::personalframes;
    std::visit(
        Either{[](const frames::ToLobby &to) { canBePassedOn(to.draft); },
            [](const frames::ToUser &to) { canBePassedOn(to.draft); }, [](const frames::Disconnect &) {}},
        *personal);
}

void nativeReadsIt(const QByteArray &bytes)
{
    namespace frames = ws::nativeframes;
    const frames::Parsed parsed = frames::parse(bytes);
    FUZZ_REQUIRE(parsed.ref.isNull() || parsed.ref.isString() || parsed.ref.isDouble());
    if (!parsed.request) {
        saysWhatIsWrong(parsed.request.error());
        const QByteArray answer = frames::error(parsed.ref, parsed.room, parsed.request.error());
        FUZZ_REQUIRE(answer.size() < 4096);
        const QJsonObject said = QJsonDocument::fromJson(answer).object();
        FUZZ_REQUIRE(said.value(QLatin1String("type")) == QLatin1String("error"));
        FUZZ_REQUIRE(parsed.ref.isNull() || said.value(QLatin1String("ref")) == parsed.ref);
        return;
    }
    std::visit(Either{[](const frames::Hello &hello) {
                          FUZZ_REQUIRE(hello.resume.size() <= frames::subscriptionBound);
                          for (const ResumePoint &point : hello.resume) {
                              canBePassedOn(point.room + point.epoch);
                              FUZZ_REQUIRE(point.seq >= 0);
                          }
                      },
                   [](const frames::Subscribe &to) {
                       canBePassedOn(to.room + to.epoch.value_or(QString()));
                       FUZZ_REQUIRE(to.seq.value_or(0) >= 0);
                   },
                   [](const frames::Unsubscribe &from) { canBePassedOn(from.room); },
                   [](const frames::Send &send) {
                       canBePassedOn(send.room);
                       canBePassedOn(send.draft);
                   },
                   [](const frames::Edit &edit) {
                       canBePassedOn(edit.room);
                       canBePassedOn(edit.draft);
                       FUZZ_REQUIRE(edit.target > 0);
                   },
                   [](const frames::Delete &deletion) {
                       canBePassedOn(deletion.room);
                       canBePassedOn(deletion.draft);
                       FUZZ_REQUIRE(deletion.target > 0);
                   },
                   [](const frames::Read &read) {
                       canBePassedOn(read.room);
                       FUZZ_REQUIRE(read.seq >= 0);
                   },
                   [](const frames::Rooms &page) { canBePassedOn(page.after); },
                   [](const frames::Members &page) { canBePassedOn(page.room + page.after); },
                   [](const frames::Ping &) {}},
        *parsed.request);
    FUZZ_REQUIRE(JsonReader::parse(frames::pong(parsed.ref)));
}

/// Writes the result of `read` with `write` and reads it again: it must be the same. If there is a second,
/// faster writer, it must write the same object, in whatever order.
template <typename T>
void roundTrips(
    const JsonReader &json, Result<T> (*read)(const JsonReader &), QJsonObject (*write)(const T &))
{
    const auto value = read(json);
    if (!value) {
        saysWhatIsWrong(value.error());
        return;
    }
    const QByteArray written = toJson(write(*value));
    const auto parsed = JsonReader::parse(written);
    FUZZ_REQUIRE(parsed);
    const auto again = read(*parsed);
    FUZZ_REQUIRE(again && toJson(write(*again)) == written);
    if constexpr (requires(JsonWriter writer, const T &what) { json::write(writer, what); }) {
        JsonWriter writer;
        json::write(writer, *value);
        FUZZ_REQUIRE(toJson(QJsonDocument::fromJson(writer.take()).object()) == written);
    }
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const quint8 *data, size_t size)
{
    const QByteArray bytes(reinterpret_cast<const char *>(data), qsizetype(size));
    parsesAsTheRfcSays(bytes);
    dialectsReadIt(bytes);
    nativeReadsIt(bytes);
    if (const auto parsed = JsonReader::parse(bytes)) {
        roundTrips(*parsed, json::toUser, json::fromUser);
        roundTrips(*parsed, json::toRoom, json::fromRoom);
        roundTrips(*parsed, json::toMember, json::fromMember);
        roundTrips(*parsed, json::toEvent, json::fromEvent);
        roundTrips(*parsed, json::toPage, json::fromPage);
        roundTrips(*parsed, json::toSession, json::fromSession);
        roundTrips(*parsed, json::toResumePoint, json::fromResumePoint);
        const Error error = json::toError(*parsed);
        FUZZ_REQUIRE(error.retryAfter.count() >= 0 && error.retryAfter <= std::chrono::hours(24));
    }
    return 0;
}
