// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QObject>

namespace rookery::client {

/// Shift+F10 opens the menu of what has the focus, as the menu key does: many keyboards have no such key, and
/// on Linux Qt knows no other. Watches the whole application; one is enough.
class MenuKey : public QObject
{
    Q_OBJECT
public:
    explicit MenuKey(QObject *parent);

protected:
    bool eventFilter(QObject *watched, QEvent *event) override;
};

} // namespace rookery::client
