#pragma once

#include <QListView>

namespace rookery::client {

/// A list whose menu can be opened by mouse and by keyboard alike.
class ListView : public QListView
{
    Q_OBJECT
public:
    explicit ListView(QWidget *parent = nullptr);

    /// Sizes of rows have changed without the model saying so.
    void relayout() { scheduleDelayedItemsLayout(); }

Q_SIGNALS:
    void menuRequested(const QModelIndex &index, const QPoint &globalPosition);

protected:
    void contextMenuEvent(QContextMenuEvent *event) override;
};

} // namespace rookery::client
