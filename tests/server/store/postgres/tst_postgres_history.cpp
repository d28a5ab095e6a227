// SPDX-License-Identifier: GPL-3.0-or-later
// What becomes of the history when servers are lost, restored and taken over from.

#include "server/store/postgres/postgresstore.h"
#include "tests/server/store/storetest.h"
#include "tests/support/postgresserver.h"

#include <QRegularExpression>
#include <QTemporaryDir>

#include <mutex>

using namespace storetest;
using namespace rookery::store::postgres;

namespace {

const QStringList settings{QStringLiteral("fsync=off"), QStringLiteral("wal_retrieve_retry_interval=100ms")};

/// A node: its store, and what it has told of epochs.
class Node
{
public:
    explicit Node(const PostgresOptions &options)
    {
        PostgresOptions own = options;
        own.epochChanged = [this](const QString &epoch) {
            const std::scoped_lock lock(m_mutex);
            m_epochs.append(epoch);
        };
        auto opened = PostgresStore::open(own);
        if (opened)
            m_store = std::move(opened).value();
        else
            m_refusal = opened.error().detail;
    }

    bool isOpen() const { return m_store != nullptr; }
    QString refusal() const { return m_refusal; }
    PostgresStore *get() const { return m_store.get(); }
    Waiting waiting() const { return Waiting(m_store.get()); }
    /// Those that it was told of since it was opened.
    QStringList epochs() const
    {
        const std::scoped_lock lock(m_mutex);
        return m_epochs;
    }

private:
    mutable std::mutex m_mutex;
    QStringList m_epochs;
    QString m_refusal;
    std::unique_ptr<PostgresStore> m_store; // destroyed first
};

} // namespace

class TestPostgresHistory : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void init();

    void removedEpochIsReplaced();
    void restoredBackupIsAnotherHistory();
    void restoreWhileNothingRunsIsNoticed();
    void copyOfTheDatabaseIsAnotherHistory();
    void positionBehindTheKnownIsAnotherHistory();
    void asynchronousPromotionIsAnotherHistory();
    void stalePrimaryIsRefused();
    void synchronousPromotionLosesNothing();
    void promotionThatLacksMessagesIsAnotherHistory();

private:
    /// Which of the servers take writes is for libpq to find out, as after a move of an address.
    PostgresOptions options(const QList<const test::PostgresServer *> &servers) const;
    void make(const Node &node);
    QString epochOf(const Node &node);
    bool isReplicated();

    std::unique_ptr<test::PostgresServer> m_first;
    std::unique_ptr<test::PostgresServer> m_second;
    QString m_database;
    User m_ann;
    Room m_room;
};

void TestPostgresHistory::init()
{
    m_first = std::make_unique<test::PostgresServer>();
    m_second = std::make_unique<test::PostgresServer>();
    QVERIFY2(m_first->start(settings), qPrintable(m_first->why()));
    m_database = m_first->makeDatabase();
    QVERIFY2(!m_database.isEmpty(), qPrintable(m_first->why()));
}

PostgresOptions TestPostgresHistory::options(const QList<const test::PostgresServer *> &servers) const
{
    QStringList hosts;
    for (const auto *server : servers)
        hosts.append(server->host());
    PostgresOptions options;
    options.conninfo = QStringLiteral("host=%1 user=rookery dbname=%2").arg(hosts.join(u','), m_database);
    return options;
}

void TestPostgresHistory::make(const Node &node)
{
    QVERIFY2(node.isOpen(), qPrintable(node.refusal()));
    VALUE_OR_FAIL(ann, node.waiting().createUser(newUser(QStringLiteral("Ann"))));
    m_ann = ann;
    VALUE_OR_FAIL(room, node.waiting().createRoom(newRoom(QStringLiteral("Tea"), RoomKind::Public, ann.id)));
    m_room = room;
}

