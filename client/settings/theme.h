// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "client/settings/settings.h"

#include <QColor>
#include <QList>
#include <QPalette>
#include <QString>

namespace rookery::client {

/// Two colours, one for text on the other.
struct ColorPair
{
    const char *what;
    QColor foreground;
    QColor background;
};

/// Every colour the client paints with. Widgets get it from their palette with forPalette(), so that changing
/// the application's palette updates everything at once.
struct Theme
{
    bool dark = false;
    QColor window; ///< side bars
    QColor base; ///< timeline, inputs
    QColor text;
    QColor muted; ///< times, hints
    QColor accent; ///< filled buttons, badges, the bar beside own messages
    QColor onAccent;
    QColor link;
    QColor danger;
    QColor online;
    QColor border;
    QColor hover;
    QColor selected; ///< the current room, selected text
    QColor own; ///< behind own messages
    QColor code; ///< behind code
    QColor notice; ///< behind the banner for a lost connection
    QColor onNotice;
    QList<QColor> avatars; ///< behind onAvatar
    QColor onAvatar;

    static const Theme &day();
    static const Theme &night();
    /// The theme the palette was made from, recognised by the palette's lightness.
    static const Theme &forPalette(const QPalette &palette);

    QPalette palette() const;
    /// A colour that depends only on the name.
    QColor avatar(const QString &name) const;

    /// Every pair of text and background colours in use.
    QList<ColorPair> textPairs() const;
    /// Contrast ratio of WCAG 2.1, 1 to 21.
    static double contrast(const QColor &a, const QColor &b);
};

/// Whether the desktop uses a dark theme.
bool systemIsDark();
/// Sets the application's palette; ThemeChoice::System follows the desktop from then on.
void applyTheme(ThemeChoice choice);

} // namespace rookery::client
