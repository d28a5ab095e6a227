// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/net/admissions.h"

#include <utility>

#include <unistd.h>

namespace rookery::net {

Admissions::~Admissions()
{
    close();
}

bool Admissions::add(Admission admission)
{
    {
        const std::lock_guard lock(m_mutex);
        if (!m_closed) {
            m_waiting.push_back(std::move(admission));
            return m_waiting.size() == 1;
        }
    }
    ::close(admission.descriptor);
    return false;
}

std::vector<Admissions::Admission> Admissions::take()
{
    const std::lock_guard lock(m_mutex);
    return std::exchange(m_waiting, {});
}

void Admissions::close()
{
    std::vector<Admission> rest;
    {
        const std::lock_guard lock(m_mutex);
        m_closed = true;
        rest.swap(m_waiting);
    }
    for (const Admission &admission : rest)
        ::close(admission.descriptor);
}

} // namespace rookery::net
