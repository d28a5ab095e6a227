// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "tests/server/store/storetest.h"

/// A store with something of everything in it, and all that it answers.
namespace population {

using namespace storetest;

struct Population
{
    QList<User> users; ///< the first one owns the rooms
    QStringList skeletons; ///< of the users' names
    QList<Room> rooms; ///< the last ones are direct
    QList<NewMessage> messages; ///< that were stored, in order
};

/// Fills an empty store, with this many messages and a number of changes of them. Fails the test where the store refuses.
void populate(Waiting store, int messages, Population &all);
/// One more message, and every now and then an edit or a deletion of another.
void goOn(Waiting store, Population &all, int number);

/// What the store answers to every call that reads, a line for each thing.
QStringList answersOf(Waiting store, const Population &all);

} // namespace population
