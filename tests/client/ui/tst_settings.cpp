// SPDX-License-Identifier: GPL-3.0-or-later
#include "client/app/arguments.h"
#include "client/settings/settings.h"
#include "client/settings/theme.h"
#include "client/views/widgets/style.h"

#include <QPainter>
#include <QSettings>
#include <QStyleOptionButton>
#include <QtTest>

using namespace rookery;
using namespace rookery::client;
using namespace Qt::StringLiterals;

class SettingsTest : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void contrast_data()
    {
        QTest::addColumn<QColor>("foreground");
        QTest::addColumn<QColor>("background");
        int number = 0;
        for (const Theme *theme : {&Theme::day(), &Theme::night()}) {
            for (const ColorPair &pair : theme->textPairs())
                QTest::addRow("%s %d %s", theme->dark ? "dark" : "light", ++number, pair.what)
                    << pair.foreground << pair.background;
            // What Qt's own widgets paint with.
            const QPalette palette = theme->palette();
            using R = QPalette::ColorRole;
            const std::pair<R, R> roles[] = {{R::WindowText, R::Window}, {R::Text, R::Base},
                {R::ButtonText, R::Button}, {R::HighlightedText, R::Highlight},
                {R::ToolTipText, R::ToolTipBase}, {R::PlaceholderText, R::Base},
                {R::PlaceholderText, R::Window}, {R::BrightText, R::Window}, {R::BrightText, R::Base},
                {R::Link, R::Base}};
            for (const auto &[text, ground] : roles)
                QTest::addRow("%s palette %d on %d", theme->dark ? "dark" : "light", int(text), int(ground))
                    << palette.color(text) << palette.color(ground);
        }
    }

    /// At least 4.5:1 (WCAG 2.1, AA) in both themes.
    void contrast()
    {
        QFETCH(QColor, foreground);
        QFETCH(QColor, background);
        const double ratio = Theme::contrast(foreground, background);
        QVERIFY2(ratio >= 4.5, qPrintable(QString::number(ratio)));
    }

    void contrastItself()
    {
        QCOMPARE(qRound(Theme::contrast(Qt::black, Qt::white)), 21);
        QCOMPARE(qRound(Theme::contrast(Qt::white, Qt::white)), 1);
        QVERIFY(std::abs(Theme::contrast(QColor(0x777777), Qt::white) - 4.48) < 0.01);
    }

    /// A push button with the focus has a ring around it that can be seen, whatever kind of button it is.
    void focusRing()
    {
        Style style;
        for (const Theme *theme : {&Theme::day(), &Theme::night()}) {
            for (const auto feature :
                {QStyleOptionButton::None, QStyleOptionButton::Flat, QStyleOptionButton::DefaultButton}) {
                const auto drawn = [&](QStyle::State state) {
                    QStyleOptionButton option;
                    option.rect = QRect(0, 0, 120, 32);
                    option.palette = theme->palette();
                    option.state = QStyle::State_Enabled | state;
                    option.features = feature;
                    QImage image(option.rect.size(), QImage::Format_RGB32);
                    image.fill(theme->window);
                    QPainter painter(&image);
                    style.drawControl(QStyle::CE_PushButton, &option, &painter, nullptr);
                    return image;
                };
                const QImage plain = drawn({});
                const QImage focused = drawn(QStyle::State_HasFocus);
                for (int x = 10; x < 110; ++x)
                    QVERIFY2(Theme::contrast(focused.pixelColor(x, 0), plain.pixelColor(x, 0)) >= 3
                            || Theme::contrast(focused.pixelColor(x, 0), theme->window) >= 3,
                        qPrintable(u"%1 %2"_s.arg(theme->dark).arg(int(feature))));
                QVERIFY(focused.pixelColor(60, 0) != plain.pixelColor(60, 0));
            }
        }
    }

    void themeOfAPalette()
    {
        QVERIFY(!Theme::forPalette(Theme::day().palette()).dark);
        QVERIFY(Theme::forPalette(Theme::night().palette()).dark);
        // The same person has the same colour on every computer, whichever version of Qt it has.
        const Theme &day = Theme::day();
        QCOMPARE(day.avatar(u"ann"_s), day.avatars.at(0));
        QCOMPARE(day.avatar(u"bob"_s), day.avatars.at(4));
        QCOMPARE(day.avatar(u"Zoë"_s), day.avatars.at(7));
    }

    void remembers()
    {
        QSettings(QSettings::IniFormat, QSettings::UserScope, u"rookery"_s, u"rookery-one"_s).clear();
        QSettings(QSettings::IniFormat, QSettings::UserScope, u"rookery"_s, u"rookery-two"_s).clear();
        {
            Settings settings(u"one"_s);
            QVERIFY(settings.server().isEmpty());
            QVERIFY(settings.membersShown());
            QCOMPARE(settings.theme(), ThemeChoice::System);
            settings.setLogin(u"http://h:1/"_s, u"ann"_s);
            settings.setLastRoom(u"http://h:1/"_s, u"ann"_s, u"room"_s);
            settings.setLastRoom(u"http://h:1/"_s, u"a/n\\n=x"_s, u"other"_s);
            settings.setTheme(ThemeChoice::Dark);
            QCOMPARE(settings.keepChoice(), KeepChoice::None);
            settings.setKeepChoice(KeepChoice::File);
            QVERIFY(settings.trustedCertificate(u"[::1]:8443"_s).isEmpty());
            settings.setTrustedCertificate(u"[::1]:8443"_s, u"sha256:ab"_s);
            settings.setTrustedCertificate(u"chat.example.org:443"_s, u"sha256:cd out-of-date"_s);
            settings.setMembersShown(false);
            settings.setGeometry("geometry");
            settings.setSplitter("splitter");
        }
        const Settings settings(u"one"_s);
        QCOMPARE(settings.server(), u"http://h:1/"_s);
        QCOMPARE(settings.userName(), u"ann"_s);
        QCOMPARE(settings.lastRoom(u"http://h:1/"_s, u"ann"_s), u"room"_s);
        QCOMPARE(settings.lastRoom(u"http://h:1/"_s, u"a/n\\n=x"_s), u"other"_s);
        QVERIFY(settings.lastRoom(u"http://h:2/"_s, u"ann"_s).isEmpty());
        QCOMPARE(settings.theme(), ThemeChoice::Dark);
        QCOMPARE(settings.keepChoice(), KeepChoice::File);
        QCOMPARE(settings.trustedCertificate(u"[::1]:8443"_s), u"sha256:ab"_s);
        QCOMPARE(settings.trustedCertificate(u"chat.example.org:443"_s), u"sha256:cd out-of-date"_s);
        QVERIFY(settings.trustedCertificate(u"chat.example.org:444"_s).isEmpty());
        QVERIFY(!settings.membersShown());
        QCOMPARE(settings.geometry(), QByteArray("geometry"));
        QCOMPARE(settings.splitter(), QByteArray("splitter"));
        const Settings other(u"two"_s); // profiles do not share anything
        QVERIFY(other.server().isEmpty());
        QVERIFY(other.dataDirectory() != settings.dataDirectory());
        QVERIFY(Settings().dataDirectory() != settings.dataDirectory());
    }

    void profileNames_data()
    {
        QTest::addColumn<QString>("name");
        QTest::addColumn<bool>("good");
        QTest::newRow("plain") << u"work-2_b"_s << true;
        QTest::newRow("empty") << QString() << false;
        QTest::newRow("path") << u"../x"_s << false;
        QTest::newRow("dot") << u"."_s << false;
        QTest::newRow("line") << u"a\n"_s << false;
        QTest::newRow("long") << QString(33, u'a') << false;
        QTest::newRow("umlaut") << u"\u00e4"_s << false;
    }

    void profileNames()
    {
        QFETCH(QString, name);
        QFETCH(bool, good);
        QCOMPARE(Settings::isProfileName(name), good);
    }

    void arguments_data()
    {
        QTest::addColumn<QStringList>("line");
        QTest::addColumn<bool>("good");
        const auto row = [](const char *name, const QStringList &line, bool good) {
            QTest::newRow(name) << line << good;
        };
        row("none", {}, true);
        row("all", {u"--server"_s, u"http://h:1"_s, u"--user=ann"_s, u"--profile"_s, u"x"_s}, true);
        row("bare host", {u"--server"_s, u"chat.example:5000"_s}, true);
        row("IPv6", {u"--server"_s, u"http://[::1]:5000"_s}, true);
        row("help", {u"--help"_s}, true);
        row("version", {u"-v"_s}, true);
        row("unknown", {u"--colour"_s}, false);
        row("no value", {u"--server"_s}, false);
        row("positional", {u"http://h"_s}, false);
        row("scheme", {u"--server"_s, u"ftp://h"_s}, false);
        row("file", {u"--server"_s, u"file:///etc/passwd"_s}, false);
        row("no host", {u"--server"_s, u"http://"_s}, false);
        row("empty server", {u"--server"_s, u""_s}, false);
        row("bad profile", {u"--profile"_s, u"../x"_s}, false);
        row("empty profile", {u"--profile="_s}, false);
    }

    void arguments()
    {
        QFETCH(QStringList, line);
        QFETCH(bool, good);
        const Result<Arguments> result = parseArguments(line);
        QCOMPARE(result.ok(), good);
        if (!good)
            QVERIFY(result.error().detail.endsWith(u'.'));
    }

    void argumentValues()
    {
        const Result<Arguments> result =
            parseArguments({u"--server"_s, u"http://h:1"_s, u"--user=ann"_s, u"--profile"_s, u"x"_s});
        QCOMPARE(result->server, u"http://h:1"_s);
        QCOMPARE(result->userName, u"ann"_s);
        QCOMPARE(result->profile, u"x"_s);
        QVERIFY(!result->help && !result->version);
        QVERIFY(parseArguments({u"-h"_s})->help);
        QVERIFY(parseArguments({u"--version"_s})->version);
        QCOMPARE(parseArguments({u"-user"_s, u"ann"_s})->userName, u"ann"_s);
        QVERIFY(helpText().contains(u"--profile <NAME>"_s));
    }
};

QTEST_MAIN(SettingsTest)
#include "tst_settings.moc"
