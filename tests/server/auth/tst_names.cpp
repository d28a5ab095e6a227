// SPDX-License-Identifier: GPL-3.0-or-later
#include "common/messages.h"
#include "server/core/names.h"

#include <QTest>

using namespace rookery;
using namespace rookery::core;

namespace {

const QString field = QStringLiteral("username");

QString fromPoints(std::initializer_list<char32_t> points)
{
    return QString::fromUcs4(points.begin(), qsizetype(points.size()));
}

} // namespace

class tst_Names : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void goodUserNames_data();
    void goodUserNames();
    void badUserNames_data();
    void badUserNames();
    void goodRoomNames_data();
    void goodRoomNames();
    void roomsAreTakenByNameNotByLooks();
    void badRoomNames_data();
    void badRoomNames();
    void limitsAreObeyed();
    void composed();
    void alike_data();
    void alike();
    void distinct_data();
    void distinct();
    void caseNeverMatters();
    void sameName_data();
    void sameName();
    void compatibilityForms();
    void reserved_data();
    void reserved();
    void skeletonOfAnything_data();
    void skeletonOfAnything();
};

void tst_Names::goodUserNames_data()
{
    QTest::addColumn<QString>("name");
    const auto row = [](const char *title, const QString &name) { QTest::newRow(title) << name; };
    row("plain", QStringLiteral("ada"));
    row("capitals", QStringLiteral("AdaLovelace"));
    row("digits", QStringLiteral("r2d2"));
    row("digits alone", QStringLiteral("42"));
    row("separators inside", QStringLiteral("ada.king-noel_1815"));
    row("separators in a row", QStringLiteral("a__b"));
    row("shortest", QStringLiteral("ab"));
    row("longest", QString(32, u'a'));
    row("longest outside the BMP", fromPoints({0x10400}).repeated(32));
    row("accents", QStringLiteral("Zoë-François"));
    row("German", QStringLiteral("Weißmüller"));
    row("Turkish", QStringLiteral("Işıl"));
    row("Vietnamese", QStringLiteral("Nguyễn"));
    row("Cyrillic", QStringLiteral("Лариса"));
    row("Cyrillic with digits", QStringLiteral("Лариса99"));
    row("Greek", QStringLiteral("Ελένη"));
    row("Hebrew", QStringLiteral("שרה"));
    row("Arabic", QStringLiteral("فاطمة"));
    row("Arabic with its digits", QStringLiteral("فاطمة٣"));
    row("Devanagari, with vowel signs", QStringLiteral("प्रिया"));
    row("Thai", QStringLiteral("สมชาย"));
    row("Japanese, three scripts", QStringLiteral("山田ひろシー"));
    row("Japanese and Latin", QStringLiteral("Ken太郎"));
    row("Chinese", QStringLiteral("李小龙"));
    row("Korean", QStringLiteral("김철수"));
    row("Korean and Latin", QStringLiteral("Kim철수"));
}

void tst_Names::goodUserNames()
{
    QFETCH(QString, name);
    const auto checked = checkUserName(name, Limits(), field);
    QVERIFY2(checked, checked ? "" : qPrintable(checked.error().detail));
    QCOMPARE(checked->text, name.normalized(QString::NormalizationForm_C));
    QVERIFY(!checked->skeleton.isEmpty());
    QCOMPARE(checked->skeleton, skeletonOf(name));
}

