// SPDX-License-Identifier: GPL-3.0-or-later
// Mouse, wheel and keyboard handling of TimelineView.

#include "client/timeline/layout/noticetext.h"
#include "client/timeline/view/olderbar.h"
#include "client/timeline/view/timelineaccessible.h"
#include "client/timeline/view/timelineview.h"
#include "common/markdown/linkpolicy.h"
#include "common/printable.h"
#include "common/text.h"

#include <QApplication>
#include <QClipboard>
#include <QHelpEvent>
#include <QKeyEvent>
#include <QMenu>
#include <QMouseEvent>
#include <QScrollBar>
#include <QToolTip>

#include <algorithm>
#include <utility>

namespace rookery::client {

namespace {

/// A press within this time (ms) is aimed at the old positions: the user has not seen the messages move yet.
constexpr qint64 aimPeriod = 400;

/// Whether the key writes something, and is no command.
bool isTyped(const QKeyEvent &event)
{
    const QString text = event.text();
    return !(event.modifiers() & (Qt::ControlModifier | Qt::AltModifier | Qt::MetaModifier))
        && !text.isEmpty() && (text.at(0).isPrint() || text.at(0).isSurrogate());
}

/// Untrusted text in a menu: one line, not too long, no mnemonics.
QString menuText(const QString &untrusted)
{
    QString line = printableLine(untrusted).simplified();
    if (line.size() > 60)
        line = text::cut(line, 59) + QChar(0x2026);
    return line.replace(QLatin1Char('&'), QLatin1String("&&"));
}

} // namespace

void TimelineView::setCurrentRow(int row)
{
    row = std::clamp(row, -1, rowCount() - 1);
    const bool other = row != m_current;
    m_current = row;
    if (row >= 0) {
        m_placer.ensureVisible(row);
        settle();
    }
    viewport()->update();
    if (other) {
        timelineRowFocused(this, row);
        Q_EMIT currentRowChanged(row);
    }
}

void TimelineView::moveCurrent(int step)
{
    m_showCurrent = true;
    const auto &visible = m_placer.visible();
    if (visible.empty())
        return;
    const QRect place = rowRect(m_current);
    if (m_current < 0 || place.isEmpty()) {
        setCurrentRow(step < 0 ? visible.back().row : visible.front().row);
        return;
    }
    // Scroll through a message taller than the window before moving to the next one.
    const bool more = step > 0 ? place.bottom() > viewport()->height() : place.top() < 0;
    if (place.height() >= viewport()->height() && more) {
        m_placer.scrollBy(step * m_style->line * 3);
        settle();
        return;
    }
    if (step < 0 && m_current == 0) {
        m_placer.scrollBy(-m_placer.topSpace()); // the bar above the first message
        settle();
        return;
    }
    setCurrentRow(std::clamp(m_current + step, 0, rowCount() - 1));
}

void TimelineView::keepCurrentInSight()
{
    const auto &visible = m_placer.visible();
    if (m_current < 0 || visible.empty())
        return;
    const int row = std::clamp(m_current, visible.front().row, visible.back().row);
    if (row == m_current)
        return;
    m_current = row;
    viewport()->update();
    timelineRowFocused(this, row);
    Q_EMIT currentRowChanged(row);
}

void TimelineView::keyPressEvent(QKeyEvent *event)
{
    if (event->matches(QKeySequence::Copy)) {
        copy();
        return;
    }
    if (event->matches(QKeySequence::SelectAll)) {
        selectAll();
        return;
    }
    stopSeeking();
    switch (event->key()) {
    case Qt::Key_Up:
        moveCurrent(-1);
        return;
    case Qt::Key_Down:
        moveCurrent(1);
        return;
    case Qt::Key_PageUp:
        if (event->modifiers() & Qt::ShiftModifier)
            scrollToUnread();
        else
            scrollByPages(-1);
        return;
    case Qt::Key_PageDown:
        scrollByPages(1);
        return;
    case Qt::Key_Home:
        m_showCurrent = true;
        setCurrentRow(std::min(0, rowCount() - 1));
        m_placer.scrollToTop(); // also of a message that is taller than the window
        settle();
        return;
    case Qt::Key_End:
        m_showCurrent = true;
        setCurrentRow(rowCount() - 1);
        scrollToEnd();
        return;
    case Qt::Key_Return:
    case Qt::Key_Enter:
    case Qt::Key_Space:
        if (m_current >= 0) {
            QContextMenuEvent menu(QContextMenuEvent::Keyboard, QPoint(), QPoint());
            contextMenuEvent(&menu);
            return;
        }
        break;
    case Qt::Key_F2:
        if (canEdit(m_current)) {
            editRow(m_current);
            return;
        }
        if (isTooOldToEdit(m_current)) {
            Q_EMIT tooOldToEdit();
            return;
        }
        break;
    case Qt::Key_Delete:
        if (canDelete(m_current)) {
            deleteRow(m_current);
            return;
        }
        break;
    case Qt::Key_Escape:
        if (hasSelection()) {
            clearSelection();
            return;
        }
        break;
    default:
        if (isTyped(*event)) {
            Q_EMIT typed(event->text());
            return;
        }
        break;
    }
    event->ignore(); // left to the window, not to QAbstractScrollArea
}

void TimelineView::wheelEvent(QWheelEvent *event)
{
    if (event->modifiers() & (Qt::ControlModifier | Qt::AltModifier)) {
        event->ignore();
        return;
    }
    int dy = event->pixelDelta().y();
    if (dy == 0) {
        const int perNotch = QApplication::wheelScrollLines() * m_style->line;
        const int scaled = event->angleDelta().y() * perNotch + m_wheelRest;
        dy = scaled / 120;
        m_wheelRest = scaled % 120; // for wheels with steps finer than a notch
    }
    if (dy != 0) {
        stopSeeking();
        m_placer.scrollBy(-dy);
        settle();
        hover(viewport()->mapFromGlobal(event->globalPosition().toPoint()));
    }
    event->accept();
}

RowHit TimelineView::hitAt(const QPoint &point, int *row)
{
    *row = rowAt(point);
    if (*row < 0)
        return {};
    return layoutOf(*row)->hit(point - QPoint(0, rowRect(*row).top()), *m_style);
}

TimelineSelection::Point TimelineView::pointAt(const QPoint &point)
{
    const auto &visible = m_placer.visible();
    if (visible.empty())
        return {};
    if (point.y() < visible.front().top)
        return {visible.front().row, 0};
    int row = -1;
    const RowHit hit = hitAt(point, &row);
    if (row < 0)
        return {visible.back().row, int(layoutOf(visible.back().row)->text().size())};
    return {row, hit.position};
}

TimelineView::Identity TimelineView::identityOf(int row) const
{
    if (row < 0 || row >= rowCount())
        return {};
    const TimelineItem &item = m_source->at(row);
    // The client id does not change when the message is stored; the seq does.
    return {item.clientId.isEmpty() ? item.seq : 0, item.senderId, item.clientId};
}

TimelineView::Aim TimelineView::aimOf(int row, const RowHit &hit) const
{
    return {identityOf(row), hit.part, hit.link};
}

void TimelineView::rememberPlaces()
{
    std::vector<Place> now;
    now.reserve(m_placer.visible().size());
    for (const RowPlacer::Placed &placed : m_placer.visible())
        now.push_back({identityOf(placed.row), placed.top, placed.height});
    const bool isNews = std::exchange(m_rowsChanged, false);
    if (isNews && !m_places.empty() && !(m_moved.isValid() && m_moved.elapsed() <= aimPeriod)) {
        m_before = std::move(m_places);
        m_moved.start();
    }
    m_places = std::move(now);
}

/// Maps a point that the user aimed at to where that message is now; outside of everything if it is gone.
QPoint TimelineView::aimedAt(const QPoint &point) const
{
    if (!m_moved.isValid() || m_moved.elapsed() > aimPeriod)
        return point;
    for (const Place &before : m_before) {
        if (point.y() < before.top || point.y() >= before.top + before.height)
            continue;
        for (const Place &place : m_places) {
            if (place.message == before.message) // by its bottom: headers above it may come and go
                return point + QPoint(0, place.top + place.height - before.top - before.height);
        }
        return {-1, -1};
    }
    return point;
}

void TimelineView::hover(const QPoint &point)
{
    int row = -1;
    const RowHit hit = viewport()->rect().contains(point) ? hitAt(point, &row) : RowHit{};
    const bool button = hit.part == RowHit::RetryButton || hit.part == RowHit::DiscardButton;
    const Qt::CursorShape shape = button || hit.part == RowHit::LinkText ? Qt::PointingHandCursor
        : hit.part == RowHit::Text || m_dragging                         ? Qt::IBeamCursor
                                                                         : Qt::ArrowCursor;
    if (viewport()->cursor().shape() != shape)
        viewport()->setCursor(shape);
    if (row == m_hoverRow && hit.link == m_hoverLink)
        return;
    // Only the two rows whose appearance has changed.
    for (const int changed : {m_hoverRow, row}) {
        if (changed >= 0)
            viewport()->update(rowRect(changed));
    }
    m_hoverRow = row;
    m_hoverLink = hit.link;
}

void TimelineView::mousePressEvent(QMouseEvent *event)
{
    if (event->button() != Qt::LeftButton)
        return;
    const QPoint point = event->position().toPoint();
    m_showCurrent = false;
    int row = -1;
    const QPoint aimed = aimedAt(point);
    m_pressedOn = aimOf(row, {});
    if (const RowHit hit = hitAt(aimed, &row); row >= 0)
        m_pressedOn = aimOf(row, hit);
    if (row >= 0) {
        m_current = row;
        Q_EMIT currentRowChanged(row);
    }
    if (event->modifiers() & Qt::ShiftModifier)
        m_selection.extendTo(pointAt(point));
    else
        m_selection.start(pointAt(point));
    m_pressed = point;
    m_dragging = false;
    viewport()->update();
}

void TimelineView::mouseMoveEvent(QMouseEvent *event)
{
    const QPoint point = event->position().toPoint();
    if (m_pressed && (event->buttons() & Qt::LeftButton)) {
        if (!m_dragging && (point - *m_pressed).manhattanLength() >= QApplication::startDragDistance())
            m_dragging = true;
        if (m_dragging) {
            m_dragPoint = point;
            m_selection.extendTo(pointAt(point));
            viewport()->update();
            const bool outside = point.y() < 0 || point.y() > viewport()->height();
            if (outside && !m_dragTimer.isActive())
                m_dragTimer.start(30, this);
            else if (!outside)
                m_dragTimer.stop();
        }
    }
    hover(point);
}

void TimelineView::mouseReleaseEvent(QMouseEvent *event)
{
    if (event->button() != Qt::LeftButton)
        return;
    m_dragTimer.stop();
    const bool click = m_pressed && !m_dragging;
    m_pressed.reset();
    m_dragging = false;
    if (hasSelection() && QApplication::clipboard()->supportsSelection())
        QApplication::clipboard()->setText(selectedText(), QClipboard::Selection);
    if (!click || hasSelection())
        return;
    int row = -1;
    const RowHit hit = hitAt(aimedAt(event->position().toPoint()), &row);
    if (row >= 0 && aimOf(row, hit) == m_pressedOn)
        activate(row, hit);
}

void TimelineView::mouseDoubleClickEvent(QMouseEvent *event)
{
    if (event->button() != Qt::LeftButton)
        return;
    int row = -1;
    const RowHit hit = hitAt(event->position().toPoint(), &row);
    if (row < 0 || hit.part != RowHit::Text)
        return;
    const auto [start, end] = layoutOf(row)->wordAt(hit.position);
    m_selection.set({row, start}, {row, end});
    viewport()->update();
}

void TimelineView::timerEvent(QTimerEvent *event)
{
    if (event->timerId() != m_dragTimer.timerId()) {
        QAbstractScrollArea::timerEvent(event);
        return;
    }
    // The farther outside, the faster.
    const int beyond = m_dragPoint.y() < 0 ? m_dragPoint.y() : m_dragPoint.y() - viewport()->height();
    m_placer.scrollBy(std::clamp(beyond / 2, -m_style->line * 4, m_style->line * 4));
    settle();
    m_selection.extendTo(pointAt(m_dragPoint));
    viewport()->update();
}

void TimelineView::activate(int row, const RowHit &hit)
{
    switch (hit.part) {
    case RowHit::RetryButton:
        retryRow(row);
        break;
    case RowHit::DiscardButton:
        discardRow(row);
        break;
    case RowHit::LinkText: {
        const MessageLayout::Link link = layoutOf(row)->links().at(size_t(hit.link));
        Q_EMIT linkActivated(link.url, link.visible);
        break;
    }
    default:
        break;
    }
}

QMenu *TimelineView::makeMenu(int row, int link)
{
    auto *menu = new QMenu(this);
    if (row < 0 || row >= rowCount())
        return menu;
    const auto &links = layoutOf(row)->links();
    constexpr size_t mostLinks = 10;
    for (size_t i = 0; i < std::min(links.size(), mostLinks); ++i) {
        if (link >= 0 && size_t(link) != i)
            continue;
        const MessageLayout::Link target = links[i];
        const QString address = target.url.toString(QUrl::FullyEncoded);
        connect(menu->addAction(tr("Open %1").arg(menuText(address))), &QAction::triggered, this,
            [this, target] { Q_EMIT linkActivated(target.url, target.visible); });
    }
    if (link >= 0 && size_t(link) < links.size()) {
        const LinkVerdict verdict = judgeLink(links[size_t(link)].url, links[size_t(link)].visible);
        connect(menu->addAction(tr("Copy address")), &QAction::triggered, this,
            [verdict] { QApplication::clipboard()->setText(verdict.target); });
    }
    if (!menu->isEmpty())
        menu->addSeparator();
    if (hasSelection())
        connect(menu->addAction(tr("Copy selection")), &QAction::triggered, this,
            [this] { QApplication::clipboard()->setText(selectedText()); });
    connect(menu->addAction(tr("Copy message")), &QAction::triggered, this,
        [text = rowText(row)] { QApplication::clipboard()->setText(text); });
    addChanges(menu, row);
    if (canRetry(row)) {
        // By its id: the row may be another one when the choice is made.
        const QString id = m_source->at(row).sendId();
        menu->addSeparator();
        connect(menu->addAction(tr("Retry")), &QAction::triggered, this, [this, id] {
            if (m_source)
                m_source->retry(id);
        });
        connect(menu->addAction(tr("Discard")), &QAction::triggered, this, [this, id] {
            if (m_source)
                m_source->discard(id);
        });
    }
    return menu;
}

void TimelineView::contextMenuEvent(QContextMenuEvent *event)
{
    int row = m_current;
    int link = -1;
    QPoint where = event->globalPos();
    if (event->reason() == QContextMenuEvent::Mouse) {
        const RowHit hit = hitAt(aimedAt(viewport()->mapFromGlobal(event->globalPos())), &row);
        link = hit.link;
    } else if (row >= 0) {
        const QRect place = rowRect(row).intersected(viewport()->rect());
        where = viewport()->mapToGlobal(QPoint(place.center().x(), place.bottom()));
    }
    if (row < 0)
        return;
    QMenu *menu = makeMenu(row, link);
    menu->setAttribute(Qt::WA_DeleteOnClose);
    menu->popup(where);
    if (event->reason() == QContextMenuEvent::Keyboard && !menu->actions().isEmpty())
        menu->setActiveAction(menu->actions().constFirst());
}

void TimelineView::focusInEvent(QFocusEvent *event)
{
    if (event->reason() != Qt::MouseFocusReason && event->reason() != Qt::PopupFocusReason) {
        m_showCurrent = true;
        const auto &visible = m_placer.visible();
        if (!visible.empty() && (m_current < 0 || rowRect(m_current).isEmpty()))
            m_current = visible.back().row;
        timelineRowFocused(this, m_current);
    }
    QAbstractScrollArea::focusInEvent(event);
    viewport()->update();
}

void TimelineView::focusOutEvent(QFocusEvent *event)
{
    QAbstractScrollArea::focusOutEvent(event);
    viewport()->update();
}

QString TimelineView::tipAt(const QPoint &point)
{
    int row = -1;
    const RowHit hit = hitAt(point, &row);
    if (row < 0)
        return {};
    if (hit.part == RowHit::LinkText) {
        const MessageLayout::Link &link = layoutOf(row)->links().at(size_t(hit.link));
        return judgeLink(link.url, link.visible).target;
    }
    const TimelineItem &item = m_source->at(row);
    if (hit.part == RowHit::EditedMark)
        return tr("Edited %1").arg(locale().toString(item.editedAt.toLocalTime(), QLocale::LongFormat));
    if (hit.part == RowHit::StatusMark)
        return deliveryText(item);
    if (hit.part == RowHit::Empty)
        return locale().toString(item.timestamp.toLocalTime(), QLocale::LongFormat);
    return {};
}

bool TimelineView::viewportEvent(QEvent *event)
{
    if (event->type() == QEvent::ToolTip) {
        const auto *help = static_cast<QHelpEvent *>(event);
        const QString tip = tipAt(help->pos());
        // QToolTip guesses whether a text is HTML; a tag with escaped text leaves nothing to guess.
        if (tip.isEmpty())
            QToolTip::hideText();
        else
            QToolTip::showText(help->globalPos(),
                QStringLiteral("<span>%1</span>").arg(withoutBidiControls(tip).toHtmlEscaped()), viewport());
        return true;
    }
    if (event->type() == QEvent::Leave)
        hover(QPoint(-1, -1));
    return QAbstractScrollArea::viewportEvent(event);
}

void TimelineView::selectAll()
{
    if (rowCount() == 0)
        return;
    const int last = rowCount() - 1;
    m_selection.set({0, 0}, {last, int(rowText(last).size())});
    viewport()->update();
}

void TimelineView::clearSelection()
{
    m_selection.clear();
    viewport()->update();
}

QString TimelineView::selectedText() const
{
    if (!m_source || m_selection.isEmpty())
        return {};
    const int first = m_selection.first().row;
    const int last = std::min(m_selection.last().row, rowCount() - 1);
    QStringList parts;
    for (int row = first; row <= last; ++row) {
        const QString text = rowText(row);
        const auto [start, end] = m_selection.of(row, int(text.size()));
        if (end <= start && first != last && (row == first || row == last))
            continue; // selected by an empty range
        const QString part = text.mid(start, end - start);
        if (first == last)
            return part;
        const TimelineItem &item = m_source->at(row);
        parts.append(QStringLiteral("%1 (%2): %3")
                         .arg(item.senderName,
                             locale().toString(item.timestamp.toLocalTime(), QLocale::ShortFormat), part));
    }
    return parts.join(QLatin1Char('\n'));
}

void TimelineView::copy()
{
    const QString text = hasSelection() ? selectedText() : m_current >= 0 ? rowText(m_current) : QString();
    if (!text.isEmpty())
        QApplication::clipboard()->setText(text);
}

} // namespace rookery::client
