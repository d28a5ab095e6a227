// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/config/config.h"
#include "server/config/keys.h"

#include <QDir>
#include <QFile>
#include <QSysInfo>
#include <QTemporaryDir>
#include <QTest>

using namespace rookery;
using namespace rookery::config;

/// The keys of several rookeryd together: [bus], [node], and what [storage] says of standbys.
class TestClusterConfig : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void everyKey();
    void relativePaths();
    void good_data();
    void good();
    void bad_data();
    void bad();
    void nodesAreCalledAsTheirHosts();

private:
    Result<Invocation> loadText(const QByteArray &text)
    {
        QFile file(m_path);
        if (!file.open(QIODevice::WriteOnly) || file.write(text) != text.size())
            return Error{ErrorCode::Internal, QStringLiteral("the test cannot write its file")};
        file.close();
        return load({QStringLiteral("rookeryd"), QStringLiteral("--config"), m_path}, {});
    }

    QTemporaryDir m_folder;
    QString m_path = m_folder.filePath(QStringLiteral("rookeryd.toml"));
};

void TestClusterConfig::everyKey()
{
    const auto invocation = loadText(R"(
[bus]
url = "rediss+sentinel://ann@10.0.0.1,[fd00::1]:26380/main"
password_file = "/run/credentials/bus"
ca_file = "/etc/ssl/bus.pem"
[node]
name = "left-1_a.example"
[storage]
lossless_failover = true
)");
    QVERIFY2(invocation, invocation ? "" : qPrintable(invocation.error().detail));
    const Config &config = invocation->config;
    QCOMPARE(config.busUrl, QStringLiteral("rediss+sentinel://ann@10.0.0.1,[fd00::1]:26380/main"));
    QCOMPARE(config.busPasswordFile, QStringLiteral("/run/credentials/bus"));
    QCOMPARE(config.busCaFile, QStringLiteral("/etc/ssl/bus.pem"));
    QCOMPARE(config.nodeName, QStringLiteral("left-1_a.example"));
    QVERIFY(config.losslessFailover);
    QVERIFY(!Config().losslessFailover);
}

void TestClusterConfig::relativePaths()
{
    const auto invocation =
        loadText("[bus]\nurl = 'rediss://h'\npassword_file = 'secret'\nca_file = '../ca.pem'\n");
    QVERIFY(invocation);
    QCOMPARE(invocation->config.busPasswordFile, m_folder.filePath(QStringLiteral("secret")));
    QCOMPARE(invocation->config.busCaFile, QDir::cleanPath(m_folder.filePath(QStringLiteral("../ca.pem"))));
}

void TestClusterConfig::good_data()
{
    QTest::addColumn<QByteArray>("text");
    for (const char *url : {"", "memory", "redis://h", "rediss://h", "redis+sentinel://a,b/c",
             "rediss+sentinel://a,b/c", "redis+unix:///run/redis.sock"})
        QTest::addRow("bus '%s'", url) << QByteArray("[bus]\nurl = '" + QByteArray(url) + "'\n");
    QTest::newRow("the database that is there anyway")
        << QByteArray("[storage]\nurl = 'postgresql://h/d'\n[bus]\nurl = 'postgresql'\n");
    QTest::newRow("the longest node") << QByteArray("[node]\nname = '" + QByteArray(64, 'a') + "'\n");
    QTest::newRow("no node") << QByteArray("[node]\nname = ''\n");
}

void TestClusterConfig::good()
{
    QFETCH(QByteArray, text);
    const auto invocation = loadText(text);
    QVERIFY2(invocation, invocation ? "" : qPrintable(invocation.error().detail));
}

void TestClusterConfig::bad_data()
{
    QTest::addColumn<QByteArray>("text");
    QTest::addColumn<QString>("says");
    const auto row = [](const char *name, const QByteArray &text, const char *says) {
        QTest::newRow(name) << text << QString::fromUtf8(says);
    };
    row("no such database", "[bus]\nurl = 'postgresql'\n",
        ":2: bus.url is 'postgresql', and storage.url names no");
    row("no URL", "[bus]\nurl = 'Hunter2:6379'\n", ":2: bus.url must be 'memory', 'postgresql' or a URL");
    row("another kind", "[bus]\nurl = 'amqp://ann:Hunter2@host'\n", ":2: bus.url must be");
    row("redis alone", "[bus]\nurl = 'redis'\n", ":2: bus.url must be");
    row("no host", "[bus]\nurl = 'redis://'\n", ":2: bus.url must be");
    row("memory and more", "[bus]\nurl = 'memory://'\n", ":2: bus.url must be");
    row("a password for memory", "[bus]\nurl = 'memory'\npassword_file = '/p'\n",
        ":3: bus.password_file needs a Redis in bus.url");
    row("certificates for nothing", "[bus]\nca_file = '/p'\n", ":2: bus.ca_file needs a Redis in bus.url");
    row("a node with a space", "[node]\nname = 'a b'\n", ":2: node.name must consist of at most 64 letters");
    row("a node of two lines", "[node]\nname = \"a\\n\"\n", ":2: node.name must consist of");
    row("a node of other letters", "[node]\nname = 'Nörd'\n", ":2: node.name must consist of");
    row("a long node", "[node]\nname = '" + QByteArray(65, 'a') + "'\n", ":2: node.name must consist of");
}

void TestClusterConfig::bad()
{
    QFETCH(QByteArray, text);
    QFETCH(QString, says);
    const auto invocation = loadText(text);
    QVERIFY(!invocation);
    const QString detail = invocation.error().detail;
    QVERIFY2(detail.startsWith(m_path + says), qPrintable(detail));
    QVERIFY2(!detail.contains(QLatin1String("Hunter2")), qPrintable(detail));
}

void TestClusterConfig::nodesAreCalledAsTheirHosts()
{
    QCOMPARE(defaultNodeName(QStringLiteral("chat-1.example.org")), QStringLiteral("chat-1.example.org"));
    QCOMPARE(defaultNodeName(QStringLiteral("Annes Büro\n")), QStringLiteral("Annes-B-ro-"));
    QCOMPARE(defaultNodeName(QString(253, u'a')), QString(64, u'a'));
    QCOMPARE(defaultNodeName(QString()), QStringLiteral("node"));
    const auto invocation = loadText("");
    QVERIFY(invocation);
    QCOMPARE(invocation->config.nodeName, defaultNodeName(QSysInfo::machineHostName()));
}

QTEST_GUILESS_MAIN(TestClusterConfig)
#include "tst_clusterconfig.moc"
