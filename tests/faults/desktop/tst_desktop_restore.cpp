// SPDX-License-Identifier: GPL-3.0-or-later
// A desktop client whose cache has more than its server's restored backup.

#include "tests/faults/desktop/desktopprocess.h"
#include "tests/support/testdaemon.h"
#include "tests/support/testuser.h"
#include "tests/wire/httpclient.h"

#include <QCoreApplication>
#include <QFile>
#include <QProcess>
#include <QTemporaryDir>
#include <QTest>

using namespace Qt::StringLiterals;
using namespace rookery::faults;
using namespace rookery::test;

class tst_DesktopRestore : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void theCacheIsReadAnew_data();
    void theCacheIsReadAnew();

private:
    struct Shown
    {
        qint64 seq;
        QString text;
        bool operator==(const Shown &) const = default;
    };
    QList<Shown> onServer();
    QList<Shown> onClient();
    bool say(const QString &stem, int count);
    /// As resources/docs/operating.md says.
    bool backUp();
    bool putBack();

    std::unique_ptr<TestDaemon> m_daemon;
    std::unique_ptr<QTemporaryDir> m_backup;
    std::unique_ptr<DesktopProcess> m_client;
    TestUser m_ann;
    QString m_room;
};

QList<tst_DesktopRestore::Shown> tst_DesktopRestore::onServer()
{
    const auto page = request("GET",
        m_daemon->url().resolved(QUrl(u"/api/v1/rooms/%1/events?after=0&limit=200"_s.arg(m_room))), {},
        m_ann.token);
    QList<Shown> events;
    for (const QJsonValue event : page.json[u"events"_s].toArray())
        events.append({event[u"seq"_s].toInteger(), event[u"text"_s].toString()});
    return events;
}

QList<tst_DesktopRestore::Shown> tst_DesktopRestore::onClient()
{
    QList<Shown> rows;
    if (const auto report = m_client->report(true)) {
        for (const QJsonValue row : (*report)[u"rooms"_s][m_room].toArray())
            rows.append({row[u"seq"_s].toInteger(), row[u"text"_s].toString()});
    }
    return rows;
}

bool tst_DesktopRestore::say(const QString &stem, int count)
{
    for (int i = 0; i < count; ++i) {
        const auto sent =
            request("POST", m_daemon->url().resolved(QUrl(u"/api/v1/rooms/%1/messages"_s.arg(m_room))),
                {{u"text"_s, u"%1 %2"_s.arg(stem).arg(i)}}, m_ann.token);
        if (sent.status != 201)
            return false;
    }
    return true;
}

bool tst_DesktopRestore::backUp()
{
    return QProcess::execute(u"sqlite3"_s,
               {m_daemon->dataDirectory() + u"/rookery.db"_s,
                   u".backup '%1'"_s.arg(m_backup->filePath(u"rookery.db"_s))})
        == 0;
}

bool tst_DesktopRestore::putBack()
{
    const QString database = m_daemon->dataDirectory() + u"/rookery.db"_s;
    return QProcess::execute(u"cp"_s, {m_backup->filePath(u"rookery.db"_s), database}) == 0
        && QProcess::execute(u"rm"_s, {u"-f"_s, database + u"-wal"_s, database + u"-shm"_s}) == 0;
}

void tst_DesktopRestore::theCacheIsReadAnew_data()
{
    QTest::addColumn<int>("since"); // messages after the restore
    QTest::addColumn<bool>("stays");
    for (const bool stays : {true, false}) {
        const char *how = stays ? "the client runs on" : "the client comes later";
        QTest::addRow("nothing new, %s", how) << 0 << stays;
        QTest::addRow("as many as were lost, %s", how) << 3 << stays;
        QTest::addRow("more than were lost, %s", how) << 5 << stays;
    }
}

void tst_DesktopRestore::theCacheIsReadAnew()
{
    QFETCH(int, since);
    QFETCH(bool, stays);
    m_daemon = std::make_unique<TestDaemon>(
        QStringList(), QMap<QString, QString>{{u"ROOKERY_LIMITS_LOGINS_PER_MINUTE"_s, u"0"_s}});
    m_backup = std::make_unique<QTemporaryDir>();
    const QTemporaryDir cache;
    QVERIFY2(m_daemon->start(), m_daemon->log());
    m_ann = registerUser(m_daemon->url(), u"ann"_s);
    const TestUser ben = registerUser(m_daemon->url(), u"ben"_s);
    const auto rooms = m_daemon->url().resolved(QUrl(u"/api/v1/rooms"_s));
    m_room =
        request("POST", rooms, {{u"name"_s, u"workshop"_s}}, m_ann.token).json[u"room"_s][u"id"_s].toString();
    QCOMPARE(request("POST", m_daemon->url().resolved(QUrl(u"/api/v1/rooms/workshop/join"_s)), {}, ben.token)
                 .status,
        200);
    m_client =
        std::make_unique<DesktopProcess>(QCoreApplication::applicationDirPath() + u"/rookery-headless"_s,
            QStringList{u"http://127.0.0.1:%1"_s.arg(m_daemon->url().port()), ben.id, ben.name, ben.token,
                cache.path(), u"10"_s, m_room});
    QVERIFY2(m_client->start(), m_client->complaints());
    QVERIFY(say(u"kept"_s, 5));
    QTRY_COMPARE_WITH_TIMEOUT(onClient(), onServer(), 30'000);
    QVERIFY(backUp());
    QVERIFY(say(u"lost"_s, 3));
    QTRY_COMPARE_WITH_TIMEOUT(onClient(), onServer(), 30'000);
    QCOMPARE(onClient().size(), 1 + 8); // ben has joined

    if (!stays)
        QVERIFY(m_client->end());
    QCOMPARE(m_daemon->terminate(), 0);
    QVERIFY(putBack());
    QVERIFY2(m_daemon->start(), m_daemon->log());
    QVERIFY(say(u"new"_s, since));
    const QList<Shown> expected = onServer();
    QCOMPARE(expected.size(), 1 + 5 + since);
    if (!stays)
        QVERIFY2(m_client->start(), m_client->complaints());
    QTRY_COMPARE_WITH_TIMEOUT(onClient(), expected, 60'000);
    // Again, from its cache alone.
    QVERIFY(m_client->end());
    QCOMPARE(m_daemon->terminate(), 0);
    QVERIFY(m_client->start());
    QTRY_COMPARE_WITH_TIMEOUT(onClient(), expected, 30'000);
    m_client->kill();
}

QTEST_GUILESS_MAIN(tst_DesktopRestore)
#include "tst_desktop_restore.moc"
