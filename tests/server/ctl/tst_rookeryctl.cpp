// SPDX-License-Identifier: GPL-3.0-or-later
// `rookeryctl migrate` beside a real daemon, as an operator uses it.

#include "tests/support/postgresserver.h"
#include "tests/support/testdaemon.h"
#include "tests/support/testuser.h"
#include "tests/wire/httpclient.h"

#include <QDir>
#include <QFile>
#include <QFileInfo>
#include <QTest>

#include <csignal>
#include <memory>

using namespace rookery::test;

namespace {

const QString urlVariable = QStringLiteral("ROOKERY_STORAGE_URL");

} // namespace

class TestRookeryctl : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void initTestCase();
    void init();

    void movesADaemon();
    void movesADaemonThatGoesOn();
    void isInterrupted();
    void refusesARunningDaemon();
    void saysNoPassword();

private:
    HttpAnswer post(const QString &text);
    QStringList history(QString *epoch = nullptr);
    QStringList arguments(const QStringList &further = {}) const;
    std::unique_ptr<QProcess> begin(const QStringList &arguments);
    /// Waits for its end; the exit status, -1 if it was killed.
    int finish(QProcess &ctl);
    int run(const QStringList &arguments) { return finish(*begin(arguments)); }
    QString sqlite() const { return QStringLiteral("sqlite:%1/rookery.db").arg(m_daemon->dataDirectory()); }
    QString target() const { return m_server.url(m_database).toString(QUrl::FullyEncoded); }

    PostgresServer m_server;
    QString m_database;
    std::unique_ptr<TestDaemon> m_daemon;
    TestUser m_ann;
    QByteArray m_output;
    QByteArray m_errors;
};

void TestRookeryctl::initTestCase()
{
    QVERIFY2(m_server.start({QStringLiteral("fsync=off")}), qPrintable(m_server.why()));
}

void TestRookeryctl::init()
{
    m_database = m_server.makeDatabase();
    QVERIFY2(!m_database.isEmpty(), qPrintable(m_server.why()));
    // As many messages as there is time for.
    m_daemon = std::make_unique<TestDaemon>(QStringList(),
        QMap<QString, QString>{{QStringLiteral("ROOKERY_LIMITS_MESSAGES_PER_SECOND"), QStringLiteral("0")}});
    QVERIFY2(m_daemon->start(), m_daemon->log());
    m_ann = registerUser(m_daemon->url(), QStringLiteral("ann"));
    QVERIFY(!m_ann.token.isEmpty());
    for (int i = 0; i < 10; ++i)
        QCOMPARE(post(QStringLiteral("message %1").arg(i)).status, 201);
}

HttpAnswer TestRookeryctl::post(const QString &text)
{
    return request("POST", m_daemon->url().resolved(QUrl(QStringLiteral("/api/v1/rooms/lobby/messages"))),
        {{QStringLiteral("text"), text}}, m_ann.token);
}

QStringList TestRookeryctl::history(QString *epoch)
{
    const HttpAnswer page =
        request("GET", m_daemon->url().resolved(QUrl(QStringLiteral("/api/v1/rooms/lobby/events?limit=200"))),
            {}, m_ann.token);
    QStringList texts;
    const auto events = page.json[QLatin1String("events")].toArray();
    for (const QJsonValue &event : events)
        texts.append(event[QLatin1String("text")].toString());
    if (epoch)
        *epoch = page.json[QLatin1String("epoch")].toString();
    return texts;
}

QStringList TestRookeryctl::arguments(const QStringList &further) const
{
    return QStringList{QStringLiteral("migrate")} + further + QStringList{sqlite(), target()};
}

std::unique_ptr<QProcess> TestRookeryctl::begin(const QStringList &arguments)
{
    auto ctl = std::make_unique<QProcess>();
    const QString program =
        QFileInfo(qEnvironmentVariable("ROOKERY_TEST_DAEMON")).dir().filePath(QStringLiteral("rookeryctl"));
    ctl->start(program, arguments);
    return ctl;
}