void tst_Names::badUserNames_data()
{
    QTest::addColumn<QString>("name");
    QTest::addColumn<QString>("says");
    const auto row = [](const char *title, const QString &name, const char *says) {
        QTest::newRow(title) << name << QString::fromLatin1(says);
    };
    row("empty", QString(), "2 to 32 characters");
    row("too short", QStringLiteral("a"), "2 to 32 characters");
    row("too short, though two code units", fromPoints({0x10400}), "2 to 32 characters");
    row("too short once composed", QStringLiteral("e\u0301"), "2 to 32 characters");
    row("too long", QString(33, u'a'), "2 to 32 characters");
    row("megabytes", QString(5'000'000, u'a'), "2 to 32 characters");

    row("a space", QStringLiteral("ada king"), "must not contain spaces;");
    row("a space before", QStringLiteral(" ada"), "spaces");
    row("a no-break space", QStringLiteral("ada\u00a0king"), "U+00a0");
    row("an ideographic space", QStringLiteral("李\u3000龙"), "U+3000");
    row("a tab", QStringLiteral("ada\tking"), "tabs or line breaks");
    row("a line break", QStringLiteral("ada\nking"), "tabs or line breaks");
    row("U+0000", QStringLiteral("ada") + QChar(u'\0'), "U+0000");
    row("DEL", QStringLiteral("ada\u007f"), "U+007f");
    row("a C1 control", QStringLiteral("ada\u0085"), "U+0085");

    row("right-to-left override", QStringLiteral("ada\u202egnik"), "U+202e");
    row("left-to-right mark", QStringLiteral("ada\u200e"), "U+200e");
    row("Arabic letter mark", QStringLiteral("ada\u061cx"), "U+061c");
    row("isolate", QStringLiteral("\u2066ada\u2069"), "U+2066");
    row("zero-width space", QStringLiteral("ad\u200ba"), "U+200b");
    row("zero-width joiner", QStringLiteral("ad\u200da"), "U+200d");
    row("zero-width non-joiner", QStringLiteral("ad\u200ca"), "U+200c");
    row("word joiner", QStringLiteral("ad\u2060a"), "U+2060");
    row("byte order mark", QStringLiteral("\ufeffada"), "U+feff");
    row("soft hyphen", QStringLiteral("ad\u00ada"), "U+00ad");
    row("a variation selector", QStringLiteral("ada\ufe0f"), "U+fe0f");
    row("combining grapheme joiner", QStringLiteral("ada\u034fb"), "U+034f");
    row("Hangul filler", QStringLiteral("ada\u3164"), "U+3164");
    row("Braille blank", QStringLiteral("ada\u2800"), "U+2800");
    row("a tag character", QStringLiteral("ada") + fromPoints({0xe0061}), "U+e0061");

    row("unassigned", QStringLiteral("ada\u0378"), "U+0378");
    row("private use", QStringLiteral("ada\ue000"), "U+e000");
    row("a noncharacter", QStringLiteral("ada\uffff"), "U+ffff");
    row("the replacement character", QStringLiteral("ada\ufffd"), "U+fffd");
    row("a lone high surrogate", QStringLiteral("ada") + QChar(0xd800), "U+d800");
    row("a lone low surrogate", QChar(0xdc00) + QStringLiteral("ada"), "U+dc00");
    row("an emoji", QStringLiteral("ada") + fromPoints({0x1f426}), "U+1f426");
    for (const char c : QByteArray("@/\\:;<>\"'`#%&?*+=,!|$^~(){}[]"))
        QTest::addRow("punctuation %c", c) << QStringLiteral("a%1b").arg(
            QLatin1Char(c)) << QStringLiteral("must not contain \u201c%1\u201d;").arg(QLatin1Char(c));

    row("a separator first", QStringLiteral(".ada"), "start with");
    row("a separator last", QStringLiteral("ada-"), "end with");
    row("separators alone", QStringLiteral("_._"), "start with");
    row("a dot dot", QStringLiteral(".."), "start with");
    row("a mark first", QStringLiteral("\u0301ada"), "U+0301");
    row("a mark on a separator", QStringLiteral("a.\u0327b"), "U+0327");
    row("a stack of marks", QStringLiteral("x\u0301\u0302\u0303\u0304\u0306y"), "U+0306");
    row("an enclosing mark", QStringLiteral("ad\u20dda"), "U+20dd");

    row("Latin with a Cyrillic letter", QStringLiteral("\u0430lice"), "writing systems");
    row("Latin with a Greek letter", QStringLiteral("b\u03bfb"), "writing systems");
    row("Latin and Cyrillic words", QStringLiteral("иван.smith"), "writing systems");
    row("Latin with a Cherokee letter", QStringLiteral("\u13aada"), "writing systems");
    row("digits of two systems", QStringLiteral("a1\u0663"), "writing systems");
    row("one mark twice", QStringLiteral("x\u0323\u0323y"), "writing systems");
    row("a dot hidden on an i", QStringLiteral("adi\u0307"), "writing systems");
    row("Greek capitals that spell Latin", QStringLiteral("ΑΝΝΑ"), "Latin");
}

