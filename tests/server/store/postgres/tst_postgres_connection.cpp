// SPDX-License-Identifier: GPL-3.0-or-later
#include "common/ids.h"
#include "server/store/postgres/connection.h"
#include "server/store/postgres/pqresult.h"
#include "tests/support/postgresserver.h"

#include <QDir>
#include <QFile>
#include <QProcess>
#include <QTest>
#include <QVariant>

#include <csignal>
#include <limits>

using namespace rookery;
using namespace rookery::store;
using namespace rookery::store::postgres;

namespace {

/// The fault of a failing call; nullopt if it does not fail.
template <typename Call>
std::optional<DatabaseError> faultOf(Call call)
{
    try {
        call();
    } catch (const DatabaseError &error) {
        return error;
    }
    return std::nullopt;
}

} // namespace

/// The connection on a real server.
class TestPostgresConnection : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void initTestCase();
    void init();

    void valuesComeBack_data();
    void valuesComeBack();
    void idsAreUuids();
    void whatIsNoIdEqualsNothing();
    void numbersOfEveryWidth();
    void aNumberTooLargeForItsColumnIsRefused();
    void nulls();
    void changedRowsAreCounted();
    void parametersDoNotStayFromTheRunBefore();
    void transactionsAreUndone();
    void readersSeeOneState();
    void anErrorLosesTheTransaction();
    void failedTransactionIsNotCommitted();
    void faultsByTheirState();
    void lockIsNotAwaitedForever();
    void statementsCanBePreparedLater();
    void stoppedServerIsNotAwaitedForever();
    void lostConnectionIsToldAsOne();
    void serverThatStopsIsToldAsLost();
    void warningsAreNoted();
    void durabilityIsNotGivenAway();
    void serversDefaultsDoNotMatter();
    void serverNoticesWhoIsCutOff();
    void unreachableServerIsRefusedInASentence();
    void urlsThatCannotBeReadAreNotRepeated_data();
    void urlsThatCannotBeReadAreNotRepeated();
    void otherEncodingsAreRefused();
    void readOnlyServerIsRefused();
    void schemaIsMade();
    void foreignKeysHaveIndexes();
    void sharedStatementsArePrepared();

private:
    std::unique_ptr<PostgresConnection> open(ConnectOptions options = {});

    test::PostgresServer m_server;
    QString m_database;
    std::unique_ptr<PostgresConnection> m_connection;
};

void TestPostgresConnection::initTestCase()
{
    // Nothing here is about a loss of power.
    QVERIFY2(m_server.start({QStringLiteral("fsync=off")}), qPrintable(m_server.why()));
}

std::unique_ptr<PostgresConnection> TestPostgresConnection::open(ConnectOptions options)
{
    options.conninfo = m_server.conninfo(m_database);
    auto opened = PostgresConnection::open(options);
    if (!opened) {
        qWarning("%ls", qUtf16Printable(opened.error().detail));
        return nullptr;
    }
    return std::move(opened).value();
}

void TestPostgresConnection::init()
{
    m_connection.reset();
    if (!m_server.isRunning())
        QVERIFY2(m_server.start({QStringLiteral("fsync=off")}), qPrintable(m_server.why()));
    m_database = m_server.makeDatabase();
    QVERIFY2(!m_database.isEmpty(), qPrintable(m_server.why()));
    m_connection = open();
    QVERIFY(m_connection);
    m_connection->execute(QStringLiteral("CREATE TABLE t (id bigint PRIMARY KEY, small smallint, middle "
                                         "integer, text text COLLATE \"C\", public_id uuid)"));
}

