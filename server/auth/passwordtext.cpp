// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/auth/passwordtext.h"

#include <QFile>
#include <QSet>

#include <algorithm>
#include <array>

#include <unicode/normalizer2.h>
#include <unicode/uchar.h>
#include <unicode/unistr.h>
#include <unicode/uscript.h>

static void initialiseResources()
{
    Q_INIT_RESOURCE(rookery_passwords);
}

namespace rookery::auth {

namespace {

constexpr std::array<UChar32, 10> exceptionsRefused{
    0x0640, 0x07fa, 0x302e, 0x302f, 0x3031, 0x3032, 0x3033, 0x3034, 0x3035, 0x303b};
constexpr UChar32 zeroWidthNonJoiner = 0x200c;
constexpr UChar32 zeroWidthJoiner = 0x200d;
constexpr int virama = 9; // the canonical combining class

bool isArabicDigit(UChar32 c)
{
    return c >= 0x0660 && c <= 0x0669;
}

bool isExtendedArabicDigit(UChar32 c)
{
    return c >= 0x06f0 && c <= 0x06f9;
}

bool hasScript(UChar32 c, std::initializer_list<UScriptCode> scripts)
{
    UErrorCode status = U_ZERO_ERROR;
    const UScriptCode script = uscript_getScript(c, &status);
    return U_SUCCESS(status) && std::find(scripts.begin(), scripts.end(), script) != scripts.end();
}

template <typename Condition>
bool any(const icu::UnicodeString &text, Condition condition)
{
    for (int32_t i = 0; i < text.length(); i = text.moveIndex32(i, 1)) {
        if (condition(text.char32At(i)))
            return true;
    }
    return false;
}

/// Characters that are allowed only in some contexts (RFC 5892 appendix A); nullopt for all others. A
/// zero-width non-joiner is accepted only after a virama here.
std::optional<bool> fitsItsContext(const icu::UnicodeString &text, int32_t at)
{
    const UChar32 c = text.char32At(at);
    const UChar32 before = at > 0 ? text.char32At(text.moveIndex32(at, -1)) : 0;
    const int32_t next = text.moveIndex32(at, 1);
    const UChar32 after = next < text.length() ? text.char32At(next) : 0;
    if (c == zeroWidthNonJoiner || c == zeroWidthJoiner)
        return before != 0 && u_getCombiningClass(before) == virama;
    if (c == 0x00b7)
        return before == 'l' && after == 'l';
    if (c == 0x0375)
        return hasScript(after, {USCRIPT_GREEK});
    if (c == 0x05f3 || c == 0x05f4)
        return hasScript(before, {USCRIPT_HEBREW});
    if (c == 0x30fb)
        return any(text, [](UChar32 other) {
            return other != 0x30fb && hasScript(other, {USCRIPT_HIRAGANA, USCRIPT_KATAKANA, USCRIPT_HAN});
        });
    if (isArabicDigit(c))
        return !any(text, isExtendedArabicDigit);
    if (isExtendedArabicDigit(c))
        return !any(text, isArabicDigit);
    return std::nullopt;
}

/// Membership in FreeformClass (RFC 8264 section 4.3), tested in the order of section 8.
bool isFreeform(const icu::UnicodeString &text, int32_t at)
{
    const UChar32 c = text.char32At(at);
    if (std::find(exceptionsRefused.begin(), exceptionsRefused.end(), c) != exceptionsRefused.end())
        return false;
    if (const auto fits = fitsItsContext(text, at))
        return *fits;
    if (c >= 0x21 && c <= 0x7e)
        return true;
    const auto hangul = u_getIntPropertyValue(c, UCHAR_HANGUL_SYLLABLE_TYPE);
    if (hangul == U_HST_LEADING_JAMO || hangul == U_HST_VOWEL_JAMO || hangul == U_HST_TRAILING_JAMO)
        return false;
    if (u_hasBinaryProperty(c, UCHAR_DEFAULT_IGNORABLE_CODE_POINT)
        || u_hasBinaryProperty(c, UCHAR_NONCHARACTER_CODE_POINT))
        return false;
    // Letters, marks, digits and numbers, symbols, punctuation, spaces. Not controls, formats, surrogates,
    // private use, line and paragraph separators or unassigned code points.
    return U_GET_GC_MASK(c)
        & (U_GC_L_MASK | U_GC_M_MASK | U_GC_N_MASK | U_GC_S_MASK | U_GC_P_MASK | U_GC_ZS_MASK);
}

QSet<QByteArray> readCommonPasswords()
{
    initialiseResources();
    QFile file(QStringLiteral(":/rookery/passwords/common.txt"));
    if (!file.open(QIODevice::ReadOnly))
        qFatal("the list of common passwords is missing in the program");
    const QByteArrayList lines = file.readAll().split('\n');
    return {lines.cbegin(), lines.cend()};
}

} // namespace

std::optional<QString> normalisedPassword(const QString &typed)
{
    UErrorCode status = U_ZERO_ERROR;
    const icu::Normalizer2 *nfc = icu::Normalizer2::getNFCInstance(status);
    icu::UnicodeString spaced(reinterpret_cast<const char16_t *>(typed.utf16()), int32_t(typed.size()));
    for (int32_t i = 0; i < spaced.length(); ++i) {
        if (u_charType(spaced.charAt(i)) == U_SPACE_SEPARATOR) // all of them are in the BMP
            spaced.setCharAt(i, u' ');
    }
    const icu::UnicodeString text = U_SUCCESS(status) ? nfc->normalize(spaced, status) : spaced;
    if (U_FAILURE(status) || text.isEmpty())
        return std::nullopt;
    for (int32_t i = 0; i < text.length(); i = text.moveIndex32(i, 1)) {
        if (!isFreeform(text, i))
            return std::nullopt;
    }
    return QString(reinterpret_cast<const QChar *>(text.getBuffer()), text.length());
}

bool isCommonPassword(const QString &password)
{
    static const QSet<QByteArray> common = readCommonPasswords();
    return !password.isEmpty() && common.contains(password.toLower().toUtf8());
}

} // namespace rookery::auth
