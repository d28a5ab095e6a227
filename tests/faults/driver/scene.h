// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "tests/faults/driver/event.h"
#include "tests/faults/driver/roll.h"
#include "tests/faults/driver/roomlog.h"
#include "tests/wire/load/endpoint.h"
#include "tests/wire/load/httpclient.h"

#include <functional>
#include <string>
#include <vector>

namespace rookery::faults {

struct Person
{
    std::string token;
    std::string id;
    std::string name;
};

struct Place
{
    std::string id;
    std::string name; ///< empty for direct rooms
    std::string epoch;
    std::string token; ///< of a user who may read it
};

// Setting up a run over REST. All throw Failure.

/// An account takes about 50 ms of CPU.
std::vector<Person> makePersons(const load::Endpoint &endpoint, std::uint32_t run, int count);
Place makeRoom(const load::Endpoint &endpoint, const Person &creator, const std::string &name);
/// An existing room, by its name.
Place findRoom(const load::Endpoint &endpoint, const Person &reader, const std::string &name);
Place openDirect(const load::Endpoint &endpoint, const Person &one, const Person &other);

/// Every event of the room after `after`, page by page, as a fresh client would fetch them.
void readLog(const load::Endpoint &endpoint, const Place &room, std::int64_t after,
    const std::function<void(Event)> &take);

/// Reads single messages as they are now. Throws Failure, as the functions above.
class MessageReader
{
public:
    MessageReader(const load::Endpoint &endpoint, const std::string &token);
    /// nullopt: the next event of the room has another seq.
    std::optional<Event> event(const std::string &room, std::int64_t seq);
    /// nullopt: there is no such message. The token must be its author's.
    std::optional<std::vector<Version>> versions(const std::string &room, std::int64_t seq);

private:
    load::HttpClient m_client;
};

/// Who is in the room, as a fresh client would fetch it.
Roll readRoll(const load::Endpoint &endpoint, const Place &room);

} // namespace rookery::faults
