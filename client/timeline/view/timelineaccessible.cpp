// SPDX-License-Identifier: GPL-3.0-or-later
#include "client/timeline/view/timelineaccessible.h"

#include "client/timeline/view/olderbar.h"
#include "client/timeline/view/timelineview.h"

#include <QGuiApplication>
#include <QHash>
#include <QToolButton>

namespace rookery::client {

namespace {

/// The existing interfaces, so that rows can be updated without creating an interface for every view.
QHash<const TimelineView *, TimelineAccessible *> &registry()
{
    static QHash<const TimelineView *, TimelineAccessible *> known;
    return known;
}

class RowAccessible : public QAccessibleInterface, public QAccessibleActionInterface
{
public:
    RowAccessible(TimelineView *view, int row)
        : m_view(view)
        , m_row(row)
    { }

    void setRow(int row) { m_row = row; }
    int row() const { return m_row; }

    bool isValid() const override { return m_view && m_row >= 0 && m_row < m_view->rowCount(); }
    QObject *object() const override { return nullptr; }
    QAccessibleInterface *parent() const override { return QAccessible::queryAccessibleInterface(m_view); }
    QAccessibleInterface *child(int) const override { return nullptr; }
    QAccessibleInterface *childAt(int, int) const override { return nullptr; }
    int childCount() const override { return 0; }
    int indexOfChild(const QAccessibleInterface *) const override { return -1; }
    QWindow *window() const override { return m_view ? m_view->window()->windowHandle() : nullptr; }
    QAccessible::Role role() const override { return QAccessible::ListItem; }
    void setText(QAccessible::Text, const QString &) override { }

    QString text(QAccessible::Text kind) const override
    {
        return isValid() && kind == QAccessible::Name ? m_view->rowDescription(m_row) : QString();
    }

    QRect rect() const override
    {
        if (!isValid())
            return {};
        const QRect inView = m_view->rowRect(m_row);
        return inView.isEmpty() ? QRect()
                                : QRect(m_view->viewport()->mapToGlobal(inView.topLeft()), inView.size());
    }

    QAccessible::State state() const override
    {
        QAccessible::State state;
        if (!isValid()) {
            state.invalid = true;
            return state;
        }
        state.focusable = true;
        state.readOnly = true;
        state.focused = m_view->hasFocus() && m_view->currentRow() == m_row;
        state.offscreen = !m_view->rowRect(m_row).intersects(m_view->viewport()->rect());
        return state;
    }

    void *interface_cast(QAccessible::InterfaceType type) override
    {
        return type == QAccessible::ActionInterface ? static_cast<QAccessibleActionInterface *>(this)
                                                    : nullptr;
    }

    QStringList actionNames() const override
    {
        QStringList names{setFocusAction()};
        if (isValid() && m_view->canRetry(m_row))
            names << retryAction() << discardAction();
        if (isValid() && m_view->canEdit(m_row))
            names << editAction();
        if (isValid() && m_view->canDelete(m_row))
            names << deleteAction();
        return names;
    }

    QString localizedActionName(const QString &name) const override
    {
        if (name == retryAction())
            return TimelineView::tr("Retry");
        if (name == discardAction())
            return TimelineView::tr("Discard");
        if (name == editAction())
            return TimelineView::tr("Edit");
        if (name == deleteAction())
            return TimelineView::tr("Delete…");
        return QAccessibleActionInterface::localizedActionName(name);
    }

    void doAction(const QString &name) override
    {
        if (!isValid())
            return;
        if (name == retryAction()) {
            m_view->retryRow(m_row);
        } else if (name == discardAction()) {
            m_view->discardRow(m_row);
        } else if (name == editAction()) {
            m_view->editRow(m_row);
        } else if (name == deleteAction()) {
            m_view->deleteRow(m_row);
        } else if (name == setFocusAction()) {
            m_view->setFocus(Qt::OtherFocusReason);
            m_view->setCurrentRow(m_row);
        }
    }

    QStringList keyBindingsForAction(const QString &) const override { return {}; }

private:
    static QString retryAction() { return QStringLiteral("Retry"); }
    static QString discardAction() { return QStringLiteral("Discard"); }
    static QString editAction() { return QStringLiteral("Edit"); }
    static QString deleteAction() { return QStringLiteral("Delete"); }

