// SPDX-License-Identifier: GPL-3.0-or-later
// What a TimelineView says of its rows, and what can be done with them.

#include "client/sentences/sentences.h"
#include "client/timeline/layout/noticetext.h"
#include "client/timeline/view/timelineview.h"
#include "common/markdown/markdown.h"

#include <QMenu>

namespace rookery::client {

QString TimelineView::rowText(int row) const
{
    const MessageLayout *layout = m_cache.find(row);
    if (layout)
        return layout->text();
    const TimelineItem &item = m_source->at(row);
    return item.kind == TimelineItem::Kind::Message ? markdown::visibleText(markdown::parse(item.text))
                                                    : noticeText(item);
}

QString TimelineView::rowDescription(int row) const
{
    const TimelineItem &item = m_source->at(row);
    const QString time = locale().toString(item.timestamp.toLocalTime(), QLocale::ShortFormat);
    if (!isMessage(row))
        return tr("%1, %2").arg(time, rowText(row));
    const QString text = item.editedSeq == 0
        ? rowText(row)
        : tr("%1 (edited %2)")
              .arg(rowText(row), locale().toString(item.editedAt.toLocalTime(), QLocale::ShortFormat));
    const bool isChange = !item.changeId.isEmpty();
    // One call with all arguments, so that a "%1" in a message stays what it is.
    switch (item.delivery) {
    case Delivery::Sent:
        break;
    case Delivery::Pending:
        if (item.failure.isEmpty())
            return (item.deleting ? tr("%1, %2, %3, being deleted")
                    : isChange    ? tr("%1, %2, %3, being saved")
                                  : tr("%1, %2, %3, sending"))
                .arg(item.senderName, time, text);
        return (item.deleting ? tr("%1, %2, %3, not deleted yet: %4")
                : isChange    ? tr("%1, %2, %3, not saved yet: %4")
                              : tr("%1, %2, %3, still sending: %4"))
            .arg(item.senderName, time, text, inWords(item.failure));
    case Delivery::Failed:
        return (item.deleting ? tr("%1, %2, %3, not deleted: %4")
                : isChange    ? tr("%1, %2, %3, not saved: %4")
                              : tr("%1, %2, %3, not sent: %4"))
            .arg(item.senderName, time, text, inWords(item.failure));
    }
    return tr("%1, %2, %3").arg(item.senderName, time, text);
}

bool TimelineView::isMessage(int row) const
{
    const TimelineItem::Kind kind = m_source->at(row).kind;
    return kind == TimelineItem::Kind::Message || kind == TimelineItem::Kind::Deleted;
}

bool TimelineView::isEditable(int row, bool isTooOld) const
{
    if (!m_source || row < 0 || row >= m_source->count() || !m_rights.changeOwn)
        return false;
    const TimelineItem &item = m_source->at(row);
    // What the server has not stored yet has no age there.
    const bool isOld = m_rights.editWindow.count() > 0 && item.seq > 0
        && item.timestamp.addMSecs(m_rights.editWindow.count()) < QDateTime::currentDateTimeUtc();
    return item.own && item.kind == TimelineItem::Kind::Message && !item.deleting && isOld == isTooOld;
}

bool TimelineView::canEdit(int row) const
{
    return isEditable(row, false);
}

bool TimelineView::isTooOldToEdit(int row) const
{
    return isEditable(row, true);
}

bool TimelineView::hasFailedEdit(int row) const
{
    if (!canRetry(row))
        return false;
    const TimelineItem &item = m_source->at(row);
    return !item.changeId.isEmpty() && !item.deleting;
}

bool TimelineView::canDelete(int row) const
{
    if (!m_source || row < 0 || row >= m_source->count())
        return false;
    const TimelineItem &item = m_source->at(row);
    return item.kind == TimelineItem::Kind::Message && !item.deleting
        && (item.own ? m_rights.changeOwn || m_rights.moderate : m_rights.moderate);
}

bool TimelineView::canSeeVersions(int row) const
{
    if (!m_source || row < 0 || row >= m_source->count())
        return false;
    const TimelineItem &item = m_source->at(row);
    return item.kind == TimelineItem::Kind::Message && item.editedSeq > 0 && (item.own || m_rights.moderate);
}

void TimelineView::editRow(int row)
{
    if (canEdit(row))
        Q_EMIT editRequested(m_source->at(row).seq, QString(m_source->at(row).clientId));
}

void TimelineView::deleteRow(int row)
{
    if (canDelete(row))
        Q_EMIT deleteRequested(m_source->at(row).seq, QString(m_source->at(row).clientId));
}

void TimelineView::addChanges(QMenu *menu, int row)
{
    // By seq and id: the row may be another one when the choice is made.
    const qint64 seq = m_source->at(row).seq;
    const QString id = m_source->at(row).clientId;
    if (canEdit(row)) {
        QAction *edit = menu->addAction(tr("Edit"));
        edit->setShortcut(Qt::Key_F2);
        connect(edit, &QAction::triggered, this, [this, seq, id] { Q_EMIT editRequested(seq, id); });
    } else if (isTooOldToEdit(row)) {
        menu->addAction(tr("Edit (only within %1)").arg(inWords(m_rights.editWindow)))->setEnabled(false);
    }
    if (hasFailedEdit(row)) {
        connect(menu->addAction(tr("Use text as new message")), &QAction::triggered, this,
            [this, change = m_source->at(row).changeId, text = m_source->at(row).text] {
                Q_EMIT textWanted(change, text);
            });
    }
    if (canDelete(row)) {
        QAction *remove = menu->addAction(tr("Delete…"));
        remove->setShortcut(Qt::Key_Delete);
        connect(remove, &QAction::triggered, this, [this, seq, id] { Q_EMIT deleteRequested(seq, id); });
    }
    if (canSeeVersions(row))
        connect(menu->addAction(tr("Edit history…")), &QAction::triggered, this,
            [this, seq] { Q_EMIT versionsRequested(seq); });
}

bool TimelineView::canRetry(int row) const
{
    return m_source && row >= 0 && row < m_source->count() && m_source->at(row).delivery == Delivery::Failed;
}

void TimelineView::retryRow(int row)
{
    if (canRetry(row))
        m_source->retry(QString(m_source->at(row).sendId())); // a copy: the row may go away meanwhile
}

void TimelineView::discardRow(int row)
{
    if (canRetry(row))
        m_source->discard(QString(m_source->at(row).sendId()));
}

} // namespace rookery::client
