// SPDX-License-Identifier: GPL-3.0-or-later
/// Names of users and rooms (THREATS 5): an accepted name is in one form only, within its bounds, contains
/// nothing invisible, and is found again by any spelling that counts as the same.

#include "server/core/names.h"
#include "common/ids.h"
#include "tests/fuzz/support/fuzz.h"

#include <QList>

#include <algorithm>

using namespace rookery;
using namespace rookery::core;

namespace {

using Check = Result<CheckedName> (*)(const QString &, const Limits &, const QString &);

void checked(Check check, const QString &name, int shortest, int longest)
{
    const auto result = check(name, {}, QStringLiteral("username"));
    if (!result) {
        FUZZ_REQUIRE(result.error().code == ErrorCode::InvalidField && !result.error().detail.isEmpty());
        FUZZ_REQUIRE(result.error().field == QLatin1String("username"));
        return;
    }
    const QString &text = result->text;
    const auto length = text.toUcs4().size();
    FUZZ_REQUIRE(length >= shortest && length <= longest);
    FUZZ_REQUIRE(text.isValidUtf16() && text == text.normalized(QString::NormalizationForm_C));
    FUZZ_REQUIRE(!isId(text) && !result->skeleton.isEmpty());
    FUZZ_REQUIRE(std::none_of(text.begin(), text.end(), [](QChar c) {
        return c.isSpace() || c.category() == QChar::Other_Control || c.category() == QChar::Other_Format;
    }));
    // Checked again it is the same; in other cases and compositions it is found by the same skeleton.
    const auto again = check(text, {}, QStringLiteral("username"));
    FUZZ_REQUIRE(again && again->text == text && again->skeleton == result->skeleton);
    FUZZ_REQUIRE(isSameName(name, text) && isSameName(text, name.normalized(QString::NormalizationForm_D)));
    if (const auto decomposed = check(text.normalized(QString::NormalizationForm_D), {}, QStringLiteral("f")))
        FUZZ_REQUIRE(decomposed->skeleton == result->skeleton);
    if (const auto folded = check(text.toCaseFolded(), {}, QStringLiteral("f")))
        FUZZ_REQUIRE(folded->skeleton == result->skeleton);
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const quint8 *data, size_t size)
{
    fuzz::Input input(data, size);
    const bool wide = input.byte() & 1;
    const QByteArray bytes = input.rest().toByteArray();
    const QString name = wide ? QString(reinterpret_cast<const QChar *>(bytes.constData()), bytes.size() / 2)
                              : QString::fromUtf8(bytes);
    const Limits limits;
    checked(checkUserName, name, limits.userNameCharactersMin, limits.userNameCharactersMax);
    checked(checkRoomName, name, 1, limits.roomNameCharactersMax);
    if (const auto user = checkUserName(name, limits, QStringLiteral("f")))
        FUZZ_REQUIRE(skeletonOf(name) == user->skeleton);
    const qsizetype half = name.size() / 2;
    FUZZ_REQUIRE(isSameName(name.left(half), name.mid(half)) == isSameName(name.mid(half), name.left(half)));
    return 0;
}
