// SPDX-License-Identifier: GPL-3.0-or-later
#include "client/views/widgets/roomdelegate.h"

#include "client/session/chat.h"
#include "client/timeline/layout/rowstyle.h"
#include "client/views/widgets/glyphs.h"

#include <QFontMetrics>
#include <QPainter>

namespace rookery::client {

namespace {

bool isDirect(const QModelIndex &index)
{
    return index.data(Chat::RoomKindRole).toInt() == int(RoomKind::Direct);
}

QRect mirrored(const QStyleOptionViewItem &option, const QRect &rect)
{
    return QStyle::visualRect(option.direction, option.rect, rect);
}

} // namespace

RoomDelegate::RoomDelegate(bool withHeadings, QObject *parent)
    : QStyledItemDelegate(parent)
    , m_withHeadings(withHeadings)
{ }

QString RoomDelegate::heading(const QModelIndex &index) const
{
    if (!m_withHeadings)
        return {};
    const bool direct = isDirect(index);
    if (index.row() > 0 && isDirect(index.siblingAtRow(index.row() - 1)) == direct)
        return {};
    return direct ? tr("Direct messages") : tr("Rooms");
}

QSize RoomDelegate::sizeHint(const QStyleOptionViewItem &option, const QModelIndex &index) const
{
    const int line = option.fontMetrics.height();
    return QSize(line * 8, line * 2 + (heading(index).isEmpty() ? 0 : line * 2));
}

void RoomDelegate::paint(
    QPainter *painter, const QStyleOptionViewItem &option, const QModelIndex &index) const
{
    const Theme &theme = Theme::forPalette(option.palette);
    const int line = option.fontMetrics.height();
    const QString title = index.data(Qt::DisplayRole).toString();
    const int unread = index.data(Chat::UnreadRole).toInt();
    painter->save();
    painter->setLayoutDirection(option.direction);
    painter->setRenderHint(QPainter::Antialiasing);

    QRect row = option.rect;
    if (const QString text = heading(index); !text.isEmpty()) {
        QFont font = option.font;
        font.setPointSizeF(font.pointSizeF() * 0.87);
        font.setWeight(QFont::DemiBold);
        painter->setFont(font);
        painter->setPen(theme.muted);
        const QRect place =
            mirrored(option, QRect(row.left() + line, row.top(), row.width() - 2 * line, line * 2));
        paintLine(painter, place, text, true, Qt::AlignBottom);
        row.setTop(row.top() + line * 2);
    }

    const QRectF box = QRectF(row).adjusted(line / 2, 1, -line / 2, -1);
    if (option.state & QStyle::State_Selected) {
        painter->setPen(Qt::NoPen);
        painter->setBrush(theme.selected);
        painter->drawRoundedRect(box, 6, 6);
    } else if (option.state & QStyle::State_MouseOver) {
        painter->setPen(Qt::NoPen);
        painter->setBrush(theme.hover);
        painter->drawRoundedRect(box, 6, 6);
    }
    if ((option.state & QStyle::State_HasFocus) && (option.state & QStyle::State_KeyboardFocusChange)) {
        painter->setPen(QPen(theme.link, 2));
        painter->setBrush(Qt::NoBrush);
        painter->drawRoundedRect(box.adjusted(1, 1, -1, -1), 5, 5);
    }

    const int icon = line * 5 / 4;
    const QRect iconPlace =
        mirrored(option, QRect(row.left() + line, row.top() + (row.height() - icon) / 2, icon, icon));
    const auto kind = RoomKind(index.data(Chat::RoomKindRole).toInt());
    if (kind == RoomKind::Direct)
        paintAvatar(painter, iconPlace, title, theme, option.font);
    else
        paintGlyph(painter, kind == RoomKind::Private ? Glyph::Lock : Glyph::Hash,
            iconPlace.adjusted(2, 2, -2, -2), theme.muted);

    QFont font = option.font;
    if (unread > 0)
        font.setWeight(QFont::DemiBold);
    int right = row.right() - line;
    if (unread > 0) {
        QFont small = font;
        small.setPointSizeF(small.pointSizeF() * 0.82);
        const QString count = unread > 99 ? QStringLiteral("99+") : QString::number(unread);
        const int height = QFontMetrics(small).height() + 2;
        const int width = std::max(height, QFontMetrics(small).horizontalAdvance(count) + height * 2 / 3);
        const QRect badge =
            mirrored(option, QRect(right - width, row.top() + (row.height() - height) / 2, width, height));
        painter->setPen(Qt::NoPen);
        painter->setBrush(theme.accent);
        painter->drawRoundedRect(badge, height / 2.0, height / 2.0);
        painter->setFont(small);
        painter->setPen(theme.onAccent);
        painter->setLayoutDirection(Qt::LeftToRight); // "99+" reads so everywhere
        painter->drawText(badge, Qt::AlignCenter | Qt::TextSingleLine, count);
        painter->setLayoutDirection(option.direction);
        right -= width + line / 2;
    }
    const int left = row.left() + line + icon + line / 2;
    const QRect textPlace = mirrored(option, QRect(left, row.top(), std::max(0, right - left), row.height()));
    painter->setFont(font);
    painter->setPen(theme.text);
    paintLine(painter, textPlace, title);
    painter->restore();
}

} // namespace rookery::client