    QPointer<TimelineView> m_view;
    int m_row;
};

QAccessibleInterface *factory(const QString &className, QObject *object)
{
    if (className == QLatin1String(TimelineView::staticMetaObject.className())) {
        if (auto *view = qobject_cast<TimelineView *>(object))
            return new TimelineAccessible(view);
    }
    return nullptr;
}

} // namespace

TimelineAccessible::TimelineAccessible(TimelineView *view)
    : QAccessibleWidget(view, QAccessible::List)
{
    registry().insert(view, this);
}

TimelineAccessible::~TimelineAccessible()
{
    registry().removeIf([this](const auto &entry) { return entry.value() == this; });
    reset();
}

TimelineView *TimelineAccessible::view() const
{
    return qobject_cast<TimelineView *>(object());
}

QList<QWidget *> TimelineAccessible::extras() const
{
    QList<QWidget *> widgets;
    for (QWidget *widget :
        {static_cast<QWidget *>(view()->olderBar()), static_cast<QWidget *>(view()->endButton())}) {
        if (widget->isVisibleTo(view()))
            widgets.append(widget);
    }
    return widgets;
}

int TimelineAccessible::childCount() const
{
    return view() ? view()->rowCount() + int(extras().size()) : 0;
}

QAccessibleInterface *TimelineAccessible::child(int index) const
{
    if (!view() || index < 0)
        return nullptr;
    const int rows = view()->rowCount();
    if (index >= rows) {
        const QList<QWidget *> widgets = extras();
        return index - rows < widgets.size() ? QAccessible::queryAccessibleInterface(widgets.at(index - rows))
                                             : nullptr;
    }
    const auto known = m_rows.find(index);
    if (known != m_rows.end())
        return QAccessible::accessibleInterface(known->second);
    auto *row = new RowAccessible(view(), index);
    m_rows[index] = QAccessible::registerAccessibleInterface(row);
    return row;
}

int TimelineAccessible::indexOfChild(const QAccessibleInterface *child) const
{
    if (!view() || !child)
        return -1;
    if (child->object()) {
        const QList<QWidget *> widgets = extras();
        const qsizetype extra = widgets.indexOf(qobject_cast<QWidget *>(child->object()));
        return extra < 0 ? -1 : view()->rowCount() + int(extra);
    }
    const auto *row = dynamic_cast<const RowAccessible *>(child);
    return row && row->isValid() ? row->row() : -1;
}

QAccessibleInterface *TimelineAccessible::childAt(int x, int y) const
{
    if (!view())
        return nullptr;
    const QPoint point = view()->viewport()->mapFromGlobal(QPoint(x, y));
    for (QWidget *widget : extras()) {
        if (widget->geometry().contains(point))
            return QAccessible::queryAccessibleInterface(widget);
    }
    return child(view()->rowAt(point));
}

QAccessibleInterface *TimelineAccessible::focusChild() const
{
    if (view() && view()->hasFocus() && view()->currentRow() >= 0)
        return child(view()->currentRow());
    return QAccessibleWidget::focusChild();
}

void TimelineAccessible::insertRows(int first, int count)
{
    std::map<int, QAccessible::Id> moved;
    for (const auto &[row, id] : m_rows) {
        const int now = row >= first ? row + count : row;
        if (auto *item = static_cast<RowAccessible *>(QAccessible::accessibleInterface(id)))
            item->setRow(now);
        moved.emplace_hint(moved.end(), now, id);
    }
    m_rows = std::move(moved);
}

void TimelineAccessible::removeRows(int first, int count)
{
    std::map<int, QAccessible::Id> moved;
    for (const auto &[row, id] : m_rows) {
        if (row >= first && row < first + count) {
            QAccessible::deleteAccessibleInterface(id);
            continue;
        }
        const int now = row >= first ? row - count : row;
        if (auto *item = static_cast<RowAccessible *>(QAccessible::accessibleInterface(id)))
            item->setRow(now);
        moved.emplace_hint(moved.end(), now, id);
    }
    m_rows = std::move(moved);
}

void TimelineAccessible::reset()
{
    for (const auto &[row, id] : std::exchange(m_rows, {}))
        QAccessible::deleteAccessibleInterface(id);
}

void installTimelineAccessibility()
{
    static const bool installed = [] {
        QAccessible::installFactory(factory);
        return true;
    }();
    Q_UNUSED(installed)
}

void timelineRowsReset(TimelineView *view)
{
    if (TimelineAccessible *list = registry().value(view))
        list->reset();
}

void timelineRowsInserted(TimelineView *view, int first, int count)
{
    TimelineAccessible *list = registry().value(view);
    if (!list)
        return;
    list->insertRows(first, count);
    // New messages are announced one by one; a page of old ones would only be noise.
    if (!QAccessible::isActive() || first + count != view->rowCount() || count > 5)
        return;
    for (int row = first; row < first + count; ++row) {
        QAccessibleEvent event(list->child(row), QAccessible::ObjectCreated);
        QAccessible::updateAccessibility(&event);
    }
}

void timelineRowsChanged(TimelineView *view, int first, int count)
{
    TimelineAccessible *list = registry().value(view);
    if (!list || !QAccessible::isActive() || count > 5)
        return;
    for (int row = first; row < first + count; ++row) {
        QAccessibleEvent event(list->child(row), QAccessible::NameChanged);
        QAccessible::updateAccessibility(&event);
    }
}

void timelineRowsRemoved(TimelineView *view, int first, int count)
{
    if (TimelineAccessible *list = registry().value(view))
        list->removeRows(first, count);
}

void timelineRowFocused(TimelineView *view, int row)
{
    if (!QAccessible::isActive() || row < 0)
        return;
    auto *list = static_cast<TimelineAccessible *>(QAccessible::queryAccessibleInterface(view));
    if (!list)
        return;
    QAccessibleEvent event(list->child(row), QAccessible::Focus);
    QAccessible::updateAccessibility(&event);
}

} // namespace rookery::client