/// THREATS 5: what is only there to deceive is refused.
void tst_Names::badUserNames()
{
    QFETCH(QString, name);
    QFETCH(QString, says);
    const auto checked = checkUserName(name, Limits(), field);
    QVERIFY(!checked);
    QCOMPARE(checked.error().code, ErrorCode::InvalidField);
    QCOMPARE(checked.error().field, field);
    QVERIFY2(checked.error().detail.startsWith(QLatin1String("The user name "))
            && checked.error().detail.contains(says) && checked.error().detail.endsWith(u'.'),
        qPrintable(checked.error().detail));
    QVERIFY(checked.error().detail.size() < 150);
}

void tst_Names::goodRoomNames_data()
{
    QTest::addColumn<QString>("name");
    const auto row = [](const char *title, const QString &name) { QTest::newRow(title) << name; };
    row("the lobby", lobbyName);
    row("one character", QStringLiteral("x"));
    row("longest", QString(64, u'a'));
    row("separators", QStringLiteral("_off-topic-"));
    row("a script for each word", QStringLiteral("чат-linux_日本"));
    row("a word of two scripts", QStringLiteral("чатroom"));
    row("Hindi", QStringLiteral("हिन्दी"));
    row("nearly an id", QStringLiteral("0198c0de-0000-7000-8000-00000000000"));
}

void tst_Names::goodRoomNames()
{
    QFETCH(QString, name);
    const auto checked = checkRoomName(name, Limits(), QStringLiteral("name"));
    QVERIFY2(checked, checked ? "" : qPrintable(checked.error().detail));
    QCOMPARE(checked->text, name);
}

void tst_Names::roomsAreTakenByNameNotByLooks()
{
    const auto skeleton = [](const QString &name) {
        return checkRoomName(name, Limits(), QStringLiteral("name"))->skeleton;
    };
    QCOMPARE(skeleton(QStringLiteral("General")), skeleton(QStringLiteral("gENERAL")));
    QCOMPARE(skeleton(QStringLiteral("Zoe\u0308")), skeleton(QStringLiteral("ZO\u00cb")));
    QVERIFY(skeleton(QStringLiteral("room1")) != skeleton(QStringLiteral("rooml")));
    QVERIFY(skeleton(QStringLiteral("ali")) != skeleton(QStringLiteral("all")));
}

void tst_Names::badRoomNames_data()
{
    QTest::addColumn<QString>("name");
    const auto row = [](const char *title, const QString &name) { QTest::newRow(title) << name; };
    row("empty", QString());
    row("too long", QString(65, u'a'));
    row("a dot", QStringLiteral("a.b"));
    row("a slash", QStringLiteral("a/b"));
    row("a space", QStringLiteral("a b"));
    row("a line break", QStringLiteral("a\r\nb"));
    row("U+0000", QString(QChar(u'\0')));
    row("bidi", QStringLiteral("a\u202eb"));
    row("zero-width", QStringLiteral("a\u200bb"));
    row("an emoji", fromPoints({0x1f426}));
    row("a mark alone", QStringLiteral("\u0301"));
    row("a mark on a separator", QStringLiteral("a-\u0327"));
    row("an id", QStringLiteral("0198c0de-0000-7000-8000-000000000001"));
    row("an id in capitals", QStringLiteral("0198C0DE-0000-7000-8000-000000000001"));
}

