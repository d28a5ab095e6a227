// SPDX-License-Identifier: GPL-3.0-or-later
#include "client/views/widgets/menukey.h"

#include <QApplication>
#include <QContextMenuEvent>
#include <QKeyEvent>
#include <QWidget>

namespace rookery::client {

MenuKey::MenuKey(QObject *parent)
    : QObject(parent)
{
    qApp->installEventFilter(this);
}

bool MenuKey::eventFilter(QObject *watched, QEvent *event)
{
    if (event->type() != QEvent::KeyPress)
        return QObject::eventFilter(watched, event);
    const auto *key = static_cast<QKeyEvent *>(event);
    auto *widget = qobject_cast<QWidget *>(watched);
    if (key->key() != Qt::Key_F10 || key->modifiers() != Qt::ShiftModifier || !widget
        || widget != QApplication::focusWidget() || QApplication::activePopupWidget())
        return QObject::eventFilter(watched, event);
    // Where QWidgetWindow puts it for the menu key.
    const QPoint place = widget->inputMethodQuery(Qt::ImCursorRectangle).toRect().center();
    QContextMenuEvent menu(QContextMenuEvent::Keyboard, place, widget->mapToGlobal(place), key->modifiers());
    QApplication::sendEvent(widget, &menu);
    return true;
}

} // namespace rookery::client
