// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "server/net/responder.h"

#include <QHttpServerResponder>

namespace rookery::net {

/// What a Responder holds.
struct Responder::Held
{
    QHttpServerResponder responder;
};

} // namespace rookery::net
