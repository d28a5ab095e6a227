#pragma once

namespace rookery::store {

class Connection;

/// What the writer keeps in memory from one job to the next and writes once for all of them. Every method is
/// called on the writer's thread.
class WriteBack
{
public:
    WriteBack() = default;
    WriteBack(const WriteBack &) = delete;
    WriteBack &operator=(const WriteBack &) = delete;
    virtual ~WriteBack() = default;

    /// A transaction has begun: what another program may have changed since the last one must not be
    /// believed.
    virtual void begin(Connection &connection) = 0;
    /// Before the transaction is committed, and before a job that may read what is held back: writes it.
    /// Throws DatabaseError, which is then a fault of the transaction.
    virtual void flush(Connection &connection) = 0;
    /// After a job that may have changed anything, and after a transaction that was undone: drops everything,
    /// unwritten things too.
    virtual void forget() = 0;
};

} // namespace rookery::store