void tst_Names::badRoomNames()
{
    QFETCH(QString, name);
    const auto checked = checkRoomName(name, Limits(), QStringLiteral("room"));
    QVERIFY(!checked);
    QCOMPARE(checked.error().code, ErrorCode::InvalidField);
    QCOMPARE(checked.error().field, QStringLiteral("room"));
    QVERIFY2(checked.error().detail.startsWith(QLatin1String("The room name ")),
        qPrintable(checked.error().detail));
}

void tst_Names::limitsAreObeyed()
{
    Limits limits;
    limits.userNameCharactersMin = 4;
    limits.userNameCharactersMax = 5;
    limits.roomNameCharactersMax = 8;
    QVERIFY(!checkUserName(QStringLiteral("ada"), limits, field));
    QVERIFY(checkUserName(QStringLiteral("adah"), limits, field));
    QVERIFY(!checkUserName(QStringLiteral("adahxx"), limits, field));
    QVERIFY(checkRoomName(QString(8, u'r'), limits, field));
    QVERIFY(!checkRoomName(QString(9, u'r'), limits, field));
}

void tst_Names::composed()
{
    const auto decomposed = checkUserName(QStringLiteral("Zoe\u0308"), Limits(), field);
    const auto whole = checkUserName(QStringLiteral("Zo\u00eb"), Limits(), field);
    QVERIFY(decomposed && whole);
    QCOMPARE(decomposed->text, whole->text);
    QCOMPARE(decomposed->skeleton, whole->skeleton);
    // 32 letters in 96 code units, each of which composes to one.
    QVERIFY(checkUserName(QStringLiteral("u\u0308\u0301").repeated(32), Limits(), field));
}

void tst_Names::alike_data()
{
    QTest::addColumn<QString>("name");
    QTest::addColumn<QString>("other");
    const auto row = [](const char *title, const QString &name, const QString &other) {
        QTest::newRow(title) << name << other;
    };
    row("case", QStringLiteral("Alice"), QStringLiteral("aLICE"));
    row("Cyrillic case", QStringLiteral("Вова"), QStringLiteral("вовА"));
    row("Greek case", QStringLiteral("Ηρα"), QStringLiteral("ηρα"));
    row("final sigma", QStringLiteral("Νίκος"), QStringLiteral("ΝΊΚΟΣ"));
    row("sharp s", QStringLiteral("weiß"), QStringLiteral("WEISS"));
    row("capital I for l", QStringLiteral("Alice"), QStringLiteral("AIice"));
    row("capital I at the end", QStringLiteral("paypal"), QStringLiteral("paypaI"));
    row("one for l", QStringLiteral("alice"), QStringLiteral("a1ice"));
    row("zero for o", QStringLiteral("bob"), QStringLiteral("b0b"));
    row("zero for capital O", QStringLiteral("BOB"), QStringLiteral("b0b"));
    row("rn for m", QStringLiteral("admin"), QStringLiteral("adrnin"));
    row("all Cyrillic", QStringLiteral("coco"), QStringLiteral("сосо"));
    row("all Cyrillic capitals", QStringLiteral("BOB"), QStringLiteral("ВОВ"));
    row("all Cyrillic, its small letters are no mimics", QStringLiteral("bob"), QStringLiteral("вов"));
    row("a word of Cyrillic letters that all look Latin", QStringLiteral("scope"), QStringLiteral("ѕсоре"));
    row("all Greek", QStringLiteral("pop"), QStringLiteral("ρορ"));
    row("dotless i", QStringLiteral("alice"), QStringLiteral("al\u0131ce"));
    row("fullwidth", QStringLiteral("alice"), QStringLiteral("ａｌｉｃｅ"));
    row("mathematical", QStringLiteral("alice"), QStringLiteral("𝐚𝐥𝐢𝐜𝐞"));
    row("vv for w", QStringLiteral("willow"), QStringLiteral("vvillow"));
    row("VV for w", QStringLiteral("willow"), QStringLiteral("VVillow"));
    row("vw for wv", QStringLiteral("awva"), QStringLiteral("avwa"));
    row("one fullwidth letter", QStringLiteral("willow"), QStringLiteral("\uff57illow"));
    row("one fullwidth letter inside", QStringLiteral("news"), QStringLiteral("ne\uff57s"));
    row("a ligature", QStringLiteral("fine"), QStringLiteral("\ufb01ne"));
    row("superscripts", QStringLiteral("anna"), QStringLiteral("\u1d43nn\u00aa"));
    row("circled", QStringLiteral("amber"), QStringLiteral("\u24d0mb\u24d4r"));
    row("halfwidth Katakana", QStringLiteral("\u30ab\u30e1"), QStringLiteral("\uff76\uff92"));
    row("Latin alpha", QStringLiteral("ada"), QStringLiteral("\u0251d\u0251"));
    row("composition", QStringLiteral("zo\u00eb"), QStringLiteral("zoe\u0308"));
}

