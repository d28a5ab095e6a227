// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/store/sqlite/sqlitestore.h"
#include "tests/server/store/storetest.h"

#include <QDir>
#include <QFile>
#include <QRegularExpression>
#include <QSqlDatabase>
#include <QSqlQuery>
#include <QTemporaryDir>

using namespace storetest;

/// A database that was put back to an earlier state gets another epoch, and no other does.
class TestHistoryMark : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void init();
    void goesOn();
    void anEarlierStateIsSeen_data();
    void anEarlierStateIsSeen();
    void nothingWasLost();
    void anotherFile();
    void anotherFileInThePlaceOfOneThatHasGone();
    void withoutTheFile();
    void aDamagedFile_data();
    void aDamagedFile();
    void ofAnOlderVersion();
    void aFileThatCannotBeMade();

private:
    QString path(const char *name = "rookery.db") const { return m_folder->filePath(QLatin1String(name)); }
    QString mark() const { return path("rookery.last-event"); }
    /// Opens the store, says so many messages, closes it; answers the epoch.
    QString run(int messages);
    void copyDatabase(const QString &to) const;
    /// Keeps the file, and with it its inode.
    void putBack(const QString &from) const;
    void execute(const char *sql) const;

    std::unique_ptr<QTemporaryDir> m_folder;
    User m_ann;
    Room m_den;
};

void TestHistoryMark::init()
{
    m_folder = std::make_unique<QTemporaryDir>();
    QVERIFY(m_folder->isValid());
    m_ann = {};
}

QString TestHistoryMark::run(int messages)
{
    SqliteOptions options;
    options.path = path();
    const auto opened = SqliteStore::open(options);
    if (!opened)
        return opened.error().detail;
    Waiting store(opened->get());
    if (m_ann.id.isEmpty()) {
        const auto ann = store.createUser(newUser(QStringLiteral("ann")));
        const auto den = store.createRoom(newRoom(QStringLiteral("den"), RoomKind::Public));
        if (!ann || !den)
            return QStringLiteral("no user or room");
        m_ann = *ann;
        m_den = *den;
    }
    for (int i = 0; i < messages; ++i) {
        NewMessage message = newMessage(m_den, m_ann, QString::number(i));
        if (!store.append(message))
            return QStringLiteral("a message was refused");
    }
    const auto page = store.page({m_den.id, {}, {}, 0});
    return page ? page->epoch : page.error().detail;
}

void TestHistoryMark::copyDatabase(const QString &to) const
{
    QVERIFY(QFile::copy(path(), to)); // whole, since the store is closed
}

void TestHistoryMark::putBack(const QString &from) const
{
    QFile source(from);
    QFile target(path());
    QVERIFY(source.open(QIODevice::ReadOnly));
    QVERIFY(target.open(QIODevice::WriteOnly | QIODevice::Truncate));
    QVERIFY(target.write(source.readAll()) > 0);
}

void TestHistoryMark::execute(const char *sql) const
{
    {
        auto database = QSqlDatabase::addDatabase(QStringLiteral("QSQLITE"), QStringLiteral("operator"));
        database.setDatabaseName(path());
        QVERIFY(database.open());
        QSqlQuery query(database);
        QVERIFY(query.exec(QLatin1String(sql)));
    }
    QSqlDatabase::removeDatabase(QStringLiteral("operator"));
}

void TestHistoryMark::goesOn()
{
    const QString epoch = run(0);
    QVERIFY2(isId(epoch), qPrintable(epoch));
    QCOMPARE(run(0), epoch);
    QCOMPARE(run(2), epoch);
    QCOMPARE(run(0), epoch);
    QCOMPARE(run(1), epoch);
    QCOMPARE(QFile(mark()).permissions() & (QFile::ReadOther | QFile::ReadGroup), QFile::Permissions());
}

void TestHistoryMark::anEarlierStateIsSeen_data()
{
    QTest::addColumn<int>("before");
    QTest::addColumn<int>("lost");
    QTest::addColumn<int>("since");
    QTest::newRow("nothing new since") << 2 << 3 << 0;
    QTest::newRow("as many new ones") << 2 << 3 << 3;
    QTest::newRow("an empty one") << 0 << 1 << 1;
}

