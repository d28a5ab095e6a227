// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

namespace simulation {

/// A fault that the simulation must find.
enum class Plant {
    None,
    SwallowedFrames, ///< some frames are lost and the numbers of the others go on: as of a node that does not doubt
    PastHeads, ///< the store says that rooms are empty
    SwappedEvents, ///< a hub hears two events of a room in the wrong order
    EternalLeases, ///< nobody's lease ends
    EmptyPages, ///< holes are read in vain
    FalseAnswers, ///< the store says that it has an event, and has not
    DoubledResends, ///< the store does not know client ids
    LateInterest, ///< hubs read the store before their interest is declared
    OpenPages, ///< the log is read by who may not
    UnheardRemovals, ///< hubs miss removals
    ForgottenQuestions, ///< questions who is present are answered by nobody
};

} // namespace simulation
