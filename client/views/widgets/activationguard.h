// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QElapsedTimer>
#include <QObject>

class QWindow;

namespace rookery::client {

/// Lets the click that brings a window to the front do nothing else: who clicks on a window that lies behind
/// others means the window, not the button that happens to be there.
class ActivationGuard : public QObject
{
    Q_OBJECT
public:
    explicit ActivationGuard(QObject *parent);

    /// Once the window has been made.
    void watch(QWindow *window);

protected:
    bool eventFilter(QObject *watched, QEvent *event) override;

private:
    bool isForActivation(QWindow *window);

    QWindow *m_window = nullptr;
    Qt::ApplicationState m_state;
    QElapsedTimer m_cameBack; ///< since the application became active; invalid once that is over
    bool m_hasAsked = false; ///< for activation, by a click; where nothing gives it, the next click counts
    bool m_isSwallowing = false; ///< until the button is released
};

} // namespace rookery::client
