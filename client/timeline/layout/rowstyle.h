// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "client/settings/theme.h"

#include <QFont>
#include <QLocale>
#include <QString>
#include <QWidget>

namespace rookery::client {

/// Fonts, colours and distances that all rows share; made anew when the widget's font, palette or direction
/// changes. All lengths follow the font, so that larger letters keep the proportions.
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
    int maxBody = 0; ///< lines longer than this are hard to read
    int groupSpace = 0; ///< above the first message of a sender
    int lineSpace = 0; ///< above the others
    int separator = 0; ///< height of the line between two days

    /// "Today", "Yesterday" or the date; `day` is local.
    QString dayText(const QDate &day) const;
    /// The time of day of a UTC time, local.
    QString timeText(const QDateTime &time) const;
};

/// One line of text from anywhere at the start or end of a place, elided to fit. It runs in its own
/// direction, whatever the window's is; `atStart` is meant in the window's.
void paintLine(QPainter *painter, const QRect &place, const QString &text, bool atStart = true,
    Qt::Alignment vertical = Qt::AlignVCenter);

/// A filled circle with the first letter of the name.
void paintAvatar(
    QPainter *painter, const QRectF &circle, const QString &name, const Theme &theme, const QFont &font);

} // namespace rookery::client
