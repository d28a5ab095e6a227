// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QElapsedTimer>
#include <QWidget>

class QLabel;
class QPushButton;

namespace rookery::client {

/// One sentence about something that did not work or has happened, until it is closed or replaced; with a
/// button where there is something to do about it.
class NoticeBar : public QWidget
{
    Q_OBJECT
public:
    explicit NoticeBar(QWidget *parent = nullptr);

    /// An empty sentence closes the bar.
    void say(const QString &sentence);
    void offer(const QString &sentence, const QString &action);
    QString text() const;
    bool isOffering() const;
    /// Shown only while something is offered.
    QPushButton *button() const { return m_button; }

Q_SIGNALS:
    void closed();
    /// The button.
    void taken();

protected:
    void paintEvent(QPaintEvent *event) override;

private:
    void show(const QString &sentence, const QString &action);

    QLabel *m_label;
    QPushButton *m_button;
    QElapsedTimer m_offered; ///< since the button came
    bool m_isSeen = false; ///< it was there before it was pressed
};

} // namespace rookery::client
