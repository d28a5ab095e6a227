// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "tests/faults/driver/socketclient.h"

#include <set>

namespace rookery::faults {

/// A client on /ws/v1: follows rooms by their resume points, and asks for what its outbox has.
class NativeClient final : public SocketClient
{
public:
    struct Followed
    {
        std::string room; ///< id
        std::string epoch;
        std::int64_t after = 0; ///< it has everything up to this seq already
    };
    NativeClient(load::EventLoop &loop, const load::Endpoint &endpoint, Setup setup,
        const std::vector<Followed> &rooms, Ledger &ledger, Findings &findings);

    const std::map<std::string, Roll> &rolls() const override { return m_rolls; }

private:
    std::string path() const override { return "/ws/v1"; }
    void opened() override;
    void message(const QJsonObject &frame) override;
    std::string frameOf(const Outbox::Entry &entry) override;
    bool isRightRefusal(const QJsonObject &frame) override;
    void acknowledged(const QJsonObject &frame);
    void subscribe(const RoomView &view);
    bool maySend() const override { return m_greeted; }
    std::string heartbeat() const override { return R"({"type":"ping","ref":0})"; }

    std::map<std::string, Roll> m_rolls;
    std::set<std::string> m_unanswered; ///< rooms whose subscription is neither answered nor refused
    bool m_greeted = false;
};

} // namespace rookery::faults
