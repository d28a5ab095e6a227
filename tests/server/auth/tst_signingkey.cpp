// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/auth/tokensigner.h"

#include <QDir>
#include <QFile>
#include <QSet>
#include <QTemporaryDir>
#include <QTest>
#include <QThread>

#include <memory>
#include <vector>

#include <sys/stat.h>

using namespace rookery;
using auth::loadOrCreateSigningKey;

class tst_SigningKey : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void madeAtFirstStart();
    void readAtTheNext();
    void differsFromInstallationToInstallation();
    void oneWinsWhereManyStart();
    void throughASymbolicLink();
    void openToOthers_data();
    void openToOthers();
    void wrongSize_data();
    void wrongSize();
    void noFile_data();
    void noFile();
};

namespace {

void writeKey(const QString &path, const QByteArray &bytes, mode_t mode = 0600)
{
    QFile file(path);
    QVERIFY(file.open(QIODevice::WriteOnly));
    QCOMPARE(file.write(bytes), bytes.size());
    file.close();
    QCOMPARE(::chmod(QFile::encodeName(path).constData(), mode), 0);
}

} // namespace

void tst_SigningKey::madeAtFirstStart()
{
    const QTemporaryDir directory;
    const QString path = directory.filePath(QStringLiteral("signing.key"));
    // Whatever the umask of whoever starts it, nobody else may read it.
    const mode_t before = ::umask(0);
    const auto key = loadOrCreateSigningKey(path);
    ::umask(before);
    QVERIFY2(key, key ? "" : qPrintable(key.error().detail));
    QCOMPARE(key->size(), 32);
    QVERIFY(QSet<char>(key->cbegin(), key->cend()).size() > 8);

    struct stat status = {};
    QCOMPARE(::stat(QFile::encodeName(path).constData(), &status), 0);
    QCOMPARE(status.st_mode & 07777, mode_t(0600));
    QFile file(path);
    QVERIFY(file.open(QIODevice::ReadOnly));
    QCOMPARE(file.readAll(), *key);
    QCOMPARE(QDir(directory.path()).entryList(QDir::Files | QDir::Hidden),
        QStringList{QStringLiteral("signing.key")});
}

void tst_SigningKey::readAtTheNext()
{
    const QTemporaryDir directory;
    const QString path = directory.filePath(QStringLiteral("signing.key"));
    const auto first = loadOrCreateSigningKey(path);
    const auto second = loadOrCreateSigningKey(path);
    QVERIFY(first && second);
    QCOMPARE(*second, *first);
}

void tst_SigningKey::differsFromInstallationToInstallation()
{
    const QTemporaryDir directory;
    const auto one = loadOrCreateSigningKey(directory.filePath(QStringLiteral("one")));
    const auto other = loadOrCreateSigningKey(directory.filePath(QStringLiteral("other")));
    QVERIFY(one && other);
    QVERIFY(*one != *other);
}

void tst_SigningKey::oneWinsWhereManyStart()
{
    const QTemporaryDir directory;
    const QString path = directory.filePath(QStringLiteral("signing.key"));
    std::vector<QByteArray> keys(16);
    std::vector<std::unique_ptr<QThread>> threads;
    for (QByteArray &key : keys) {
        threads.emplace_back(QThread::create([&key, path] {
            if (const auto made = loadOrCreateSigningKey(path))
                key = *made;
        }));
    }
    for (const auto &thread : threads)
        thread->start();
    for (const auto &thread : threads)
        QVERIFY(thread->wait(10'000));
    for (const QByteArray &key : keys) {
        QCOMPARE(key.size(), 32);
        QCOMPARE(key, keys.front());
    }
    QCOMPARE(QDir(directory.path()).entryList(QDir::Files | QDir::Hidden).size(), 1);
}

void tst_SigningKey::throughASymbolicLink()
{
    const QTemporaryDir directory;
    const QString target = directory.filePath(QStringLiteral("secret"));
    const QString path = directory.filePath(QStringLiteral("signing.key"));
    writeKey(target, QByteArray(32, 'k'));
    QVERIFY(QFile::link(target, path));
    const auto key = loadOrCreateSigningKey(path);
    QVERIFY(key);
    QCOMPARE(*key, QByteArray(32, 'k'));
}

void tst_SigningKey::openToOthers_data()
{
    QTest::addColumn<uint>("mode");
    QTest::newRow("readable by the group") << 0640u;
    QTest::newRow("readable by all") << 0644u;
    QTest::newRow("writable by the group") << 0620u;
    QTest::newRow("writable by others") << 0602u;
}

void tst_SigningKey::openToOthers()
{
    QFETCH(uint, mode);
    const QTemporaryDir directory;
    const QString path = directory.filePath(QStringLiteral("signing.key"));
    writeKey(path, QByteArray(32, 'k'), mode);
    const auto key = loadOrCreateSigningKey(path);
    QVERIFY(!key);
    QVERIFY2(key.error().detail.contains(path) && key.error().detail.contains(QLatin1String("chmod 600")),
        qPrintable(key.error().detail));
    QVERIFY(key.error().detail.contains(QString::number(mode, 8)));
}

void tst_SigningKey::wrongSize_data()
{
    QTest::addColumn<int>("size");
    QTest::newRow("empty") << 0;
    QTest::newRow("one byte short") << 31;
    QTest::newRow("one byte long") << 33;
    QTest::newRow("a whole file of something else") << 5'000'000;
}

void tst_SigningKey::wrongSize()
{
    QFETCH(int, size);
    const QTemporaryDir directory;
    const QString path = directory.filePath(QStringLiteral("signing.key"));
    const QByteArray bytes(size, 'k');
    writeKey(path, bytes);
    const auto key = loadOrCreateSigningKey(path);
    QVERIFY(!key);
    QVERIFY2(key.error().detail.contains(QString::number(size)), qPrintable(key.error().detail));
    // Refused, not replaced: it may be somebody's only copy.
    QFile file(path);
    QVERIFY(file.open(QIODevice::ReadOnly));
    QCOMPARE(file.readAll(), bytes);
}

void tst_SigningKey::noFile_data()
{
    QTest::addColumn<QString>("name");
    QTest::newRow("a directory") << QStringLiteral("directory");
    QTest::newRow("a FIFO") << QStringLiteral("fifo");
    QTest::newRow("its directory is missing") << QStringLiteral("missing/signing.key");
    QTest::newRow("its directory is a file") << QStringLiteral("file/signing.key");
    QTest::newRow("a link to nowhere") << QStringLiteral("dangling");
}

void tst_SigningKey::noFile()
{
    QFETCH(QString, name);
    const QTemporaryDir directory;
    QVERIFY(QDir(directory.path()).mkdir(QStringLiteral("directory")));
    const QByteArray fifo = QFile::encodeName(directory.filePath(QStringLiteral("fifo")));
    QCOMPARE(::mkfifo(fifo.constData(), 0600), 0);
    writeKey(directory.filePath(QStringLiteral("file")), {});
    QVERIFY(QFile::link(
        directory.filePath(QStringLiteral("nowhere")), directory.filePath(QStringLiteral("dangling"))));

    const auto key = loadOrCreateSigningKey(directory.filePath(name));
    QVERIFY(!key);
    QVERIFY2(key.error().detail.contains(name) && key.error().detail.endsWith(QLatin1Char('.')),
        qPrintable(key.error().detail));
}

QTEST_GUILESS_MAIN(tst_SigningKey)
#include "tst_signingkey.moc"
