// SPDX-License-Identifier: GPL-3.0-or-later
#include "client/views/widgets/elidedlabel.h"

#include "client/timeline/layout/rowstyle.h"
#include "client/views/widgets/plaintext.h"

#include <QEvent>
#include <QPainter>

namespace rookery::client {

ElidedLabel::ElidedLabel(QWidget *parent)
    : QLabel(parent)
{
    setTextFormat(Qt::PlainText);
    setSizePolicy(QSizePolicy::Ignored, QSizePolicy::Fixed);
}

QSize ElidedLabel::minimumSizeHint() const
{
    return QSize(0, fontMetrics().height());
}

bool ElidedLabel::event(QEvent *event)
{
    if (event->type() == QEvent::ToolTip) {
        const bool isCut = fontMetrics().horizontalAdvance(text()) > contentsRect().width();
        setToolTip(isCut ? plainToolTip(text()) : QString());
    }
    return QLabel::event(event);
}

void ElidedLabel::paintEvent(QPaintEvent *)
{
    QPainter painter(this);
    painter.setPen(palette().color(foregroundRole()));
    paintLine(&painter, contentsRect(), text());
}

} // namespace rookery::client
