// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QDialog>

class QAbstractItemModel;
class QLineEdit;
class QSortFilterProxyModel;

namespace rookery::client {

class ListView;

/// Goes to a room by a part of its name (Ctrl+K).
class QuickSwitcher : public QDialog
{
    Q_OBJECT
public:
    /// A model with the roles of Chat::RoomRole, not owned.
    QuickSwitcher(QAbstractItemModel *rooms, QWidget *parent);

    QLineEdit *filter() const { return m_filter; }
    ListView *list() const { return m_list; }

Q_SIGNALS:
    void chosen(const QString &roomId);

protected:
    bool eventFilter(QObject *watched, QEvent *event) override;

private:
    void choose();
    void refilter(const QString &text);

    QLineEdit *m_filter;
    ListView *m_list;
    QSortFilterProxyModel *m_rooms;
    bool m_isFiltering = false;
};

} // namespace rookery::client
