// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/store/transfer/transfer.h"

#include "server/store/databaseerror.h"
#include "server/store/transfer/comparison.h"

#include <QElapsedTimer>
#include <QHash>
#include <QThread>

#include <algorithm>

namespace rookery::store::transfer {

namespace {

/// Between two comparisons with a daemon that goes on, where nobody stops it for long.
constexpr std::chrono::seconds rest{10};
constexpr std::chrono::milliseconds look{50};
/// A comparison that finds fewer changes than these leaves little for the pause.
constexpr qint64 fewChanges = 2'000;
constexpr int mostRounds = 5;

struct Stopped
{ };

Error failed(const DatabaseError &error)
{
    const QString again =
        error.fault == Fault::Connection ? QStringLiteral(" The same command goes on from here.") : QString();
    return Error{ErrorCode::Internal, QStringLiteral("It failed: %1.%2").arg(error.text, again)};
}

class Migration
{
public:
    Migration(const Options &options, Source &source, Target &target)
        : m_options(options)
        , m_source(source)
        , m_target(target)
    { }

    Result<Report> migrate();
    Result<Report> verify();

private:
    void count();
    void copy(const Table &table);
    void readTarget();
    /// The number of rows that were not the same; false in `report.outcome` is none of its business.
    qint64 compare(Comparison::Mode mode, Report *report, bool untilPaused);
    void follow();
    Result<Report> compareHeld(Comparison::Mode mode);
    void tell(const QString &task, qint64 rows, qint64 of);
    void say(const QString &line);
    void stopIfAsked();
    bool isPaused() { return m_options.paused && m_options.paused(); }

