// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/faults/driver/comer.h"

namespace rookery::faults {

namespace {

constexpr load::Nanos longestPause = 20 * load::millisecond; ///< between two changes

} // namespace

Comer::Comer(
    load::EventLoop &loop, const load::Endpoint &endpoint, Setup setup, Ledger &ledger, Findings &findings)
    : RestClient(loop, endpoint, setup.access, findings)
    , m_setup(std::move(setup))
    , m_ledger(ledger)
{ }

std::optional<RestClient::Request> Comer::nextRequest()
{
    if (m_isPending) {
        m_ledger.membershipRepeated(m_setup.room, m_setup.user);
    } else {
        const load::Nanos now = load::now();
        if (!mayChange() || now < m_nextAt)
            return std::nullopt;
        m_nextAt = now + load::Nanos(random().below(std::uint64_t(longestPause)));
        m_isPending = true;
        ++m_made;
    }
    return Request{"POST /api/v1/rooms/" + m_setup.room + (m_isMember ? "/leave" : "/join"), {}};
}

bool Comer::answered(int status, const QJsonObject &body)
{
    if (status / 100 != 2) {
        if (!isForATime(status)) {
            findings().add(Fault::Refused,
                name() + ": HTTP " + std::to_string(status) + ' '
                    + body.value(QLatin1String("detail")).toString().toStdString());
            m_isPending = false;
        }
        return false;
    }
    m_isPending = false;
    m_isMember = !m_isMember;
    m_ledger.memberChanged(m_setup.room, m_setup.user, m_isMember ? "member" : "none");
    return true;
}

} // namespace rookery::faults
