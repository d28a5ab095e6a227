// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/config/config.h"
#include "server/config/keys.h"
#include "server/config/tomlfile.h"

#include <QFile>
#include <QRegularExpression>
#include <QSet>
#include <QTemporaryDir>
#include <QTest>

using namespace rookery::config;

/// Compares resources/config/rookeryd.toml with the table of keys: each must list every key of the other.
class tst_ShippedConfig : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void initTestCase();
    void changesNothingAsItIs();
    void namesEveryKeyWithItsDefault();
    void everyKeyHasAComment();
    void tableIsSound();
    void everyLimitIsAKey();

private:
    QString m_path;
    QStringList m_lines;
};

void tst_ShippedConfig::initTestCase()
{
    m_path =
        qEnvironmentVariable("ROOKERY_TEST_SOURCE_DIR") + QStringLiteral("/resources/config/rookeryd.toml");
    QFile file(m_path);
    QVERIFY2(file.open(QIODevice::ReadOnly), qPrintable(m_path));
    m_lines = QString::fromUtf8(file.readAll()).split(QLatin1Char('\n'));
}

void tst_ShippedConfig::changesNothingAsItIs()
{
    const auto invocation = load({QStringLiteral("rookeryd"), QStringLiteral("--config"), m_path}, {});
    QVERIFY2(invocation, invocation ? "" : qPrintable(invocation.error().detail));
    const auto plain = load({QStringLiteral("rookeryd")}, {});
    QVERIFY(plain);
    for (const Key &key : keys())
        QCOMPARE(toToml(key.get(invocation->config)), toToml(key.get(plain->config)));
}

void tst_ShippedConfig::namesEveryKeyWithItsDefault()
{
    // As an operator would: take the '#' away in front of every key.
    static const QRegularExpression commentedOut(QStringLiteral("^#(?=[a-z_]+ = )"));
    const QTemporaryDir directory;
    const QString path = directory.filePath(QStringLiteral("all.toml"));
    QFile file(path);
    QVERIFY(file.open(QIODevice::WriteOnly));
    for (const QString &line : std::as_const(m_lines))
        file.write(QString(line).remove(commentedOut).toUtf8() + '\n');
    file.close();

    const auto entries = readTomlFile(path);
    QVERIFY2(entries, entries ? "" : qPrintable(entries.error().detail));
    QStringList documented;
    for (const TomlEntry &entry : *entries) {
        if (entry.name.isEmpty())
            continue;
        const Key *key = findKey(entry.section, entry.name);
        QVERIFY2(key, qPrintable(entry.section + u'.' + entry.name));
        documented.append(key->path());
        QVERIFY2(entry.value, qPrintable(key->path()));
        QCOMPARE(key->path() + u'=' + toToml(*entry.value), key->path() + u'=' + toToml(key->get(Config())));
    }
    QStringList expected;
    for (const Key &key : keys())
        expected.append(key.path());
    QCOMPARE(documented, expected);

    const auto invocation = load({QStringLiteral("rookeryd"), QStringLiteral("--config"), path}, {});
    QVERIFY2(invocation, invocation ? "" : qPrintable(invocation.error().detail));
}

void tst_ShippedConfig::everyKeyHasAComment()
{
    // Above a key, or above a group of keys, stands a sentence.
    static const QRegularExpression aKey(QStringLiteral("^#?[a-z_]+ = "));
    for (qsizetype i = 0; i < m_lines.size(); ++i) {
        if (!aKey.match(m_lines[i]).hasMatch())
            continue;
        qsizetype above = i - 1;
        while (above >= 0 && aKey.match(m_lines[above]).hasMatch())
            --above;
        QVERIFY2(above >= 0 && m_lines[above].startsWith(QLatin1String("# ")), qPrintable(m_lines[i]));
    }
}

void tst_ShippedConfig::tableIsSound()
{
    QSet<QString> paths;
    QSet<QString> variables;
    for (const Key &key : keys()) {
        QVERIFY2(!paths.contains(key.path()), qPrintable(key.path()));
        paths.insert(key.path());
        QVERIFY2(!variables.contains(key.variable()), qPrintable(key.variable()));
        variables.insert(key.variable());
        QVERIFY(!key.summary.isEmpty());
        // Every default is a value that the key itself would take, and comes out as it went in.
        Config config;
        const Value before = key.get(config);
        const auto refusal = key.set(config, before);
        QVERIFY2(!refusal, refusal ? qPrintable(key.path() + u' ' + *refusal) : "");
        QVERIFY(key.get(config) == before);
    }
    const QStringList promised{QStringLiteral("ROOKERY_LIMITS_MESSAGES_PER_SECOND"),
        QStringLiteral("ROOKERY_LIMITS_LOGINS_PER_MINUTE"),
        QStringLiteral("ROOKERY_LIMITS_CONNECTIONS_PER_ADDRESS"),
        QStringLiteral("ROOKERY_LIMITS_WEBSOCKET_MESSAGE_BYTES"), QStringLiteral("ROOKERY_AUTH_GUESTS"),
        QStringLiteral("ROOKERY_HTTP_ALLOWED_ORIGINS"), QStringLiteral("ROOKERY_SERVER_DATA_DIRECTORY")};
    for (const QString &variable : promised)
        QVERIFY2(variables.contains(variable), qPrintable(variable));
}

void tst_ShippedConfig::everyLimitIsAKey()
{
    QFile file(qEnvironmentVariable("ROOKERY_TEST_SOURCE_DIR") + QStringLiteral("/common/limits.h"));
    QVERIFY(file.open(QIODevice::ReadOnly));
    static const QRegularExpression member(
        QStringLiteral("^    (qint64|int|std::chrono::(?:milli)?seconds) ([A-Za-z]+)( = |\\{)"));
    static const QRegularExpression capital(QStringLiteral("([A-Z])"));
    int members = 0;
    for (const QString &line : QString::fromUtf8(file.readAll()).split(QLatin1Char('\n'))) {
        const auto match = member.match(line);
        if (!match.hasMatch())
            continue;
        ++members;
        QString name = match.captured(2).replace(capital, QStringLiteral("_\\1")).toLower();
        if (match.captured(1).contains(QLatin1String("milliseconds")))
            name += QStringLiteral("_ms");
        else if (match.captured(1).contains(QLatin1String("seconds")))
            name += QStringLiteral("_seconds");
        QVERIFY2(findKey(QStringLiteral("limits"), name), qPrintable(name));
    }
    const auto keyed = std::count_if(keys().cbegin(), keys().cend(),
        [](const Key &key) { return key.section == QLatin1String("limits"); });
    QCOMPARE(members, int(keyed));
}

QTEST_GUILESS_MAIN(tst_ShippedConfig)
#include "tst_shippedconfig.moc"
