#include "client/views/listview.h"

#include <QContextMenuEvent>

namespace rookery::client {

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

void ListView::contextMenuEvent(QContextMenuEvent *event)
{
    const bool byMouse = event->reason() == QContextMenuEvent::Mouse;
    const QModelIndex index =
        byMouse ? indexAt(viewport()->mapFromGlobal(event->globalPos())) : currentIndex();
    if (!index.isValid())
        return;
    const QPoint place = byMouse ? event->globalPos() : viewport()->mapToGlobal(visualRect(index).center());
    Q_EMIT menuRequested(index, place);
}

} // namespace rookery::client
