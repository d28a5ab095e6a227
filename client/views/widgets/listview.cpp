// SPDX-License-Identifier: GPL-3.0-or-later
#include "client/views/widgets/listview.h"

#include "client/views/widgets/aimperiod.h"

#include <QContextMenuEvent>
#include <QMouseEvent>

#include <algorithm>
#include <utility>

namespace rookery::client {

bool isListed(const QAbstractItemModel *model, int role, const QString &text)
{
    for (int row = 0; model && row < model->rowCount(); ++row) {
        if (model->index(row, 0).data(role).toString() == text)
            return true;
    }
    return false;
}

ListView::ListView(QWidget *parent)
    : QListView(parent)
{
    setFrameShape(QFrame::NoFrame);
    setEditTriggers(NoEditTriggers);
    setSelectionMode(SingleSelection);
    setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
    setVerticalScrollMode(ScrollPerPixel);
    setMouseTracking(true);
}

void ListView::setModel(QAbstractItemModel *model)
{
    m_before.clear();
    if (model) {
        // Before the view itself hears of it.
        connect(model, &QAbstractItemModel::rowsAboutToBeInserted, this, &ListView::rememberPlaces);
        connect(model, &QAbstractItemModel::rowsAboutToBeRemoved, this, &ListView::rememberPlaces);
        connect(model, &QAbstractItemModel::rowsAboutToBeMoved, this, &ListView::rememberPlaces);
        connect(model, &QAbstractItemModel::layoutAboutToBeChanged, this, &ListView::rememberPlaces);
    }
    QListView::setModel(model);
}

void ListView::rememberPlaces()
{
    // Of several changes in a row the first counts: what it found was in sight for longest.
    if (!isVisible() || (m_moved.isValid() && m_moved.elapsed() <= aimPeriod))
        return;
    m_before.clear();
    const int middle = viewport()->width() / 2;
    for (int y = 0; y < viewport()->height();) {
        const QModelIndex index = indexAt(QPoint(middle, y));
        if (!index.isValid())
            break;
        const QRect rect = visualRect(index);
        m_before.push_back({rect, index});
        y = std::max(y, rect.bottom()) + 1;
    }
    m_moved.start();
}

QModelIndex ListView::aimedAt(const QPoint &viewportPoint) const
{
    if (!m_moved.isValid() || m_moved.elapsed() > aimPeriod)
        return indexAt(viewportPoint);
    for (const Place &place : m_before) {
        if (place.rect.contains(viewportPoint))
            return place.index; // invalid, if the row is gone
    }
    return {};
}

void ListView::mousePressEvent(QMouseEvent *event)
{
    const QPoint point = event->position().toPoint();
    m_pressed = aimedAt(point);
    m_isRedirected = m_pressed != indexAt(point);
    m_isOnNothing = !m_pressed.isValid() && !m_isRedirected;
    if (m_isOnNothing)
        return;
    if (!m_isRedirected)
        QListView::mousePressEvent(event);
    else if (event->button() == Qt::LeftButton && m_pressed.isValid())
        setCurrentIndex(m_pressed);
}

void ListView::mouseMoveEvent(QMouseEvent *event)
{
    if (event->buttons() == Qt::NoButton)
        QListView::mouseMoveEvent(event);
}

void ListView::mouseReleaseEvent(QMouseEvent *event)
{
    if (std::exchange(m_isOnNothing, false))
        return;
    const QPoint point = event->position().toPoint();
    const QPersistentModelIndex pressed = std::exchange(m_pressed, QPersistentModelIndex());
    const bool isThere = pressed == indexAt(point);
    const bool isAimed = pressed == aimedAt(point);
    if (!std::exchange(m_isRedirected, false))
        QListView::mouseReleaseEvent(event);
    else if (isThere && pressed.isValid() && event->button() == Qt::LeftButton)
        Q_EMIT clicked(pressed); // the rows have moved back
    if (!isThere && isAimed && pressed.isValid() && event->button() == Qt::LeftButton)
        Q_EMIT clicked(pressed);
}

void ListView::wheelEvent(QWheelEvent *event)
{
    m_moved.invalidate(); // what moves now is moved by the person
    QListView::wheelEvent(event);
}

void ListView::keyPressEvent(QKeyEvent *event)
{
    m_moved.invalidate();
    QListView::keyPressEvent(event);
}

void ListView::contextMenuEvent(QContextMenuEvent *event)
{
    const bool byMouse = event->reason() == QContextMenuEvent::Mouse;
    const QModelIndex index =
        byMouse ? aimedAt(viewport()->mapFromGlobal(event->globalPos())) : currentIndex();
    if (!index.isValid())
        return;
    const QPoint place = byMouse ? event->globalPos() : viewport()->mapToGlobal(visualRect(index).center());
    Q_EMIT menuRequested(index, place);
}

} // namespace rookery::client
