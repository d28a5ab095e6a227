// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "client/timeline/layout/layoutcache.h"
#include "client/timeline/layout/rowplacer.h"
#include "client/timeline/timelinesource.h"
#include "client/timeline/view/timelineselection.h"

#include <QAbstractScrollArea>
#include <QBasicTimer>
#include <QElapsedTimer>
#include <QPointer>
#include <QTimer>

#include <optional>
#include <vector>

class QMenu;
class QToolButton;

namespace rookery::client {

class OlderBar;

/// Shows a TimelineSource. Only visible rows are laid out. The text being read stays in place, to the pixel,
/// whatever arrives; at the end the view stays at the end. Text can be selected across messages; every
/// message can be reached by keyboard and by a screen reader.
///
/// Keys: arrows move from message to message, PgUp/PgDn/Home/End scroll, Return or Menu opens what can be
/// done with the message, F2 edits and Del deletes it, Ctrl+C copies the selection or else the message, Ctrl+A selects
/// all that is loaded.
class TimelineView : public QAbstractScrollArea, private RowMeter
{
    Q_OBJECT
public:
    explicit TimelineView(QWidget *parent = nullptr);
    ~TimelineView() override;

    /// Not owned; may be nullptr. The view scrolls to the end.
    void setSource(TimelineSource *source);
    TimelineSource *source() const { return m_source; }
    /// Draws the unread line above the last `count` messages of others; 0 removes it. If that message is not
    /// loaded yet, the line appears when it is.
    void setUnread(int count);

    bool isAtEnd() const { return m_placer.atEnd(); }
    void scrollToEnd();
    void scrollByPages(int pages);
    /// Scrolls to the unread line. If it is not loaded yet, loads older pages until it is, unless the user
    /// scrolls elsewhere meanwhile.
    void scrollToUnread();
    bool isSeekingUnread() const { return m_seekingUnread; }
    /// Whether both the line and the newest message have been visible since setUnread().
    bool isUnreadSeen() const { return m_unreadSeen; }
    /// The user has marked it as read.
    void setUnreadSeen();

    /// The row with keyboard focus, -1 for none.
    int currentRow() const { return m_current; }
    void setCurrentRow(int row);

    void selectAll();
    void clearSelection();
    bool hasSelection() const { return !m_selection.isEmpty(); }
    /// Plain text without Markdown marks; with names and times if it spans several messages.
    QString selectedText() const;
    /// Copies the selection, or the current message, to the clipboard.
    void copy();

    int rowCount() const { return m_source ? m_source->count() : 0; }
    /// In viewport coordinates; empty if the row is not visible.
    QRect rowRect(int row) const;
    int rowAt(const QPoint &viewportPoint) const;
    /// Top of the text of a visible row, in viewport coordinates.
    int bodyTop(int row);
    /// The message as plain text.
    QString rowText(int row) const;
    /// "sender, time, text", and whether it is pending or has failed.
    QString rowDescription(int row) const;
    /// What may be done with messages of others, and whether one's own may be changed.
    struct Rights
    {
        bool changeOwn = false;
        bool moderate = false;
        std::chrono::milliseconds editWindow{0}; ///< of one's own messages; 0: without end
        bool operator==(const Rights &) const = default;
    };
    void setRights(Rights rights) { m_rights = rights; }
    bool canEdit(int row) const;
    /// Whether only its age keeps the user from editing it.
    bool isTooOldToEdit(int row) const;
    /// Whether an edit of it was refused.
    bool hasFailedEdit(int row) const;
    bool canDelete(int row) const;
    bool canSeeVersions(int row) const;
    void editRow(int row);
    void deleteRow(int row);
    bool canRetry(int row) const;
    void retryRow(int row);
    void discardRow(int row);
    /// A row's context menu; the caller deletes it.
    QMenu *makeMenu(int row, int link = -1);