QString TestPostgresHistory::epochOf(const Node &node)
{
    const auto room = node.waiting().findRoom(m_room.id, {});
    return room ? room->epoch : QString();
}

/// Whether the second server has all that the first one has.
bool TestPostgresHistory::isReplicated()
{
    return m_first->ask(m_database,
               QStringLiteral("SELECT count(*) FROM pg_stat_replication "
                              "WHERE replay_lsn >= pg_current_wal_lsn()"))
        == QLatin1String("1");
}

/// By whoever has restored a dump into the same database; every node takes the same new one.
void TestPostgresHistory::removedEpochIsReplaced()
{
    const Node one(options({m_first.get()}));
    make(one);
    const Node two(options({m_first.get()}));
    QVERIFY2(two.isOpen(), qPrintable(two.refusal()));
    const QString before = epochOf(one);
    QCOMPARE(epochOf(two), before);
    m_first->ask(m_database, QStringLiteral("DELETE FROM meta WHERE key = 'epoch'"));
    QTRY_COMPARE(one.epochs().size(), 1);
    QTRY_COMPARE(two.epochs().size(), 1);
    QCOMPARE(one.epochs(), two.epochs());
    QVERIFY(one.epochs().constFirst() != before);
    QCOMPARE(epochOf(one), one.epochs().constFirst());
    QCOMPARE(epochOf(two), one.epochs().constFirst());
    QCOMPARE(m_first->ask(m_database, QStringLiteral("SELECT value FROM meta WHERE key = 'epochs'")),
        before + u' ' + one.epochs().constFirst());
}

