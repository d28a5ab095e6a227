// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/config/config.h"

#include <QTest>

using namespace rookery;
using namespace rookery::config;
using namespace std::chrono_literals;

/// The effect of ROOKERY_… variables, and the warnings for those without one.
class tst_ConfigVariables : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void everyKindOfKeyFromTheEnvironment();
    void testEchoByTheEnvironmentAlone_data();
    void testEchoByTheEnvironmentAlone();
    void badVariables_data();
    void badVariables();
    void strangeVariables();
    void strangeVariablesSuggestTheNearestKey_data();
    void strangeVariablesSuggestTheNearestKey();
};

void tst_ConfigVariables::everyKindOfKeyFromTheEnvironment()
{
    QProcessEnvironment environment;
    environment.insert(
        QStringLiteral("ROOKERY_SERVER_LISTEN"), QStringLiteral("http://[::1]:1, https://127.0.0.1:2,"));
    environment.insert(QStringLiteral("ROOKERY_SERVER_PUBLIC_NAME"), QStringLiteral("a, b"));
    environment.insert(QStringLiteral("ROOKERY_AUTH_GUESTS"), QStringLiteral("TRUE"));
    environment.insert(QStringLiteral("ROOKERY_AUTH_REGISTRATION"), QStringLiteral("0"));
    environment.insert(QStringLiteral("ROOKERY_AUTH_TOKEN_LIFETIME_SECONDS"), QStringLiteral("60"));
    environment.insert(QStringLiteral("ROOKERY_LIMITS_PING_INTERVAL_MS"), QStringLiteral(" 200 "));
    environment.insert(QStringLiteral("ROOKERY_LIMITS_CONNECTIONS_PER_ADDRESS"), QStringLiteral("0"));
    environment.insert(QStringLiteral("ROOKERY_TEST_ANYTHING"), QStringLiteral("x"));
    const auto invocation = load({QStringLiteral("rookeryd")}, environment);
    QVERIFY2(invocation, invocation ? "" : qPrintable(invocation.error().detail));
    const Config &config = invocation->config;
    QCOMPARE(config.listen,
        QList<QUrl>({QUrl(QStringLiteral("http://[::1]:1")), QUrl(QStringLiteral("https://127.0.0.1:2"))}));
    QCOMPARE(config.publicName, QStringLiteral("a, b"));
    QVERIFY(config.guests);
    QVERIFY(!config.registration);
    QCOMPARE(config.tokenLifetime, 60s);
    QCOMPARE(config.limits.pingInterval, 200ms);
    QCOMPARE(config.limits.connectionsPerAddress, 0);
}

void tst_ConfigVariables::testEchoByTheEnvironmentAlone_data()
{
    QTest::addColumn<QString>("value");
    QTest::addColumn<bool>("open");
    QTest::newRow("1") << QStringLiteral("1") << true;
    for (const char *value : {"", "0", "true", "yes", " 1", "11"})
        QTest::addRow("'%s'", value) << QString::fromLatin1(value) << false;
}

void tst_ConfigVariables::testEchoByTheEnvironmentAlone()
{
    QVERIFY(!Config().testEcho);
    QFETCH(const QString, value);
    QProcessEnvironment environment;
    environment.insert(QStringLiteral("ROOKERY_TEST_ECHO"), value);
    const auto invocation = load({QStringLiteral("rookeryd")}, environment);
    QVERIFY2(invocation, invocation ? "" : qPrintable(invocation.error().detail));
    QTEST(invocation->config.testEcho, "open");
}