/// THREATS 5: what looks alike is taken.
void tst_Names::alike()
{
    QFETCH(QString, name);
    QFETCH(QString, other);
    QVERIFY(name != other);
    QCOMPARE(skeletonOf(other), skeletonOf(name));
}

void tst_Names::distinct_data()
{
    QTest::addColumn<QString>("name");
    QTest::addColumn<QString>("other");
    const auto row = [](const char *title, const QString &name, const QString &other) {
        QTest::newRow(title) << name << other;
    };
    row("other letters", QStringLiteral("alice"), QStringLiteral("alicia"));
    row("accents count", QStringLiteral("jose"), QStringLiteral("josé"));
    row("separators count", QStringLiteral("adaking"), QStringLiteral("ada.king"));
    row("which separator counts", QStringLiteral("ada-king"), QStringLiteral("ada_king"));
    row("numbers", QStringLiteral("user12"), QStringLiteral("user21"));
    row("Cyrillic", QStringLiteral("Иван"), QStringLiteral("Ирина"));
    row("Chinese", QStringLiteral("李明"), QStringLiteral("李朋"));
}

void tst_Names::distinct()
{
    QFETCH(QString, name);
    QFETCH(QString, other);
    QVERIFY(skeletonOf(name) != skeletonOf(other));
}

void tst_Names::caseNeverMatters()
{
    // Every letter that has a case, in every script: a name and its other case must never both be free.
    for (char32_t c = 0x41; c < 0x1e944; ++c) {
        if (!QChar::isLetter(c) || QChar::toCaseFolded(c) == c)
            continue;
        const QString one = fromPoints({c, c});
        const QString other = fromPoints({QChar::toCaseFolded(c), c});
        if (skeletonOf(one) != skeletonOf(other))
            QFAIL(qPrintable(QStringLiteral("U+%1").arg(uint(c), 4, 16)));
    }
}

void tst_Names::sameName_data()
{
    QTest::addColumn<QString>("name");
    QTest::addColumn<QString>("other");
    QTest::addColumn<bool>("same");
    const auto row = [](const char *title, const QString &name, const QString &other, bool same) {
        QTest::newRow(title) << name << other << same;
    };
    row("itself", QStringLiteral("alice"), QStringLiteral("alice"), true);
    row("case", QStringLiteral("Alice"), QStringLiteral("aLICE"), true);
    row("composition", QStringLiteral("ZO\u00cb"), QStringLiteral("zoe\u0308"), true);
    row("i and l", QStringLiteral("ali"), QStringLiteral("all"), false);
    row("a look-alike", QStringLiteral("Alice"), QStringLiteral("AIice"), false);
    row("another script", QStringLiteral("coco"), QStringLiteral("сосо"), false);
    row("a longer one", QStringLiteral("alice"), QStringLiteral("alicea"), false);
    row("nothing", QString(), QString(), true);
}

