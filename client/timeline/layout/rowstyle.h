// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "client/settings/theme.h"

#include <QFont>
#include <QLocale>
#include <QString>
#include <QWidget>

namespace rookery::client {

/// Fonts, colours and distances shared by all rows; rebuilt when the widget's font, palette or direction
/// changes. All lengths scale with the font.
struct RowStyle
{
    explicit RowStyle(const QWidget *widget);

    const Theme *theme;
    Qt::LayoutDirection direction;
    QLocale locale;
    QFont font;
    QFont bold;
    QFont small;
    QFont mono;
    int line = 0; ///< height of a line of text
    int smallLine = 0;
    int pad = 0; ///< at the left and right edges
    int avatar = 0; ///< diameter
    int gap = 0; ///< between avatar and text
    int status = 0; ///< width kept at the trailing edge for the delivery mark
    int maxBody = 0; ///< longer lines are hard to read
    int groupSpace = 0; ///< above the first message of a group by one sender
    int lineSpace = 0; ///< above the other messages
    int separator = 0; ///< height of the line between two days

    /// "Today", "Yesterday" or the date; `day` is local.
    QString dayText(const QDate &day) const;
    /// The local time of day of a UTC time.
    QString timeText(const QDateTime &time) const;
};

/// One line of untrusted text at the start or end of a rectangle, elided to fit. The text has its own
/// direction; `atStart` refers to the window's direction.
void paintLine(QPainter *painter, const QRect &place, const QString &text, bool atStart = true,
    Qt::Alignment vertical = Qt::AlignVCenter);

/// A filled circle with the first letter of the name.
void paintAvatar(
    QPainter *painter, const QRectF &circle, const QString &name, const Theme &theme, const QFont &font);

} // namespace rookery::client
