// SPDX-License-Identifier: GPL-3.0-or-later
#include "client/timeline/layout/rowstyle.h"

#include "common/printable.h"

#include <QCoreApplication>
#include <QDateTime>
#include <QFontDatabase>
#include <QFontInfo>
#include <QFontMetrics>
#include <QPainter>
#include <QTextBoundaryFinder>

namespace rookery::client {

RowStyle::RowStyle(const QWidget *widget)
    : theme(&Theme::forPalette(widget->palette()))
    , direction(widget->layoutDirection())
    , locale(widget->locale())
    , font(widget->font())
    , bold(font)
    , small(font)
    , mono(font)
{
    bold.setWeight(QFont::DemiBold);
    const auto scaled = [this](double factor) {
        QFont result = font;
        if (font.pointSizeF() > 0)
            result.setPointSizeF(font.pointSizeF() * factor);
        else
            result.setPixelSize(std::max(1, int(font.pixelSize() * factor)));
        return result;
    };
    small = scaled(0.87);
    mono = scaled(0.93);
    mono.setFamilies(
        {QFontDatabase::systemFont(QFontDatabase::FixedFont).family(), QStringLiteral("monospace")});
    mono.setFixedPitch(true);
    mono.setStyleHint(QFont::Monospace);

    const QFontMetrics metrics(font);
    line = metrics.height();
    smallLine = QFontMetrics(small).height();
    pad = line;
    avatar = line * 2;
    gap = line * 2 / 3;
    status = line * 3 / 2;
    maxBody = metrics.averageCharWidth() * 110;
    groupSpace = line * 2 / 3;
    lineSpace = line / 5;
    separator = line * 2;
}

QString RowStyle::dayText(const QDate &day) const
{
    const QDate today = QDate::currentDate();
    if (day == today)
        return QCoreApplication::translate("Timeline", "Today");
    if (day == today.addDays(-1))
        return QCoreApplication::translate("Timeline", "Yesterday");
    return locale.toString(day, QLocale::LongFormat);
}

QString RowStyle::timeText(const QDateTime &time) const
{
    const QTime local = time.toLocalTime().time();
    // The short format of the C locale, the default on minimal systems, includes seconds.
    return locale.language() == QLocale::C ? local.toString(QStringLiteral("HH:mm"))
                                           : locale.toString(local, QLocale::ShortFormat);
}

void paintLine(
    QPainter *painter, const QRect &place, const QString &text, bool atStart, Qt::Alignment vertical)
{
    const bool left = (painter->layoutDirection() != Qt::RightToLeft) == atStart;
    const QString printable = printableLine(text);
    const QString line = painter->fontMetrics().elidedText(printable, Qt::ElideRight, place.width());
    const Qt::LayoutDirection before = painter->layoutDirection();
    painter->setLayoutDirection(line.isRightToLeft() ? Qt::RightToLeft : Qt::LeftToRight);
    painter->drawText(place,
        int((left ? Qt::AlignLeft : Qt::AlignRight) | Qt::AlignAbsolute | vertical) | Qt::TextSingleLine,
        line);
    painter->setLayoutDirection(before);
}

void paintAvatar(
    QPainter *painter, const QRectF &circle, const QString &name, const Theme &theme, const QFont &font)
{
    painter->save();
    painter->setRenderHint(QPainter::Antialiasing);
    painter->setPen(Qt::NoPen);
    const QString printable = printableLine(name);
    painter->setBrush(theme.avatar(printable));
    painter->drawEllipse(circle);
    QTextBoundaryFinder finder(QTextBoundaryFinder::Grapheme, printable);
    const qsizetype end = finder.toNextBoundary();
    QFont letter = font;
    letter.setPixelSize(std::max(6, int(circle.height() * 0.46)));
    letter.setWeight(QFont::DemiBold);
    painter->setFont(letter);
    painter->setPen(theme.onAvatar);
    // A character without its neighbours can be a lone combining mark; drawText handles that.
    painter->drawText(
        circle, Qt::AlignCenter | Qt::TextSingleLine, end > 0 ? printable.left(end).toUpper() : QString());
    painter->restore();
}

} // namespace rookery::client
