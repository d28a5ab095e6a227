// SPDX-License-Identifier: GPL-3.0-or-later
// What a power loss destroys and what it leaves. The test starts itself again, under the shim, as the process
// that loses power.

#include "tests/faults/shim/faultydisk.h"

#include <QCoreApplication>
#include <QElapsedTimer>
#include <QFile>
#include <QProcess>
#include <QTemporaryDir>
#include <QTest>

#include <csignal>
#include <cstdio>
#include <set>

#include <fcntl.h>
#include <unistd.h>

using rookery::faults::FaultyDisk;
using rookery::faults::PowerLoss;

namespace {

constexpr int sectorSize = 512;
constexpr int sectorCount = 8;

/// Of one letter per sector.
QByteArray sectors(const char *letters)
{
    QByteArray bytes;
    for (const char *letter = letters; *letter != '\0'; ++letter)
        bytes += QByteArray(sectorSize, *letter);
    return bytes;
}

/// For each sector its letter, if all bytes are the same; otherwise '?'.
QByteArray letters(const QByteArray &bytes)
{
    QByteArray found;
    for (qsizetype at = 0; at < bytes.size(); at += sectorSize) {
        const QByteArray sector = bytes.mid(at, sectorSize);
        found += sector == QByteArray(sector.size(), sector.at(0)) ? sector.at(0) : '?';
    }
    return found;
}

/// The process under the shim: carries out the steps in `folder`, answers with the errno of each, and dies.
/// Steps: `open:NAME`, `put:SECTOR:LETTERS`, `cut:SECTORS`, `sync`, `folder` (sync it), `unlink:NAME`,
/// `rename:FROM:TO`.
int carryOutAndDie(const QByteArray &folder, const QByteArrayList &steps)
{
    int file = -1;
    for (const QByteArray &step : steps) {
        const QByteArrayList words = step.split(':');
        const QByteArray path = folder + '/' + words.value(1);
        int result = 0;
        errno = 0;
        if (words.at(0) == "open") {
            file = ::open(path.constData(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
            result = file < 0 ? -1 : 0;
        } else if (words.at(0) == "put") {
            const QByteArray bytes = sectors(words.at(2).constData());
            result = int(
                ::pwrite(file, bytes.constData(), size_t(bytes.size()), words.at(1).toInt() * sectorSize));
        } else if (words.at(0) == "cut") {
            result = ::ftruncate(file, words.at(1).toInt() * sectorSize);
        } else if (words.at(0) == "sync") {
            result = ::fdatasync(file);
        } else if (words.at(0) == "unlink") {
            result = ::unlink(path.constData());
        } else if (words.at(0) == "rename") {
            result = ::rename(path.constData(), (folder + '/' + words.at(2)).constData());
        } else if (words.at(0) == "folder") {
            const int descriptor = ::open(folder.constData(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
            result = ::fsync(descriptor);
            ::close(descriptor);
        }
        std::printf("%d\n", result < 0 ? errno : 0);
    }
    std::fflush(stdout);
    std::raise(SIGKILL);
    return 1;
}

} // namespace

class TestPowerLoss : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void contents_data();
    void contents();
    void names_data();
    void names();
    void whatIsUnsyncedStaysSoWhenTheProgramIsStartedAgain();
    void theSameSeedLeavesTheSame();
    void faults_data();
    void faults();
    void aSlowDisk();

private:
    /// Answers the errno of each step.
    static QByteArrayList run(FaultyDisk &disk, const QString &folder, const QByteArray &steps);
    static QByteArray read(const QString &path);
};

QByteArrayList TestPowerLoss::run(FaultyDisk &disk, const QString &folder, const QByteArray &steps)
{
    QProcess child;
    QProcessEnvironment environment = QProcessEnvironment::systemEnvironment();
    for (const auto &[name, value] : disk.environment())
        environment.insert(QString::fromStdString(name), QString::fromStdString(value));
    child.setProcessEnvironment(environment);
    QStringList arguments{QStringLiteral("--carry-out"), folder};
    arguments += QString::fromLatin1(steps).split(QLatin1Char(' '));
    child.start(QCoreApplication::applicationFilePath(), arguments);
    if (!child.waitForFinished() || child.exitStatus() != QProcess::CrashExit)
        qWarning("%s", child.readAllStandardError().constData());
    return child.readAllStandardOutput().trimmed().split('\n');
}

QByteArray TestPowerLoss::read(const QString &path)
{
    QFile file(path);
    return file.open(QIODevice::ReadOnly) ? file.readAll() : QByteArray("none");
}

void TestPowerLoss::contents_data()
{
    QTest::addColumn<QByteArray>("steps");
    QTest::addColumn<QByteArrayList>("possible"); // per sector; '-' is beyond the end
    QTest::addColumn<bool>("certain"); // only one state is possible
    const QByteArray durable("open:a folder put:0:abcdefgh sync");
    const auto row = [&](const char *name, const QByteArray &more, const QByteArrayList &possible,
                         bool certain = false) {
        QTest::newRow(name) << (more.isEmpty() ? durable : durable + ' ' + more) << possible << certain;
    };
    row("synced", "", {"a", "b", "c", "d", "e", "f", "g", "h"}, true);
    row("overwritten", "put:1:BC", {"a", "bB", "cC", "d", "e", "f", "g", "h"});
    row("overwritten and synced", "put:1:BC sync", {"a", "B", "C", "d", "e", "f", "g", "h"}, true);
    row("overwritten twice", "put:1:BC put:2:X", {"a", "bB", "cCX", "d", "e", "f", "g", "h"});
    row("synced between two", "put:1:BC sync put:2:X", {"a", "B", "CX", "d", "e", "f", "g", "h"});
    // The new length may reach the disk before the data: zeros.
    row("longer", "put:8:ij",
        {"a", "b", "c", "d", "e", "f", "g", "h", QByteArray("-i\0", 3), QByteArray("-j\0", 3)});
    row("cut", "cut:5",
        {"a", "b", "c", "d", "e", QByteArray("f-\0", 3), QByteArray("g-\0", 3), QByteArray("h-\0", 3)});
    row("cut and synced", "cut:5 sync", {"a", "b", "c", "d", "e", "-", "-", "-"}, true);
    row("cut, then written anew", "cut:0 put:0:XY",
        {QByteArray("aX-\0", 4), QByteArray("bY-\0", 4), QByteArray("c-\0", 3), QByteArray("d-\0", 3),
            QByteArray("e-\0", 3), QByteArray("f-\0", 3), QByteArray("g-\0", 3), QByteArray("h-\0", 3)});
}

void TestPowerLoss::contents()
{
    QFETCH(QByteArray, steps);
    QFETCH(QByteArrayList, possible);
    QFETCH(bool, certain);
    std::set<QByteArray> seen;
    for (uint64_t seed = 0; seed < 16; ++seed) {
        QTemporaryDir folder;
        FaultyDisk disk(folder.path().toStdString());
        const QByteArrayList results = run(disk, folder.path(), steps);
        QCOMPARE(results, QByteArrayList(steps.count(' ') + 1, "0"));
        const PowerLoss::Summary loss = disk.losePower(seed);
        QCOMPARE(loss.changes == 0, certain);
        const QByteArray left = letters(read(folder.filePath(QStringLiteral("a"))));
        seen.insert(left);
        QVERIFY(left.size() <= possible.size());
        for (qsizetype i = 0; i < possible.size(); ++i) {
            const char letter = i < left.size() ? left.at(i) : '-';
            QVERIFY2(possible.at(i).contains(letter), left.constData());
        }
    }
    if (certain)
        QCOMPARE(seen.size(), size_t(1));
    else
        QVERIFY(seen.size() > 1);
}

void TestPowerLoss::names_data()
{
    QTest::addColumn<QByteArray>("steps");
    QTest::addColumn<QStringList>("possible"); // "name=letters …"
    const auto row = [](const char *name, const QByteArray &steps, const QStringList &possible) {
        QTest::newRow(name) << steps << possible;
    };
    row("made", "open:a put:0:a sync", {QString(), QStringLiteral("a=a")});
    row("made and the folder synced", "open:a put:0:a sync folder", {QStringLiteral("a=a")});
    row("unlinked", "open:a put:0:a sync folder unlink:a", {QString(), QStringLiteral("a=a")});
    row("unlinked for good", "open:a put:0:a sync folder unlink:a folder", {QString()});
    row("renamed", "open:a put:0:a sync folder rename:a:b", {QStringLiteral("a=a"), QStringLiteral("b=a")});
    row("replaced", "open:a put:0:a sync open:b put:0:b sync folder rename:b:a",
        {QStringLiteral("a=a b=b"), QStringLiteral("a=b")});
    row("in their order", "open:a put:0:a sync open:b put:0:b sync",
        {QString(), QStringLiteral("a=a"), QStringLiteral("a=a b=b")});
    row("made anew under the name", "open:a put:0:a sync folder unlink:a open:a put:0:A sync",
        {QString(), QStringLiteral("a=a"), QStringLiteral("a=A")});
}

void TestPowerLoss::names()
{
    QFETCH(QByteArray, steps);
    QFETCH(QStringList, possible);
    QSet<QString> seen;
    for (uint64_t seed = 0; seed < 14; ++seed) {
        QTemporaryDir folder;
        FaultyDisk disk(folder.path().toStdString());
        const QByteArrayList results = run(disk, folder.path(), steps);
        QCOMPARE(results, QByteArrayList(steps.count(' ') + 1, "0"));
        disk.losePower(seed);
        QStringList left;
        const QStringList files = QDir(folder.path()).entryList(QDir::Files, QDir::Name);
        for (const QString &name : files)
            left += name + QLatin1Char('=') + QString::fromLatin1(letters(read(folder.filePath(name))));
        const QString all = left.join(QLatin1Char(' '));
        QVERIFY2(possible.contains(all), qPrintable(all));
        seen.insert(all);
    }
    QCOMPARE(seen.size(), possible.size());
}

void TestPowerLoss::whatIsUnsyncedStaysSoWhenTheProgramIsStartedAgain()
{
    QSet<QByteArray> seen;
    for (uint64_t seed = 0; seed < 9; ++seed) {
        QTemporaryDir folder;
        FaultyDisk disk(folder.path().toStdString());
        run(disk, folder.path(), "open:a put:0:a folder sync put:0:A");
        // The next process only reads the file, as one that recovers from a log.
        run(disk, folder.path(), "open:a");
        QCOMPARE(letters(read(folder.filePath(QStringLiteral("a")))), QByteArray("A"));
        disk.losePower(seed);
        seen.insert(letters(read(folder.filePath(QStringLiteral("a")))));

        run(disk, folder.path(), "open:a put:0:B");
        run(disk, folder.path(), "open:a sync");
        disk.losePower(seed);
        QCOMPARE(letters(read(folder.filePath(QStringLiteral("a")))), QByteArray("B"));
    }
    QCOMPARE(seen, (QSet<QByteArray>{"a", "A"}));
}

void TestPowerLoss::theSameSeedLeavesTheSame()
{
    const QByteArray steps("open:a folder put:0:abcdefgh sync put:0:ABCDEFGH put:3:xyz cut:7 put:6:XYZ");
    QSet<QByteArray> seen;
    for (int i = 0; i < 5; ++i) {
        QTemporaryDir folder;
        FaultyDisk disk(folder.path().toStdString());
        run(disk, folder.path(), steps);
        disk.losePower(11);
        seen.insert(read(folder.filePath(QStringLiteral("a"))));
    }
    QCOMPARE(seen.size(), 1);
}

void TestPowerLoss::faults_data()
{
    QTest::addColumn<QString>("faults");
    QTest::addColumn<QByteArray>("steps");
    QTest::addColumn<QByteArrayList>("results");
    QTest::addColumn<QByteArrayList>("possible"); // contents of "a" after the power was lost
    const QByteArray full = QByteArray::number(ENOSPC);
    const QByteArray broken = QByteArray::number(EIO);
    const auto row = [](const char *name, const char *faults, const QByteArray &steps,
                         const QByteArrayList &results, const QByteArrayList &possible) {
        QTest::newRow(name) << QString::fromLatin1(faults) << steps << results << possible;
    };
    row("no write", "write=ENOSPC", "put:0:A", {full}, {"a"});
    row("no growth", "grow=ENOSPC", "put:0:A sync put:1:B", {"0", "0", full}, {"A"});
    row("what fits", "grow=ENOSPC", "put:0:AB sync", {"0", "0"}, {"A"});
    row("no new file", "create=ENOSPC", "open:b", {full}, {"a"});
    row("killed", "write=KILL skip=1", "put:0:A put:0:B put:0:C", {}, {"a", "A"});
    row("other files only", "write=EIO files=-wal", "put:0:A sync", {"0", "0"}, {"A"});
    row("the third", "write=EIO skip=2 times=1", "put:0:A put:0:B put:0:C put:0:D sync",
        {"0", "0", broken, "0", "0"}, {"D"});
    // Linux marks the pages clean after the first failure: the second call finds nothing to write, and says
    // that all is well.
    row("synced again after a failure", "sync=EIO times=1", "put:0:A sync sync", {"0", broken, "0"},
        {"a", "A"});
    row("written again after a failure", "sync=EIO times=1", "put:0:A sync put:0:B sync",
        {"0", broken, "0", "0"}, {"B"});
}

void TestPowerLoss::faults()
{
    QFETCH(QString, faults);
    QFETCH(QByteArray, steps);
    QFETCH(QByteArrayList, results);
    QFETCH(QByteArrayList, possible);
    QSet<QByteArray> seen;
    for (uint64_t seed = 0; seed < 9; ++seed) {
        QTemporaryDir folder;
        FaultyDisk disk(folder.path().toStdString());
        run(disk, folder.path(), "open:a put:0:a sync folder");
        disk.set(faults.toStdString());
        const bool opens = !steps.startsWith("open");
        const QByteArrayList got = run(disk, folder.path(), opens ? "open:a " + steps : steps);
        if (!results.isEmpty())
            QCOMPARE(got, opens ? QByteArrayList{"0"} + results : results);
        disk.losePower(seed);
        seen.insert(letters(read(folder.filePath(QStringLiteral("a")))));
    }
    QCOMPARE(seen, QSet<QByteArray>(possible.cbegin(), possible.cend()));
}

void TestPowerLoss::aSlowDisk()
{
    QTemporaryDir folder;
    FaultyDisk disk(folder.path().toStdString());
    disk.set("sync-takes=200000 files=b");
    QElapsedTimer time;
    time.start();
    QCOMPARE(run(disk, folder.path(), "open:b put:0:b sync sync folder"), QByteArrayList(5, "0"));
    QVERIFY(time.elapsed() >= 400);
    disk.losePower(1);
    QCOMPARE(letters(read(folder.filePath(QStringLiteral("b")))), QByteArray("b"));
}

int main(int argc, char **argv)
{
    const QCoreApplication application(argc, argv);
    const QStringList arguments = QCoreApplication::arguments();
    if (arguments.value(1) == QLatin1String("--carry-out")) {
        QByteArrayList steps;
        for (const QString &step : arguments.mid(3))
            steps += step.toLatin1();
        return carryOutAndDie(arguments.at(2).toLocal8Bit(), steps);
    }
    TestPowerLoss test;
    return QTest::qExec(&test, argc, argv);
}

#include "tst_powerloss.moc"
