// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "server/store/postgres/pqresult.h"

#include <QByteArray>

#include <chrono>
#include <vector>

namespace rookery::store::postgres {

/// The parameters of one run of a prepared statement, in binary form.
struct Values
{
    std::vector<const char *> bytes; ///< null: NULL
    std::vector<int> lengths;
};

/// How statements get to the server and their results back: one round trip for each, and none for what begins and ends a
/// transaction that only reads. BEGIN goes with the transaction's first statement, and the answer to the COMMIT of one that
/// only reads is taken when the connection is used again. Every function may throw DatabaseError; then, with
/// Fault::Connection, the connection must not be used any more.
class Wire
{
public:
    /// `connection` is not owned, and in libpq's nonblocking mode.
    explicit Wire(PGconn *connection)
        : m_connection(connection)
    { }

    PGconn *connection() const { return m_connection; }
    /// See waitForResult().
    void setPatience(std::chrono::milliseconds patience) { m_patience = patience; }

    /// The result of the preparation, or of the description where that went well.
    PqResult prepare(const QByteArray &name, const char *sql);
    PqResult execute(const QByteArray &name, const Values &values);

    /// `sql` begins a transaction, and lives as long as the program.
    void begin(const char *sql);
    /// One statement follows, which is a transaction by itself; a second one is refused.
    void beginOne();
    /// Ends what begin() or beginOne() has begun, where the server need not be waited for: nothing was written in it. False:
    /// the server must be told, and answer; then ended().
    bool end(bool onlyRead);
    void ended() { m_state = State::None; }
    /// For what does not go through execute(): the server waits for a statement, inside the transaction that was begun.
    void settle();

private:
    enum class State : quint8 { None, Announced, Open, One, OneDone };

    void takeEnd();
    PqResult wait(bool isSent);

    PGconn *const m_connection;
    std::chrono::milliseconds m_patience{0};
    const char *m_begin = nullptr; ///< of State::Announced
    State m_state = State::None;
    bool m_isEndOpen = false; ///< a COMMIT has been sent whose answer was not read
};

/// What all connections of this process have done so far, for tests and benchmarks. Thread-safe.
struct Traffic
{
    quint64 statements = 0; ///< sent, with those that begin and end transactions
    quint64 roundTrips = 0; ///< waits for the server
};
Traffic trafficSoFar();

} // namespace rookery::store::postgres
