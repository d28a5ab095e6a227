// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QElapsedTimer>
#include <QListView>

#include <vector>

namespace rookery::client {

/// A list whose menu can be opened by mouse and by keyboard alike. Where rows have just moved by themselves,
/// the mouse means the row that was there before; a press that slips off a row chooses no other.
class ListView : public QListView
{
    Q_OBJECT
public:
    explicit ListView(QWidget *parent = nullptr);

    /// Sizes of rows have changed without the model saying so.
    void relayout() { scheduleDelayedItemsLayout(); }
    void setModel(QAbstractItemModel *model) override;
    /// What somebody who points there now has seen there; invalid for nothing.
    QModelIndex aimedAt(const QPoint &viewportPoint) const;

Q_SIGNALS:
    void menuRequested(const QModelIndex &index, const QPoint &globalPosition);

protected:
    void contextMenuEvent(QContextMenuEvent *event) override;
    void mousePressEvent(QMouseEvent *event) override;
    void mouseMoveEvent(QMouseEvent *event) override;
    void mouseReleaseEvent(QMouseEvent *event) override;
    void wheelEvent(QWheelEvent *event) override;
    void keyPressEvent(QKeyEvent *event) override;

private:
    void rememberPlaces();

    struct Place
    {
        QRect rect;
        QPersistentModelIndex index;
    };
    std::vector<Place> m_before; ///< what was in sight before the rows moved
    QElapsedTimer m_moved; ///< since then
    QPersistentModelIndex m_pressed;
    bool m_isOnNothing = false; ///< the press was for no row: the highlight stays
    bool m_isRedirected = false; ///< the press was for another row than the one that is there now
};

/// Whether a row of the model, if there is one, has this text.
bool isListed(const QAbstractItemModel *model, int role, const QString &text);

} // namespace rookery::client
