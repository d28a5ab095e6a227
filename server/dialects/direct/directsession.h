// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "server/ws/session.h"

namespace rookery::ws {

/// `/websocket`: direct messages in the form of 001, and nothing else.
class DirectSession : public Session
{
public:
    using Session::Session;

private:
    void open() override { opened(); }
    void handle(const QByteArray &utf8) override;
    void publishDirect(const core::Broadcast &broadcast) override;
};

} // namespace rookery::ws
