// SPDX-License-Identifier: GPL-3.0-or-later
#include "client/views/conversation/personwatch.h"

#include <QApplication>
#include <QInputMethodEvent>
#include <QKeyEvent>

namespace rookery::client {

namespace {

bool isModifier(int key)
{
    return key == Qt::Key_Shift || key == Qt::Key_Control || key == Qt::Key_Alt || key == Qt::Key_AltGr
        || key == Qt::Key_Meta;
}

} // namespace

PersonWatch::PersonWatch(QObject *parent)
    : QObject(parent)
{
    qApp->installEventFilter(this);
}

void PersonWatch::take(const QInputEvent &event)
{
    // One key goes to the window, its widget, and on to the parents of a widget that has no use for it; a
    // click does so in copies.
    const bool isKnown =
        event.timestamp() == m_lastTime && (event.type() != QEvent::KeyPress || &event == m_last);
    m_last = &event;
    m_lastTime = event.timestamp();
    if (!isKnown)
        ++m_count;
}

bool PersonWatch::eventFilter(QObject *watched, QEvent *event)
{
    switch (event->type()) {
    case QEvent::KeyPress: {
        // What repeats itself is still the key that was pressed before.
        const auto *key = static_cast<QKeyEvent *>(event);
        if (!key->isAutoRepeat() && !isModifier(key->key()))
            take(*key);
        break;
    }
    case QEvent::MouseButtonPress:
    case QEvent::MouseButtonDblClick:
    case QEvent::TouchBegin:
        take(*static_cast<QInputEvent *>(event));
        break;
    case QEvent::Shortcut:
    case QEvent::Drop:
        ++m_count;
        break;
    case QEvent::InputMethod: {
        const auto *input = static_cast<QInputMethodEvent *>(event);
        if (!input->commitString().isEmpty() || !input->preeditString().isEmpty())
            ++m_count;
        break;
    }
    default:
        break;
    }
    return QObject::eventFilter(watched, event);
}

} // namespace rookery::client
