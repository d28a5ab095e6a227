// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QWidget>

class QLabel;
class QPushButton;

namespace rookery::client {

/// Shown above the first message: older messages are being loaded, could not be loaded, or do not exist, or
/// there are no messages at all.
class OlderBar : public QWidget
{
    Q_OBJECT
public:
    explicit OlderBar(QWidget *parent);

    void showNothing();
    void showLoading();
    void showBeginning();
    void showEmpty();
    void showError(const QString &sentence);
    QString text() const;

Q_SIGNALS:
    void retry();

private:
    void say(const QString &sentence, bool withRetry);

    QLabel *m_label;
    QPushButton *m_retry;
};

} // namespace rookery::client
