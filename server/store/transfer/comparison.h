// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "server/store/transfer/target.h"
#include "server/store/transfer/transfer.h"

#include <vector>

namespace rookery::store::transfer {

/// What rows of a range of keys are told by.
struct Sum
{
    qint64 rows = 0;
    QByteArray hash;

    friend bool operator==(const Sum &, const Sum &) = default;
};

/// A range of keys, from behind that of the range before it, and the rows that the target has there.
struct Range
{
    QByteArray upto; ///< its last key; empty: to the end
    Sum target;
    Sum source = {}; ///< as compared last
};
/// All keys of a table, or a part of them.
using Ranges = std::vector<Range>;

/// The rows of the target with `after` < key <= `upto`, in ranges. `read` is called with the number of rows now and then.
Ranges readRanges(Target &target, const Table &table, QByteArrayView after, QByteArrayView upto,
    const std::function<void(qint64)> &read);

/// Compares a table of the source with the ranges that the target was seen to have. Where they differ the rows of both are
/// compared one by one; what differs is changed in the target and read from it again.
class Comparison
{
public:
    enum class Mode { Repair, Report };

    Comparison(Source &source, Target &target, const Table &table, Mode mode);

    /// Sets `ranges` to what the target has afterwards. `goesOn` is called with the number of rows now and then; false: no
    /// more is compared, and the ranges from there on stay as they are. Throws DatabaseError.
    TableReport run(Ranges &ranges, const std::function<bool(qint64)> &goesOn);
    /// How many rows were not as in the source.
    qint64 changed() const { return m_changed; }

private:
    /// Neighbouring ranges that differ, with what the source has there.
    struct Run
    {
        size_t slot = 0; ///< in m_parts
        QByteArray after;
        QByteArray upto;
        Rows rows;
        bool isUsed = false;
    };
    struct Difference
    {
        QByteArrayList removed;
        Rows added;
    };

    void close(Range &range);
    void flush();
    void settle();
    Difference differenceOf(const Run &run);
    Ranges rangesOf(const Run &run);

    Source &m_source;
    Target &m_target;
    const Table &m_table;
    const Mode m_mode;
    std::vector<Ranges> m_parts; ///< of the result
    QByteArray m_after; ///< where the present range begins
    Rows m_rows; ///< of the source in it
    Run m_run;
    std::vector<Run> m_unsettled;
    qsizetype m_unsettledBytes = 0;
    Difference m_difference;
    QStringList m_differences;
    qint64 m_changed = 0;
};

} // namespace rookery::store::transfer
