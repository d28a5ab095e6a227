// SPDX-License-Identifier: GPL-3.0-or-later
// The daemon on PostgreSQL, from the operator's view.

#include "tests/support/postgresserver.h"
#include "tests/support/testdaemon.h"
#include "tests/support/testuser.h"
#include "tests/wire/httpclient.h"

#include <QDir>
#include <QFile>
#include <QTemporaryDir>
#include <QTest>

#include <memory>

using namespace rookery::test;

namespace {

const QString urlVariable = QStringLiteral("ROOKERY_STORAGE_URL");

} // namespace

class PostgresTest : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void initTestCase();
    void init();

    void keepsNothingInItsDataDirectory();
    void comesBackAfterKillWithEverythingAcknowledged();
    void outlivesTheServer();
    void startsWithoutItOrNot();
    void newerSchemaIsRefused();
    void passwordComesFromAFile();

private:
    HttpAnswer post(const QString &text, const QString &clientId = {});
    QStringList history();

    PostgresServer m_server;
    QString m_database;
    std::unique_ptr<TestDaemon> m_daemon;
    TestUser m_ann;
};

void PostgresTest::initTestCase()
{
    QVERIFY2(m_server.start({QStringLiteral("fsync=off")}), qPrintable(m_server.why()));
}

void PostgresTest::init()
{
    if (!m_server.isRunning())
        QVERIFY2(m_server.start({QStringLiteral("fsync=off")}), qPrintable(m_server.why()));
    m_database = m_server.makeDatabase();
    QVERIFY2(!m_database.isEmpty(), qPrintable(m_server.why()));
    m_daemon = std::make_unique<TestDaemon>(QStringList(),
        QMap<QString, QString>{{urlVariable, m_server.url(m_database).toString(QUrl::FullyEncoded)}});
    QVERIFY2(m_daemon->start(), m_daemon->log());
    m_ann = registerUser(m_daemon->url(), QStringLiteral("ann"));
    QVERIFY(!m_ann.token.isEmpty());
}

HttpAnswer PostgresTest::post(const QString &text, const QString &clientId)
{
    QJsonObject message{{QStringLiteral("text"), text}};
    if (!clientId.isEmpty())
        message[QLatin1String("client_id")] = clientId;
    return request("POST", m_daemon->url().resolved(QUrl(QStringLiteral("/api/v1/rooms/lobby/messages"))),
        message, m_ann.token);
}

QStringList PostgresTest::history()
{
    const HttpAnswer page =
        request("GET", m_daemon->url().resolved(QUrl(QStringLiteral("/api/v1/rooms/lobby/events?limit=200"))),
            {}, m_ann.token);
    QStringList texts;
    const auto events = page.json[QLatin1String("events")].toArray();
    for (const QJsonValue &event : events)
        texts.append(event[QLatin1String("text")].toString());
    return texts;
}

void PostgresTest::keepsNothingInItsDataDirectory()
{
    QCOMPARE(post(QStringLiteral("hello")).status, 201);
    const QStringList files = QDir(m_daemon->dataDirectory()).entryList(QDir::Files | QDir::Hidden);
    QVERIFY(files.contains(QStringLiteral("signing.key")));
    for (const QString &file : files)
        QVERIFY2(!file.contains(QLatin1String(".db")), qPrintable(file));
    QCOMPARE(m_server.ask(m_database, QStringLiteral("SELECT text FROM events")), QStringLiteral("hello"));
}

void PostgresTest::comesBackAfterKillWithEverythingAcknowledged()
{
    QStringList acknowledged;
    for (int i = 0; i < 20; ++i) {
        acknowledged.append(QStringLiteral("message %1").arg(i));
        QCOMPARE(post(acknowledged.constLast()).status, 201);
    }
    m_daemon->kill();
    QVERIFY2(m_daemon->start(), m_daemon->log());
    QCOMPARE(history(), acknowledged);
}

/// The server is gone for a while: nothing is confirmed that is not there, and afterwards everything works on.
void PostgresTest::outlivesTheServer()
{
    QCOMPARE(post(QStringLiteral("before")).status, 201);
    m_server.crash();
    const QString clientId = QStringLiteral("0a8e5c9e-9c9b-4c0f-8c6a-5a3d1f0e7b21");
    const HttpAnswer refused = post(QStringLiteral("meanwhile"), clientId);
    QCOMPARE(refused.status, 503);
    QVERIFY(!refused.header("retry-after").isEmpty());
    QCOMPARE(refused.json[QLatin1String("code")].toString(), QStringLiteral("storage_unavailable"));
    QVERIFY2(m_server.start({QStringLiteral("fsync=off")}), qPrintable(m_server.why()));
    QTRY_COMPARE_WITH_TIMEOUT(post(QStringLiteral("meanwhile"), clientId).status / 100, 2, 30'000);
    QCOMPARE(post(QStringLiteral("after")).status, 201);
    QCOMPARE(history(),
        QStringList({QStringLiteral("before"), QStringLiteral("meanwhile"), QStringLiteral("after")}));
    QVERIFY(m_daemon->running());
}

void PostgresTest::startsWithoutItOrNot()
{
    m_daemon->kill();
    m_server.crash();
    QVERIFY(!m_daemon->start());
    QVERIFY2(m_daemon->log().contains("PostgreSQL cannot be reached"), m_daemon->log());
}

void PostgresTest::newerSchemaIsRefused()
{
    m_daemon->kill();
    m_server.ask(m_database,
        QStringLiteral("INSERT INTO schema_version (version, name, applied_at) VALUES (999, 'later', 0); "
                       "DELETE FROM meta WHERE key = 'schema_min'"));
    QVERIFY(!m_daemon->start());
    QVERIFY2(m_daemon->log().contains("schema version 999"), m_daemon->log());
}

void PostgresTest::passwordComesFromAFile()
{
    // The server asks for none, so that it shows by the file being read at all.
    const QTemporaryDir folder;
    const QString path = folder.filePath(QStringLiteral("password"));
    m_daemon->kill();
    m_daemon->setEnvironment(QStringLiteral("ROOKERY_STORAGE_PASSWORD_FILE"), path);
    QVERIFY(!m_daemon->start());
    QVERIFY2(m_daemon->log().contains("password file"), m_daemon->log());
    QFile file(path);
    QVERIFY(file.open(QIODevice::WriteOnly));
    file.write("hunter2\n");
    file.close();
    QVERIFY2(m_daemon->start(), m_daemon->log());
    QVERIFY(!m_daemon->log().contains("hunter2"));
}

QTEST_GUILESS_MAIN(PostgresTest)
#include "tst_postgres.moc"
