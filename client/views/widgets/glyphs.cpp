// SPDX-License-Identifier: GPL-3.0-or-later
#include "client/views/widgets/glyphs.h"

#include <QGuiApplication>
#include <QIconEngine>
#include <QPainter>
#include <QPainterPath>
#include <QPalette>

// Resources in a static library are there only once they have been asked for, and that from outside any
// namespace.
static void initIcons()
{
    Q_INIT_RESOURCE(icons);
}

namespace rookery::client {

namespace {

class GlyphEngine : public QIconEngine
{
public:
    explicit GlyphEngine(Glyph glyph)
        : m_glyph(glyph)
    { }

    void paint(QPainter *painter, const QRect &rect, QIcon::Mode mode, QIcon::State) override
    {
        const QPalette palette = QGuiApplication::palette();
        paintGlyph(painter, m_glyph, rect,
            palette.color(
                mode == QIcon::Disabled ? QPalette::Disabled : QPalette::Active, QPalette::ButtonText));
    }

    QPixmap pixmap(const QSize &size, QIcon::Mode mode, QIcon::State state) override
    {
        QPixmap pixmap(size);
        pixmap.fill(Qt::transparent);
        QPainter painter(&pixmap);
        paint(&painter, QRect(QPoint(), size), mode, state);
        return pixmap;
    }

    QIconEngine *clone() const override { return new GlyphEngine(m_glyph); }

private:
    Glyph m_glyph;
};

} // namespace

void paintGlyph(QPainter *painter, Glyph glyph, const QRectF &place, const QColor &color)
{
    painter->save();
    painter->setRenderHint(QPainter::Antialiasing);
    const qreal size = std::min(place.width(), place.height());
    painter->translate(place.center() - QPointF(size / 2, size / 2));
    painter->scale(size / 16, size / 16);
    painter->setPen(QPen(color, 1.5, Qt::SolidLine, Qt::RoundCap, Qt::RoundJoin));
    painter->setBrush(Qt::NoBrush);
    const auto line = [painter](qreal x1, qreal y1, qreal x2, qreal y2) {
        painter->drawLine(QPointF(x1, y1), QPointF(x2, y2));
    };
    switch (glyph) {
    case Glyph::Plus:
        line(8, 3, 8, 13);
        line(3, 8, 13, 8);
        break;
    case Glyph::Message: {
        QPainterPath path;
        path.addRoundedRect(QRectF(1.5, 2.5, 13, 9), 2, 2);
        painter->drawPath(path);
        painter->drawPolyline(QPolygonF({QPointF(5, 11.5), QPointF(5, 14.5), QPointF(8.5, 11.5)}));
        break;
    }
    case Glyph::Members:
        painter->drawEllipse(QPointF(6, 5), 2.6, 2.6);
        painter->drawArc(QRectF(1.2, 9, 9.6, 9), 0, 180 * 16);
        painter->drawArc(QRectF(9, 2.8, 4.6, 4.6), -110 * 16, 220 * 16);
        painter->drawArc(QRectF(7.6, 9.2, 7.4, 8), 0, 75 * 16);
        break;
    case Glyph::Send:
        painter->setBrush(color);
        painter->drawPolygon(QPolygonF({QPointF(2, 2.5), QPointF(14, 8), QPointF(2, 13.5), QPointF(4.5, 8)}));
        break;
    case Glyph::Hash:
        line(6.2, 2.5, 4.8, 13.5);
        line(11.2, 2.5, 9.8, 13.5);
        line(2.8, 5.8, 13.6, 5.8);
        line(2.4, 10.2, 13.2, 10.2);
        break;
    case Glyph::Lock:
        painter->drawRoundedRect(QRectF(3.2, 7, 9.6, 6.8), 1.5, 1.5);
        painter->drawArc(QRectF(5, 2, 6, 7), 0, 180 * 16);
        line(5, 5.5, 5, 7);
        line(11, 5.5, 11, 7);
        break;
    case Glyph::Menu:
        line(2.5, 4.5, 13.5, 4.5);
        line(2.5, 8, 13.5, 8);
        line(2.5, 11.5, 13.5, 11.5);
        break;
    case Glyph::Close:
        line(4, 4, 12, 12);
        line(12, 4, 4, 12);
        break;
    case Glyph::Rooms:
        painter->drawRoundedRect(QRectF(1.5, 2.5, 13, 11), 2, 2);
        line(6, 2.5, 6, 13.5);
        break;
    }
    painter->restore();
}

QIcon glyphIcon(Glyph glyph)
{
    return QIcon(new GlyphEngine(glyph));
}

QIcon applicationIcon()
{
    initIcons();
    return QIcon(QStringLiteral(":/icons/rookery.png"));
}

} // namespace rookery::client
