// SPDX-License-Identifier: GPL-3.0-or-later
#include "client/settings/theme.h"

#include <QGuiApplication>
#include <QStyleHints>

#include <algorithm>
#include <cmath>

namespace rookery::client {

namespace {

Theme makeDay()
{
    Theme theme;
    theme.dark = false;
    theme.window = QColor(0xf3f4f7);
    theme.base = QColor(0xffffff);
    theme.text = QColor(0x1b1e24);
    theme.muted = QColor(0x5b6472);
    theme.accent = QColor(0x2f5fd0);
    theme.onAccent = QColor(0xffffff);
    theme.link = QColor(0x1c4fc4);
    theme.danger = QColor(0xb3261e);
    theme.online = QColor(0x17733a);
    theme.border = QColor(0xd8dce3);
    theme.hover = QColor(0xe9ecf1);
    theme.selected = QColor(0xd9e4fd);
    theme.own = QColor(0xeef3fe);
    theme.code = QColor(0xf0f2f5);
    theme.notice = QColor(0xfff3d1);
    theme.onNotice = QColor(0x574000);
    theme.onAvatar = QColor(0xffffff);
    theme.avatars = {QColor(0x7a3fb0), QColor(0x0f6e78), QColor(0xa33d12), QColor(0x2a6f2e), QColor(0xa8286b),
        QColor(0x3557b7), QColor(0x7d5a00), QColor(0x505c6e)};
    return theme;
}

Theme makeNight()
{
    Theme theme = makeDay();
    theme.dark = true;
    theme.window = QColor(0x1a1c20);
    theme.base = QColor(0x212429);
    theme.text = QColor(0xe7e9ed);
    theme.muted = QColor(0xadb5c1);
    theme.accent = QColor(0x3d6be0);
    theme.link = QColor(0x8fb6ff);
    theme.danger = QColor(0xff928a);
    theme.online = QColor(0x63d491);
    theme.border = QColor(0x3a4049);
    theme.hover = QColor(0x2a2e35);
    theme.selected = QColor(0x2e4272);
    theme.own = QColor(0x263045);
    theme.code = QColor(0x2b3037);
    theme.notice = QColor(0x413517);
    theme.onNotice = QColor(0xffdf8c);
    return theme;
}

double luminance(const QColor &color)
{
    const auto linear = [](double channel) {
        return channel <= 0.04045 ? channel / 12.92 : std::pow((channel + 0.055) / 1.055, 2.4);
    };
    return 0.2126 * linear(color.redF()) + 0.7152 * linear(color.greenF()) + 0.0722 * linear(color.blueF());
}

ThemeChoice g_choice = ThemeChoice::System;

void setPalette()
{
    const bool dark = g_choice == ThemeChoice::Dark || (g_choice == ThemeChoice::System && systemIsDark());
    QGuiApplication::setPalette((dark ? Theme::night() : Theme::day()).palette());
}

} // namespace

const Theme &Theme::day()
{
    static const Theme theme = makeDay();
    return theme;
}

const Theme &Theme::night()
{
    static const Theme theme = makeNight();
    return theme;
}

const Theme &Theme::forPalette(const QPalette &palette)
{
    const bool dark = luminance(palette.color(QPalette::Active, QPalette::Base))
        < luminance(palette.color(QPalette::Active, QPalette::Text));
    return dark ? night() : day();
}

QPalette Theme::palette() const
{
    QPalette palette;
    palette.setColor(QPalette::Window, window);
    palette.setColor(QPalette::WindowText, text);
    palette.setColor(QPalette::Base, base);
    palette.setColor(QPalette::AlternateBase, hover);
    palette.setColor(QPalette::Text, text);
    palette.setColor(QPalette::PlaceholderText, muted);
    palette.setColor(QPalette::Button, dark ? hover : base);
    palette.setColor(QPalette::ButtonText, text);
    palette.setColor(QPalette::BrightText, danger);
    palette.setColor(QPalette::Highlight, selected);
    palette.setColor(QPalette::HighlightedText, text);
    palette.setColor(QPalette::Link, link);
    palette.setColor(QPalette::LinkVisited, link);
    palette.setColor(QPalette::ToolTipBase, dark ? hover : base);
    palette.setColor(QPalette::ToolTipText, text);
    palette.setColor(QPalette::Light, dark ? border.lighter(120) : base);
    palette.setColor(QPalette::Midlight, hover);
    palette.setColor(QPalette::Mid, border);
    palette.setColor(QPalette::Dark, dark ? window.darker(130) : border.darker(120));
    palette.setColor(QPalette::Shadow, QColor(0, 0, 0, 80));
    for (const QPalette::ColorRole role : {QPalette::WindowText, QPalette::Text, QPalette::ButtonText})
        palette.setColor(QPalette::Disabled, role, muted);
    return palette;
}

QColor Theme::avatar(const QString &name) const
{
    // FNV-1a, because Qt's hash may differ between versions and processors.
    quint32 hash = 2'166'136'261;
    for (const QChar c : name)
        hash = (hash ^ c.unicode()) * 16'777'619;
    return avatars.at(qsizetype(hash % quint32(avatars.size())));
}

QList<ColorPair> Theme::textPairs() const
{
    QList<ColorPair> pairs;
    const struct
    {
        const char *what;
        QColor color;
    } grounds[] = {{"window", window}, {"base", base}, {"hover", hover}, {"own", own}, {"code", code},
        {"selected", selected}};
    for (const auto &ground : grounds) {
        pairs.append({ground.what, text, ground.color});
        pairs.append({ground.what, muted, ground.color});
        pairs.append({ground.what, link, ground.color});
    }
    for (const QColor &ground : {window, base, own})
        pairs.append({"danger", danger, ground});
    for (const QColor &ground : {window, base, hover})
        pairs.append({"online", online, ground});
    pairs.append({"accent", onAccent, accent});
    pairs.append({"notice", onNotice, notice});
    for (const QColor &ground : avatars)
        pairs.append({"avatar", onAvatar, ground});
    return pairs;
}

double Theme::contrast(const QColor &a, const QColor &b)
{
    const double first = luminance(a);
    const double second = luminance(b);
    return (std::max(first, second) + 0.05) / (std::min(first, second) + 0.05);
}

bool systemIsDark()
{
#if QT_VERSION >= QT_VERSION_CHECK(6, 5, 0)
    return QGuiApplication::styleHints()->colorScheme() == Qt::ColorScheme::Dark;
#else
    // Qt reports the desktop's colour scheme only since 6.5; before that, use the palette the application
    // started with.
    static const bool dark =
        luminance(QPalette().color(QPalette::Window)) < luminance(QPalette().color(QPalette::WindowText));
    return dark;
#endif
}

void applyTheme(ThemeChoice choice)
{
    systemIsDark(); // reads the desktop's palette before it is replaced
    g_choice = choice;
    setPalette();
#if QT_VERSION >= QT_VERSION_CHECK(6, 5, 0)
    static const bool following = [] {
        QObject::connect(QGuiApplication::styleHints(), &QStyleHints::colorSchemeChanged, qGuiApp,
            [](Qt::ColorScheme) { setPalette(); });
        return true;
    }();
    Q_UNUSED(following)
#endif
}

} // namespace rookery::client
