// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QObject>

class QInputEvent;

namespace rookery::client {

/// Counts what the person presses, clicks and drops anywhere in the program. Whoever has gone on since a
/// question was asked is not taken elsewhere by the answer.
class PersonWatch : public QObject
{
    Q_OBJECT
public:
    explicit PersonWatch(QObject *parent);

    quint64 count() const { return m_count; }

protected:
    bool eventFilter(QObject *watched, QEvent *event) override;

private:
    void take(const QInputEvent &event);

    quint64 m_count = 0;
    const QEvent *m_last = nullptr; ///< only to be compared
    quint64 m_lastTime = 0;
};

} // namespace rookery::client