    const Options &m_options;
    Source &m_source;
    Target &m_target;
    QHash<QString, qint64> m_counts; ///< of the source's rows, about
    QHash<QString, Ranges> m_ranges; ///< by table: what the target was seen to have
    QElapsedTimer m_pause;
};

void Migration::tell(const QString &task, qint64 rows, qint64 of)
{
    if (m_options.progress)
        m_options.progress({task, rows, of});
    stopIfAsked();
}

void Migration::say(const QString &line)
{
    if (m_options.say)
        m_options.say(line);
}

void Migration::stopIfAsked()
{
    if (m_options.stopped && m_options.stopped())
        throw Stopped();
}

void Migration::count()
{
    for (const Table &table : tables())
        m_counts[QLatin1String(table.name)] = m_source.count(table);
}

void Migration::copy(const Table &table)
{
    const QString name = QLatin1String(table.name);
    const QString task = QStringLiteral("copying %1").arg(name);
    Target::Position reached = m_target.position(table);
    Rows rows;
    QByteArray key;
    const auto store = [&] {
        if (rows.size() == 0)
            return;
        m_target.append(table, rows.all(), {key, reached.rows + qint64(rows.size())});
        reached.rows += qint64(rows.size());
        rows.clear();
        tell(task, reached.rows, std::max(m_counts.value(name), reached.rows));
    };
    m_source.rows(table, reached.key, {}, [&](QByteArrayView row) {
        rows.append(row);
        if (qint64(rows.size()) >= m_options.batchRows) {
            key = keyOf(table, row).toByteArray();
            store();
        }
        return true;
    });
    if (rows.size() > 0)
        key = keyOf(table, rows.at(rows.size() - 1)).toByteArray();
    store();
}

void Migration::readTarget()
{
    for (const Table &table : tables()) {
        const QString name = QLatin1String(table.name);
        m_ranges[name] = readRanges(m_target, table, {}, {}, [&](qint64 rows) {
            tell(QStringLiteral("reading %1 back").arg(name), rows, std::max(m_counts.value(name), rows));
        });
    }
}

qint64 Migration::compare(Comparison::Mode mode, Report *report, bool untilPaused)
{
    qint64 changed = 0;
    for (const Table &table : tables()) {
        const QString name = QLatin1String(table.name);
        Comparison comparison(m_source, m_target, table, mode);
        const TableReport found = comparison.run(m_ranges[name], [&](qint64 rows) {
            tell(QStringLiteral("comparing %1").arg(name), rows, std::max(m_counts.value(name), rows));
            return !untilPaused || !isPaused();
        });
        changed += comparison.changed();
        if (report)
            report->tables.append(found);
        stopIfAsked();
    }
    return changed;
}

/// As long as a daemon goes on.
void Migration::follow()
{
    // Each round takes shorter than the one before, and leaves less.
    for (int round = 0; round < mostRounds; ++round) {
        const qint64 changed = compare(Comparison::Mode::Repair, nullptr, false);
        say(QStringLiteral("%1 rows had changed since they were copied.").arg(changed));
        if (changed < fewChanges)
            break;
    }
    if (m_options.wait)
        m_options.wait();
    QElapsedTimer since;
    since.start();
    while (!isPaused()) {
        stopIfAsked();
        if (std::chrono::milliseconds(since.elapsed()) > rest) {
            compare(Comparison::Mode::Repair, nullptr, true);
            since.start();
        } else {
            QThread::msleep(look.count());
        }
    }
}

Result<Report> Migration::compareHeld(Comparison::Mode mode)
{
    Report report;
    m_source.hold();
    m_source.takeReplaced();
    const qint64 changed = compare(mode, &report, false);
    report.replaced = m_source.takeReplaced();
    if (!m_source.release())
        return Error{ErrorCode::Internal,
            QStringLiteral(
                "Somebody has written to the SQLite database meanwhile. Stop rookeryd, and try again.")};
    if (mode == Comparison::Mode::Repair && changed > 0)
        say(QStringLiteral("%1 rows had changed since they were copied, and were copied again.")
                .arg(changed));
    report.outcome = Outcome::Same;
    for (const TableReport &table : std::as_const(report.tables)) {
        if (!table.differences.isEmpty() || table.sourceHash != table.targetHash
            || table.sourceRows != table.targetRows)
            report.outcome = Outcome::Different;
    }
    return report;
}

Result<Report> Migration::migrate()
{
    try {
        m_pause.start();
        count();
        for (const Table &table : tables())
            copy(table);
        int indexes = 0;
        m_target.indexLogs([&] { tell(QStringLiteral("making indexes"), ++indexes, 0); });
        readTarget();
        if (m_options.paused) {
            follow();
            m_pause.start();
        }
        auto report = compareHeld(Comparison::Mode::Repair);
        if (!report || report->outcome != Outcome::Same)
            return report;
        tell(QStringLiteral("completing"), 0, 0);
        m_target.finish();
        report->pause = std::chrono::milliseconds(m_pause.elapsed());
        return report;
    } catch (const Stopped &) {
        return Report();
    } catch (const DatabaseError &error) {
        return failed(error);
    }
}

Result<Report> Migration::verify()
{
    try {
        count();
        readTarget();
        return compareHeld(Comparison::Mode::Report);
    } catch (const Stopped &) {
        return Report();
    } catch (const DatabaseError &error) {
        return failed(error);
    }
}

} // namespace

Result<Report> migrate(const Options &options)
{
    auto source = Source::open(options.path);
    if (!source)
        return source.error();
    auto target = Target::open(options.conninfo, options.password);
    if (!target)
        return target.error();
    const auto begun = (*target)->begin((*source)->identity());
    if (!begun)
        return begun.error();
    if (*begun && options.say)
        options.say(QStringLiteral("Going on with the migration that was begun."));
    return Migration(options, **source, **target).migrate();
}

Result<Report> verify(const Options &options)
{
    auto source = Source::open(options.path);
    if (!source)
        return source.error();
    auto target = Target::open(options.conninfo, options.password);
    if (!target)
        return target.error();
    if (auto complete = (*target)->checkComplete(); !complete)
        return complete.error();
    return Migration(options, **source, **target).verify();
}

} // namespace rookery::store::transfer
