// SPDX-License-Identifier: GPL-3.0-or-later
// The painting half of MessageLayout.

#include "client/timeline/layout/messagelayout.h"

#include "common/printable.h"

#include <QCoreApplication>
#include <QFontMetrics>
#include <QPainter>

namespace rookery::client {

void MessageLayout::paint(QPainter *painter, const RowStyle &style, const RowPaint &how) const
{
    const int rowTop = m_above.header ? m_headerTop + style.groupSpace / 2 : m_headerTop;
    const QRect row(0, rowTop, m_width, m_height - rowTop);
    if (m_own)
        painter->fillRect(row, style.theme->own);
    else if (how.hovered)
        painter->fillRect(row, style.theme->hover.lighter(style.theme->dark ? 92 : 102));
    if (m_own) {
        const QColor bar = m_delivery == Delivery::Failed ? style.theme->danger : style.theme->accent;
        painter->fillRect(mirrored(QRect(0, row.top(), 3, row.height()), style), bar);
    }
    paintAbove(painter, style);
    if (m_above.header)
        paintHeader(painter, style);
    else if (how.hovered) {
        const QString time = style.timeText(m_time);
        const QRect gutter = mirrored(QRect(4, m_bodyTop, m_bodyLeft - style.gap / 2 - 4, style.line), style);
        if (QFontMetrics(style.small).horizontalAdvance(time) <= gutter.width()) {
            painter->setFont(style.small);
            painter->setPen(style.theme->muted);
            paintLine(painter, gutter, time, false);
        }
    }
    for (const Part &part : m_parts)
        paintPart(painter, style, part, how);
    if (!m_editedText.isEmpty()) {
        painter->setFont(style.small);
        painter->setPen(style.theme->muted);
        paintLine(painter, mirrored(m_edited, style), m_editedText, true, Qt::AlignTop);
    }
    if (m_own && m_kind == TimelineItem::Kind::Message)
        paintStatus(painter, style);
    if (m_failure)
        paintFailure(painter, style);
    if (how.current) {
        painter->save();
        painter->setRenderHint(QPainter::Antialiasing);
        painter->setPen(QPen(style.theme->link, 2));
        painter->setBrush(Qt::NoBrush);
        painter->drawRoundedRect(QRectF(row).adjusted(2, 1, -2, -1), 4, 4);
        painter->restore();
    }
}

void MessageLayout::paintAbove(QPainter *painter, const RowStyle &style) const
{
    int y = 0;
    if (m_above.day) {
        paintRule(painter, style, y + (style.separator - style.smallLine) / 2,
            style.dayText(m_time.toLocalTime().date()), style.theme->border, style.theme->muted);
        y += style.separator;
    }
    if (m_above.unread)
        paintRule(painter, style, y + style.groupSpace / 2,
            QCoreApplication::translate("Timeline", "New messages"), style.theme->danger,
            style.theme->danger);
}

void MessageLayout::paintRule(QPainter *painter, const RowStyle &style, int top, const QString &text,
    const QColor &line, const QColor &color) const
{
    const int middle = top + style.smallLine / 2;
    const int textWidth = QFontMetrics(style.small).horizontalAdvance(text) + style.line;
    painter->fillRect(QRect(style.pad, middle, m_width - 2 * style.pad, 1), line);
    const QRect label((m_width - textWidth) / 2, top, textWidth, style.smallLine);
    painter->fillRect(label, style.theme->base);
    painter->setFont(style.small);
    painter->setPen(color);
    painter->drawText(label, Qt::AlignCenter | Qt::TextSingleLine, text);
}

void MessageLayout::paintHeader(QPainter *painter, const RowStyle &style) const
{
    const int top = m_headerTop + style.groupSpace;
    paintAvatar(painter, mirrored(QRect(style.pad, top, style.avatar, style.avatar), style), m_senderName,
        *style.theme, style.font);

    const QString time = style.timeText(m_time);
    const QFontMetrics boldMetrics(style.bold);
    const int timeWidth = QFontMetrics(style.small).horizontalAdvance(time) + 2;
    const int room = m_width - m_bodyLeft - style.pad - timeWidth - style.line;
    const QString name =
        boldMetrics.elidedText(printableLine(m_senderName), Qt::ElideRight, std::max(20, room));
    const int nameWidth = boldMetrics.horizontalAdvance(name) + 2;
    painter->setFont(style.bold);
    painter->setPen(style.theme->text);
    paintLine(painter, mirrored(QRect(m_bodyLeft, top, nameWidth, style.line), style), name);
    painter->setFont(style.small);
    painter->setPen(style.theme->muted);
    // On the name's baseline.
    const int shift = boldMetrics.ascent() - QFontMetrics(style.small).ascent();
    const QRect timePlace(m_bodyLeft + nameWidth + style.line / 2, top + shift, timeWidth, style.smallLine);
    paintLine(painter, mirrored(timePlace, style), time, true, Qt::AlignTop);
}

void MessageLayout::paintPart(
    QPainter *painter, const RowStyle &style, const Part &part, const RowPaint &how) const
{
    const QRect area = mirrored(part.area, style);
    const QRect box = mirrored(part.box, style);
    if (part.kind == markdown::Block::CodeBlock) {
        painter->save();
        painter->setRenderHint(QPainter::Antialiasing);
        painter->setPen(QPen(style.theme->border, 1));
        painter->setBrush(style.theme->code);
        painter->drawRoundedRect(QRectF(box).adjusted(0.5, 0.5, -0.5, -0.5), 5, 5);
        painter->restore();
    }
    const int step = style.line * 3 / 4;
    for (int depth = 0; depth < part.quoteDepth; ++depth) {
        const int x = part.rightToLeft ? box.right() - depth * step - 2 : box.left() + depth * step;
        painter->fillRect(QRect(x, box.top(), 3, box.height()), style.theme->muted);
    }
    if (!part.marker.isEmpty()) {
        const int width = style.line * 4 / 3 * (part.indent + 1);
        const int space = style.line / 3;
        const QRect place = part.rightToLeft
            ? QRect(area.right() + 1 + space, area.top(), width - space, style.line)
            : QRect(area.left() - width, area.top(), width - space, style.line);
        painter->setFont(style.font);
        painter->setPen(style.theme->muted);
        const Qt::LayoutDirection before = painter->layoutDirection();
        painter->setLayoutDirection(part.rightToLeft ? Qt::RightToLeft : Qt::LeftToRight);
        painter->drawText(place,
            int((part.rightToLeft ? Qt::AlignLeft : Qt::AlignRight) | Qt::AlignAbsolute | Qt::AlignVCenter)
                | Qt::TextSingleLine | Qt::TextDontClip,
            part.marker);
        painter->setLayoutDirection(before);
    }

    QList<QTextLayout::FormatRange> selections;
    const int length = int(part.layout->text().size());
    const int start = std::clamp(how.selectionStart - part.start, 0, length);
    const int end = std::clamp(how.selectionEnd - part.start, 0, length);
    if (end > start) {
        QTextLayout::FormatRange range{start, end - start, {}};
        range.format.setBackground(style.theme->selected);
        range.format.setForeground(style.theme->text);
        selections.append(range);
    }
    const bool faint =
        m_delivery == Delivery::Pending || part.quoteDepth > 0 || m_kind != TimelineItem::Kind::Message;
    painter->setPen(faint ? style.theme->muted : style.theme->text);
    part.layout->draw(painter, area.topLeft(), selections);
    for (int i = 0; m_beingDeleted && i < part.layout->lineCount(); ++i) {
        const QTextLine line = part.layout->lineAt(i);
        const QRectF text = line.naturalTextRect().translated(area.topLeft());
        const qreal middle = area.top() + line.y() + line.ascent() * 0.7;
        painter->drawLine(QPointF(text.left(), middle), QPointF(text.right(), middle));
    }

    const int hovered = how.hoveredLink - part.firstLink;
    if (how.hoveredLink >= 0 && hovered >= 0 && hovered < part.links.size()) {
        const markdown::Link &link = part.links.at(hovered);
        for (int i = 0; i < part.layout->lineCount(); ++i) {
            const QTextLine line = part.layout->lineAt(i);
            const int from = std::max(int(link.start), line.textStart());
            const int to = std::min(int(link.start + link.length), line.textStart() + line.textLength());
            if (to <= from)
                continue;
            const qreal a = line.cursorToX(from);
            const qreal b = line.cursorToX(to);
            painter->fillRect(QRectF(area.left() + std::min(a, b), area.top() + line.y() + line.ascent() + 2,
                                  std::abs(b - a), 2),
                style.theme->link);
        }
    }
}

void MessageLayout::paintStatus(QPainter *painter, const RowStyle &style) const
{
    const int size = style.line * 3 / 4;
    const QRectF place =
        mirrored(QRect(m_width - style.pad - size, m_bodyTop + (style.line - size) / 2, size, size), style);
    painter->save();
    painter->setRenderHint(QPainter::Antialiasing);
    painter->translate(place.topLeft());
    painter->scale(size / 16.0, size / 16.0);
    painter->setBrush(Qt::NoBrush);
    QPen pen(style.theme->muted, 1.8, Qt::SolidLine, Qt::RoundCap, Qt::RoundJoin);
    switch (m_delivery) {
    case Delivery::Pending: // a clock
        painter->setPen(pen);
        painter->drawEllipse(QPointF(8, 8), 6.5, 6.5);
        painter->drawPolyline(QPolygonF({QPointF(8, 4.5), QPointF(8, 8), QPointF(10.5, 9.5)}));
        break;
    case Delivery::Sent: // a tick
        painter->setPen(pen);
        painter->drawPolyline(QPolygonF({QPointF(2.5, 8.5), QPointF(6.5, 12.5), QPointF(13.5, 4)}));
        break;
    case Delivery::Failed: // a warning sign
        pen.setColor(style.theme->danger);
        painter->setPen(pen);
        painter->drawPolygon(QPolygonF({QPointF(8, 1.5), QPointF(15, 14), QPointF(1, 14)}));
        painter->drawLine(QPointF(8, 6), QPointF(8, 9.5));
        painter->drawPoint(QPointF(8, 12));
        break;
    }
    painter->restore();
}

void MessageLayout::paintFailure(QPainter *painter, const RowStyle &style) const
{
    const int width = m_failure->lineCount() > 0 ? int(m_failure->lineAt(0).width()) : 0;
    const bool hasFailed = m_delivery == Delivery::Failed;
    painter->setPen(hasFailed ? style.theme->danger : style.theme->muted);
    m_failure->draw(painter, mirrored(QRect(m_failureAt, QSize(width, 1)), style).topLeft());
    if (!hasFailed)
        return;
    painter->save();
    painter->setRenderHint(QPainter::Antialiasing);
    painter->setFont(style.small);
    const std::pair<QRect, QString> buttons[] = {
        {retryButton(style), m_retryText}, {discardButton(style), m_discardText}};
    for (const auto &[rect, text] : buttons) {
        painter->setPen(QPen(style.theme->muted, 1));
        painter->setBrush(style.theme->base);
        painter->drawRoundedRect(QRectF(rect).adjusted(0.5, 0.5, -0.5, -0.5), 5, 5);
        painter->setPen(style.theme->text);
        painter->drawText(rect, Qt::AlignCenter | Qt::TextSingleLine, text);
    }
    painter->restore();
}

} // namespace rookery::client
