// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/faults/driver/audit.h"

namespace rookery::faults {

Audit::Audit(Fleet &fleet, std::vector<Place> rooms, std::vector<Person> persons)
    : m_fleet(fleet)
    , m_rooms(std::move(rooms))
    , m_persons(std::move(persons))
{
    m_checker.emplace(m_fleet.ledger(), m_fleet.findings());
}

void Audit::checkFromScratch(const load::Endpoint &endpoint, double seconds)
{
    m_checker.emplace(m_fleet.ledger(), m_fleet.findings());
    m_compared.clear();
    settleAndCheck(endpoint, seconds);
}

void Audit::settleAndCheck(const load::Endpoint &endpoint, double seconds)
{
    // After a finding there is no need to wait long.
    constexpr double shortPatience = 1;
    m_fleet.onLoop([&] {
        if (m_fleet.findings().total() > 0)
            seconds = shortPatience;
    });
    m_fleet.setProducing(false);
    if (!m_fleet.reaches([this] { return m_fleet.allDone(); }, seconds)) {
        m_fleet.onLoop([this] {
            for (const auto &client : m_fleet.clients()) {
                if (!client->isDone())
                    m_fleet.findings().add(Fault::Broken, client->name() + " never had an answer");
            }
        });
    }

    std::vector<Event> events;
    for (const Place &room : m_rooms)
        readLog(endpoint, room, m_checker->lastSeq(room.id),
            [&](Event event) { events.push_back(std::move(event)); });
    m_fleet.onLoop([&] {
        for (const Event &event : events)
            m_checker->take(event);
        if (m_fleet.findings().total() > 0)
            seconds = shortPatience;
    });
    readChanged(endpoint);

    m_fleet.reaches(
        [this] {
            for (const auto &client : m_fleet.clients()) {
                for (const auto &view : client->views()) {
                    if (!m_checker->isComplete(*view))
                        return false;
                }
            }
            return true;
        },
        seconds);
    m_fleet.onLoop([this] {
        m_checker->settle();
        for (const auto &client : m_fleet.clients()) {
            for (const auto &view : client->views()) {
                std::size_t &compared = m_compared[view.get()];
                compared = m_checker->compare(*view, compared);
            }
        }
    });
}

/// Reads each edited or deleted message and its versions again, as its author.
void Audit::readChanged(const load::Endpoint &endpoint)
{
    std::vector<Checker::Changed> changed;
    m_fleet.onLoop([&] { changed = m_checker->changed(); });
    std::map<std::string, MessageReader> readers; // by user
    for (const Person &person : m_persons)
        readers.try_emplace(person.id, endpoint, person.token);
    for (const Checker::Changed &message : changed) {
        MessageReader &reader = readers.at(message.sender);
        const auto event = reader.event(message.room, message.seq);
        const auto versions = reader.versions(message.room, message.seq);
        m_fleet.onLoop([&] {
            m_checker->takeAgain(message, event);
            m_checker->takeVersions(message, versions);
        });
    }
}

void Audit::checkRolls(const load::Endpoint &endpoint, double seconds)
{
    const load::Nanos deadline = load::now() + load::Nanos(seconds * double(load::second));
    for (const Place &room : m_rooms) {
        for (bool right = false; !right;) {
            const Roll roll = readRoll(endpoint, room);
            const bool isLast = load::now() > deadline;
            right = true;
            m_fleet.onLoop([&] {
                for (const auto &client : m_fleet.clients()) {
                    const auto known = client->rolls().find(room.id);
                    if (known == client->rolls().end() || known->second == roll)
                        continue;
                    right = isLast;
                    if (isLast)
                        m_fleet.findings().add(Fault::Broken,
                            client->name() + " believes that in " + room.id + " are " + known->second.text()
                                + "; there are " + roll.text());
                }
            });
            if (load::interrupted())
                throw load::Interrupted();
            if (!right)
                std::this_thread::sleep_for(std::chrono::milliseconds(2));
        }
    }
}

} // namespace rookery::faults