void tst_Names::sameName()
{
    QFETCH(QString, name);
    QFETCH(QString, other);
    QTEST(isSameName(name, other), "same");
    QCOMPARE(isSameName(other, name), isSameName(name, other));
}

/// 17 of the 36 fullwidth letters and digits passed beside the usual ones.
void tst_Names::compatibilityForms()
{
    const QString plain = QStringLiteral("abcdefghijklmnopqrstuvwxyz0123456789");
    for (const QChar c : plain) {
        const bool digit = c.isDigit();
        const char16_t step = c.unicode() - (digit ? u'0' : u'a');
        QList<char32_t> forms{char32_t(c.unicode() - 0x21 + 0xff01),
            (digit ? U'\U0001d7ce' : U'\U0001d41a') + step, (digit ? U'\U0001d7f6' : U'\U0001d670') + step};
        if (!digit)
            forms.append({char32_t(c.toUpper().unicode() - 0x21 + 0xff01), U'\u24d0' + step, U'\u24b6' + step,
                U'\U0001f130' + step});
        for (const char32_t form : std::as_const(forms)) {
            const QString name = QStringLiteral("x%1y").arg(c);
            const QString other = u'x' + QString::fromUcs4(&form, 1) + u'y';
            QVERIFY2(skeletonOf(name) == skeletonOf(other), qPrintable(other));
        }
    }
}

void tst_Names::reserved_data()
{
    QTest::addColumn<QString>("name");
    QTest::addColumn<bool>("reserved");
    for (const char *name :
        {"admin", "ADMIN", "adm1n", "ad-min", "ad.min", "a.d_m-i.n", "\u00e1dmin", "adm\u0131n", "a\uff44min",
            "\uff41dmin", "sys-tem", "syst\u00e8m", "ro\u00f8t", "guest", "gu-est", "guest-1", "guest1",
            "guest_1", "guest.1", "gue.st-1", "gu\u00e9st1", "g\uff55est-1", "guest42", "guest\uff11",
            "guest-anna", "guest_anna", "gu.est-anna", "guest1a2b3c", "guestl", "guest\u0661"})
        QTest::newRow(name) << QString::fromUtf8(name) << true;
    for (const char *name : {"administer", "administration", "admiral", "guesthouse", "guesty", "wellguest",
             "guesswork", "systematic", "modest", "rooted", "hereford", "guestabc"})
        QTest::newRow(name) << QString::fromUtf8(name) << false;
}

/// THREATS 43: separators and marks make no other name of a reserved one.
void tst_Names::reserved()
{
    QFETCH(QString, name);
    QFETCH(bool, reserved);
    const auto checked = checkUserName(name, Limits(), field);
    if (!checked && reserved)
        return; // nobody has it either
    QVERIFY(checked.ok());
    QCOMPARE(isReservedName(*checked), reserved);
}

void tst_Names::skeletonOfAnything_data()
{
    QTest::addColumn<QString>("text");
    QTest::newRow("nothing") << QString();
    QTest::newRow("a lone surrogate") << QString(QChar(0xd800));
    QTest::newRow("half a pair at the cut") << QString(1023, u'a') + fromPoints({0x1f426});
    QTest::newRow("U+0000") << QString(QChar(u'\0'));
    QTest::newRow("controls") << QStringLiteral("\u202e\u0007");
    QTest::newRow("ligature that expands") << QString(1000, QChar(0xfdfa));
    QTest::newRow("megabytes") << QString(5'000'000, u'a');
}

void tst_Names::skeletonOfAnything()
{
    QFETCH(QString, text);
    const QString skeleton = skeletonOf(text);
    QVERIFY(skeleton.size() < 100'000);
    QCOMPARE(skeleton, skeletonOf(text));
}

QTEST_GUILESS_MAIN(tst_Names)
#include "tst_names.moc"
