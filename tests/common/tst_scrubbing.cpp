// SPDX-License-Identifier: GPL-3.0-or-later
#include "common/sql/database.h"
#include "common/sql/scrubbingvfs.h"

#include <QDir>
#include <QFile>
#include <QProcess>
#include <QRandomGenerator>
#include <QSet>
#include <QSqlError>
#include <QSqlQuery>
#include <QTemporaryDir>
#include <QTest>
#include <QVariant>

#include <algorithm>
#include <numeric>

using namespace rookery;

namespace {

constexpr qsizetype markSize = 12;
constexpr int rowCount = 3000; // a multiple of 300

QString markedText(const QString &what, int number, QRandomGenerator &random)
{
    return QStringLiteral("<%1 %2>").arg(what).arg(number, 5, 10, QLatin1Char('0'))
        + QString(qsizetype(random.bounded(random.bounded(10) == 0 ? 3000U : 300U)), u'x');
}

/// A connection that is closed in the end.
class Database
{
public:
    Database()
        : m_name(QStringLiteral("test-%1").arg(++s_count))
        , m_database(QSqlDatabase::addDatabase(QStringLiteral("QSQLITE"), m_name))
    { }
    Database(const Database &) = delete;
    Database &operator=(const Database &) = delete;
    ~Database()
    {
        m_database.close();
        m_database = QSqlDatabase();
        QSqlDatabase::removeDatabase(m_name);
    }

    bool open(const QString &path)
    {
        return sql::open(m_database, path, QStringLiteral("QSQLITE_BUSY_TIMEOUT=50"));
    }
    bool openPlainly(const QString &path)
    {
        m_database.setDatabaseName(path);
        m_database.setConnectOptions(QStringLiteral("QSQLITE_BUSY_TIMEOUT=50"));
        return m_database.open();
    }
    bool run(const QString &sql, const QVariantList &values = {})
    {
        QSqlQuery query(m_database);
        query.prepare(sql);
        for (const QVariant &value : values)
            query.addBindValue(value);
        return query.exec();
    }
    QVariant ask(const QString &sql)
    {
        QSqlQuery query(m_database);
        return query.exec(sql) && query.next() ? query.value(0) : QVariant();
    }
    QString error() const { return m_database.lastError().databaseText(); }

private:
    static inline int s_count = 0;
    QString m_name;
    QSqlDatabase m_database;
};

} // namespace

class TestScrubbing : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void init() { m_folder = std::make_unique<QTemporaryDir>(); }

    void deletedRowsAreGone_data();
    void deletedRowsAreGone();
    void oddPaths_data();
    void oddPaths();
    void aFileThatCannotBeOpened();
    void locksHold();
    void leftoversOfBefore();

private:
    QString path(const QString &name = QStringLiteral("test.db")) const { return m_folder->filePath(name); }
    QSet<QByteArray> marksIn(const QString &file) const;
    /// Rows that come in no order, are given other texts and are deleted, two thirds of them.
    void fillAndDelete(Database &database);

    std::unique_ptr<QTemporaryDir> m_folder;
    QSet<QByteArray> m_erased;
    QSet<QByteArray> m_kept;
};

QSet<QByteArray> TestScrubbing::marksIn(const QString &name) const
{
    QSet<QByteArray> found;
    QFile file(name);
    const QByteArray bytes = file.open(QIODevice::ReadOnly) ? file.readAll() : QByteArray();
    for (qsizetype at = bytes.indexOf('<'); at >= 0; at = bytes.indexOf('<', at + 1))
        found.insert(bytes.mid(at, markSize));
    return found;
}

