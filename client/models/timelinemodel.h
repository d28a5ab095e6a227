// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "client/cache/span.h"
#include "client/timeline/timelinesource.h"
#include "common/messages.h"

#include <QSet>

#include <deque>
#include <optional>

namespace rookery::client {

/// The messages of one room: a stretch of its history without a gap, in ascending seq, then what the user has
/// sent and the history does not hold yet, in the order of sending. Knows no network and no database: data is
/// pushed into it, and it asks for more with its signals. Every stored message is in it once, whichever of
/// acknowledgement, live event and page comes first.
class TimelineModel : public TimelineSource
{
    Q_OBJECT
public:
    /// In bytes of text: as much as is worth looking at, whatever a server sends (THREATS.md 44).
    static constexpr qint64 mostBytes = 48 * 1024 * 1024;
    static constexpr int mostRows = 50'000;

    explicit TimelineModel(const QString &selfId, QObject *parent = nullptr);

    int count() const override { return int(m_items.size()); }
    const TimelineItem &at(int row) const override { return m_items[size_t(row)]; }
    bool hasOlder() const override;
    bool isLoadingOlder() const override { return m_loading; }
    void loadOlder() override;
    void retry(const QString &clientId) override;
    void discard(const QString &clientId) override;

    /// The stretch that is shown; empty before anything is known.
    Span span() const { return m_span; }

    /// A stretch of the history. Where it meets what is shown, it lengthens it at either end; where it is
    /// newer, with a hole between, it replaces it; where it is older, it is ignored.
    void addStretch(const QList<RoomEvent> &events, Span stretch);
    /// The room is known to hold nothing at all.
    void setEmpty();
    /// Forgets the history, not what is still to be sent: before it is read anew.
    void forgetHistory();
    /// Forgets everything.
    void clear();

    /// loadOlder() is over: what it brought, if anything, has been added.
    void finishLoading();
    void failLoading(const Problem &problem);
    /// Whether something is being loaded although nobody has asked with loadOlder().
    void setLoading(bool loading);

    void addLocal(const QString &clientId, const User &self, const QString &text, const QDateTime &created,
        const SendFailure &failure);
    void acknowledge(const QString &clientId, qint64 seq, const QDateTime &timestamp);
    void setFailed(const QString &clientId, const SendFailure &failure);
    /// It stays pending, and this is why.
    void setDelayed(const QString &clientId, const SendFailure &failure);
    /// A change of a message by the user, which is shown at once: another text, or none where it is deleted.
    /// `target` is its seq, or 0 where it has none yet and `targetClientId` names it.
    struct Change
    {
        QString clientId;
        qint64 target = 0;
        QString targetClientId = {};
        std::optional<QString> text = {};
        bool failed = false;
        SendFailure failure = {};
    };
    /// Takes the place of one with the same client id.
    void addChange(const Change &change);
    /// The text of a message that has not been sent, or of the change of one, is another one.
    void setUnsentText(qint64 seq, const QString &clientId, const QString &text);
    /// Removes a message or a change that is no longer pending.
    void removeLocal(const QString &clientId);

    /// Lets the oldest rows go where there are more than `limit`, down to `keep`; `limit` and `keep` of
    /// mostRows mean the same share of mostBytes.
    void trim(int limit, int keep);
    /// No older messages can be added.
    bool isFull() const { return m_stored >= mostRows || m_bytes >= mostBytes; }

Q_SIGNALS:
    /// The messages before this seq are wanted; 0: the newest.
    void olderWanted(qint64 before);
    void retryWanted(const QString &clientId);
    void discardWanted(const QString &clientId);

private:
    TimelineItem itemFor(const RoomEvent &event);
    /// What changes of messages the events say, to the rows that are shown.
    void applyChanges(const QList<RoomEvent> &events);
    /// The stored row of this seq, or -1.
    int findStored(qint64 seq) const;
    int findChange(const QString &clientId) const;
    bool isOf(const Change &change, const TimelineItem &item) const;
    /// The item as the user's own changes want it.
    void overlay(TimelineItem *item) const;
    void overlayRowsOf(const Change &change);
    template <typename Work>
    void update(int row, Work work);
    const QString &shared(const QString &text);
    void prepend(const QList<RoomEvent> &events);
    void append(const QList<RoomEvent> &events);
    void flushRun(std::deque<TimelineItem> &run);
    int findLocal(const QString &clientId) const;
    int findLocalFor(const RoomEvent &event) const;
    void eraseRow(int row);
    void setState(const QString &clientId, Delivery delivery, const SendFailure &failure);
    void dropStored();
    /// Acknowledged rows whose message the history holds in a form that cannot be told to be theirs.
    void dropOvertaken();

    QString m_selfId;
    std::deque<TimelineItem> m_items; ///< m_stored messages of the history, then the local ones
    int m_stored = 0;
    qint64 m_bytes = 0; ///< of the texts of the stored ones
    Span m_span;
    bool m_knownEmpty = false;
    bool m_loading = false;
    QList<Change> m_changes; ///< in the order in which they were made
    QSet<QString> m_strings; ///< ids and names, of which there are few and many copies
};

} // namespace rookery::client
