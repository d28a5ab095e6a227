// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "server/core/messages.h"

#include <QLatin1String>

namespace rookery::ws {

/// What a document calls the parts of a direct message.
struct DirectFields
{
    QLatin1String sender;
    QLatin1String receiver;
    QLatin1String text;
};

/// A direct message as a client wrote it. Who it is from is the client's claim; core::isUser() checks it.
struct DirectDraft
{
    QString sender; ///< id or name
    QString receiver; ///< id or name
    core::Draft draft;
    const DirectFields *fields;
};

} // namespace rookery::ws
