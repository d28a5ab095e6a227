// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "tests/faults/driver/ledger.h"
#include "tests/faults/driver/restclient.h"

namespace rookery::faults {

/// Joins a public room and leaves it, again and again, over HTTP. Each acknowledged change is one event of the
/// room.
class Comer final : public RestClient
{
public:
    struct Setup
    {
        Access access;
        std::string room; ///< id
        std::string user; ///< id; no member at first
        std::uint32_t limit = 0; ///< how many changes there will be; 0: until setProducing(false)
    };
    Comer(load::EventLoop &loop, const load::Endpoint &endpoint, Setup setup, Ledger &ledger,
        Findings &findings);

    void setProducing(bool producing) override { m_producing = producing; }
    bool isDone() const override { return !m_isPending && !mayChange(); }

private:
    std::optional<Request> nextRequest() override;
    bool answered(int status, const QJsonObject &body) override;
    /// What was not answered is asked for again.
    void startOver() override { }
    bool mayChange() const { return m_producing && (m_setup.limit == 0 || m_made < m_setup.limit); }

    Setup m_setup;
    Ledger &m_ledger;
    load::Nanos m_nextAt = 0;
    std::uint32_t m_made = 0; ///< how many changes were begun
    bool m_isMember = false;
    bool m_isPending = false; ///< a change was asked for and not acknowledged
    bool m_producing = false;
};

} // namespace rookery::faults