void TestScrubbing::fillAndDelete(Database &database)
{
    m_erased.clear();
    m_kept.clear();
    QRandomGenerator random(4711);
    QVERIFY(database.run(
        QStringLiteral("CREATE TABLE a (room, seq, text, PRIMARY KEY (room, seq)) WITHOUT ROWID")));
    QVERIFY(database.run(QStringLiteral("CREATE TABLE b (id INTEGER PRIMARY KEY, text)")));
    QVERIFY(database.run(QStringLiteral("CREATE INDEX texts ON b (text)")));
    QList<int> order(rowCount);
    std::iota(order.begin(), order.end(), 0);
    const auto write = [&](const QString &what, const QString &a, const QString &b) {
        std::shuffle(order.begin(), order.end(), random);
        for (qsizetype i = 0; i < order.size(); ++i) {
            const int row = order[i];
            if (i % 100 == 0)
                QVERIFY(database.run(QStringLiteral("BEGIN")));
            const QString text = markedText(what, row, random);
            const bool isKept = row % 3 == 2;
            if (!isKept || what == QLatin1String("last"))
                (isKept ? m_kept : m_erased).insert(text.left(markSize).toUtf8());
            QVERIFY(database.run(a, {text, row % 40, row}));
            QVERIFY(database.run(b, {text, row}));
            if (i % 100 == 99)
                QVERIFY(database.run(QStringLiteral("COMMIT")));
        }
    };
    write(QStringLiteral("sent"), QStringLiteral("INSERT INTO a (text, room, seq) VALUES (?, ?, ?)"),
        QStringLiteral("INSERT INTO b (text, id) VALUES (?, ?)"));
    for (const auto &what : {QStringLiteral("edit"), QStringLiteral("last")})
        write(what, QStringLiteral("UPDATE a SET text = ? WHERE room = ? AND seq = ?"),
            QStringLiteral("UPDATE b SET text = ? WHERE id = ?"));
    for (qsizetype i = 0; i < order.size(); ++i) {
        const int row = order[i];
        if (i % 100 == 0)
            QVERIFY(database.run(QStringLiteral("BEGIN")));
        if (row % 3 != 2) {
            QVERIFY(
                database.run(QStringLiteral("DELETE FROM a WHERE room = ? AND seq = ?"), {row % 40, row}));
            QVERIFY(database.run(QStringLiteral("DELETE FROM b WHERE id = ?"), {row}));
        }
        if (i % 100 == 99)
            QVERIFY(database.run(QStringLiteral("COMMIT")));
    }
}

void TestScrubbing::deletedRowsAreGone_data()
{
    QTest::addColumn<QString>("journal");
    QTest::addColumn<int>("pageSize");
    for (const auto &journal : {QStringLiteral("WAL"), QStringLiteral("DELETE")}) {
        for (const int size : {512, 4096, 65536})
            QTest::addRow("%s, pages of %d", qPrintable(journal), size) << journal << size;
    }
}

/// THREATS 47.
void TestScrubbing::deletedRowsAreGone()
{
    QFETCH(QString, journal);
    QFETCH(int, pageSize);
    // What SQLite leaves behind by itself shows that these rows are moved.
    for (const bool plain : pageSize == 4096 ? QList<bool>{true, false} : QList<bool>{false}) {
        const QString file = path(plain ? QStringLiteral("plain.db") : QStringLiteral("test.db"));
        {
            Database database;
            QVERIFY(plain ? database.openPlainly(file) : database.open(file));
            QVERIFY(database.run(QStringLiteral("PRAGMA page_size = %1").arg(pageSize)));
            QVERIFY(database.ask(QStringLiteral("PRAGMA journal_mode = %1").arg(journal)).isValid());
            QVERIFY(database.run(QStringLiteral("PRAGMA synchronous = OFF")));
            QVERIFY(database.run(QStringLiteral("PRAGMA secure_delete = ON")));
            fillAndDelete(database);
            if (QTest::currentTestFailed())
                return;
            QCOMPARE(database.ask(QStringLiteral("PRAGMA page_size")).toInt(), pageSize);
            QCOMPARE(database.ask(QStringLiteral("PRAGMA integrity_check")).toString(), QStringLiteral("ok"));
        }
        const QSet<QByteArray> marks = marksIn(file);
        QVERIFY(marks.contains(m_kept));
        QCOMPARE(marks.intersects(m_erased), plain);
        Database again;
        QVERIFY(again.open(file));
        for (const auto &table : {QStringLiteral("a"), QStringLiteral("b")})
            QCOMPARE(again.ask(QStringLiteral("SELECT count(*) FROM %1 WHERE text LIKE '<last %'").arg(table))
                         .toInt(),
                rowCount / 3);
        QCOMPARE(again.ask(QStringLiteral("PRAGMA integrity_check")).toString(), QStringLiteral("ok"));
    }
}

