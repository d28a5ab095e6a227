// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "tests/faults/driver/roll.h"
#include "tests/faults/driver/roomview.h"
#include "tests/wire/load/clock.h"

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace rookery::faults {

/// When a client reconnects, and when it gives up a connection.
struct Patience
{
    /// After a lost connection it reconnects after a random time between these, even if the server said
    /// goodbye with a longer one: clients should reach a server that is starting.
    load::Nanos returnsAfter = 2 * load::millisecond;
    load::Nanos returnsBefore = 20 * load::millisecond;
    /// A connection is given up when an answer is missing for this long.
    load::Nanos answer = 5 * load::second;
};

/// A client of the harness that uses as many connections as it takes. Belongs to the loop's thread.
class Client
{
public:
    virtual ~Client() = default;

    virtual void start() = 0;
    /// Permanently; open connections are reset.
    virtual void stop() = 0;
    /// To be called every few milliseconds.
    virtual void tick(load::Nanos now) = 0;
    virtual void setProducing(bool producing) = 0;

    /// Whether all its messages are acknowledged.
    virtual bool isDone() const = 0;
    virtual bool isConnected() const = 0;
    virtual const std::string &name() const = 0;
    /// The rooms that it follows without gaps.
    virtual const std::vector<std::unique_ptr<RoomView>> &views() const = 0;

    /// Who is in the rooms that it follows, as received; by room id.
    virtual const std::map<std::string, Roll> &rolls() const
    {
        static const std::map<std::string, Roll> none;
        return none;
    }

    /// How its last connection ended.
    struct Farewell
    {
        int code = 0; ///< of the close frame; 0: there was none
        std::int64_t retryAfterMs = -1; ///< as sent by the server; -1: none
    };
    virtual std::optional<Farewell> farewell() const { return std::nullopt; }
    /// Whether a server that shuts down must announce it to this client.
    virtual bool expectsFarewell() const { return false; }
};

} // namespace rookery::faults