    OlderBar *olderBar() const { return m_older; }
    QToolButton *endButton() const { return m_toEnd; }
    /// Shown while isUnreadSeen() is false.
    QToolButton *unreadButton() const { return m_toUnread; }
    /// Number of row layouts since the start: the cost of scrolling and resizing.
    qint64 layoutsDone() const { return m_layoutsDone; }
    size_t layoutsKept() const { return m_cache.size(); }

Q_SIGNALS:
    /// A link was clicked or chosen. Nothing has been opened: judgeLink() decides what may happen.
    void linkActivated(const QUrl &url, const QString &visibleText);
    /// What was chosen for a message: `seq` is 0 where the server has not stored it yet.
    void editRequested(qint64 seq, const QString &clientId);
    void tooOldToEdit();
    /// The text of an edit that was refused is wanted as a new message.
    void textWanted(const QString &changeId, const QString &text);
    void deleteRequested(qint64 seq, const QString &clientId);
    void versionsRequested(qint64 seq);
    void currentRowChanged(int row);
    /// Somebody writes while the messages have the focus.
    void typed(const QString &text);
    void atEndChanged(bool atEnd);
    /// isUnreadSeen() became true.
    void unreadSeen();

protected:
    void paintEvent(QPaintEvent *event) override;
    void resizeEvent(QResizeEvent *event) override;
    void showEvent(QShowEvent *event) override;
    void changeEvent(QEvent *event) override;
    void scrollContentsBy(int dx, int dy) override;
    bool viewportEvent(QEvent *event) override;
    void keyPressEvent(QKeyEvent *event) override;
    void wheelEvent(QWheelEvent *event) override;
    void mousePressEvent(QMouseEvent *event) override;
    void mouseMoveEvent(QMouseEvent *event) override;
    void mouseReleaseEvent(QMouseEvent *event) override;
    void mouseDoubleClickEvent(QMouseEvent *event) override;
    void contextMenuEvent(QContextMenuEvent *event) override;
    void focusInEvent(QFocusEvent *event) override;
    void focusOutEvent(QFocusEvent *event) override;
    void timerEvent(QTimerEvent *event) override;

private:
    bool isEditable(int row, bool isTooOld) const;
    RowSize measure(int row) override;
    MessageLayout *layoutOf(int row);
    RowAbove above(int row) const;
    void restyle();
    void settle();
    void updateBar();
    void updateOlder();
    void updateButtons();
    void loadOlderIfNear();
    void forget(int row);
    void findUnread();
    void noteUnreadSeen();
    /// The user scrolls elsewhere: cancels seeking the unread line.
    void stopSeeking()
    {
        m_seekingUnread = false;
        m_moved.invalidate();
    }
    void rememberPlaces();
    QPoint aimedAt(const QPoint &point) const;
    /// Identifies a message independently of its row.
    struct Identity
    {
        qint64 seq = 0;
        QString sender;
        QString clientId;
        bool operator==(const Identity &) const = default;
    };
    Identity identityOf(int row) const;
    struct Place
    {
        Identity message;
        int top = 0;
        int height = 0;
    };
    struct Aim
    {
        Identity message;
        RowHit::Part part = RowHit::Empty;
        int link = -1;
        bool operator==(const Aim &) const = default;
    };
    Aim aimOf(int row, const RowHit &hit) const;

    void onReset();
    void onInserted(int first, int count);
    void onChanged(int first, int count);
    void onRemoved(int first, int count);
    void onLoadingOlderChanged();

    RowHit hitAt(const QPoint &point, int *row);
    TimelineSelection::Point pointAt(const QPoint &point);
    void hover(const QPoint &point);
    void activate(int row, const RowHit &hit);
    void moveCurrent(int step);
    void addChanges(QMenu *menu, int row);
    bool isMessage(int row) const;
    void keepCurrentInSight();
    QString tipAt(const QPoint &point);

    QPointer<TimelineSource> m_source;
    RowPlacer m_placer;
    LayoutCache m_cache;
    std::unique_ptr<RowStyle> m_style;
    OlderBar *m_older;
    QToolButton *m_toEnd;
    QToolButton *m_toUnread;
    QTimer m_loadTimer;
    bool m_dirty = true; ///< changed while hidden
    bool m_settling = false;
    bool m_movingBar = false;
    bool m_wasAtEnd = true;
    bool m_olderFailed = false;
    int m_countAtLoad = -1; ///< row count when older messages were last requested
    qint64 m_layoutsDone = 0;

    TimelineSelection m_selection;
    Rights m_rights;
    int m_current = -1;
    bool m_showCurrent = false; ///< the keyboard is in use, not the mouse
    int m_unreadRow = -1;
    int m_unreadWanted = 0; ///< messages of setUnread() that are not found yet
    bool m_seekingUnread = false;
    bool m_lineSeen = true;
    bool m_endSeen = true;
    bool m_unreadSeen = true;

    int m_hoverRow = -1;
    int m_hoverLink = -1;
    std::optional<QPoint> m_pressed;
    Aim m_pressedOn;
    std::vector<Place> m_places; ///< visible now
    std::vector<Place> m_before; ///< visible before messages were last inserted or removed
    QElapsedTimer m_moved; ///< since then
    bool m_rowsChanged = false;
    bool m_dragging = false;
    QPoint m_dragPoint;
    QBasicTimer m_dragTimer;
    int m_wheelRest = 0;
};

} // namespace rookery::client
