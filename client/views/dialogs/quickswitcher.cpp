// SPDX-License-Identifier: GPL-3.0-or-later
#include "client/views/dialogs/quickswitcher.h"

#include "client/session/chat.h"
#include "client/views/widgets/listview.h"
#include "client/views/widgets/roomdelegate.h"
#include "client/views/widgets/screenfit.h"

#include <QKeyEvent>
#include <QLineEdit>
#include <QSortFilterProxyModel>
#include <QVBoxLayout>

namespace rookery::client {

QuickSwitcher::QuickSwitcher(QAbstractItemModel *rooms, QWidget *parent)
    : QDialog(parent)
    , m_filter(new QLineEdit(this))
    , m_list(new ListView(this))
    , m_rooms(new QSortFilterProxyModel(this))
{
    setWindowTitle(tr("Go to a room"));
    m_rooms->setSourceModel(rooms);
    m_rooms->setFilterCaseSensitivity(Qt::CaseInsensitive);
    // Before the list hears of it: it would go to a neighbour, and Return with it.
    connect(m_rooms, &QAbstractItemModel::rowsAboutToBeRemoved, this,
        [this](const QModelIndex &, int first, int last) {
            const int current = m_list->currentIndex().row();
            if (!m_isFiltering && current >= first && current <= last)
                m_list->setCurrentIndex({});
        });
    m_list->setModel(m_rooms);
    m_list->setItemDelegate(new RoomDelegate(false, m_list));
    m_list->setUniformItemSizes(true);
    m_list->setAccessibleName(tr("Rooms"));
    m_filter->setPlaceholderText(tr("A part of the room's name"));
    m_filter->setAccessibleName(tr("A part of the room's name"));
    m_filter->installEventFilter(this);
    auto *layout = new QVBoxLayout(this);
    layout->setContentsMargins(12, 12, 12, 12);
    layout->addWidget(m_filter);
    layout->addWidget(m_list, 1);
    resize(fitted(this, QSize(fontMetrics().averageCharWidth() * 60, fontMetrics().height() * 22)));
    connect(m_filter, &QLineEdit::textChanged, this, &QuickSwitcher::refilter);
    connect(m_filter, &QLineEdit::returnPressed, this, &QuickSwitcher::choose);
    connect(m_list, &ListView::clicked, this, &QuickSwitcher::choose);
    connect(m_list, &ListView::activated, this, &QuickSwitcher::choose);
    refilter({});
    m_filter->setFocus();
}

void QuickSwitcher::refilter(const QString &text)
{
    m_isFiltering = true;
    m_rooms->setFilterFixedString(text.trimmed());
    m_isFiltering = false;
    m_list->setCurrentIndex(m_rooms->index(0, 0));
}

bool QuickSwitcher::eventFilter(QObject *watched, QEvent *event)
{
    if (watched == m_filter && event->type() == QEvent::KeyPress) {
        const auto *key = static_cast<QKeyEvent *>(event);
        const int step = key->key() == Qt::Key_Down ? 1
            : key->key() == Qt::Key_Up              ? -1
            : key->key() == Qt::Key_PageDown        ? 8
            : key->key() == Qt::Key_PageUp          ? -8
                                                    : 0;
        if (step != 0 && m_rooms->rowCount() > 0) {
            const int row = std::clamp(m_list->currentIndex().row() + step, 0, m_rooms->rowCount() - 1);
            m_list->setCurrentIndex(m_rooms->index(row, 0));
            return true;
        }
    }
    return QDialog::eventFilter(watched, event);
}

void QuickSwitcher::choose()
{
    const QString id = m_list->currentIndex().data(Chat::RoomIdRole).toString();
    if (id.isEmpty() || result() == Accepted)
        return; // a double click is also an activation
    accept();
    Q_EMIT chosen(id);
}

} // namespace rookery::client
