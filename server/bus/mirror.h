// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "server/bus/notices.h"

namespace rookery::bus {

/// Shows outside who is present through the hubs of this process, for operators and their scripts. Nothing in the server
/// reads it, and nothing waits for it or fails with it.
///
/// Lives on the node's thread, and blocks it in leave() only.
class Mirror
{
public:
    Mirror() = default;
    Mirror(const Mirror &) = delete;
    Mirror &operator=(const Mirror &) = delete;
    virtual ~Mirror() = default;

    /// To be called once.
    virtual void open() = 0;
    /// Of a hub of this process, in the order of the changes. The same may be said twice.
    virtual void presence(const PresenceChanged &change) = 0;
    /// Nobody is present here any more, and nothing is said after that. Takes less than a second.
    virtual void leave() = 0;
};

} // namespace rookery::bus
