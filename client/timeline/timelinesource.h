// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "client/problems/problem.h"

#include "common/events/content.h"

#include <QDateTime>
#include <QObject>
#include <QString>

#include <memory>

namespace rookery::client {

enum class Delivery {
    Sent, ///< durable on the server
    Pending, ///< in the outbox
    Failed, ///< refused; TimelineItem::failure says why; it can be retried
};

/// One row of a timeline.
struct TimelineItem
{
    enum class Kind : quint8 {
        Message,
        Deleted, ///< was a message: sender and time are left
        Notice, ///< the room or its members have changed
        Unreadable, ///< this version cannot show it
    };

    qint64 seq = 0; ///< 0 for what the server has not stored yet
    QString clientId; ///< stable from the local echo to the stored message
    QString senderId;
    QString senderName;
    QString text; ///< Markdown as typed; untrusted
    QDateTime timestamp; ///< UTC
    bool own = false; ///< sent by the user of this session
    Delivery delivery = Delivery::Sent;
    SendFailure failure; ///< with Delivery::Failed; with Pending why it takes so long, if that is known
    Kind kind = Kind::Message;
    qint64 editedSeq = 0; ///< of the event that gave it its text; 0: the text it was sent with
    QDateTime editedAt; ///< UTC, where editedSeq is given
    /// The client id of the user's last change of it that is on its way or has failed; `delivery` and `failure`
    /// are those of the change then.
    QString changeId;
    bool deleting = false; ///< that change is a deletion
    std::shared_ptr<const QString> original; ///< the text without that change
    std::shared_ptr<const EventContent> notice; ///< with Kind::Notice: what has changed

    /// What retry() and discard() take.
    const QString &sendId() const { return changeId.isEmpty() ? clientId : changeId; }
};

/// The model of a timeline view: one room's messages, oldest first, unsent ones last. Rows 0…count()-1 are
/// loaded; loadOlder() requests older ones, which are inserted at row 0. Lives on the GUI thread and never
/// blocks.
class TimelineSource : public QObject
{
    Q_OBJECT
public:
    using QObject::QObject;

    virtual int count() const = 0;
    virtual const TimelineItem &at(int row) const = 0;

    /// Whether the room has messages before row 0.
    virtual bool hasOlder() const = 0;
    virtual bool isLoadingOlder() const = 0;
    /// Loads from the local cache, otherwise from the server; does nothing while a request is pending. Ends
    /// in inserted() or olderFailed().
    virtual void loadOlder() = 0;

    /// Sends what has failed again, or gives it up: a message, or a change of one (TimelineItem::sendId).
    virtual void retry(const QString &clientId) = 0;
    virtual void discard(const QString &clientId) = 0;

Q_SIGNALS:
    void reset();
    void inserted(int first, int count);
    void changed(int first, int count);
    void removed(int first, int count);
    void loadingOlderChanged();
    /// For the place where the older messages would have appeared.
    void olderFailed(const rookery::client::Problem &problem);
};

} // namespace rookery::client
