// SPDX-License-Identifier: GPL-3.0-or-later
/// Notices between the nodes of a cluster: every error names what is wrong, what is read is written again as the
/// same, and what a later version says is skipped and not an error.

#include "common/jsonreader.h"
#include "server/bus/audience.h"
#include "server/bus/codec.h"
#include "tests/fuzz/support/fuzz.h"

using namespace rookery;

namespace {

/// A kind or version that this program does not know.
bool isOfALaterVersion(const QByteArray &utf8)
{
    const auto json = JsonReader::parse(utf8);
    if (!json)
        return false;
    static const QStringList known{QStringLiteral("event_committed"), QStringLiteral("invitation_changed"),
        QStringLiteral("membership_changed"), QStringLiteral("notices_lost"),
        QStringLiteral("presence_changed"), QStringLiteral("room_heads"), QStringLiteral("room_presence"),
        QStringLiteral("session_ended")};
    const auto version = json->integer(QLatin1String("v"));
    const auto name = json->string(QLatin1String("notice"));
    return version && name && (*version != bus::codecVersion || !known.contains(*name));
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const quint8 *data, size_t size)
{
    const QByteArray bytes(reinterpret_cast<const char *>(data), qsizetype(size));
    const auto read = bus::decode(bytes);
    if (!read) {
        const Error &error = read.error();
        FUZZ_REQUIRE(!error.detail.isEmpty() && error.detail.isValidUtf16());
        const bool ofAField = error.code == ErrorCode::MissingField || error.code == ErrorCode::InvalidField;
        FUZZ_REQUIRE(ofAField ? !error.field.isEmpty() : error.code == ErrorCode::InvalidJson);
        FUZZ_REQUIRE(!isOfALaterVersion(bytes));
        return 0;
    }
    FUZZ_REQUIRE(read->has_value() != isOfALaterVersion(bytes));
    if (!*read)
        return 0;
    bus::audienceOf(**read);
    const auto written = bus::encode(**read);
    FUZZ_REQUIRE(written.ok());
    const auto again = bus::decode(*written);
    FUZZ_REQUIRE(again && *again && (*again)->index() == (*read)->index());
    const auto rewritten = bus::encode(**again);
    FUZZ_REQUIRE(rewritten && *rewritten == *written);
    return 0;
}
