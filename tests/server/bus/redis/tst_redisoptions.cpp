// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/bus/redis/redisoptions.h"

#include <QFile>
#include <QTemporaryDir>
#include <QTest>

using namespace rookery;
using namespace rookery::bus;

class TestRedisOptions : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void goodUrls_data();
    void goodUrls();
    void badUrls_data();
    void badUrls();
    void passwordOfAFile();
    void authorities();
};

void TestRedisOptions::goodUrls_data()
{
    QTest::addColumn<QString>("url");
    QTest::addColumn<QString>("addresses");
    QTest::addColumn<QString>("master");
    QTest::addColumn<QString>("user");
    QTest::addColumn<QString>("password");
    QTest::addColumn<bool>("tls");
    const auto row = [](const char *url, const char *addresses, const char *master = "",
                         const char *user = "", const char *password = "", bool tls = false) {
        QTest::newRow(url) << QString::fromUtf8(url) << QString::fromUtf8(addresses)
                           << QString::fromUtf8(master) << QString::fromUtf8(user)
                           << QString::fromUtf8(password) << tls;
    };
    row("redis://localhost", "localhost:6379");
    row("redis://127.0.0.1:7000/", "127.0.0.1:7000");
    row("redis://[::1]/0", "[::1]:6379");
    row("redis://[fd00::1]:1/15", "[fd00::1]:1");
    row("redis://bus.example.org.:65535", "bus.example.org.:65535");
    row("rediss://:secret@redis_1", "redis_1:6379", "", "", "secret", true);
    row("rediss://ann:p%40%2F%3A%25%C3%A4@h", "h:6379", "", "ann", "p@/:%ä", true);
    row("redis://:a:b@h", "h:6379", "", "", "a:b");
    row("redis+sentinel://a/main", "a:26379", "main");
    row("redis+sentinel://a,b:1,[::1]:2/main", "a:26379 b:1 [::1]:2", "main");
    row("rediss+sentinel://u:p@a,b/my-master_1", "a:26379 b:26379", "my-master_1", "u", "p", true);
    row("redis+unix:///run/redis/redis.sock", "/run/redis/redis.sock");
    row("redis+unix://:p@/tmp/a%20b", "/tmp/a b", "", "", "p");
}

void TestRedisOptions::goodUrls()
{
    QFETCH(QString, url);
    QFETCH(QString, addresses);
    QFETCH(QString, master);
    const auto options = readRedisUrl(url);
    QVERIFY2(options, options ? "" : qPrintable(options.error().detail));
    QStringList texts;
    for (const RedisAddress &address : options->addresses)
        texts.append(address.text());
    QCOMPARE(texts.join(u' '), addresses);
    QCOMPARE(options->masterName, master);
    QCOMPARE(options->hasSentinels(), !master.isEmpty());
    QTEST(options->user, "user");
    QTEST(options->password, "password");
    QTEST(options->tls, "tls");
    const bool isNumbered = url.endsWith(QLatin1String("/15"));
    QCOMPARE(options->database, isNumbered ? 15 : 0);
}