void TestPostgresConnection::valuesComeBack_data()
{
    QTest::addColumn<QString>("text");
    QTest::newRow("empty") << QString(QLatin1String(""));
    QTest::newRow("quotes") << QStringLiteral("'; DROP TABLE t; -- \" \\ $1");
    QTest::newRow("byte order mark") << QStringLiteral("\ufeffabc");
    QTest::newRow("noncharacters") << QString::fromUcs4(U"a\uffff\ufffe", 3);
    QTest::newRow("beyond the plane") << QStringLiteral("😀 e\u0301 \u202e");
    QTest::newRow("controls") << QStringLiteral("\u0001\u0007\u001b[2J\u009b\n\t");
    QTest::newRow("long") << QString(1'000'000, u'ß');
}

void TestPostgresConnection::valuesComeBack()
{
    QFETCH(const QString, text);
    m_connection->statement("INSERT INTO t (id, text) VALUES (1, CAST($1 AS TEXT))").text(1, text).run();
    Statement row = m_connection->statement("SELECT text FROM t WHERE text = CAST($1 AS TEXT)");
    QVERIFY(row.text(1, text).next());
    QCOMPARE(row.textAt(0), text);
    QCOMPARE(row.blobAt(0), text.toUtf8());
    QVERIFY(!row.isNullAt(0));
    QVERIFY(!row.next());
}

void TestPostgresConnection::idsAreUuids()
{
    const QString id = newId();
    m_connection->statement("INSERT INTO t (id, public_id) VALUES ($1, $2)").integer(1, 1).id(2, id).run();
    Statement row = m_connection->statement("SELECT public_id FROM t WHERE public_id = $1");
    QVERIFY(row.id(1, id.toUpper()).next());
    QCOMPARE(row.idAt(0), id);
    QCOMPARE(m_server.ask(m_database, QStringLiteral("SELECT public_id FROM t")), id);
}

void TestPostgresConnection::whatIsNoIdEqualsNothing()
{
    m_connection->statement("INSERT INTO t (id, public_id) VALUES ($1, $2)")
        .integer(1, 1)
        .id(2, newId())
        .run();
    for (const QString &text : {QString(), QStringLiteral("general"), QStringLiteral("' OR 1=1")}) {
        Statement row = m_connection->statement("SELECT id FROM t WHERE public_id = $1");
        QVERIFY(!row.id(1, text).next());
    }
}

void TestPostgresConnection::numbersOfEveryWidth()
{
    constexpr qint64 largest = std::numeric_limits<qint64>::max();
    m_connection->statement("INSERT INTO t (id, small, middle) VALUES ($1, $2, $3)")
        .integer(1, largest)
        .integer(2, -32768)
        .integer(3, 2147483647)
        .run();
    Statement row = m_connection->statement("SELECT id, small, middle, id = $1, count(*) OVER (), -1 FROM t");
    QVERIFY(row.integer(1, largest).next());
    QCOMPARE(row.integerAt(0), largest);
    QCOMPARE(row.integerAt(1), qint64(-32768));
    QCOMPARE(row.integerAt(2), qint64(2147483647));
    QCOMPARE(row.integerAt(3), qint64(1));
    QCOMPARE(row.integerAt(4), qint64(1));
    QCOMPARE(row.integerAt(5), qint64(-1));
    QCOMPARE(m_server.ask(m_database, QStringLiteral("SELECT id FROM t")), QString::number(largest));
}

