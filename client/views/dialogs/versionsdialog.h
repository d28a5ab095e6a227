// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "client/api/messageversion.h"

#include <QDialog>
#include <QList>

class QLabel;
class QTextEdit;

namespace rookery::client {

/// The texts that a message had, the newest first.
class VersionsDialog : public QDialog
{
    Q_OBJECT
public:
    explicit VersionsDialog(QWidget *parent);

    /// The oldest comes first.
    void show(const QList<MessageVersion> &versions);
    void showError(const QString &sentence);
    QString text() const;

private:
    QLabel *m_state;
    QTextEdit *m_text;
};

} // namespace rookery::client
