// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QDialog>

class QAbstractItemModel;
class QLabel;
class QPushButton;

namespace rookery::client {

class ListView;

/// The people whom the user has blocked. Knows a model with the roles of Chat::MemberRole.
class BlockedDialog : public QDialog
{
    Q_OBJECT
public:
    /// `blocked` is not owned.
    BlockedDialog(QAbstractItemModel *blocked, QWidget *parent);

    /// What it is to be blocked, in a sentence or two.
    static QString meaning();

    /// The answer to unblockRequested(): why not, or nothing.
    void setAnswered(const QString &problem);

    ListView *list() const { return m_list; }
    QPushButton *unblockButton() const { return m_unblock; }
    QString problem() const;

Q_SIGNALS:
    void unblockRequested(const QString &userId);

private:
    void unblock();
    void review();

    ListView *m_list;
    QLabel *m_empty;
    QLabel *m_problem;
    QPushButton *m_unblock;
    bool m_isAsking = false;
};

} // namespace rookery::client