void TestRedisOptions::badUrls_data()
{
    QTest::addColumn<QString>("url");
    QTest::addColumn<QString>("says");
    const auto row = [](const QString &url, const char *says) {
        QTest::newRow(qPrintable(url)) << url << QString::fromUtf8(says);
    };
    row(QStringLiteral(""), "The scheme");
    row(QStringLiteral("localhost:6379"), "The scheme");
    row(QStringLiteral("http://:secret@localhost"), "The scheme");
    row(QStringLiteral("redis:secret@localhost"), "The scheme");
    row(QStringLiteral("REDIS://:secret@localhost"), "The scheme");
    row(QStringLiteral("redis://"), "The host is missing");
    row(QStringLiteral("redis://:secret@"), "The host is missing");
    row(QStringLiteral("redis://:secret@:6379"), "The host is missing");
    row(QStringLiteral("redis://:secret@a b"), "The host is neither");
    row(QStringLiteral("redis://:secret@a..b"), "The host is neither");
    row(QStringLiteral("redis://:secret@[::1"), "The host must be");
    row(QStringLiteral("redis://:secret@::1"), "The host must be");
    row(QStringLiteral("redis://:secret@[1:2]"), "The host is neither");
    row(QStringLiteral("redis://:secret@h:0"), "The port");
    row(QStringLiteral("redis://:secret@h:65536"), "The port");
    row(QStringLiteral("redis://:secret@h:"), "The port");
    row(QStringLiteral("redis://:secret@h:+1"), "The port");
    row(QStringLiteral("redis://:secret@h:99999999999"), "The port");
    row(QStringLiteral("redis://:secret@h/main"), "The path");
    row(QStringLiteral("redis://:secret@h/0/1"), "The path");
    row(QStringLiteral("redis://:secret@h/1234567890"), "The path");
    row(QStringLiteral("redis://:secret@a,b/0"), "more than one host");
    row(QStringLiteral("redis://:secret@h?db=1"), "'?'");
    row(QStringLiteral("redis://:secret@h#x"), "'#'");
    row(QStringLiteral("redis://:sec#ret@h"), "'#'");
    row(QStringLiteral("redis://:secret@x@h"), "'@'");
    row(QStringLiteral("redis://:secret/x@h"), "The host");
    row(QStringLiteral("redis://:secret%@h"), "The password holds a '%'");
    row(QStringLiteral("redis://:secret%0@h"), "The password holds a '%'");
    row(QStringLiteral("redis://:secret%00@h"), "The password holds a '%'");
    row(QStringLiteral("redis://:secret%FF@h"), "The password holds a '%'");
    row(QStringLiteral("redis://a%zz:secret@h"), "The user");
    row(QStringLiteral("redis://secret@h"), "There is a user, but no password");
    row(QStringLiteral("redis://secret:@h"), "The password behind");
    row(QStringLiteral("redis+sentinel://:secret@a,b"), "The path must be the master's name");
    row(QStringLiteral("redis+sentinel://:secret@a,b/"), "The path must be the master's name");
    row(QStringLiteral("redis+sentinel://:secret@a,b/c/d"), "The path must be the master's name");
    row(QStringLiteral("redis+sentinel://:secret@a,b/c%20d"), "The path must be the master's name");
    row(QStringLiteral("redis+sentinel://:secret@a,,b/c"), "The host is missing");
    row(QStringLiteral("redis+sentinel://:secret@a,b:x/c"), "The port");
    row(QStringLiteral("redis+sentinel://:secret@") + QStringLiteral("a,").repeated(32)
            + QStringLiteral("a/c"),
        "more than 32");
    row(QStringLiteral("redis+unix://:secret@host/path"), "The path must be a Unix socket's");
    row(QStringLiteral("redis+unix://:secret@"), "The path must be a Unix socket's");
    row(QStringLiteral("redis+unix:///"), "The path must be a Unix socket's");
    row(QStringLiteral("redis+unix:///") + QStringLiteral("a").repeated(107), "longer than 107");
}

void TestRedisOptions::badUrls()
{
    QFETCH(QString, url);
    QFETCH(QString, says);
    const auto options = readRedisUrl(url);
    QVERIFY(!options);
    const Error &error = options.error();
    QCOMPARE(error.field, QStringLiteral("url"));
    QVERIFY2(error.detail.contains(says), qPrintable(error.detail));
    QVERIFY2(error.detail.endsWith(u'.') || error.detail.endsWith(u'…'), qPrintable(error.detail));
    QVERIFY2(!error.detail.contains(QLatin1String("sec")), qPrintable(error.detail));
}

void TestRedisOptions::passwordOfAFile()
{
    const QString password = QStringLiteral("p@:/#%");
    const auto plain = readRedisUrl(QStringLiteral("redis://h"), password);
    QVERIFY(plain);
    QCOMPARE(plain->password, password);
    const auto ofUser = readRedisUrl(QStringLiteral("redis://ann@h"), password);
    QVERIFY(ofUser);
    QCOMPARE(ofUser->user, QStringLiteral("ann"));
    QCOMPARE(ofUser->password, password);
    const auto both = readRedisUrl(QStringLiteral("redis://ann:other@h"), password);
    QVERIFY(!both);
    QCOMPARE(both.error().field, QStringLiteral("password_file"));
    QVERIFY(!both.error().detail.contains(QLatin1String("other")));
}

void TestRedisOptions::authorities()
{
    QTemporaryDir folder;
    const QString file = folder.filePath(QStringLiteral("ca.pem"));
    const auto field = [&](const char *url) {
        const auto options = readRedisUrl(QString::fromLatin1(url), {}, file);
        return options ? QString() : options.error().field;
    };
    QCOMPARE(field("rediss://h"), QStringLiteral("ca_file")); // there is none
    QFile pem(file);
    QVERIFY(pem.open(QIODevice::WriteOnly));
    pem.write("-----BEGIN CERTIFICATE-----\nnothing\n-----END CERTIFICATE-----\n");
    pem.close();
    QCOMPARE(field("rediss://h"), QStringLiteral("ca_file")); // it holds none
    QCOMPARE(field("redis://h"), QStringLiteral("ca_file")); // it is not used
}

QTEST_GUILESS_MAIN(TestRedisOptions)
#include "tst_redisoptions.moc"
