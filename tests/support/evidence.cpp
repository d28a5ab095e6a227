// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/support/evidence.h"

#include <QCoreApplication>
#include <QDir>
#include <QDirIterator>
#include <QFile>
#include <QMutex>
#include <QSet>

namespace rookery::test {

namespace {

QString evidenceFolder()
{
    static const QString folder = qEnvironmentVariable("ROOKERY_TEST_EVIDENCE");
    return folder;
}

void write(const QString &path, QIODevice::OpenMode mode, const QByteArray &bytes)
{
    QFile file(path);
    if (!file.open(QIODevice::WriteOnly | mode) || file.write(bytes) != bytes.size())
        qWarning("%s cannot be written.", qPrintable(path));
}

} // namespace

void keepEvidence(const QString &kind, const QByteArray &log, const QString &dataDirectory)
{
    if (evidenceFolder().isEmpty())
        return;
    static QBasicAtomicInt count = Q_BASIC_ATOMIC_INITIALIZER(0);
    const QDir folder(QStringLiteral("%1/daemons/%2-%3-%4")
                          .arg(evidenceFolder(), kind)
                          .arg(QCoreApplication::applicationPid())
                          .arg(count.fetchAndAddRelaxed(1)));
    folder.mkpath(QStringLiteral("data"));
    write(folder.filePath(QStringLiteral("log")), QIODevice::Truncate, log);
    if (dataDirectory.isEmpty())
        return;
    QDirIterator files(dataDirectory, QDir::Files | QDir::Hidden, QDirIterator::Subdirectories);
    while (files.hasNext()) {
        const QString name = QDir(dataDirectory).relativeFilePath(files.next());
        const QString copy = folder.filePath(QStringLiteral("data/") + name);
        QDir().mkpath(QFileInfo(copy).path());
        if (!QFile::copy(files.filePath(), copy))
            qWarning("%s cannot be kept.", qPrintable(files.filePath()));
    }
}

void rememberSecret(const QString &secret)
{
    if (evidenceFolder().isEmpty() || secret.isEmpty())
        return;
    static QMutex mutex;
    static QSet<QString> known;
    const QMutexLocker lock(&mutex);
    if (known.contains(secret))
        return;
    known.insert(secret);
    const QDir folder(evidenceFolder() + QStringLiteral("/secrets"));
    folder.mkpath(QStringLiteral("."));
    // In base64, so that any secret is one line.
    write(folder.filePath(QString::number(QCoreApplication::applicationPid())), QIODevice::Append,
        secret.toUtf8().toBase64() + '\n');
}

} // namespace rookery::test
