// SPDX-License-Identifier: GPL-3.0-or-later
#include "client/timeline/layout/noticetext.h"

#include "client/sentences/sentences.h"
#include "common/printable.h"

#include <QCoreApplication>
#include <QStringList>

namespace rookery::client {

namespace {

/// The context of the translations.
struct Notices
{
    Q_DECLARE_TR_FUNCTIONS(Timeline)
};

QString ofMember(const QString &actor, bool isSelf, const MemberChanged &changed)
{
    // One call with both names, so that a "%1" in a name stays what it is.
    const QString who = printableLine(changed.user.name);
    const auto said = [&](const QString &sentence) { return sentence.arg(actor, who); };
    switch (changed.role) {
    case Role::Banned:
        return said(Notices::tr("%1 banned %2."));
    case Role::None:
        if (changed.before == Role::Banned)
            return said(Notices::tr("%1 lifted the ban on %2."));
        return isSelf ? Notices::tr("%1 left.").arg(actor) : said(Notices::tr("%1 removed %2."));
    case Role::Invited:
        return said(Notices::tr("%1 invited %2."));
    case Role::Member:
        if (isMember(changed.before))
            return isSelf ? Notices::tr("%1 is an ordinary member now.").arg(actor)
                          : said(Notices::tr("%1 made %2 an ordinary member."));
        return isSelf ? Notices::tr("%1 joined.").arg(actor) : said(Notices::tr("%1 brought %2 in."));
    case Role::Moderator:
        return said(Notices::tr("%1 made %2 a moderator."));
    case Role::Owner:
        if (isSelf && !isMember(changed.before))
            return Notices::tr("%1 joined and owns the room now.").arg(actor);
        return said(Notices::tr("%1 made %2 an owner."));
    }
    return {};
}

QString ofRoom(const QString &actor, const RoomChanged &changed)
{
    QStringList sentences;
    if (changed.name)
        sentences.append(Notices::tr("%1 renamed the room to %2.").arg(actor, printableLine(*changed.name)));
    if (changed.topic && changed.topic->isEmpty())
        sentences.append(Notices::tr("%1 removed the topic.").arg(actor));
    else if (changed.topic) {
        // A topic that closed the quotes could go on in our words.
        QString topic = printableLine(*changed.topic);
        topic.replace(u'”', u'"').replace(u'“', u'"');
        sentences.append(Notices::tr("%1 changed the topic to “%2”.").arg(actor, topic));
    }
    return sentences.join(u' ');
}

} // namespace

QString noticeText(const TimelineItem &item)
{
    switch (item.kind) {
    case TimelineItem::Kind::Message:
        break;
    case TimelineItem::Kind::Deleted:
        return Notices::tr("This message was deleted.");
    case TimelineItem::Kind::Unreadable:
        return Notices::tr("This version of Rookery cannot show this message.");
    case TimelineItem::Kind::Notice: {
        const QString actor = printableLine(item.senderName);
        if (const auto *member = item.notice ? std::get_if<MemberChanged>(item.notice.get()) : nullptr)
            return ofMember(actor, member->user.id == item.senderId, *member);
        if (const auto *room = item.notice ? std::get_if<RoomChanged>(item.notice.get()) : nullptr)
            return ofRoom(actor, *room);
        break;
    }
    }
    return {};
}

QString deliveryText(const TimelineItem &item)
{
    const bool isChange = !item.changeId.isEmpty();
    const auto because = [&item](const QString &sentence) {
        return sentence.arg(inWords(item.failure)).trimmed();
    };
    switch (item.delivery) {
    case Delivery::Sent:
        return Notices::tr("Sent");
    case Delivery::Pending:
        if (item.failure.isEmpty())
            return item.deleting ? Notices::tr("Being deleted…")
                : isChange       ? Notices::tr("Saving…")
                                 : Notices::tr("Sending…");
        return because(item.deleting ? Notices::tr("Not deleted yet. %1")
                : isChange           ? Notices::tr("Not saved yet. %1")
                                     : Notices::tr("Still sending. %1"));
    case Delivery::Failed:
        return because(item.deleting ? Notices::tr("Not deleted. %1")
                : isChange           ? Notices::tr("Not saved. %1")
                                     : Notices::tr("Not sent. %1"));
    }
    return {};
}

} // namespace rookery::client
