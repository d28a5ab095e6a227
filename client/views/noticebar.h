#pragma once

#include <QWidget>

class QLabel;

namespace rookery::client {

/// One sentence about something that did not work or has happened, until it is closed or replaced.
class NoticeBar : public QWidget
{
    Q_OBJECT
public:
    explicit NoticeBar(QWidget *parent = nullptr);

    void say(const QString &sentence);
    QString text() const;

Q_SIGNALS:
    void closed();

protected:
    void paintEvent(QPaintEvent *event) override;

private:
    QLabel *m_label;
};

} // namespace rookery::client
