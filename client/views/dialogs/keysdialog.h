// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QDialog>

namespace rookery::client {

/// Lists all keyboard shortcuts (Ctrl+/).
class KeysDialog : public QDialog
{
    Q_OBJECT
public:
    explicit KeysDialog(QWidget *parent);
};

} // namespace rookery::client
