// SPDX-License-Identifier: GPL-3.0-or-later
#include "client/views/widgets/buttonkeys.h"

#include <QAbstractButton>
#include <QApplication>
#include <QKeyEvent>
#include <QShortcutEvent>

namespace rookery::client {

namespace {

/// What is held down by the space bar or the mouse was meant before the key that comes now.
void finishToggle()
{
    auto *button = qobject_cast<QAbstractButton *>(QApplication::focusWidget());
    if (button && button->isCheckable() && button->isDown())
        button->click();
}

bool finishesToggles(const QKeyEvent &event)
{
    switch (event.key()) {
    case Qt::Key_Space: // its own repetition
    case Qt::Key_Select:
    case Qt::Key_Escape: // takes the press back
    case Qt::Key_Shift:
    case Qt::Key_Control:
    case Qt::Key_Alt:
    case Qt::Key_AltGr:
    case Qt::Key_Meta:
        return false;
    default:
        return true;
    }
}

} // namespace

ButtonKeys::ButtonKeys(QObject *parent)
    : QObject(parent)
{
    qApp->installEventFilter(this);
}

bool ButtonKeys::eventFilter(QObject *watched, QEvent *event)
{
    if (event->type() == QEvent::KeyPress && finishesToggles(*static_cast<QKeyEvent *>(event)))
        finishToggle();
    if (event->type() == QEvent::Shortcut) {
        const auto *shortcut = static_cast<QShortcutEvent *>(event);
        auto *button = qobject_cast<QAbstractButton *>(watched);
        if (button && !shortcut->isAmbiguous() && shortcut->key() == button->shortcut()) {
            if (button->isCheckable() && (button->focusPolicy() & Qt::ClickFocus))
                button->setFocus(Qt::ShortcutFocusReason);
            button->click();
            return true;
        }
    }
    return QObject::eventFilter(watched, event);
}

} // namespace rookery::client
