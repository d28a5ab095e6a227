// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "client/problems/problem.h"

#include <QDateTime>
#include <QObject>
#include <QString>

namespace rookery::client {

enum class Delivery {
    Sent, ///< durable on the server
    Pending, ///< in the outbox
    Failed, ///< refused; TimelineItem::failure says why; it can be retried
};

/// One row of a timeline.
struct TimelineItem
{
    qint64 seq = 0; ///< 0 if the server has not stored it yet
    QString clientId; ///< the same for the local echo and the stored message
    QString senderId;
    QString senderName;
    QString text; ///< Markdown as typed; untrusted
    QDateTime timestamp; ///< UTC
    bool own = false; ///< sent by the user of this session
    Delivery delivery = Delivery::Sent;
    SendFailure failure; ///< with Delivery::Failed; with Pending why it takes so long, if that is known
    /// This version cannot read it: there is no text.
    bool unreadable = false;
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

    /// Retries or discards a failed item.
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
