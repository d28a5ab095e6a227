// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/core/names.h"

#include "common/ids.h"

#include <QtGlobal>

#include <algorithm>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include <unicode/locid.h>
#include <unicode/normalizer2.h>
#include <unicode/uchar.h>
#include <unicode/unistr.h>
#include <unicode/uspoof.h>

namespace rookery::core {

namespace {

// UTS 39 section 5.4: no real orthography stacks more of them on one letter.
constexpr int mostMarksInARow = 4;
// No skeleton of a name is longer; text past it is some other text, whatever it looks like.
constexpr qsizetype longestLookedUp = 1024;

/// ICU's objects for this file, made once; all of them are safe to use from any thread.
class Unicode
{
public:
    static const Unicode &instance()
    {
        static const Unicode unicode;
        return unicode;
    }

    icu::UnicodeString composed(const icu::UnicodeString &text) const { return normalized(m_nfc, text); }
    /// Case folded and with every compatibility form as what it stands for (NFKC_Casefold): fullwidth,
    /// mathematical, circled and superscript letters and ligatures are the plain ones. Folding it, or
    /// normalising it, again changes nothing.
    icu::UnicodeString plain(const icu::UnicodeString &text) const
    {
        return normalized(m_nfkcCasefold, text);
    }
    /// The same without touching the case.
    icu::UnicodeString compatible(const icu::UnicodeString &text) const { return normalized(m_nfkc, text); }

    icu::UnicodeString skeleton(const icu::UnicodeString &text) const
    {
        UErrorCode status = U_ZERO_ERROR;
        icu::UnicodeString result;
        uspoof_getSkeletonUnicodeString(m_checker.get(), 0, text, result, &status);
        check(status);
        return result;
    }

    /// Whether the word mixes scripts, or digits of several systems, or hides one mark behind another.
    bool isConfusing(const icu::UnicodeString &word) const
    {
        UErrorCode status = U_ZERO_ERROR;
        const int32_t found = uspoof_checkUnicodeString(m_checker.get(), word, nullptr, &status);
        check(status);
        return found != 0;
    }

private:
    struct Closer
    {
        void operator()(USpoofChecker *checker) const { uspoof_close(checker); }
    };

    static icu::UnicodeString normalized(const icu::Normalizer2 *form, const icu::UnicodeString &text)
    {
        UErrorCode status = U_ZERO_ERROR;
        icu::UnicodeString result = form->normalize(text, status);
        check(status);
        return result;
    }

    Unicode()
    {
        UErrorCode status = U_ZERO_ERROR;
        m_nfc = icu::Normalizer2::getNFCInstance(status);
        m_nfkc = icu::Normalizer2::getNFKCInstance(status);
        m_nfkcCasefold = icu::Normalizer2::getNFKCCasefoldInstance(status);
        m_checker.reset(uspoof_open(&status));
        uspoof_setChecks(m_checker.get(),
            USPOOF_RESTRICTION_LEVEL | USPOOF_MIXED_NUMBERS | USPOOF_INVISIBLE | USPOOF_HIDDEN_OVERLAY,
            &status);
        // One script, or Latin beside the scripts that Chinese, Japanese and Korean are written in.
        uspoof_setRestrictionLevel(m_checker.get(), USPOOF_HIGHLY_RESTRICTIVE);
        check(status);
    }

    static void check(UErrorCode status)
    {
        // Only missing data files or memory can do this; a name must not pass unchecked.
        if (U_FAILURE(status))
            qFatal("ICU failed: %s", u_errorName(status));
    }