void TestPostgresHistory::restoredBackupIsAnotherHistory()
{
    const Node one(options({m_first.get(), m_second.get()}));
    make(one);
    const Node two(options({m_first.get(), m_second.get()}));
    QVERIFY2(two.isOpen(), qPrintable(two.refusal()));
    const QString before = epochOf(one);
    QVERIFY2(m_second->copy(*m_first), qPrintable(m_second->why()));
    for (int i = 1; i <= 20; ++i) {
        // More than the start of a server writes.
        VALUE_OR_FAIL(sent, one.waiting().append(newMessage(m_room, m_ann, QString(50'000, u'x'))));
        QCOMPARE(sent.event.seq, i);
    }
    // The nodes see how far the server is.
    m_first->ask(m_database,
        QStringLiteral("SELECT pg_terminate_backend(pid, 10000) FROM pg_stat_activity "
                       "WHERE application_name = 'rookeryd'"));
    QVERIFY(one.waiting().append(newMessage(m_room, m_ann, QStringLiteral("last"))).ok());
    QVERIFY(two.waiting().append(newMessage(m_room, m_ann, QStringLiteral("last"))).ok());
    m_first->stop();
    QVERIFY2(m_second->start(settings), qPrintable(m_second->why()));
    VALUE_OR_FAIL(sent, one.waiting().append(newMessage(m_room, m_ann, QStringLiteral("anew"))));
    QCOMPARE(sent.event.seq, 1);
    QTRY_COMPARE(one.epochs().size(), 1);
    QTRY_COMPARE(two.epochs().size(), 1);
    QCOMPARE(one.epochs(), two.epochs());
    QVERIFY(epochOf(one) != before);
    QCOMPARE(epochOf(two), one.epochs().constFirst());
}

void TestPostgresHistory::restoreWhileNothingRunsIsNoticed()
{
    const QTemporaryDir folder;
    PostgresOptions own = options({m_first.get()});
    own.historyFile = folder.filePath(QStringLiteral("history"));
    QString before;
    {
        const Node node(own);
        make(node);
        before = epochOf(node);
        QVERIFY2(m_second->copy(*m_first), qPrintable(m_second->why()));
        for (int i = 0; i < 20; ++i)
            QVERIFY(node.waiting().append(newMessage(m_room, m_ann, QString(50'000, u'x'))).ok());
    }
    {
        const Node node(own);
        QVERIFY2(node.isOpen(), qPrintable(node.refusal()));
        QCOMPARE(epochOf(node), before);
    }
    m_first->stop();
    QVERIFY2(m_second->start(settings), qPrintable(m_second->why()));
    own.conninfo = m_second->conninfo(m_database);
    {
        const Node node(own);
        QVERIFY2(node.isOpen(), qPrintable(node.refusal()));
        QVERIFY(epochOf(node) != before);
        QVERIFY(node.epochs().isEmpty()); // nobody was told the old one
        before = epochOf(node);
    }
    const Node node(own);
    QVERIFY2(node.isOpen(), qPrintable(node.refusal()));
    QCOMPARE(epochOf(node), before);
}

/// Without a node that remembers: the database itself says where it comes from.
void TestPostgresHistory::copyOfTheDatabaseIsAnotherHistory()
{
    QString before;
    {
        const Node node(options({m_first.get()}));
        make(node);
        before = epochOf(node);
    }
    QCOMPARE(m_first->ask(QStringLiteral("postgres"),
                 QStringLiteral("CREATE DATABASE restored TEMPLATE %1").arg(m_database)),
        QStringLiteral("CREATE DATABASE"));
    m_database = QStringLiteral("restored");
    const Node node(options({m_first.get()}));
    QVERIFY2(node.isOpen(), qPrintable(node.refusal()));
    QVERIFY(!epochOf(node).isEmpty());
    QVERIFY(epochOf(node) != before);
}

void TestPostgresHistory::positionBehindTheKnownIsAnotherHistory()
{
    const Node node(options({m_first.get()}));
    make(node);
    const QString before = epochOf(node);
    const QString far = QStringLiteral("UPDATE meta SET value = regexp_replace(value, '[0-9]+$', '%1') "
                                       "WHERE key = 'position'");
    QCOMPARE(m_first->ask(m_database, far.arg(qint64(1) << 60)), QStringLiteral("UPDATE 1"));
    QTRY_COMPARE(node.epochs().size(), 1);
    QVERIFY(epochOf(node) != before);
}

/// What was acknowledged is missing, and that is said.
void TestPostgresHistory::asynchronousPromotionIsAnotherHistory()
{
    QVERIFY2(m_second->copy(*m_first, QStringLiteral("s1")), qPrintable(m_second->why()));
    QVERIFY2(m_second->start(settings), qPrintable(m_second->why()));
    const Node one(options({m_first.get(), m_second.get()}));
    make(one);
    const Node two(options({m_first.get(), m_second.get()}));
    QVERIFY2(two.isOpen(), qPrintable(two.refusal()));
    const QString before = epochOf(one);
    QTRY_VERIFY(isReplicated());
    m_second->stop();
    VALUE_OR_FAIL(lost, one.waiting().append(newMessage(m_room, m_ann, QStringLiteral("lost"))));
    QCOMPARE(lost.event.seq, 1);
    m_first->crash();
    QVERIFY2(m_second->start(settings), qPrintable(m_second->why()));
    QVERIFY2(m_second->promote(), qPrintable(m_second->why()));
    QTRY_COMPARE(one.epochs().size(), 1);
    QTRY_COMPARE(two.epochs().size(), 1);
    QCOMPARE(one.epochs(), two.epochs());
    QVERIFY(epochOf(one) != before);
    QCOMPARE(epochOf(two), epochOf(one));
    VALUE_OR_FAIL(sent, one.waiting().append(newMessage(m_room, m_ann, QStringLiteral("anew"))));
    QCOMPARE(sent.event.seq, 1);
}

void TestPostgresHistory::stalePrimaryIsRefused()
{
    QVERIFY2(m_second->copy(*m_first, QStringLiteral("s1")), qPrintable(m_second->why()));
    QVERIFY2(m_second->start(settings), qPrintable(m_second->why()));
    const QTemporaryDir folder;
    PostgresOptions own = options({m_first.get(), m_second.get()});
    own.historyFile = folder.filePath(QStringLiteral("history"));
    {
        const Node node(own);
        make(node);
        QTRY_VERIFY(isReplicated());
        m_first->crash();
        QVERIFY2(m_second->promote(), qPrintable(m_second->why()));
        QTRY_COMPARE(node.epochs().size(), 1);
        m_second->crash();
        QVERIFY2(m_first->start(settings), qPrintable(m_first->why()));
        QTest::ignoreMessage(QtCriticalMsg, QRegularExpression(QStringLiteral("stale primary")));
        REFUSED(node.waiting().append(newMessage(m_room, m_ann, QStringLiteral("split"))),
            ErrorCode::StorageUnavailable);
        REFUSED(node.waiting().findRoom(m_room.id, {}), ErrorCode::StorageUnavailable);
        QCOMPARE(
            m_first->ask(m_database, QStringLiteral("SELECT count(*) FROM events")), QStringLiteral("0"));
    }
    const Node restarted(own);
    QVERIFY(!restarted.isOpen());
    QVERIFY2(restarted.refusal().contains(QLatin1String("stale primary")), qPrintable(restarted.refusal()));
}

void TestPostgresHistory::synchronousPromotionLosesNothing()
{
    QVERIFY2(m_second->copy(*m_first, QStringLiteral("s1")), qPrintable(m_second->why()));
    QVERIFY2(m_second->start(settings), qPrintable(m_second->why()));
    m_first->stop();
    QVERIFY2(m_first->start(settings + QStringList{QStringLiteral("synchronous_standby_names=s1")}),
        qPrintable(m_first->why()));
    QTRY_VERIFY(isReplicated());
    PostgresOptions own = options({m_first.get(), m_second.get()});
    own.losslessFailover = true;
    const Node node(own);
    make(node);
    const QString before = epochOf(node);
    constexpr int messages = 400;
    int stored = 0;
    QStringList errors;
    int sent = 0;
    std::function<void()> send = [&] {
        if (sent == messages)
            return;
        const int number = sent++;
        node.get()->append(
            newMessage(m_room, m_ann, QString::number(number)), this, [&](const Result<Appended> &result) {
                if (result)
                    ++stored;
                else
                    errors.append(result.error().detail);
                send();
            });
    };
    for (int i = 0; i < 4; ++i)
        send();
    QTRY_VERIFY(stored > messages / 4);
    m_first->crash();
    QVERIFY2(m_second->promote(), qPrintable(m_second->why()));
    QTRY_COMPARE_WITH_TIMEOUT(stored + int(errors.size()), messages, 30'000);
    QCOMPARE(errors, QStringList());
    QCOMPARE(
        m_second->ask(m_database, QStringLiteral("SELECT count(*) FROM events")), QString::number(messages));
    QCOMPARE(epochOf(node), before);
    QCOMPARE(node.epochs(), QStringList());
}

/// The operator has promised more than there was.
void TestPostgresHistory::promotionThatLacksMessagesIsAnotherHistory()
{
    QVERIFY2(m_second->copy(*m_first, QStringLiteral("s1")), qPrintable(m_second->why()));
    QVERIFY2(m_second->start(settings), qPrintable(m_second->why()));
    PostgresOptions own = options({m_first.get(), m_second.get()});
    own.losslessFailover = true;
    const Node node(own);
    make(node);
    QTRY_VERIFY(isReplicated());
    m_second->stop();
    QVERIFY(node.waiting().append(newMessage(m_room, m_ann, QStringLiteral("lost"))).ok());
    m_first->crash();
    QVERIFY2(m_second->start(settings), qPrintable(m_second->why()));
    QVERIFY2(m_second->promote(), qPrintable(m_second->why()));
    QTRY_COMPARE(node.epochs().size(), 1);
}

QTEST_GUILESS_MAIN(TestPostgresHistory)
#include "tst_postgres_history.moc"
