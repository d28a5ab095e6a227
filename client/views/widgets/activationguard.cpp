// SPDX-License-Identifier: GPL-3.0-or-later
#include "client/views/widgets/activationguard.h"

#include <QEvent>
#include <QGuiApplication>
#include <QWindow>

#include <utility>

namespace rookery::client {

namespace {

/// Window systems tell of the click and of the activation in either order, this close together (ms).
constexpr qint64 together = 150;

} // namespace

ActivationGuard::ActivationGuard(QObject *parent)
    : QObject(parent)
    , m_state(QGuiApplication::applicationState())
{
    connect(qGuiApp, &QGuiApplication::applicationStateChanged, this, [this](Qt::ApplicationState state) {
        const bool cameBack = state == Qt::ApplicationActive && m_state != Qt::ApplicationActive;
        m_state = state;
        if (!cameBack)
            return;
        // After a click that has been swallowed already, the next one counts.
        if (!std::exchange(m_hasAsked, false))
            m_cameBack.start();
    });
}

void ActivationGuard::watch(QWindow *window)
{
    if (window == m_window)
        return;
    m_window = window;
    window->installEventFilter(this);
}

bool ActivationGuard::isForActivation(QWindow *window)
{
    if (m_state != Qt::ApplicationActive) {
        if (std::exchange(m_hasAsked, true))
            return false;
        window->requestActivate();
        return true;
    }
    const bool isFresh = m_cameBack.isValid() && m_cameBack.elapsed() <= together;
    m_cameBack.invalidate();
    return isFresh;
}

bool ActivationGuard::eventFilter(QObject *watched, QEvent *event)
{
    switch (event->type()) {
    case QEvent::MouseButtonPress:
        m_isSwallowing = isForActivation(static_cast<QWindow *>(watched));
        return m_isSwallowing;
    case QEvent::MouseMove:
        return m_isSwallowing;
    case QEvent::MouseButtonRelease:
        return std::exchange(m_isSwallowing, false);
    case QEvent::KeyPress:
        m_cameBack.invalidate(); // it was not a click that brought the window here
        break;
    default:
        break;
    }
    return QObject::eventFilter(watched, event);
}

} // namespace rookery::client
