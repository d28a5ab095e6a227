// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/core/threadcore.h"

#include "server/core/sessionwatch.h"
#include "server/core/sharedstate.h"

namespace rookery::core {

ThreadCore::ThreadCore(const Services &services, const AccountsOptions &accounts, const RoomsOptions &rooms)
    : m_budget(&services.shared->budget)
    , m_hub(services.bus)
    , m_headCheck(services.store, &m_hub, services.headRound)
    , m_accounts(services.store, services.hasher, services.signer, services.shared, accounts)
    , m_rooms(services.store, &m_accounts, &m_hub, services.shared, services.lobby, rooms, &m_reads)
    , m_messages(services.store, &m_accounts, &m_hub, services.shared, accounts.limits, &m_reads)
    , m_invitations(services.store, &m_accounts, &m_rooms, &m_hub, services.shared, accounts.limits)
    , m_moderation(services.store, &m_accounts, &m_rooms, &m_hub, accounts.limits, &m_reads)
    , m_storage(services.store)
{
    closeEndedSessions(services);
    QObject::connect(&m_hub, &Hub::socketOpened, &m_hub,
        [sessions = &services.shared->sessions](const QString &sessionId) { sessions->opened(sessionId); });
    QObject::connect(&m_hub, &Hub::socketClosed, &m_hub,
        [sessions = &services.shared->sessions](
            const QString &sessionId) { sessions->closed(sessionId, QDateTime::currentDateTimeUtc()); });
}

void ThreadCore::closeEndedSessions(const Services &services)
{
    const QString reason = QStringLiteral("This session is over; log in again.");
    QObject::connect(&m_accounts, &Accounts::sessionEnded, &m_hub,
        [this, reason](const QString &sessionId) { m_hub.endSession(sessionId, reason); });
    // These are for the sockets of this thread: all others hear of it themselves.
    const auto endHere = [this, reason](const QString &sessionId) {
        m_hub.hear(bus::SessionEnded{sessionId, reason});
    };
    QObject::connect(&m_accounts, &Accounts::sessionExpired, &m_hub, endHere);
    if (services.sessionWatch) {
        m_accounts.setSessionWatch(services.sessionWatch);
        QObject::connect(services.sessionWatch, &SessionWatch::sessionEnded, &m_hub, endHere);
    }
}

store::CommitObserver ThreadCore::announceOn(bus::Bus *bus)
{
    return [bus](std::vector<store::CommitNotice> committed) {
        std::vector<bus::Notice> notices;
        notices.reserve(committed.size());
        for (store::CommitNotice &one : committed) {
            if (auto *event = std::get_if<store::Committed>(&one))
                notices.push_back(bus::EventCommitted{std::move(event->event), std::move(event->room)});
            else if (auto *joined = std::get_if<store::Joined>(&one))
                notices.push_back(bus::MembershipChanged{std::move(joined->room), std::move(joined->user)});
            else if (auto *own = std::get_if<store::SelfCommitted>(&one))
                notices.push_back(bus::SelfEventCommitted{std::move(own->userId), std::move(own->event)});
        }
        bus->publish(std::move(notices));
    };
}

std::function<void(const QString &)> ThreadCore::announceHistoryOn(bus::Bus *bus)
{
    return [bus](const QString &epoch) { bus->publish({bus::HistoryChanged{epoch}}); };
}

} // namespace rookery::core