    const icu::Normalizer2 *m_nfc = nullptr; // ICU's own, all three
    const icu::Normalizer2 *m_nfkc = nullptr;
    const icu::Normalizer2 *m_nfkcCasefold = nullptr;
    std::unique_ptr<USpoofChecker, Closer> m_checker;
};

icu::UnicodeString fromQt(const QString &text)
{
    return {reinterpret_cast<const char16_t *>(text.utf16()), int32_t(text.size())};
}

QString toQt(const icu::UnicodeString &text)
{
    return QString(reinterpret_cast<const QChar *>(text.getBuffer()), text.length());
}

bool isAscii(const icu::UnicodeString &text)
{
    for (int32_t i = 0; i < text.length(); ++i) {
        if (text.charAt(i) > 0x7f)
            return false;
    }
    return true;
}

icu::UnicodeString folded(icu::UnicodeString text)
{
    return text.foldCase(U_FOLD_CASE_DEFAULT);
}

/// A skeleton without what is left of case and of compatibility forms, which the table of UTS 39 has on both
/// of its sides. A capital I looks like l and is a capital i: for names that are shown as they were typed but
/// compared without case, i and l are one letter. The table takes m for "rn", but not w for "vv".
icu::UnicodeString caseless(const icu::UnicodeString &skeleton)
{
    const Unicode &unicode = Unicode::instance();
    return unicode.skeleton(unicode.plain(skeleton)).findAndReplace(u"i", u"l").findAndReplace(u"w", u"vv");
}

/// Case is folded first, as UTS 39 has it, so that names that differ in case alone always share it;
/// compatibility forms go with it, of which the table knows some only. What looks like Latin only in capitals
/// (Cyrillic "ВОВ") is found by its capitals.
icu::UnicodeString skeletonOfText(const icu::UnicodeString &text)
{
    const Unicode &unicode = Unicode::instance();
    const icu::UnicodeString lower = unicode.plain(text);
    const icu::UnicodeString skeleton = unicode.skeleton(lower);
    if (!isAscii(skeleton)) {
        const icu::UnicodeString capitals =
            unicode.skeleton(icu::UnicodeString(lower).toUpper(icu::Locale::getRoot()));
        if (isAscii(capitals))
            return caseless(capitals);
    }
    return caseless(skeleton);
}

/// What one kind of name may be made of.
struct Rules
{
    const char *what;
    const char16_t *separators;
    const char *allowed;
    int shortest;
    int longest;
    bool separatorsInsideOnly;
    bool lookAlikesAreTaken; ///< and what invites them, such as mixed scripts, is refused
};

Error nameRefusal(const QString &field, const Rules &rules, const QString &sentence)
{
    return {
        ErrorCode::InvalidField, QStringLiteral("The %1 %2").arg(QLatin1String(rules.what), sentence), field};
}

enum class CharacterRole { Letter, Mark, Separator, Foreign };

CharacterRole roleOf(UChar32 c, const Rules &rules)
{
    if (c <= 0xffff && QStringView(rules.separators).contains(QChar(char16_t(c))))
        return CharacterRole::Separator;
    // Some letters and marks are invisible all the same, such as U+3164 HANGUL FILLER.
    if (u_hasBinaryProperty(c, UCHAR_DEFAULT_IGNORABLE_CODE_POINT))
        return CharacterRole::Foreign;
    const uint32_t category = U_GET_GC_MASK(c);
    if (category & (U_GC_L_MASK | U_GC_ND_MASK))
        return CharacterRole::Letter;
    return category & (U_GC_MN_MASK | U_GC_MC_MASK) ? CharacterRole::Mark : CharacterRole::Foreign;
}

/// A character in a sentence for people: by itself where it can be seen, else by what it is.
QString spoken(UChar32 c)
{
    if (c == ' ')
        return QStringLiteral("spaces");
    if (c == '\t' || c == '\n' || c == '\r')
        return QStringLiteral("tabs or line breaks");
    const QString number = QStringLiteral("U+%1").arg(uint(c), 4, 16, QLatin1Char('0'));
    if (!(U_GET_GC_MASK(c) & (U_GC_P_MASK | U_GC_S_MASK | U_GC_N_MASK)))
        return QStringLiteral("the character ") + number;
    const auto one = char32_t(c);
    const QString shown = QStringLiteral("\u201c%1\u201d").arg(QString::fromUcs4(&one, 1));
    return c < 0x80 ? shown : QStringLiteral("%1 (%2)").arg(shown, number);
}

/// The first rule that the characters break, one after the other.
std::optional<QString> badCharacters(const icu::UnicodeString &text, const Rules &rules)
{
    int marks = 0;
    CharacterRole previous = CharacterRole::Separator;
    for (int32_t i = 0; i < text.length(); i = text.moveIndex32(i, 1)) {
        const UChar32 c = text.char32At(i);
        const CharacterRole role = roleOf(c, rules);
        if (role == CharacterRole::Foreign)
            return QStringLiteral("must not contain %1; %2 are allowed.")
                .arg(spoken(c), QLatin1String(rules.allowed));
        marks = role == CharacterRole::Mark ? marks + 1 : 0;
        if ((role == CharacterRole::Mark && previous == CharacterRole::Separator) || marks > mostMarksInARow)
            return QStringLiteral("has combining marks (U+%1) where no letter carries them.")
                .arg(uint(c), 4, 16, QLatin1Char('0'));
        if (rules.separatorsInsideOnly && role == CharacterRole::Separator && i == 0)
            return QStringLiteral("must start with a letter or a digit.");
        previous = role;
    }
    if (rules.separatorsInsideOnly && previous == CharacterRole::Separator)
        return QStringLiteral("must end with a letter or a digit.");
    return std::nullopt;
}

/// The form that names which differ in case or composition alone have in common.
icu::UnicodeString caselessForm(const icu::UnicodeString &text)
{
    const Unicode &unicode = Unicode::instance();
    return unicode.composed(folded(unicode.composed(text)));
}

bool isMark(UChar32 c)
{
    return U_GET_GC_MASK(c) & U_GC_M_MASK;
}

bool isNoLetterOrDigit(UChar32 c)
{
    return !(U_GET_GC_MASK(c) & (U_GC_L_MASK | U_GC_N_MASK));
}

QString without(bool (*ignored)(UChar32), const QString &text)
{
    QString rest;
    for (const char32_t c : text.toUcs4()) {
        if (!ignored(UChar32(c)))
            rest += QString::fromUcs4(&c, 1);
    }
    return rest;
}

/// Whether a skeleton is that of a guest's name (`guest-` and six hexadecimal digits) or of what is easily
/// taken for one: `guest`, with separators anywhere, and then a separator or nothing but digits.
bool isLikeOfGuests(const QString &skeleton)
{
    static const std::u32string word = skeletonOf(QStringLiteral("guest")).toStdU32String();
    const std::u32string text = without(isMark, skeleton).toStdU32String();
    size_t matched = 0;
    size_t at = 0;
    for (; at < text.size() && matched < word.size(); ++at) {
        if (text[at] == word[matched])
            ++matched;
        else if (!isNoLetterOrDigit(UChar32(text[at])))
            return false;
    }
    if (matched < word.size() || at == text.size())
        return false;
    if (isNoLetterOrDigit(UChar32(text[at])))
        return true;
    constexpr size_t digitsOfGuests = 6;
    std::u32string rest = text.substr(at);
    std::erase_if(rest, [](char32_t c) { return isNoLetterOrDigit(UChar32(c)); });
    // 0 and 1 are o and l in a skeleton.
    const auto areAll = [&rest](std::u32string_view letters) {
        return std::ranges::all_of(rest, [letters](char32_t c) {
            return u_isdigit(UChar32(c)) || letters.find(c) != std::u32string_view::npos;
        });
    };
    return areAll(U"ol") || (rest.size() == digitsOfGuests && areAll(U"olabcdef"));
}

Result<CheckedName> check(const QString &name, const Rules &rules, const QString &field)
{
    const auto badLength = [&rules, &field] {
        return nameRefusal(field, rules,
            QStringLiteral("must have %1 to %2 characters.").arg(rules.shortest).arg(rules.longest));
    };
    // Composing never shortens a text to less than an eighth; what is longer need not be looked at.
    if (name.size() > qsizetype(8) * rules.longest)
        return badLength();
    const icu::UnicodeString text = Unicode::instance().composed(fromQt(name));
    const int length = text.countChar32();
    if (length < rules.shortest || length > rules.longest)
        return badLength();
    if (const auto problem = badCharacters(text, rules))
        return nameRefusal(field, rules, *problem);
    if (isId(toQt(text)))
        return nameRefusal(field, rules, QStringLiteral("must not have the form of an id."));
    if (!rules.lookAlikesAreTaken)
        return CheckedName{toQt(text), toQt(caselessForm(text))};
    if (Unicode::instance().isConfusing(text))
        return nameRefusal(field, rules,
            QStringLiteral("mixes writing systems in a way that can be taken for another name."));

    const icu::UnicodeString skeleton = skeletonOfText(text);
    const icu::UnicodeString shown = Unicode::instance().skeleton(Unicode::instance().compatible(text));
    // "ΑΝΝΑ" in Greek looks like Latin, but its small letters do not look like Latin "anna": no one skeleton
    // can say both.
    if (!isAscii(text) && isAscii(shown) && caseless(shown) != skeleton)
        return nameRefusal(
            field, rules, QStringLiteral("looks like Latin letters without being made of them."));
    return CheckedName{toQt(text), toQt(skeleton)};
}

} // namespace

Result<CheckedName> checkUserName(const QString &name, const Limits &limits, const QString &field)
{
    return check(name,
        {"user name", u".-_", "letters, digits, '.', '-' and '_'", limits.userNameCharactersMin,
            limits.userNameCharactersMax, true, true},
        field);
}

bool isReservedName(const CheckedName &name)
{
    static const QStringList reserved = [] {
        QStringList words;
        for (const char *word : {"admin", "administrator", "administrators", "admins", "anonymous",
                 "everyone", "guest", "guests", "here", "mod", "moderator", "moderators", "nobody",
                 "operator", "postmaster", "root", "rookery", "rookeryd", "security", "server", "staff",
                 "support", "sysadmin", "system", "webmaster"})
            words.append(skeletonOf(QLatin1String(word)));
        return words;
    }();
    return reserved.contains(without(isNoLetterOrDigit, name.skeleton)) || isLikeOfGuests(name.skeleton);
}

bool isReservedRoomName(const CheckedName &name)
{
    return name.skeleton == QLatin1String("directory");
}

Result<CheckedName> checkRoomName(const QString &name, const Limits &limits, const QString &field)
{
    return check(name,
        {"room name", u"-_", "letters, digits, '-' and '_'", 1, limits.roomNameCharactersMax, false, false},
        field);
}

QString skeletonOf(const QString &name)
{
    return toQt(skeletonOfText(fromQt(name.left(longestLookedUp))));
}

QString namesRule()
{
    // The tables of look-alikes come with ICU, and grow with it.
    return QStringLiteral("2, ICU %1").arg(QLatin1String(U_ICU_VERSION));
}

QString nameKey(const QString &name)
{
    return toQt(caselessForm(fromQt(name.left(longestLookedUp))));
}

bool isSameName(const QString &one, const QString &other)
{
    return caselessForm(fromQt(one.left(longestLookedUp)))
        == caselessForm(fromQt(other.left(longestLookedUp)));
}

bool isUser(const User &user, const QString &idOrName)
{
    if (isId(idOrName))
        return idOrName.compare(user.id, Qt::CaseInsensitive) == 0;
    return isSameName(idOrName, user.name);
}

} // namespace rookery::core