int TestRookeryctl::finish(QProcess &ctl)
{
    if (!ctl.waitForFinished(60'000))
        return -2;
    m_output = ctl.readAllStandardOutput();
    m_errors += ctl.readAllStandardError();
    return ctl.exitStatus() == QProcess::NormalExit ? ctl.exitCode() : -1;
}

void TestRookeryctl::movesADaemon()
{
    QString epoch;
    const QStringList before = history(&epoch);
    QCOMPARE(before.size(), 10);
    QCOMPARE(m_daemon->terminate(), 0);
    m_errors.clear();
    const int status = run(arguments());
    QVERIFY2(status == 0, m_errors);
    QVERIFY2(m_output.contains("\n[storage]\nurl = \"" + target().toUtf8() + "\"\n"), m_output);
    QVERIFY2(m_output.contains("signing.key"), m_output);
    QVERIFY(QFile::exists(m_daemon->dataDirectory() + QStringLiteral("/rookery.db")));
    QVERIFY2(run(arguments({QStringLiteral("--verify-only")})) == 0, m_errors);
    QVERIFY2(m_output.contains("The two databases are the same."), m_output);

    m_daemon->setEnvironment(urlVariable, target());
    QVERIFY2(m_daemon->start(), m_daemon->log());
    QString epochAfter;
    // With the token from before.
    QCOMPARE(history(&epochAfter), before);
    QCOMPARE(epochAfter, epoch);
    QCOMPARE(post(QStringLiteral("after")).status, 201);
    QCOMPARE(history(), before + QStringList{QStringLiteral("after")});
    QCOMPARE(m_daemon->terminate(), 0);
    m_errors.clear();
    QCOMPARE(run(arguments({QStringLiteral("--verify-only")})), 1);
    QVERIFY2(m_errors.contains("the table events differs"), m_errors);
    QCOMPARE(run(arguments()), 1);
    QVERIFY2(m_errors.contains("is not empty"), m_errors);
}

void TestRookeryctl::movesADaemonThatGoesOn()
{
    m_errors.clear();
    const auto ctl = begin(arguments({QStringLiteral("--online")}));
    int sent = 10;
    // All the while until it asks for the end, and some more.
    while (!m_errors.contains("Stop rookeryd now")) {
        QVERIFY2(ctl->state() != QProcess::NotRunning, m_errors);
        QCOMPARE(post(QStringLiteral("message %1").arg(sent++)).status, 201);
        ctl->waitForReadyRead(1);
        m_errors += ctl->readAllStandardError();
    }
    for (int i = 0; i < 10; ++i)
        QCOMPARE(post(QStringLiteral("message %1").arg(sent++)).status, 201);
    QCOMPARE(m_daemon->terminate(), 0);
    QVERIFY2(finish(*ctl) == 0, m_errors);
    m_daemon->setEnvironment(urlVariable, target());
    QVERIFY2(m_daemon->start(), m_daemon->log());
    const QStringList texts = history();
    QCOMPARE(texts.constLast(), QStringLiteral("message %1").arg(sent - 1));
    QCOMPARE(m_server.ask(m_database, QStringLiteral("SELECT count(*) FROM events")), QString::number(sent));
}

void TestRookeryctl::isInterrupted()
{
    m_errors.clear();
    const auto ctl = begin(arguments({QStringLiteral("--online")}));
    while (!m_errors.contains("Stop rookeryd now")) {
        QVERIFY2(ctl->state() != QProcess::NotRunning, m_errors);
        ctl->waitForReadyRead(100);
        m_errors += ctl->readAllStandardError();
    }
    QCOMPARE(::kill(pid_t(ctl->processId()), SIGINT), 0);
    QCOMPARE(finish(*ctl), 130);
    QVERIFY2(m_errors.contains("the same command goes on from here"), m_errors);
    QCOMPARE(post(QStringLiteral("not disturbed")).status, 201);
    QCOMPARE(m_daemon->terminate(), 0);
    QVERIFY2(run(arguments()) == 0, m_errors);
    QVERIFY2(m_errors.contains("Going on"), m_errors);
}

void TestRookeryctl::refusesARunningDaemon()
{
    m_errors.clear();
    QCOMPARE(run(arguments()), 1);
    QVERIFY2(m_errors.contains("Stop it, or use --online."), m_errors);
    QCOMPARE(run(arguments({QStringLiteral("--verify-only")})), 1);
    QCOMPARE(run({QStringLiteral("migrate")}), 2);
    QCOMPARE(
        m_server.ask(m_database, QStringLiteral("SELECT count(*) FROM pg_class WHERE relname = 'events'")),
        QStringLiteral("0"));
}

void TestRookeryctl::saysNoPassword()
{
    QCOMPARE(m_daemon->terminate(), 0);
    QUrl url = m_server.url(m_database);
    const QString secret = QStringLiteral("s3cr3t-word");
    QString withPassword = url.toString(QUrl::FullyEncoded);
    withPassword += (url.hasQuery() ? u'&' : u'?') + QStringLiteral("password=") + secret;
    const QString nowhere = QStringLiteral("postgresql://x:%1@127.0.0.1:1/db").arg(secret);
    m_errors.clear();
    QCOMPARE(run({QStringLiteral("migrate"), sqlite(), nowhere}), 1);
    QVERIFY2(!m_errors.contains(secret.toUtf8()) && m_errors.contains("cannot be reached"), m_errors);
    QVERIFY2(run({QStringLiteral("migrate"), sqlite(), withPassword}) == 0, m_errors);
    QVERIFY2(!m_errors.contains(secret.toUtf8()), m_errors);
    QVERIFY2(!m_output.contains(secret.toUtf8()) && m_output.contains("url = \"postgresql:"), m_output);
}

QTEST_GUILESS_MAIN(TestRookeryctl)
#include "tst_rookeryctl.moc"
