// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "server/core/accounts.h"
#include "server/core/core.h"
#include "server/core/invitations.h"
#include "server/core/live/headcheck.h"
#include "server/core/live/hub.h"
#include "server/core/messages.h"
#include "server/core/moderation.h"
#include "server/core/readgate.h"
#include "server/core/rooms.h"
#include "server/core/storagecheck.h"

#include <chrono>
#include <functional>

namespace rookery::core {

class StoreReach;
struct SharedState;

/// The services that all cores share: thread-safe, outlive the cores.
struct Services
{
    store::Store *store = nullptr;
    auth::PasswordHasher *hasher = nullptr;
    const auth::TokenSigner *signer = nullptr;
    bus::Bus *bus = nullptr;
    SharedState *shared = nullptr;
    Room lobby; ///< of Rooms::openLobby()
    std::chrono::milliseconds headRound = HeadCheck::defaultRound;
    SessionWatch *sessionWatch = nullptr; ///< none: sessions end on this process only
    StoreReach *reach = nullptr; ///< none: this process has the store for itself
};

/// The core of one I/O thread, to be made and destroyed on it.
class ThreadCore
{
public:
    ThreadCore(const Services &services, const AccountsOptions &accounts, const RoomsOptions &rooms);

    Core core()
    {
        return {
            &m_accounts, &m_rooms, &m_messages, &m_hub, m_budget, &m_invitations, &m_moderation, &m_storage};
    }

    /// The commit observer for the store: publishes its events to all hubs.
    static store::CommitObserver announceOn(bus::Bus *bus);
    /// The same for StoreOptions::epochChanged.
    static std::function<void(const QString &)> announceHistoryOn(bus::Bus *bus);

private:
    void closeEndedSessions(const Services &services);

    Budget *m_budget;
    ReadGate m_reads;
    Hub m_hub;
    HeadCheck m_headCheck;
    Accounts m_accounts;
    Rooms m_rooms;
    Messages m_messages;
    Invitations m_invitations;
    Moderation m_moderation;
    StorageCheck m_storage;
};

} // namespace rookery::core
