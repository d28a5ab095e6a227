// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/store/transfer/comparison.h"

#include <QCryptographicHash>

#include <algorithm>
#include <iterator>

#include <utility>

namespace rookery::store::transfer {

namespace {

constexpr qint64 rangeRows = 1'000;
/// Of rows that are kept in memory.
constexpr qsizetype runBytes = 8 * 1024 * 1024;
constexpr qsizetype unsettledBytes = 32 * 1024 * 1024;

constexpr auto algorithm = QCryptographicHash::Blake2b_256;

Sum sumOf(QByteArrayView rows, size_t count)
{
    return {qint64(count), QCryptographicHash::hash(rows, algorithm)};
}

QString rangeText(const Table &table, QByteArrayView after, QByteArrayView upto)
{
    const QString from = after.isEmpty() ? QStringLiteral("the start")
                                         : QStringLiteral("behind (%1)").arg(keyText(table, after));
    const QString to =
        upto.isEmpty() ? QStringLiteral("the end") : QStringLiteral("(%1)").arg(keyText(table, upto));
    return QStringLiteral("from %1 to %2").arg(from, to);
}

} // namespace

Ranges readRanges(Target &target, const Table &table, QByteArrayView after, QByteArrayView upto,
    const std::function<void(qint64)> &read)
{
    Ranges ranges;
    Rows rows;
    qint64 all = 0;
    target.rows(table, after, upto, [&](QByteArrayView row) {
        rows.append(row);
        if (qint64(rows.size()) < rangeRows)
            return true;
        ranges.push_back({keyOf(table, row).toByteArray(), sumOf(rows.all(), rows.size())});
        all += rangeRows;
        rows.clear();
        read(all);
        return true;
    });
    ranges.push_back({upto.toByteArray(), sumOf(rows.all(), rows.size())});
    return ranges;
}

Comparison::Comparison(Source &source, Target &target, const Table &table, Mode mode)
    : m_source(source)
    , m_target(target)
    , m_table(table)
    , m_mode(mode)
{ }

TableReport Comparison::run(Ranges &ranges, const std::function<bool(qint64)> &goesOn)
{
    size_t at = 0;
    qint64 rows = 0;
    bool isStopped = false;
    m_source.rows(m_table, {}, {}, [&](QByteArrayView row) {
        const QByteArrayView key = keyOf(m_table, row);
        while (!ranges[at].upto.isEmpty() && compareKeys(m_table, key, ranges[at].upto) > 0)
            close(ranges[at++]);
        m_rows.append(row);
        if (++rows % rangeRows == 0)
            isStopped = !goesOn(rows);
        return !isStopped;
    });
    if (!isStopped) {
        while (at < ranges.size())
            close(ranges[at++]);
    }
    flush();
    settle();
    // Of the range where it stopped nothing was changed.
    m_parts.emplace_back(
        std::make_move_iterator(ranges.begin() + qptrdiff(at)), std::make_move_iterator(ranges.end()));
    ranges.clear();
    for (Ranges &part : m_parts)
        std::move(part.begin(), part.end(), std::back_inserter(ranges));

    TableReport report;
    report.table = QLatin1String(m_table.name);
    QCryptographicHash sourceHash(algorithm);
    QCryptographicHash targetHash(algorithm);
    for (const Range &range : ranges) {
        report.sourceRows += range.source.rows;
        report.targetRows += range.target.rows;
        sourceHash.addData(range.source.hash);
        targetHash.addData(range.target.hash);
    }
    report.sourceHash = sourceHash.result().toHex();
    report.targetHash = targetHash.result().toHex();
    report.differences = m_differences;
    return report;
}

/// The present range ends here: m_rows is all that the source has in it.
void Comparison::close(Range &range)
{
    range.source = sumOf(m_rows.all(), m_rows.size());
    const QByteArray upto = range.upto;
    if (range.source == range.target) {
        flush();
        m_parts.push_back({std::move(range)});
    } else {
        if (!m_run.isUsed) {
            m_run = {m_parts.size(), m_after, upto, {}, true};
            m_parts.emplace_back();
        }
        m_run.upto = upto;
        m_run.rows.append(m_rows);
        if (m_mode == Mode::Report)
            m_parts.back().push_back(std::move(range));
        if (m_run.rows.bytes() > runBytes)
            flush();
    }
    m_after = upto;
    m_rows.clear();
}

/// The run of ranges that differ ends here.
void Comparison::flush()
{
    if (!m_run.isUsed)
        return;
    Run run = std::exchange(m_run, {});
    Difference difference = differenceOf(run);
    m_changed += qint64(std::max(size_t(difference.removed.size()), difference.added.size()));
    if (m_mode == Mode::Report) {
        m_differences.append(
            QStringLiteral("%1: %2 rows of PostgreSQL are not in SQLite, %3 of SQLite not in PostgreSQL")
                .arg(rangeText(m_table, run.after, run.upto))
                .arg(difference.removed.size())
                .arg(difference.added.size()));
        return;
    }
    m_difference.removed.append(difference.removed);
    m_difference.added.append(difference.added);
    m_unsettledBytes += run.rows.bytes() + difference.added.bytes();
    m_unsettled.push_back(std::move(run));
    if (m_unsettledBytes > unsettledBytes)
        settle();
}

void Comparison::settle()
{
    if (!m_difference.removed.isEmpty() || m_difference.added.size() > 0)
        m_target.change(m_table, m_difference.removed, m_difference.added.all());
    for (const Run &run : m_unsettled) {
        m_parts[run.slot] = rangesOf(run);
        for (const Range &range : m_parts[run.slot]) {
            if (range.source != range.target)
                m_differences.append(rangeText(m_table, run.after, run.upto));
        }
    }
    m_difference = {};
    m_unsettled.clear();
    m_unsettledBytes = 0;
}

Comparison::Difference Comparison::differenceOf(const Run &run)
{
    Difference difference;
    size_t at = 0;
    const Rows &rows = run.rows;
    m_target.rows(m_table, run.after, run.upto, [&](QByteArrayView row) {
        const QByteArrayView key = keyOf(m_table, row);
        int order = 1;
        for (; at < rows.size(); ++at) {
            order = compareKeys(m_table, keyOf(m_table, rows.at(at)), key);
            if (order >= 0)
                break;
            difference.added.append(rows.at(at));
        }
        const bool isThere = at < rows.size() && order == 0;
        if (!isThere || rows.at(at) != row) {
            difference.removed.append(key.toByteArray());
            if (isThere)
                difference.added.append(rows.at(at));
        }
        if (isThere)
            ++at;
        return true;
    });
    for (; at < rows.size(); ++at)
        difference.added.append(rows.at(at));
    return difference;
}

/// What the target has in a run after it was changed, beside what the source had.
Ranges Comparison::rangesOf(const Run &run)
{
    Ranges ranges = readRanges(m_target, m_table, run.after, run.upto, [](qint64) {});
    size_t at = 0;
    for (Range &range : ranges) {
        Rows rows;
        for (; at < run.rows.size(); ++at) {
            const QByteArrayView row = run.rows.at(at);
            if (!range.upto.isEmpty() && compareKeys(m_table, keyOf(m_table, row), range.upto) > 0)
                break;
            rows.append(row);
        }
        range.source = sumOf(rows.all(), rows.size());
    }
    return ranges;
}

} // namespace rookery::store::transfer
