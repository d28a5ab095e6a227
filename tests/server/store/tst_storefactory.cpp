// SPDX-License-Identifier: GPL-3.0-or-later
// A store is opened by the URL of its database.

#include "server/store/factory/storefactory.h"

#include <QFileInfo>
#include <QTemporaryDir>
#include <QTest>

using namespace rookery;
using namespace rookery::store;

class TestStoreFactory : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void sqliteFileOfAnyName_data();
    void sqliteFileOfAnyName();
    void wrongUrlsAreRefused_data();
    void wrongUrlsAreRefused();
};

void TestStoreFactory::sqliteFileOfAnyName_data()
{
    QTest::addColumn<QString>("name");
    QTest::newRow("plain") << QStringLiteral("rookery.db");
    QTest::newRow("of a URL's own characters") << QStringLiteral("a b#c?d=%23&e:f@g;h");
    QTest::newRow("not ASCII") << QString::fromUtf8("\xc3\xa4\xf0\x9f\xa6\x85");
}

void TestStoreFactory::sqliteFileOfAnyName()
{
    QFETCH(QString, name);
    const QTemporaryDir folder;
    const QString path = folder.filePath(name);
    const QUrl url = sqliteUrl(path);
    QCOMPARE(url.scheme(), QStringLiteral("sqlite"));
    QVERIFY(!QFileInfo::exists(path));
    for (const QUrl &written : {url, QUrl(url.toString(QUrl::FullyEncoded))}) {
        const auto opened = store::open(written, {});
        QVERIFY2(opened.ok(), opened.ok() ? "" : qPrintable(opened.error().detail));
        QVERIFY(QFileInfo::exists(path));
    }
}

void TestStoreFactory::wrongUrlsAreRefused_data()
{
    QTest::addColumn<QString>("url");
    QTest::addColumn<QString>("named");
    QTest::newRow("nothing") << QString() << QStringLiteral("not valid");
    QTest::newRow("no scheme") << QStringLiteral("/tmp/secret.db") << QStringLiteral("''");
    QTest::newRow("another database")
        << QStringLiteral("mysql://ann:secret@localhost/rookery") << QStringLiteral("'mysql'");
    QTest::newRow("a server that is not there")
        << QStringLiteral("postgresql://ann:secret@/rookery?host=/nonexistent")
        << QStringLiteral("cannot be reached");
    QTest::newRow("a host") << QStringLiteral("sqlite://tmp/secret.db") << QStringLiteral("sqlite:///");
    QTest::newRow("a user") << QStringLiteral("sqlite://ann:secret@/tmp/a.db")
                            << QStringLiteral("sqlite:///");
    QTest::newRow("a query") << QStringLiteral("sqlite:///tmp/a.db?mode=secret")
                             << QStringLiteral("sqlite:///");
    QTest::newRow("no file") << QStringLiteral("sqlite:") << QStringLiteral("sqlite:///");
}

void TestStoreFactory::wrongUrlsAreRefused()
{
    QFETCH(QString, url);
    QFETCH(QString, named);
    const auto opened = store::open(QUrl(url), {});
    QVERIFY(!opened.ok());
    QVERIFY2(opened.error().detail.contains(named), qPrintable(opened.error().detail));
    QVERIFY2(!opened.error().detail.contains(QLatin1String("secret")), qPrintable(opened.error().detail));
}

QTEST_GUILESS_MAIN(TestStoreFactory)
#include "tst_storefactory.moc"
