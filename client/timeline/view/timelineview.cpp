// SPDX-License-Identifier: GPL-3.0-or-later
// Geometry, painting and changes of the source; mouse and keys are in timelineviewinput.cpp.

#include "client/timeline/view/timelineview.h"

#include "client/timeline/view/olderbar.h"
#include "client/timeline/view/timelineaccessible.h"

#include <QPaintEvent>
#include <QPainter>
#include <QScopedValueRollback>
#include <QScrollBar>
#include <QToolButton>

#include <algorithm>
#include <limits>

namespace rookery::client {

TimelineView::TimelineView(QWidget *parent)
    : QAbstractScrollArea(parent)
    , m_placer(this)
    , m_older(new OlderBar(viewport()))
    , m_toEnd(new QToolButton(viewport()))
    , m_toUnread(new QToolButton(viewport()))
{
    installTimelineAccessibility();
    setAccessibleName(tr("Messages"));
    setFocusPolicy(Qt::StrongFocus);
    setFrameShape(QFrame::NoFrame);
    setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
    // A scroll bar that appears and disappears would change the width, and with it every line.
    setVerticalScrollBarPolicy(Qt::ScrollBarAlwaysOn);
    viewport()->setMouseTracking(true);
    viewport()->setBackgroundRole(QPalette::Base);
    viewport()->setAutoFillBackground(true);
    viewport()->setAttribute(Qt::WA_OpaquePaintEvent, false);

    m_older->hide();
    connect(m_older, &OlderBar::retry, this, [this] {
        m_olderFailed = false;
        m_loadTimer.start();
        updateOlder();
        setFocus(); // the focused button disappears
    });
    const auto jump = [](QToolButton *button, const QString &text, Qt::ArrowType arrow) {
        button->setText(text);
        button->setToolButtonStyle(Qt::ToolButtonTextBesideIcon);
        button->setArrowType(arrow);
        button->setCursor(Qt::ArrowCursor);
        button->setFocusPolicy(Qt::TabFocus);
        button->hide();
    };
    jump(m_toEnd, tr("Newest messages"), Qt::DownArrow);
    jump(m_toUnread, tr("First unread message"), Qt::UpArrow);
    connect(m_toUnread, &QToolButton::clicked, this, [this] {
        scrollToUnread();
        setFocus();
    });
    connect(m_toEnd, &QToolButton::clicked, this, [this] {
        scrollToEnd();
        setFocus();
    });
    m_loadTimer.setSingleShot(true);
    m_loadTimer.setInterval(0);
    connect(&m_loadTimer, &QTimer::timeout, this, [this] {
        if (!m_source || !m_source->hasOlder() || m_source->isLoadingOlder() || m_olderFailed)
            return;
        m_countAtLoad = m_source->count();
        m_source->loadOlder();
    });
    connect(verticalScrollBar(), &QScrollBar::sliderReleased, this, &TimelineView::settle);
    restyle();
}

TimelineView::~TimelineView() = default;

void TimelineView::setSource(TimelineSource *source)
{
    if (source == m_source)
        return;
    if (m_source)
        m_source->disconnect(this);
    m_source = source;
    m_unreadWanted = 0;
    m_lineSeen = m_endSeen = m_unreadSeen = true;
    m_places.clear(); // they belong to the previous source
    if (m_source) {
        connect(m_source, &TimelineSource::reset, this, &TimelineView::onReset);
        connect(m_source, &TimelineSource::inserted, this, &TimelineView::onInserted);
        connect(m_source, &TimelineSource::changed, this, &TimelineView::onChanged);
        connect(m_source, &TimelineSource::removed, this, &TimelineView::onRemoved);
        connect(m_source, &TimelineSource::loadingOlderChanged, this, &TimelineView::onLoadingOlderChanged);
        connect(m_source, &TimelineSource::olderFailed, this, [this](const Problem &problem) {
            m_olderFailed = true;
            stopSeeking();
            m_older->showError(problem);
            settle();
        });
        connect(m_source, &QObject::destroyed, this, [this] {
            m_source = nullptr;
            onReset();
        });
    }
    onReset();
}

void TimelineView::setUnread(int count)
{
    if (m_unreadRow >= 0) {
        forget(m_unreadRow);
        m_unreadRow = -1;
    }
    m_unreadWanted = count;
    stopSeeking();
    m_lineSeen = m_endSeen = m_unreadSeen = count <= 0;
    findUnread();
    settle();
}

void TimelineView::findUnread()
{
    if (m_unreadWanted <= 0 || !m_source)
        return;
    int left = m_unreadWanted;
    for (int row = m_source->count() - 1; row >= 0; --row) {
        const TimelineItem &item = m_source->at(row);
        const bool isCounted = !item.own
            && (item.kind == TimelineItem::Kind::Message || item.kind == TimelineItem::Kind::Unreadable);
        if (!isCounted || --left > 0)
            continue;
        m_unreadRow = row;
        m_unreadWanted = 0;
        forget(row);
        return;
    }
    // There are fewer messages than `count`: all of them are unread.
    if (m_source->count() > 0 && !m_source->hasOlder()) {
        m_unreadRow = 0;
        m_unreadWanted = 0;
        forget(0);
    }
}

void TimelineView::noteUnreadSeen()
{
    if (m_unreadSeen)
        return;
    const auto &visible = m_placer.visible();
    m_endSeen = m_endSeen || (m_placer.atEnd() && !visible.empty());
    m_lineSeen = m_lineSeen || (m_unreadRow >= 0 && !rowRect(m_unreadRow).isEmpty());
    if (!m_lineSeen || !m_endSeen)
        return;
    m_unreadSeen = true;
    updateButtons();
    Q_EMIT unreadSeen();
}

void TimelineView::setUnreadSeen()
{
    stopSeeking();
    m_lineSeen = m_endSeen = true;
    if (m_unreadSeen)
        return;
    m_unreadSeen = true;
    updateButtons();
    Q_EMIT unreadSeen();
}

void TimelineView::forget(int row)
{
    if (row < 0 || row >= m_placer.count())
        return;
    m_cache.drop(row);
    m_placer.change(row, 1);
}

void TimelineView::onReset()
{
    m_rowsChanged = true;
    m_cache.clear();
    m_placer.reset(rowCount());
    m_selection.clear();
    m_unreadRow = -1;
    stopSeeking();
    m_olderFailed = false;
    m_countAtLoad = -1;
    m_hoverRow = m_hoverLink = -1;
    m_pressed.reset();
    m_dragging = false;
    m_dragTimer.stop();
    m_current = -1;
    findUnread();
    timelineRowsReset(this);
    settle();
}

void TimelineView::onInserted(int first, int count)
{
    m_rowsChanged = true;
    if (m_unreadWanted > 0 && first == m_placer.count() && first > 0)
        m_unreadWanted += count; // newer ones, which were not counted
    m_cache.insertRows(first, count);
    m_placer.insert(first, count);
    m_selection.insertRows(first, count);
    if (m_current >= first)
        m_current += count;
    if (m_unreadRow >= first)
        m_unreadRow += count;
    m_hoverRow = m_hoverLink = -1;
    forget(first + count); // its header and date depend on the previous row
    findUnread();
    timelineRowsInserted(this, first, count);
    if (m_seekingUnread)
        scrollToUnread();
    settle();
}

void TimelineView::onChanged(int first, int count)
{
    m_rowsChanged = true;
    for (int row = first; row <= first + count; ++row)
        forget(row);
    timelineRowsChanged(this, first, count);
    settle();
}

void TimelineView::onRemoved(int first, int count)
{
    m_rowsChanged = true;
    m_cache.removeRows(first, count);
    m_placer.remove(first, count);
    m_selection.removeRows(first, count);
    if (m_current >= first + count)
        m_current -= count;
    else if (m_current >= first)
        m_current = std::min(first, rowCount() - 1);
    if (m_unreadRow >= first + count)
        m_unreadRow -= count;
    else if (m_unreadRow >= first)
        m_unreadRow = first < rowCount() ? first : -1;
    m_hoverRow = m_hoverLink = -1;
    forget(first);
    timelineRowsRemoved(this, first, count);
    settle();
}

void TimelineView::onLoadingOlderChanged()
{
    if (m_source && m_source->isLoadingOlder())
        m_olderFailed = false; // it goes on, by itself where the connection is back
    updateOlder();
    // A page that brought nothing must not be requested again and again.
    if (!m_source || m_source->isLoadingOlder())
        return;
    if (m_source->count() == m_countAtLoad)
        stopSeeking();
    else
        loadOlderIfNear();
}

void TimelineView::restyle()
{
    m_style = std::make_unique<RowStyle>(this);
    m_cache.clear();
    m_placer.changeAll();
    m_placer.setEstimate(m_style->line * 5 / 2);
    m_placer.setTopSpace(m_style->line * 3);
    m_placer.setBottomSpace(m_style->line / 2);
    settle();
}

RowAbove TimelineView::above(int row) const
{
    RowAbove result;
    result.unread = row == m_unreadRow;
    const TimelineItem &item = m_source->at(row);
    if (row == 0) {
        result.day = true;
        result.header = isMessage(0);
        return result;
    }
    const TimelineItem &before = m_source->at(row - 1);
    result.day = item.timestamp.toLocalTime().date() != before.timestamp.toLocalTime().date();
    constexpr qint64 pauseSeconds = 5 * 60;
    if (!isMessage(row))
        return result; // it says itself who did it
    result.header = result.day || result.unread || !isMessage(row - 1) || item.senderId != before.senderId
        || item.senderName != before.senderName
        || std::abs(before.timestamp.secsTo(item.timestamp)) > pauseSeconds;
    return result;
}

MessageLayout *TimelineView::layoutOf(int row)
{
    MessageLayout *layout = m_cache.find(row);
    if (!layout)
        layout = m_cache.put(row, std::make_unique<MessageLayout>(m_source->at(row), above(row), *m_style));
    if (layout->setWidth(viewport()->width(), *m_style))
        ++m_layoutsDone;
    return layout;
}

RowSize TimelineView::measure(int row)
{
    return layoutOf(row)->size();
}

void TimelineView::settle()
{
    if (!isVisible()) {
        m_dirty = true;
        return;
    }
    if (m_settling || m_placer.count() != rowCount())
        return;
    const QScopedValueRollback guard(m_settling, true);
    m_dirty = false;
    m_placer.setViewportHeight(viewport()->height());
    m_placer.place();
    const auto &visible = m_placer.visible();
    if (!visible.empty())
        m_cache.trim(visible.front().row, visible.back().row);
    updateBar();
    updateOlder();
    updateButtons();
    rememberPlaces();
    viewport()->update();
    loadOlderIfNear();
    if (m_wasAtEnd != m_placer.atEnd()) {
        m_wasAtEnd = m_placer.atEnd();
        Q_EMIT atEndChanged(m_wasAtEnd);
    }
    noteUnreadSeen();
}

void TimelineView::updateBar()
{
    QScrollBar *bar = verticalScrollBar();
    if (bar->isSliderDown())
        return; // while the user drags it, it must not move away from the mouse
    const QScopedValueRollback guard(m_movingBar, true);
    const qint64 height = viewport()->height();
    const qint64 end =
        std::clamp<qint64>(m_placer.contentHeight() - height, 0, std::numeric_limits<int>::max());
    const bool all = !m_placer.visible().empty() && m_placer.visible().front().row == 0
        && m_placer.contentTop() >= m_placer.topSpace() && m_placer.atEnd();
    bar->setRange(0, all || m_placer.count() == 0 ? 0 : int(end));
    bar->setPageStep(int(height));
    bar->setSingleStep(m_style->line * 3);
    bar->setValue(int(std::min<qint64>(m_placer.offset(), end)));
}

void TimelineView::updateOlder()
{
    const int top = m_placer.contentTop();
    if (!m_source || top < 0) {
        m_older->hide();
        return;
    }
    if (!m_olderFailed) {
        if (m_source->isLoadingOlder())
            m_older->showLoading();
        else if (m_source->hasOlder())
            m_older->showNothing();
        else if (rowCount() == 0)
            m_older->showEmpty();
        else
            m_older->showBeginning();
    }
    const int height = m_placer.topSpace();
    const int y = m_source->count() == 0 ? (viewport()->height() - height) / 2 : top - height;
    m_older->setGeometry(0, y, viewport()->width(), height);
    m_older->setVisible(y + height > 0);
}

void TimelineView::updateButtons()
{
    const auto show = [this](QToolButton *button, bool shown, bool atTop) {
        if (!shown) {
            if (button->hasFocus())
                setFocus();
            button->hide();
            return;
        }
        const QSize size = button->sizeHint();
        const int edge = m_style->line / 2;
        button->setGeometry((viewport()->width() - size.width()) / 2,
            atTop ? edge : viewport()->height() - size.height() - edge, size.width(), size.height());
        button->show();
    };
    show(m_toEnd, !m_placer.atEnd(), false);
    show(m_toUnread, !m_unreadSeen && rowCount() > 0, true);
}

void TimelineView::loadOlderIfNear()
{
    if (!m_source || m_olderFailed || !isVisible() || !m_source->hasOlder() || m_source->isLoadingOlder())
        return;
    if (m_seekingUnread || m_placer.count() == 0 || m_placer.offset() < 2LL * viewport()->height())
        m_loadTimer.start();
}

void TimelineView::scrollToEnd()
{
    stopSeeking();
    m_placer.scrollToEnd();
    settle();
}

void TimelineView::scrollByPages(int pages)
{
    stopSeeking();
    // A little of the old page stays visible, for orientation.
    m_placer.scrollBy(pages * std::max(m_style->line, viewport()->height() - 2 * m_style->line));
    settle();
    keepCurrentInSight();
}

void TimelineView::scrollToUnread()
{
    m_seekingUnread = m_unreadRow < 0 && m_unreadWanted > 0 && m_source && !m_olderFailed;
    if (m_seekingUnread)
        m_placer.scrollToTop(); // to show that older messages are being loaded
    else if (m_unreadRow >= 0)
        m_placer.ensureVisible(m_unreadRow);
    settle();
}

QRect TimelineView::rowRect(int row) const
{
    for (const RowPlacer::Placed &placed : m_placer.visible()) {
        if (placed.row == row)
            return QRect(0, placed.top, viewport()->width(), placed.height);
    }
    return {};
}

int TimelineView::rowAt(const QPoint &viewportPoint) const
{
    for (const RowPlacer::Placed &placed : m_placer.visible()) {
        if (viewportPoint.y() >= placed.top && viewportPoint.y() < placed.top + placed.height)
            return placed.row;
    }
    return -1;
}

int TimelineView::bodyTop(int row)
{
    return rowRect(row).top() + layoutOf(row)->size().bodyTop;
}

void TimelineView::paintEvent(QPaintEvent *event)
{
    if (m_placer.count() != rowCount())
        return; // in the middle of a change that is signalled in several steps
    QPainter painter(viewport());
    for (const RowPlacer::Placed &placed : m_placer.visible()) {
        if (placed.top > event->rect().bottom() || placed.top + placed.height < event->rect().top())
            continue;
        const MessageLayout *layout = layoutOf(placed.row);
        RowPaint how;
        std::tie(how.selectionStart, how.selectionEnd) =
            m_selection.of(placed.row, int(layout->text().size()));
        how.current = placed.row == m_current && m_showCurrent && hasFocus();
        how.hovered = placed.row == m_hoverRow;
        how.hoveredLink = how.hovered ? m_hoverLink : -1;
        painter.save();
        painter.translate(0, placed.top);
        layout->paint(&painter, *m_style, how);
        painter.restore();
    }
}

void TimelineView::resizeEvent(QResizeEvent *event)
{
    if (event->oldSize().width() != event->size().width())
        m_placer.changeAll();
    settle();
}

void TimelineView::showEvent(QShowEvent *event)
{
    QAbstractScrollArea::showEvent(event);
    if (m_dirty)
        settle();
}

void TimelineView::changeEvent(QEvent *event)
{
    QAbstractScrollArea::changeEvent(event);
    switch (event->type()) {
    case QEvent::FontChange:
    case QEvent::PaletteChange:
    case QEvent::StyleChange:
    case QEvent::LayoutDirectionChange:
    case QEvent::LocaleChange:
        if (m_style)
            restyle();
        break;
    default:
        break;
    }
}

void TimelineView::scrollContentsBy(int, int dy)
{
    if (m_movingBar || dy == 0)
        return;
    stopSeeking();
    // Small steps in pixels, so that they end where the user expects; long ones in the bar's own units.
    if (!verticalScrollBar()->isSliderDown() && std::abs(dy) < 2 * viewport()->height())
        m_placer.scrollBy(-dy);
    else if (verticalScrollBar()->value() >= verticalScrollBar()->maximum())
        m_placer.scrollToEnd();
    else
        m_placer.scrollToOffset(verticalScrollBar()->value());
    settle();
}

} // namespace rookery::client
