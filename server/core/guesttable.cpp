// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/core/guesttable.h"

namespace rookery::core {

namespace {

constexpr int mostCallers = 10'000;
/// Past it, who goes is taken to have been seen last when the store looked last.
constexpr qsizetype mostGone = 20'000;

} // namespace

GuestTable::GuestTable(Clock clock)
    : m_clock(std::move(clock))
    , m_callers(mostCallers)
{ }

std::optional<User> GuestTable::find(const QString &address)
{
    const std::scoped_lock lock(m_mutex);
    Caller *known = m_callers.object(address);
    if (!known)
        return std::nullopt;
    known->called = m_clock();
    return known->user;
}

User GuestTable::insert(const QString &address, const User &guest)
{
    const std::scoped_lock lock(m_mutex);
    if (Caller *known = m_callers.object(address)) {
        known->called = m_clock();
        return known->user;
    }
    m_addresses.insert(guest.id, address);
    m_callers.insert(address, new Caller{guest, m_clock(), &m_addresses});
    return guest;
}

void GuestTable::arrived(const QString &userId)
{
    const std::scoped_lock lock(m_mutex);
    ++m_sockets[userId];
}

void GuestTable::left(const QString &userId)
{
    const std::scoped_lock lock(m_mutex);
    const auto sockets = m_sockets.find(userId);
    if (sockets == m_sockets.end() || --*sockets > 0)
        return;
    m_sockets.erase(sockets);
    if (m_gone.size() < mostGone)
        m_gone.insert(userId);
}

QStringList GuestTable::takeGone(int most)
{
    const std::scoped_lock lock(m_mutex);
    QStringList taken;
    for (auto one = m_gone.begin(); one != m_gone.end() && taken.size() < most; one = m_gone.erase(one))
        taken.append(*one);
    return taken;
}

bool GuestTable::letGo(const QString &userId)
{
    const std::scoped_lock lock(m_mutex);
    if (m_sockets.contains(userId) || m_gone.contains(userId))
        return false;
    const auto address = m_addresses.constFind(userId);
    if (address == m_addresses.constEnd())
        return true;
    const Caller *caller = m_callers.object(*address);
    if (caller && m_clock() - caller->called < store::quietGuestsKept)
        return false;
    m_callers.remove(QString(*address));
    return true;
}

} // namespace rookery::core
