// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QColor>
#include <QIcon>
#include <QRectF>

class QPainter;

namespace rookery::client {

/// The line drawings on buttons and in lists. Drawn, not loaded: sharp at every scale, and in the colour of
/// the text around them when the theme changes.
enum class Glyph { Plus, Message, Members, Send, Hash, Lock, Menu, Close, Rooms };

void paintGlyph(QPainter *painter, Glyph glyph, const QRectF &place, const QColor &color);
/// In the application palette's text colour of the moment it is painted in.
QIcon glyphIcon(Glyph glyph);

/// The icon of the application, from resources/icons.
QIcon applicationIcon();

} // namespace rookery::client
