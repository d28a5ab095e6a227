// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "client/problems/problem.h"

namespace rookery::client {

/// What is wrong with the cache file.
enum class CacheTrouble {
    Unusable, ///< nothing can be kept
    Damaged, ///< moved aside; what was unsent was taken over
    Newer, ///< the same: it is from a later version
    DamagedAgain, ///< nothing more is kept until the next start
};

/// A warning that nobody asked for: about messages that were not sent or might get lost.
struct Warning
{
    enum class Kind {
        NotSent, ///< one message to `room`: `failure`
        LostRoom, ///< `count` messages to `room`, which may have no name
        Unsaved, ///< messages are not saved on this computer
        Cache, ///< `trouble`, `path`
    };
    Kind kind = Kind::Unsaved;
    QString room = {};
    int count = 0;
    SendFailure failure = {};
    CacheTrouble trouble = CacheTrouble::Unusable;
    QString path = {}; ///< of the file, or where the old one is now
};

} // namespace rookery::client
