// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "tests/faults/driver/checker.h"

#include <functional>

namespace rookery::faults::test {

inline const std::string room = "room";
inline const std::string user = "user";

inline Event eventOf(std::uint32_t number, std::int64_t seq)
{
    const std::string digit = std::to_string(number);
    return {room, "id" + digit, "client" + digit, user, "text" + digit, seq};
}

inline Operation messageOf(const Event &event, std::uint32_t number)
{
    return {EventKind::Message, room, user, event.text, 0, 7, number};
}

/// Four messages of one sender, all acknowledged, one receiver that has them all, and the log.
struct Story
{
    Story()
    {
        for (std::uint32_t number = 1; number <= 4; ++number)
            acknowledge(eventOf(number, number), number);
    }
    void send(const Event &event, std::uint32_t number)
    {
        Operation operation = messageOf(event, number);
        operation.kind = event.kind;
        operation.target = event.target;
        ledger.sent(event.clientId, operation);
    }
    /// Sent, acknowledged, stored and received.
    void acknowledge(const Event &event, std::uint32_t number)
    {
        send(event, number);
        ledger.acknowledged(event.clientId, event.id, event.seq);
        add(event);
    }
    void add(const Event &event)
    {
        log.push_back(event);
        told.push_back(event);
    }
    void check()
    {
        Checker checker(ledger, findings);
        RoomView view("ann", room, "epoch", 0, findings);
        for (const Event &event : log)
            checker.take(event);
        for (const Event &event : told)
            view.take(event);
        for (const Checker::Changed &message : checker.changed()) {
            checker.takeAgain(message, log[std::size_t(message.seq - 1)]);
            if (versions)
                checker.takeVersions(message, *versions);
        }
        checker.settle();
        checker.compare(view);
    }

    Findings findings;
    Ledger ledger{findings};
    std::vector<Event> log;
    std::vector<Event> told;
    std::optional<std::optional<std::vector<Version>>> versions; ///< as answered
};

} // namespace rookery::faults::test
