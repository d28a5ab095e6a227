// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/client/ui/faketimeline.h"

#include <QDateTime>
#include <QTimeZone>

namespace rookery::client {

TimelineItem FakeTimeline::item(qint64 seq, const QString &text, const QString &sender)
{
    TimelineItem one;
    one.seq = seq;
    one.clientId = QStringLiteral("client-%1").arg(seq);
    one.senderId = QStringLiteral("id-") + sender;
    one.senderName = sender;
    one.text = text;
    one.timestamp = QDateTime(QDate(2026, 11, 20), QTime(9, 0), QTimeZone::utc()).addSecs(seq * 61);
    one.own = sender == QLatin1String("me");
    return one;
}

QList<TimelineItem> FakeTimeline::items(int count, qint64 firstSeq)
{
    static const QString people[] = {
        QStringLiteral("alice"), QStringLiteral("bob"), QStringLiteral("me"), QStringLiteral("carol")};
    QList<TimelineItem> all;
    all.reserve(count);
    for (int i = 0; i < count; ++i) {
        const qint64 seq = firstSeq + i;
        QString text = QStringLiteral("message %1").arg(seq);
        for (qint64 words = seq * 7 % 23; words > 0; --words)
            text += QStringLiteral(" and some more words");
        if (seq % 9 == 0)
            text += QStringLiteral("\n\n```\nint main() { return 0; }\n```");
        all.append(item(seq, text, people[size_t(((seq / 3) % 4 + 4) % 4)]));
    }
    return all;
}

void FakeTimeline::loadOlder()
{
    if (m_loading)
        return;
    ++olderAsked;
    m_loading = true;
    Q_EMIT loadingOlderChanged();
}

void FakeTimeline::discard(const QString &clientId)
{
    discarded.append(clientId);
    for (int row = 0; row < count(); ++row) {
        if (m_items.at(row).clientId == clientId) {
            removeAt(row);
            return;
        }
    }
}

void FakeTimeline::set(const QList<TimelineItem> &all)
{
    m_items = all;
    Q_EMIT reset();
}

void FakeTimeline::append(const TimelineItem &one)
{
    m_items.append(one);
    Q_EMIT inserted(count() - 1, 1);
}

void FakeTimeline::deliverOlder(const QList<TimelineItem> &page, bool more)
{
    older = more;
    m_items = page + m_items;
    Q_EMIT inserted(0, int(page.size()));
    m_loading = false;
    Q_EMIT loadingOlderChanged();
}

void FakeTimeline::failOlder(const QString &sentence)
{
    m_loading = false;
    Q_EMIT loadingOlderChanged();
    Q_EMIT olderFailed(Error{ErrorCode::Internal, sentence});
}

void FakeTimeline::change(int row, const TimelineItem &one)
{
    m_items[row] = one;
    Q_EMIT changed(row, 1);
}

void FakeTimeline::removeAt(int row)
{
    m_items.removeAt(row);
    Q_EMIT removed(row, 1);
}

} // namespace rookery::client