void tst_ConfigVariables::badVariables_data()
{
    QTest::addColumn<QString>("variable");
    QTest::addColumn<QString>("value");
    QTest::addColumn<QString>("says");
    const auto row = [](const char *variable, const char *value, const char *says) {
        QTest::addRow("%s=%s", variable, value)
            << QString::fromLatin1(variable) << QString::fromLatin1(value) << QString::fromLatin1(says);
    };
    row("ROOKERY_LIMITS_URL_BYTES", "many", "limits.url_bytes must be a whole number");
    row("ROOKERY_LIMITS_URL_BYTES", "", "must be a whole number");
    row("ROOKERY_LIMITS_URL_BYTES", "1e4", "must be a whole number");
    row("ROOKERY_LIMITS_URL_BYTES", "99999999999999999999", "must be a whole number");
    row("ROOKERY_LIMITS_URL_BYTES", "1", "must be from 256");
    row("ROOKERY_AUTH_GUESTS", "perhaps", "auth.guests must be true or false");
    row("ROOKERY_AUTH_GUESTS", "", "must be true or false");
    row("ROOKERY_SERVER_LISTEN", "", "at least one URL");
    row("ROOKERY_SERVER_LISTEN", "http://127.0.0.1:1,x", "holds 'x'");
    row("ROOKERY_SERVER_LOG_LEVEL", "loud", "one of");
    row("ROOKERY_HTTP_ALLOWED_ORIGINS", "*", "'*'");
    row("ROOKERY_TLS_KEY_FILE", "/k.pem", "tls.key_file needs");
    row("ROOKERY_LIMITS_PONG_TIMEOUT_MS", "50", "limits.ping_interval_ms (30000) must be less");
}

void tst_ConfigVariables::badVariables()
{
    QFETCH(QString, variable);
    QFETCH(QString, value);
    QFETCH(QString, says);
    QProcessEnvironment environment;
    environment.insert(variable, value);
    const auto invocation = load({QStringLiteral("rookeryd")}, environment);
    QVERIFY(!invocation);
    QVERIFY2(invocation.error().detail.startsWith(variable + QStringLiteral(": ")),
        qPrintable(invocation.error().detail));
    QVERIFY2(invocation.error().detail.contains(says), qPrintable(invocation.error().detail));
}

void tst_ConfigVariables::strangeVariables()
{
    QProcessEnvironment environment;
    environment.insert(QStringLiteral("ROOKERY_LIMITS_MESAGES_PER_SECOND"), QStringLiteral("secret"));
    environment.insert(QStringLiteral("ROOKERYD"), QStringLiteral("x"));
    QTest::ignoreMessage(QtWarningMsg,
        "The environment's ROOKERY_LIMITS_MESAGES_PER_SECOND names no key of the configuration and is "
        "ignored. "
        "Did you mean 'ROOKERY_LIMITS_MESSAGES_PER_SECOND'?");
    QTest::failOnWarning(QRegularExpression(QStringLiteral("ROOKERYD|secret")));
    QVERIFY(load({QStringLiteral("rookeryd")}, environment));
}

void tst_ConfigVariables::strangeVariablesSuggestTheNearestKey_data()
{
    QTest::addColumn<QString>("suggested");
    const auto row = [](const char *variable, const char *suggested) {
        QTest::newRow(variable) << QString::fromLatin1(suggested);
    };
    row("ROOKERY_LIMITS_LOGIN_PER_MINUTE", "ROOKERY_LIMITS_LOGINS_PER_MINUTE");
    row("ROOKERY_MESSAGES_PER_SECOND", "ROOKERY_LIMITS_MESSAGES_PER_SECOND"); // no section
    row("ROOKERY_HTTP_GUESTS", "ROOKERY_AUTH_GUESTS"); // another one
    row("ROOKERY_LISTEN", "ROOKERY_SERVER_LISTEN");
    row("ROOKERY_ALLOWED_ORIGIN", "ROOKERY_HTTP_ALLOWED_ORIGINS"); // both faults at once
    row("ROOKERY_DATABASE_URL", "ROOKERY_STORAGE_URL");
    row("ROOKERY_DATABASE_PATH", "");
    row("ROOKERY_X", "");
}

void tst_ConfigVariables::strangeVariablesSuggestTheNearestKey()
{
    QFETCH(QString, suggested);
    const QString variable = QString::fromLatin1(QTest::currentDataTag());
    QProcessEnvironment environment;
    environment.insert(variable, QStringLiteral("1"));
    const QString advice =
        suggested.isEmpty() ? QString() : QStringLiteral(" Did you mean '%1'?").arg(suggested);
    QTest::ignoreMessage(QtWarningMsg,
        qPrintable(QStringLiteral("The environment's %1 names no key of the configuration and is ignored.%2")
                       .arg(variable, advice)));
    QVERIFY(load({QStringLiteral("rookeryd")}, environment));
}

QTEST_GUILESS_MAIN(tst_ConfigVariables)
#include "tst_configvariables.moc"