void TestHistoryMark::anEarlierStateIsSeen()
{
    QFETCH(int, before);
    QFETCH(int, lost);
    QFETCH(int, since);
    const QString first = run(before);
    copyDatabase(path("backup"));
    QCOMPARE(run(lost), first);
    putBack(path("backup"));
    QTest::ignoreMessage(QtWarningMsg, QRegularExpression(QStringLiteral("new epoch")));
    const QString second = run(since);
    QVERIFY2(isId(second), qPrintable(second));
    QVERIFY(second != first);
    QCOMPARE(run(0), second);
    // The same backup once more, whose epoch is older than that of the daemon's last run.
    putBack(path("backup"));
    QTest::ignoreMessage(QtWarningMsg, QRegularExpression(QStringLiteral("new epoch")));
    const QString third = run(0);
    QVERIFY(third != first && third != second);
}

void TestHistoryMark::nothingWasLost()
{
    const QString epoch = run(2);
    copyDatabase(path("backup"));
    QCOMPARE(run(0), epoch);
    putBack(path("backup"));
    QCOMPARE(run(1), epoch);
}

/// A copy of the whole folder brings its mark with it; that it is a copy is seen by the file.
void TestHistoryMark::anotherFile()
{
    const QString epoch = run(2);
    copyDatabase(path("copy"));
    QVERIFY(QFile::rename(path(), path("original")));
    QVERIFY(QFile::rename(path("copy"), path()));
    QTest::ignoreMessage(QtWarningMsg, QRegularExpression(QStringLiteral("new epoch")));
    QVERIFY(run(0) != epoch);
}

/// The file system may give the copy the inode of the file that has gone.
void TestHistoryMark::anotherFileInThePlaceOfOneThatHasGone()
{
    const QString epoch = run(2);
    copyDatabase(path("copy"));
    QVERIFY(QFile::remove(path()));
    QVERIFY(QFile::copy(path("copy"), path()));
    QTest::ignoreMessage(QtWarningMsg, QRegularExpression(QStringLiteral("new epoch")));
    QVERIFY(run(0) != epoch);
}

void TestHistoryMark::withoutTheFile()
{
    const QString epoch = run(2);
    QVERIFY(QFile::remove(mark()));
    QTest::ignoreMessage(QtWarningMsg, QRegularExpression(QStringLiteral("new epoch")));
    const QString second = run(0);
    QVERIFY(isId(second) && second != epoch);
    execute("DELETE FROM meta WHERE key = 'epoch'"); // as the documents once said
    const QString third = run(0);
    QVERIFY(isId(third) && third != second);
}

void TestHistoryMark::aDamagedFile_data()
{
    QTest::addColumn<QByteArray>("bytes");
    QTest::newRow("empty") << QByteArray();
    QTest::newRow("zeros") << QByteArray(512, '\0');
    QTest::newRow("a title") << QByteArray("rookery history 1\n");
    QTest::newRow("no numbers") << QByteArray("rookery history 1\nx\ny\nnone\n");
}

void TestHistoryMark::aDamagedFile()
{
    QFETCH(QByteArray, bytes);
    const QString epoch = run(2);
    QFile file(mark());
    QVERIFY(file.open(QIODevice::WriteOnly | QIODevice::Truncate));
    QCOMPARE(file.write(bytes), bytes.size());
    file.close();
    QTest::ignoreMessage(QtWarningMsg, QRegularExpression(QStringLiteral("new epoch")));
    const QString second = run(1);
    QVERIFY(isId(second) && second != epoch);
    QCOMPARE(run(0), second);
}

void TestHistoryMark::ofAnOlderVersion()
{
    const QString epoch = run(2);
    execute("DELETE FROM meta WHERE key = 'history_mark'");
    copyDatabase(path("older"));
    QVERIFY(QFile::remove(mark()));
    QCOMPARE(run(1), epoch); // goes on
    putBack(path("older"));
    QTest::ignoreMessage(QtWarningMsg, QRegularExpression(QStringLiteral("new epoch")));
    QVERIFY(run(0) != epoch);
}

void TestHistoryMark::aFileThatCannotBeMade()
{
    QVERIFY(QDir(m_folder->path()).mkdir(QStringLiteral("rookery.last-event")));
    const QString problem = run(0);
    QVERIFY2(problem.contains(QLatin1String("rookery.last-event")), qPrintable(problem));
}

QTEST_GUILESS_MAIN(TestHistoryMark)
#include "tst_historymark.moc"
