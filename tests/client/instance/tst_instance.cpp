// SPDX-License-Identifier: GPL-3.0-or-later
// One process per profile; a second one shows the window of the first.

#include "client/instance/instance.h"

#include <QDir>
#include <QFile>
#include <QFileInfo>
#include <QSignalSpy>
#include <QTemporaryDir>
#include <QTest>
#include <QThread>

#include <unistd.h>

using namespace rookery::client;

class TestInstance : public QObject
{
    Q_OBJECT
private:
    std::unique_ptr<QTemporaryDir> m_dir;

    QString profile(const QString &name = QStringLiteral("client")) { return m_dir->filePath(name); }
    /// As the second program asks, which has no event loop yet.
    std::optional<bool> ask(const QString &directory)
    {
        std::optional<bool> answer;
        const std::unique_ptr<QThread> thread(
            QThread::create([&] { answer = Instance(directory).showOther(); }));
        thread->start();
        [[maybe_unused]] const bool ended = QTest::qWaitFor([&] { return thread->isFinished(); }, 20'000);
        thread->wait();
        return answer;
    }

private Q_SLOTS:
    void init() { m_dir = std::make_unique<QTemporaryDir>(); }

    void theSecondOneShowsTheFirst()
    {
        Instance first(profile());
        QCOMPARE(first.claim(), Instance::Claim::Mine);
        QCOMPARE(first.claim(), Instance::Claim::Mine);
        QSignalSpy wanted(&first, &Instance::windowWanted);
        Instance second(profile());
        QCOMPARE(second.claim(), Instance::Claim::Taken);
        QCOMPARE(second.otherProcess(), qint64(::getpid()));
        QCOMPARE(ask(profile()), std::optional(true));
        QCOMPARE(ask(profile()), std::optional(true));
        QTRY_COMPARE(wanted.size(), 2);
    }

    void profilesDoNotConcernEachOther()
    {
        Instance first(profile());
        Instance second(profile(QStringLiteral("client-ann")));
        QCOMPARE(first.claim(), Instance::Claim::Mine);
        QCOMPARE(second.claim(), Instance::Claim::Mine);
    }

    void itIsFreeAfterwards()
    {
        {
            Instance first(profile());
            QCOMPARE(first.claim(), Instance::Claim::Mine);
        }
        Instance second(profile());
        QCOMPARE(second.claim(), Instance::Claim::Mine);
    }

    /// The files of a killed process do not stop the next one.
    void afterKill9()
    {
        QVERIFY(QDir().mkpath(profile()));
        for (const char *name : {"lock", "window"}) {
            QFile file(QDir(profile()).filePath(QString::fromLatin1(name)));
            QVERIFY(file.open(QIODevice::WriteOnly));
            file.write("1\n");
        }
        Instance first(profile());
        QCOMPARE(first.claim(), Instance::Claim::Mine);
        QCOMPARE(ask(profile()), std::optional(true));
    }

    void nobodyElseMayUseWhatItMakes()
    {
        Instance first(profile());
        QCOMPARE(first.claim(), Instance::Claim::Mine);
        const auto others = QFile::ReadGroup | QFile::WriteGroup | QFile::ExeGroup | QFile::ReadOther
            | QFile::WriteOther | QFile::ExeOther;
        for (const QString &path :
            {profile(), profile() + QLatin1String("/lock"), profile() + QLatin1String("/window")})
            QVERIFY2(!(QFileInfo(path).permissions() & others), qPrintable(path));
    }

    /// Longer than the name of a socket may be.
    void belowALongPath()
    {
        const QString deep = profile(QString(120, u'x'));
        Instance first(deep);
        QCOMPARE(first.claim(), Instance::Claim::Mine);
        Instance second(deep);
        QCOMPARE(second.claim(), Instance::Claim::Taken);
        QCOMPARE(ask(deep), std::optional(false));
    }

    void whereThereCanBeNoLock()
    {
        QFile file(profile());
        QVERIFY(file.open(QIODevice::WriteOnly));
        Instance first(profile(QStringLiteral("client/below")));
        QCOMPARE(first.claim(), Instance::Claim::Unknown);
    }
};

QTEST_GUILESS_MAIN(TestInstance)
#include "tst_instance.moc"
