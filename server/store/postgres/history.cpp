// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/store/postgres/history.h"

#include "common/ids.h"
#include "server/store/postgres/writelock.h"
#include "server/store/queries/metaqueries.h"
#include "server/store/statement.h"

#include <algorithm>
#include <utility>

namespace rookery::store::postgres {

namespace {

const QString epochKey = QStringLiteral("epoch");
const QString epochsKey = QStringLiteral("epochs");
const QString positionKey = QStringLiteral("position");

/// Epochs that are remembered. Each is 37 bytes.
constexpr qsizetype mostEpochs = 64;
/// Rooms whose heads a node remembers. Past it they are forgotten: what a standby may lack is of the last moments.
constexpr size_t mostHeads = 10'000;
/// Between two writes of the file where nothing but the LSN has grown.
constexpr std::chrono::seconds keptFor{10};

enum class Step { Onward, Restored, Promoted, Stale };

Step stepFrom(const Position &known, const Position &now)
{
    if (now.database != known.database)
        return Step::Restored;
    if (now.timeline != known.timeline)
        return now.timeline > known.timeline ? Step::Promoted : Step::Stale;
    return now.lsn < known.lsn ? Step::Restored : Step::Onward;
}

bool haveNoneInCommon(const QStringList &some, const QStringList &others)
{
    return std::none_of(
        some.cbegin(), some.cend(), [&others](const QString &one) { return others.contains(one); });
}

void append(QStringList &epochs, const QStringList &more)
{
    for (const QString &one : more) {
        epochs.removeAll(one);
        epochs.append(one);
    }
    if (epochs.size() > mostEpochs)
        epochs.remove(0, epochs.size() - mostEpochs);
}

} // namespace

History::History(Epoch epoch, Options options)
    : m_epoch(std::move(epoch))
    , m_options(std::move(options))
    , m_file(m_options.file)
{
    m_known = m_file.read();
    m_kept = m_known;
}

History::~History()
{
    if (m_hasBegun)
        keep();
}

void History::begin(Connection &connection)
{
    const Seen seen = look(connection);
    const Verdict verdict = judge(connection, seen);
    take(settle(connection, seen, verdict), verdict);
    m_hasBegun = true;
}

quint64 History::admit(Connection &connection)
{
    const std::scoped_lock lock(m_mutex);
    if (!m_hasBegun)
        return m_generation;
    Seen seen;
    Verdict verdict;
    {
        Transaction transaction(connection, TransactionKind::Read);
        seen = look(connection);
        verdict = judge(connection, seen);
        transaction.commit();
    }
    if (verdict == Verdict::Same) {
        take({seen.position, seen.epochs}, verdict);
        return m_generation;
    }
    Transaction transaction(connection);
    lockWrites(connection);
    seen = look(connection);
    verdict = judge(connection, seen);
    KnownHistory history = settle(connection, seen, verdict);
    transaction.commit();
    take(std::move(history), verdict);
    return m_generation;
}

History::Seen History::look(Connection &connection) const
{
    Seen seen;
    Statement row = connection.statement(
        "SELECT CASE WHEN pg_is_in_recovery() THEN '' ELSE pg_walfile_name(pg_current_wal_flush_lsn()) END, "
        "CASE WHEN pg_is_in_recovery() THEN 0 "
        "ELSE CAST(pg_wal_lsn_diff(pg_current_wal_flush_lsn(), '0/0') AS BIGINT) END, "
        "(SELECT CAST(system_identifier AS TEXT) FROM pg_control_system()) || '-' || "
        "(SELECT CAST(oid AS TEXT) FROM pg_database WHERE datname = current_database()) || '-' || "
        "CAST(CAST(to_regclass('meta') AS oid) AS TEXT), "
        "(SELECT value FROM meta WHERE key = 'epoch'), (SELECT value FROM meta WHERE key = 'epochs'), "
        "(SELECT value FROM meta WHERE key = 'position')");
    row.next();
    if (row.textAt(0).isEmpty())
        throw DatabaseError{Fault::Connection,
            QStringLiteral("the server of the database is a standby, which takes no writes")};
    seen.position = {row.textAt(2), row.textAt(0).left(8).toUInt(nullptr, 16), row.integerAt(1)};
    seen.epoch = row.textAt(3);
    append(seen.epochs, row.textAt(4).split(u' ', Qt::SkipEmptyParts));
    if (!seen.epoch.isEmpty())
        append(seen.epochs, {seen.epoch});
    seen.noted = toPosition(row.textAt(5));
    return seen;
}

History::Verdict History::judge(Connection &connection, const Seen &seen)
{
    const auto stepOf = [&seen](const Position &known) {
        const Step step = stepFrom(known, seen.position);
        if (step == Step::Stale)
            throw DatabaseError{Fault::Connection,
                QStringLiteral(
                    "the database's server is a stale primary: a standby has taken over from it (timeline %1 "
                    "is known, this one is %2). Stop it, and let the URL lead to the new primary. If it is a "
                    "restored backup, say so with: DELETE FROM meta WHERE key = 'epoch'")
                    .arg(known.timeline)
                    .arg(seen.position.timeline)};
        return step;
    };
    if (seen.epoch.isEmpty())
        return Verdict::Changed;
    Verdict verdict = Verdict::Same;
    bool isPromoted = false;
    if (m_known && !m_known->epochs.isEmpty()) {
        const QString &known = m_known->epochs.constLast();
        // Where the two have nothing in common it is another database, which is as it is.
        if (seen.epoch != known
            && (seen.epochs.contains(known) || haveNoneInCommon(seen.epochs, m_known->epochs))) {
            verdict = Verdict::Adopted;
        } else {
            const Step step = stepOf(m_known->position);
            if (step == Step::Restored || seen.epoch != known)
                return Verdict::Changed;
            isPromoted = step == Step::Promoted;
        }
    }
    if (seen.noted) {
        const Step step = stepOf(*seen.noted);
        if (step == Step::Restored)
            return Verdict::Changed;
        isPromoted = isPromoted || step == Step::Promoted;
    }
    if (!isPromoted)
        return verdict;
    return m_options.isLossless && isAllThere(connection) ? Verdict::Promoted : Verdict::Changed;
}

bool History::isAllThere(Connection &connection)
{
    std::unordered_map<QString, qint64> heads;
    {
        const std::scoped_lock lock(m_headsMutex);
        heads = m_heads;
    }
    return std::all_of(heads.cbegin(), heads.cend(), [&](const auto &head) {
        Statement row =
            connection.statement("SELECT h.last_seq FROM room_heads h JOIN rooms r ON r.id = h.room "
                                 "WHERE r.public_id = $1");
        return row.id(1, head.first).next() && row.integerAt(0) >= head.second;
    });
}

KnownHistory History::settle(Connection &connection, const Seen &seen, Verdict verdict)
{
    KnownHistory history{seen.position, seen.epochs};
    if (verdict == Verdict::Changed) {
        if (m_known) {
            // So that every node that knows one of them takes the new one.
            QStringList all = m_known->epochs;
            append(all, history.epochs);
            history.epochs = all;
        }
        append(history.epochs, {newId()});
    }
    if (history.epochs.isEmpty() || verdict == Verdict::Adopted)
        return history;
    meta::put(connection, epochKey, history.epochs.constLast());
    meta::put(connection, epochsKey, history.epochs.join(u' '));
    meta::put(connection, positionKey, toText(history.position));
    return history;
}

void History::take(KnownHistory history, Verdict verdict)
{
    const QString before = m_epoch;
    const QString epoch = history.epochs.constLast();
    const bool isOther = epoch != before;
    const bool isElsewhere = !m_known || m_known->position.database != history.position.database
        || m_known->position.timeline != history.position.timeline;
    // Connections are looked at in any order.
    if (!isOther && !isElsewhere)
        history.position.lsn = std::max(history.position.lsn, m_known->position.lsn);
    m_known = std::move(history);
    if (isOther || isElsewhere || verdict != Verdict::Same) {
        const std::scoped_lock lock(m_headsMutex);
        m_heads.clear();
    }
    if (isOther)
        m_epoch.set(epoch);
    if (m_hasBegun && (isOther || isElsewhere))
        ++m_generation;
    if (isOther || isElsewhere || Clock::now() - m_keptAt >= keptFor)
        keep();
    if (!isOther || before.isEmpty())
        return;
    qCWarning(storeLog,
        "the database is not as it was left, as after a restore or a promoted standby: its history has the "
        "epoch %ls now, and clients read it anew",
        qUtf16Printable(epoch));
    if (m_options.changed)
        m_options.changed(epoch);
}

void History::keep()
{
    m_keptAt = Clock::now();
    if (m_known && m_known != m_kept) {
        m_file.write(*m_known);
        m_kept = m_known;
    }
}

void History::note(const std::vector<CommitNotice> &notices)
{
    if (!m_options.isLossless)
        return;
    const std::scoped_lock lock(m_headsMutex);
    for (const CommitNotice &notice : notices) {
        const auto *committed = std::get_if<Committed>(&notice);
        if (!committed)
            continue;
        if (m_heads.size() >= mostHeads)
            m_heads.clear();
        qint64 &head = m_heads[committed->event.roomId];
        head = std::max(head, committed->event.seq);
    }
}

} // namespace rookery::store::postgres
