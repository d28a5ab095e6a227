// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QWidget>

class QLabel;
class QPushButton;

namespace rookery::client {

class Problem;

/// What stands above the first message: that older ones are being loaded, why they could not be, that there
/// are none, or that there are no messages at all.
class OlderBar : public QWidget
{
    Q_OBJECT
public:
    explicit OlderBar(QWidget *parent);

    void showNothing();
    void showLoading();
    void showBeginning();
    void showEmpty();
    void showError(const Problem &problem);
    QString text() const;

Q_SIGNALS:
    void retry();

private:
    void say(const QString &sentence, bool withRetry);

    QLabel *m_label;
    QPushButton *m_retry;
};

} // namespace rookery::client
