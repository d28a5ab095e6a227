// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "common/limits.h"

#include <chrono>

namespace rookery::client {

/// The limits of the server that its hello names; those that it does not name have their defaults.
struct ServerLimits
{
    int messageCharacters = Limits().messageCharacters; ///< in Unicode code points, as the next two
    int roomNameCharacters = Limits().roomNameCharactersMax;
    int topicCharacters = Limits().topicCharacters;
    /// How long senders can edit a message; 0: without limit.
    std::chrono::milliseconds editWindow = Limits().editWindow;
    qint64 frameBytes = Limits().websocketMessageBytes; ///< of a frame to the server

    bool operator==(const ServerLimits &) const = default;
};

} // namespace rookery::client
