// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/net/responder.h"

#include "server/net/qt/heldresponder.h"

#include <utility>

namespace rookery::net {

Responder::Responder(std::unique_ptr<Held> held)
    : m_held(std::move(held))
{ }

Responder::Responder(Responder &&other) noexcept = default;
Responder &Responder::operator=(Responder &&other) noexcept = default;
Responder::~Responder() = default;

} // namespace rookery::net