void TestScrubbing::oddPaths_data()
{
    QTest::addColumn<QString>("name");
    for (const char *name : {"plain.db", "with space.db", "100%25.db", "a?vfs=none&mode=ro.db", "a#b.db",
             "\xc3\xbc\xe2\x82\xac.db", "+.db", "a:b.db", "a\\b.db", "'quoted\".db"})
        QTest::newRow(name) << QString::fromUtf8(name);
}

void TestScrubbing::oddPaths()
{
    QFETCH(QString, name);
    const QString slashes = QLatin1Char('/') + path(name);
    for (const QString &file : {path(name), slashes, QDir::current().relativeFilePath(path(name))}) {
        {
            Database database;
            QVERIFY2(database.open(file), qPrintable(database.error()));
            QVERIFY(database.run(QStringLiteral("CREATE TABLE IF NOT EXISTS t (x)")));
            QVERIFY(database.run(QStringLiteral("INSERT INTO t VALUES (1)")));
        }
        QCOMPARE(QDir(m_folder->path()).entryList(QDir::Files), QStringList{name});
    }
    Database plain;
    QVERIFY(plain.openPlainly(path(name)));
    QCOMPARE(plain.ask(QStringLiteral("SELECT count(*) FROM t")).toInt(), 3);
}

void TestScrubbing::aFileThatCannotBeOpened()
{
    Database database;
    QVERIFY(!database.open(path(QStringLiteral("no such folder/test.db"))));
    QVERIFY2(database.error().contains(QLatin1String("unable to open")), qPrintable(database.error()));
    // And another one afterwards.
    QVERIFY(database.open(path()));
}

/// Against another connection of this process, which knows of the same locks, and against another process.
void TestScrubbing::locksHold()
{
    const auto otherProcess = [this](const QString &statement) {
        QProcess process;
        process.start(QStringLiteral("sqlite3"), {path(), statement});
        process.waitForFinished();
        return process.exitCode() == 0;
    };
    const QString insert = QStringLiteral("INSERT INTO t VALUES (1)");
    for (const auto &journal : {QStringLiteral("DELETE"), QStringLiteral("WAL")}) {
        Database database;
        QVERIFY(database.open(path()));
        QCOMPARE(database.ask(QStringLiteral("PRAGMA journal_mode = %1").arg(journal)).toString(),
            journal.toLower());
        QVERIFY(database.run(QStringLiteral("CREATE TABLE IF NOT EXISTS t (x)")));
        Database other;
        QVERIFY(other.open(path()));
        Database plain;
        QVERIFY(plain.openPlainly(path()));
        QVERIFY(plain.run(insert) && other.run(insert) && database.run(insert) && otherProcess(insert));
        QVERIFY(database.run(QStringLiteral("BEGIN IMMEDIATE")));
        QVERIFY(!plain.run(insert) && !other.run(insert) && !otherProcess(insert));
        QVERIFY(database.run(insert) && database.run(QStringLiteral("COMMIT")));
        QVERIFY(plain.run(QStringLiteral("BEGIN IMMEDIATE")));
        QVERIFY(!database.run(insert) && !other.run(insert) && !otherProcess(insert));
        QVERIFY(plain.run(QStringLiteral("COMMIT")));
        QVERIFY(database.run(insert));
    }
    Database database;
    QVERIFY(database.open(path()));
    QCOMPARE(database.ask(QStringLiteral("SELECT count(*) FROM t")).toInt(), 12);
    QCOMPARE(database.ask(QStringLiteral("PRAGMA integrity_check")).toString(), QStringLiteral("ok"));
}

/// Of a file that was written without the VFS: they are overwritten page by page, or by VACUUM at once.
void TestScrubbing::leftoversOfBefore()
{
    {
        Database database;
        QVERIFY(database.openPlainly(path()));
        QVERIFY(database.run(QStringLiteral("PRAGMA secure_delete = ON")));
        QVERIFY(database.run(QStringLiteral("PRAGMA synchronous = OFF")));
        fillAndDelete(database);
    }
    QVERIFY(marksIn(path()).intersects(m_erased));
    Database database;
    QVERIFY(database.open(path()));
    for (const auto &table : {QStringLiteral("a"), QStringLiteral("b")})
        QVERIFY(database.run(QStringLiteral("UPDATE %1 SET text = upper(text)").arg(table)));
    QVERIFY(!marksIn(path()).intersects(m_erased));
}

QTEST_GUILESS_MAIN(TestScrubbing)
#include "tst_scrubbing.moc"
