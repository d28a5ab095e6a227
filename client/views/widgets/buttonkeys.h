// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QObject>

namespace rookery::client {

/// Buttons answer to keys at once. Qt clicks a button 100 ms after its mnemonic, and toggles a box only when
/// the space bar comes up: a key that follows sooner would find what was pressed undone. Watches the whole
/// application; one is enough.
class ButtonKeys : public QObject
{
    Q_OBJECT
public:
    explicit ButtonKeys(QObject *parent);

protected:
    bool eventFilter(QObject *watched, QEvent *event) override;
};

} // namespace rookery::client
