// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

namespace rookery::core {

class Accounts;
class Rooms;
class Messages;
class Hub;
class Budget;
class ReadGate;
class Invitations;
class Moderation;
class StorageCheck;

/// The core's services, handed to http and ws as one; owned by Application, all on the reactor's thread.
struct Core
{
    Accounts *accounts;
    Rooms *rooms;
    Messages *messages;
    Hub *hub;
    Budget *budget; ///< of all threads
    Invitations *invitations;
    Moderation *moderation;
    StorageCheck *storage;
};

} // namespace rookery::core
