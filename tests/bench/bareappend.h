// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QString>

namespace rookery::bench {

class Backing;

/// What a store on PostgreSQL could reach: append_messages_1() called again and again on one connection, a commit each, with
/// messages of as many rooms and senders as the run has used.
struct BareAppend
{
    double rowsPerSecond = 0;
    double storageCpu = 0; ///< µs of PostgreSQL's per row
};

/// For so many seconds with `batch` rows in each call. Throws load::Failure, and so does a call that does not store all of them.
BareAppend measureBareAppend(const Backing &backing, int batch, int size, double seconds);

} // namespace rookery::bench
