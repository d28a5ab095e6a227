// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QStyledItemDelegate>

namespace rookery::client {

/// A room in a list: what kind it is, its name, how many messages are unread; above the first of its kind a
/// heading.
class RoomDelegate : public QStyledItemDelegate
{
    Q_OBJECT
public:
    explicit RoomDelegate(bool withHeadings, QObject *parent = nullptr);

    void paint(
        QPainter *painter, const QStyleOptionViewItem &option, const QModelIndex &index) const override;
    QSize sizeHint(const QStyleOptionViewItem &option, const QModelIndex &index) const override;

private:
    QString heading(const QModelIndex &index) const;

    bool m_withHeadings;
};

} // namespace rookery::client