void TestPostgresConnection::aNumberTooLargeForItsColumnIsRefused()
{
    const auto error = faultOf([&] {
        m_connection->statement("INSERT INTO t (id, small) VALUES ($1, $2)")
            .integer(1, 1)
            .integer(2, 40'000)
            .run();
    });
    QVERIFY(error);
    QCOMPARE(error->fault, Fault::Statement);
    QCOMPARE(m_server.ask(m_database, QStringLiteral("SELECT count(*) FROM t")), QStringLiteral("0"));
}

void TestPostgresConnection::nulls()
{
    m_connection->statement("INSERT INTO t (id, text, public_id) VALUES ($1, CAST($2 AS TEXT), $3)")
        .integer(1, 1)
        .null(2)
        .null(3)
        .run();
    Statement row = m_connection->statement("SELECT text, public_id, small FROM t");
    QVERIFY(row.next());
    for (int column = 0; column < 3; ++column)
        QVERIFY(row.isNullAt(column));
    QVERIFY(row.textAt(0).isEmpty());
    QVERIFY(row.idAt(1).isEmpty());
    QCOMPARE(row.integerAt(2), qint64(0));
}

void TestPostgresConnection::changedRowsAreCounted()
{
    for (qint64 i = 0; i < 10; ++i)
        QCOMPARE(m_connection->statement("INSERT INTO t (id) VALUES ($1)").integer(1, i).run(), 1);
    QCOMPARE(
        m_connection->statement("INSERT INTO t (id) VALUES ($1) ON CONFLICT DO NOTHING").integer(1, 3).run(),
        0);
    QCOMPARE(m_connection->statement("UPDATE t SET small = 1 WHERE id >= $1").integer(1, 4).run(), 6);
    QCOMPARE(m_connection->statement("DELETE FROM t").run(), 10);
}

void TestPostgresConnection::parametersDoNotStayFromTheRunBefore()
{
    static constexpr char sql[] = "INSERT INTO t (id, text) VALUES ($1, CAST($2 AS TEXT))";
    m_connection->statement(sql).integer(1, 1).text(2, QStringLiteral("secret")).run();
    m_connection->statement(sql).integer(1, 2).run();
    QCOMPARE(m_server.ask(m_database, QStringLiteral("SELECT count(*) FROM t WHERE text IS NULL")),
        QStringLiteral("1"));
}

void TestPostgresConnection::transactionsAreUndone()
{
    {
        Transaction transaction(*m_connection);
        m_connection->statement("INSERT INTO t (id) VALUES ($1)").integer(1, 1).run();
    }
    {
        Transaction transaction(*m_connection);
        m_connection->statement("INSERT INTO t (id) VALUES ($1)").integer(1, 2).run();
        transaction.commit();
    }
    QCOMPARE(m_server.ask(m_database, QStringLiteral("SELECT id FROM t")), QStringLiteral("2"));
}

void TestPostgresConnection::readersSeeOneState()
{
    const auto other = open();
    Transaction reading(*other, TransactionKind::Read);
    const auto count = [&] {
        Statement row = other->statement("SELECT count(*) FROM t");
        return row.next() ? row.integerAt(0) : -1;
    };
    QCOMPARE(count(), qint64(0));
    m_connection->statement("INSERT INTO t (id) VALUES ($1)").integer(1, 1).run();
    QCOMPARE(count(), qint64(0));
    const auto error = faultOf([&] { other->statement("DELETE FROM t").run(); });
    QVERIFY(error); // it refuses changes
}

void TestPostgresConnection::anErrorLosesTheTransaction()
{
    {
        Transaction transaction(*m_connection);
        m_connection->statement("INSERT INTO t (id) VALUES ($1)").integer(1, 1).run();
        const auto error =
            faultOf([&] { m_connection->statement("INSERT INTO t (id) VALUES ($1)").integer(1, 1).run(); });
        QVERIFY(error);
        QCOMPARE(error->fault, Fault::Statement);
        QVERIFY(error->text.contains(QLatin1String("23505")));
        const auto after = faultOf([&] { m_connection->statement("SELECT 1").next(); });
        QVERIFY(after);
        QCOMPARE(after->fault, Fault::Transaction);
    }
    // With the transaction gone, the connection works on.
    QCOMPARE(m_connection->statement("INSERT INTO t (id) VALUES ($1)").integer(1, 1).run(), 1);
}

void TestPostgresConnection::failedTransactionIsNotCommitted()
{
    Transaction transaction(*m_connection);
    m_connection->statement("INSERT INTO t (id) VALUES ($1)").integer(1, 1).run();
    QVERIFY(faultOf([&] { m_connection->statement("INSERT INTO t (id) VALUES ($1)").integer(1, 1).run(); }));
    const auto error = faultOf([&] { transaction.commit(); });
    QVERIFY(error);
    QCOMPARE(error->fault, Fault::Transaction);
    QCOMPARE(m_server.ask(m_database, QStringLiteral("SELECT count(*) FROM t")), QStringLiteral("0"));
}

void TestPostgresConnection::faultsByTheirState()
{
    QCOMPARE(classify("53100"), Fault::Full);
    QCOMPARE(classify("40P01"), Fault::Transaction);
    QCOMPARE(classify("57014"), Fault::Transaction);
    QCOMPARE(classify("57P01"), Fault::Connection);
    QCOMPARE(classify("25006"), Fault::Connection);
    QCOMPARE(classify("XX001"), Fault::Connection);
    QCOMPARE(classify(""), Fault::Connection);
    QCOMPARE(classify("23505"), Fault::Statement);
    QCOMPARE(classify("42P01"), Fault::Statement);
}

void TestPostgresConnection::lockIsNotAwaitedForever()
{
    m_connection->statement("INSERT INTO t (id) VALUES ($1)").integer(1, 1).run();
    const auto other = open({.conninfo = {}, .lockTimeout = std::chrono::milliseconds(50)});
    Transaction locking(*m_connection);
    m_connection->statement("UPDATE t SET small = 1").run();
    const auto error = faultOf([&] { other->statement("UPDATE t SET small = 2").run(); });
    QVERIFY(error);
    QCOMPARE(error->fault, Fault::Transaction);
}

void TestPostgresConnection::statementsCanBePreparedLater()
{
    static constexpr char ofLocked[] = "SELECT id FROM t";
    const auto other = open({.conninfo = {}, .lockTimeout = std::chrono::milliseconds(50)});
    {
        Transaction locking(*m_connection);
        m_connection->statement("LOCK TABLE t IN ACCESS EXCLUSIVE MODE").run();
        const auto error = faultOf([&] { other->statement(ofLocked).next(); });
        QVERIFY(error);
        QCOMPARE(error->fault, Fault::Transaction);
        QVERIFY(other->statement("SELECT 1").next());
    }
    const auto error = faultOf([&] { other->statement(ofLocked).next(); });
    QVERIFY2(!error, error ? qPrintable(error->text) : "");
}

/// Its own timeouts are not kept by a process that does not run.
void TestPostgresConnection::stoppedServerIsNotAwaitedForever()
{
    static constexpr char echo[] = "SELECT CAST($1 AS TEXT)";
    auto connection = open({.conninfo = {}, .patience = std::chrono::milliseconds(300)});
    QVERIFY(connection->statement(echo).text(1, QString()).next());
    const auto backend = pid_t(connection->value(QStringLiteral("SELECT pg_backend_pid()")).toInt());
    QVERIFY(backend > 0);
    QCOMPARE(::kill(backend, SIGSTOP), 0);
    // More than the kernel takes: sending is not to wait either.
    const auto error = faultOf([&] { connection->statement(echo).text(1, QString(5'000'000, u'x')).next(); });
    const auto after = faultOf([&] { connection->statement("ROLLBACK").run(); });
    connection.reset();
    QCOMPARE(::kill(backend, SIGCONT), 0);
    QVERIFY(error);
    QCOMPARE(error->fault, Fault::Connection);
    QVERIFY(after);
    QCOMPARE(after->fault, Fault::Connection);
}

void TestPostgresConnection::lostConnectionIsToldAsOne()
{
    const qint64 backend = m_connection->value(QStringLiteral("SELECT pg_backend_pid()")).toLongLong();
    QCOMPARE(m_server.ask(m_database, QStringLiteral("SELECT pg_terminate_backend(%1, 10000)").arg(backend)),
        QStringLiteral("t"));
    const auto error = faultOf([&] { m_connection->statement("SELECT 1").next(); });
    QVERIFY(error);
    QCOMPARE(error->fault, Fault::Connection);
    const auto again = faultOf([&] { m_connection->statement("SELECT 1").next(); });
    QVERIFY(again);
    QCOMPARE(again->fault, Fault::Connection);
    QVERIFY(open());
}

void TestPostgresConnection::serverThatStopsIsToldAsLost()
{
    m_server.crash();
    const auto error = faultOf([&] { m_connection->execute(QStringLiteral("SELECT 1")); });
    QVERIFY(error);
    QCOMPARE(error->fault, Fault::Connection);
}

void TestPostgresConnection::warningsAreNoted()
{
    QVERIFY(!m_connection->takeWarned());
    m_connection->execute(QStringLiteral("DO $$ BEGIN RAISE NOTICE 'no matter'; END $$"));
    QVERIFY(!m_connection->takeWarned());
    m_connection->execute(QStringLiteral("DO $$ BEGIN RAISE WARNING 'as of a cancelled wait'; END $$"));
    QVERIFY(m_connection->takeWarned());
    QVERIFY(!m_connection->takeWarned());
}

void TestPostgresConnection::durabilityIsNotGivenAway()
{
    const auto setting = [](PostgresConnection &connection) {
        return connection.value(QStringLiteral("SHOW synchronous_commit")).toString();
    };
    m_connection->execute(QStringLiteral("ALTER DATABASE %1 SET synchronous_commit = off").arg(m_database));
    QCOMPARE(setting(*open()), QStringLiteral("on"));
    m_connection->execute(
        QStringLiteral("ALTER DATABASE %1 SET synchronous_commit = remote_apply").arg(m_database));
    QCOMPARE(setting(*open()), QStringLiteral("remote_apply"));
}

void TestPostgresConnection::serversDefaultsDoNotMatter()
{
    for (const char *setting :
        {"idle_session_timeout = '1h'", "default_transaction_isolation = 'serializable'"})
        m_connection->execute(
            QStringLiteral("ALTER DATABASE %1 SET %2").arg(m_database, QLatin1String(setting)));
    const auto connection = open();
    QCOMPARE(connection->value(QStringLiteral("SHOW idle_session_timeout")).toString(), QStringLiteral("0"));
    const Transaction transaction(*connection);
    Statement row = connection->statement("SELECT current_setting('transaction_isolation')");
    QVERIFY(row.next());
    QCOMPARE(row.textAt(0), QStringLiteral("read committed"));
}

/// Unix sockets, as this one, show 0 for each of them.
void TestPostgresConnection::serverNoticesWhoIsCutOff()
{
    QCOMPARE(
        m_connection->value(QStringLiteral("SELECT count(*) FROM pg_settings WHERE source = 'session' AND "
                                           "name IN ('tcp_keepalives_idle', 'tcp_keepalives_interval', "
                                           "'tcp_keepalives_count', 'tcp_user_timeout')")),
        QStringLiteral("4"));
}

void TestPostgresConnection::unreachableServerIsRefusedInASentence()
{
    const auto opened = PostgresConnection::open(
        {QStringLiteral("host=/nonexistent user=somebody password=hunter2 dbname=x")});
    QVERIFY(!opened);
    QVERIFY2(opened.error().detail.startsWith(QLatin1String("PostgreSQL cannot be reached: ")),
        qPrintable(opened.error().detail));
    QVERIFY(!opened.error().detail.contains(QLatin1String("hunter2")));
}

void TestPostgresConnection::urlsThatCannotBeReadAreNotRepeated_data()
{
    QTest::addColumn<QString>("url");
    QTest::newRow("NUL") << QStringLiteral("postgresql://ann:hunter2%00@/x");
    QTest::newRow("no escape") << QStringLiteral("postgresql://ann:hunter2%zz@/x");
    QTest::newRow("no value") << QStringLiteral("postgresql:///x?password=a&hunter2");
    QTest::newRow("two values") << QStringLiteral("postgresql:///x?password=a=hunter2");
    QTest::newRow("no URL") << QStringLiteral("postgresql:hunter2");
}

void TestPostgresConnection::urlsThatCannotBeReadAreNotRepeated()
{
    QFETCH(const QString, url);
    const auto opened = PostgresConnection::open({url});
    QVERIFY(!opened);
    QVERIFY2(opened.error().detail.startsWith(QLatin1String("libpq cannot read the URL of the database: ")),
        qPrintable(opened.error().detail));
    QVERIFY2(!opened.error().detail.contains(QLatin1String("hunter2")), qPrintable(opened.error().detail));
}

void TestPostgresConnection::otherEncodingsAreRefused()
{
    const QString latin = m_server.makeDatabase(QStringLiteral("TEMPLATE template0 ENCODING 'LATIN1'"));
    QVERIFY2(!latin.isEmpty(), qPrintable(m_server.why()));
    const auto opened = PostgresConnection::open({m_server.conninfo(latin)});
    QVERIFY(!opened);
    QVERIFY2(opened.error().detail.contains(QLatin1String("UTF8")), qPrintable(opened.error().detail));
}

void TestPostgresConnection::readOnlyServerIsRefused()
{
    m_connection->execute(
        QStringLiteral("ALTER DATABASE %1 SET default_transaction_read_only = on").arg(m_database));
    const auto opened = PostgresConnection::open({m_server.conninfo(m_database)});
    QVERIFY(!opened);
}

void TestPostgresConnection::schemaIsMade()
{
    m_connection->execute(QStringLiteral("DROP TABLE t"));
    const QDir steps(
        qEnvironmentVariable("ROOKERY_TEST_SOURCE_DIR") + QStringLiteral("/resources/sql/postgres"));
    const QStringList names = steps.entryList({QStringLiteral("*.sql")}, QDir::Files, QDir::Name);
    QVERIFY(!names.isEmpty());
    for (const QString &name : names) {
        QFile script(steps.filePath(name));
        QVERIFY(script.open(QIODevice::ReadOnly));
        m_connection->execute(QString::fromUtf8(script.readAll()));
    }
    QCOMPARE(m_server.ask(
                 m_database, QStringLiteral("SELECT count(*) FROM pg_tables WHERE schemaname = 'public'")),
        QStringLiteral("16"));
}

/// Without one the whole table is read for each row that is deleted from the other.
void TestPostgresConnection::foreignKeysHaveIndexes()
{
    schemaIsMade();
    const QString keys = QStringLiteral(
        "FROM pg_constraint c JOIN pg_attribute a ON a.attrelid = c.conrelid AND a.attnum = c.conkey[1] "
        "WHERE c.contype = 'f'");
    QVERIFY(m_server.ask(m_database, QStringLiteral("SELECT count(*) ") + keys).toInt() > 10);
    QCOMPARE(
        m_server.ask(m_database,
            QStringLiteral("SELECT c.conrelid::regclass, a.attname %1 AND NOT EXISTS (SELECT FROM pg_index i "
                           "WHERE i.indrelid = c.conrelid AND i.indkey[0] = c.conkey[1])")
                .arg(keys)),
        QString());
}

/// Each statement of server/store/queries is one of PostgreSQL's, too, and fits the schema.
void TestPostgresConnection::sharedStatementsArePrepared()
{
    schemaIsMade();
    QProcess printed;
    printed.start(QStringLiteral("python3"),
        {qEnvironmentVariable("ROOKERY_TEST_SOURCE_DIR")
                + QStringLiteral("/tests/server/store/portablesql.py"),
            QStringLiteral("--print")});
    QVERIFY(printed.waitForFinished());
    const QByteArrayList statements = printed.readAllStandardOutput().trimmed().split('\n');
    QVERIFY(statements.size() > 80);
    for (const QByteArray &sql : statements) {
        const auto error = faultOf([&] { m_connection->statement(sql.constData()); });
        QVERIFY2(!error,
            qPrintable(QString::fromUtf8(sql) + (error ? QStringLiteral(": ") + error->text : QString())));
    }
}

QTEST_GUILESS_MAIN(TestPostgresConnection)
#include "tst_postgres_connection.moc"
