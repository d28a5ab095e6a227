// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "client/session/chat.h"

#include <QElapsedTimer>
#include <QTimer>
#include <QWidget>

#include <optional>

class QLabel;
class QPushButton;

namespace rookery::client {

/// Says that the link is down, why, and when it is tried again; hidden while the link is up.
class LinkBanner : public QWidget
{
    Q_OBJECT
public:
    explicit LinkBanner(QWidget *parent = nullptr);

    /// `certificate`: the problem is the server's certificate, which can be looked at.
    void setLink(
        LinkState state, const QDateTime &nextAttempt, const QString &problem, bool certificate = false);
    QString text() const;
    QPushButton *button() const { return m_button; }
    /// Whether the countdown runs; it does only while there is something to count and somebody to see it.
    bool isCounting() const { return m_tick.isActive(); }

Q_SIGNALS:
    void tryNow();
    void logInAgain();
    void certificateWanted();

protected:
    void paintEvent(QPaintEvent *event) override;
    void changeEvent(QEvent *event) override;
    void showEvent(QShowEvent *event) override;
    void hideEvent(QHideEvent *event) override;

private:
    enum class Offer { None, TryNow, Certificate, LogIn };
    void say();
    void recolor();

    LinkState m_state = LinkState::Connected;
    QDateTime m_nextAttempt;
    QString m_problem;
    QLabel *m_label;
    QPushButton *m_button;
    QTimer m_tick;
    Offer m_offer = Offer::None; ///< what the button does
    std::optional<Offer> m_pressed; ///< what the button said when it was pressed
    QElapsedTimer m_changed; ///< since it last said something else while it was in sight
};

} // namespace rookery::client
