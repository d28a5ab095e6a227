// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/support/testdaemon.h"
#include "tests/support/testuser.h"
#include "tests/wire/httpclient.h"

#include <QSqlDatabase>
#include <QSqlError>
#include <QSqlQuery>
#include <QTest>

using namespace rookery::test;

namespace {

const QString password = QStringLiteral("correct horse");

QJsonObject credentials(const QString &name)
{
    return {{QStringLiteral("username"), name}, {QStringLiteral("password"), password}};
}

} // namespace

/// A database of a version that compared names by other rules (THREATS 5, 43). Its users and rooms are found
/// by their names as before, also those that are confusable by today's rules, and no new confusable ones are
/// added.
class OldNamesTest : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void initTestCase();
    void everybodyLogsIn_data();
    void everybodyLogsIn();
    void newNamesAreComparedByTheNewRules_data();
    void newNamesAreComparedByTheNewRules();
    void roomsAreFound();
    void theNextStartChangesNothing();

private:
    QUrl url(const QString &path) const { return m_daemon.url().resolved(QUrl(path)); }
    HttpAnswer post(const QString &path, const QJsonObject &body, const QString &token = {})
    {
        return request("POST", url(path), body, token);
    }
    void age();

    TestDaemon m_daemon{{}, {{QStringLiteral("ROOKERY_LIMITS_LOGINS_PER_MINUTE"), QStringLiteral("0")}}};
    QString m_token;
};

void OldNamesTest::initTestCase()
{
    QVERIFY2(m_daemon.start(), m_daemon.log());
    for (const char *name : {"willow", "Ida", "vvest", "stand-in"})
        QCOMPARE(post(QStringLiteral("/register"), credentials(QLatin1String(name))).status, 201);
    m_token = registerUser(m_daemon.url(), QStringLiteral("ann")).token;
    for (const char *name : {"news", "stand-in"})
        QCOMPARE(
            post(QStringLiteral("/api/v1/rooms"), {{QStringLiteral("name"), QLatin1String(name)}}, m_token)
                .status,
            201);
    QCOMPARE(m_daemon.terminate(), 0);
    age();
    QVERIFY2(m_daemon.start(), m_daemon.log());
}

/// Makes of it what 0.1.0 would have left.
void OldNamesTest::age()
{
    const QString connection = QStringLiteral("old");
    {
        auto database = QSqlDatabase::addDatabase(QStringLiteral("QSQLITE"), connection);
        database.setDatabaseName(m_daemon.dataDirectory() + QStringLiteral("/rookery.db"));
        QVERIFY(database.open());
        QSqlQuery query(database);
        for (const QString &sql :
            {QStringLiteral("BEGIN"), QStringLiteral("DROP INDEX users_by_lookalike"),
                QStringLiteral("ALTER TABLE users DROP COLUMN lookalike"),
                QStringLiteral("ALTER TABLE invitations DROP COLUMN network"),
                QStringLiteral("DROP TABLE message_versions"), QStringLiteral("DROP TABLE room_bans"),
                QStringLiteral("DROP INDEX members_by_role"), QStringLiteral("DROP TABLE self_events"),
                QStringLiteral("DROP INDEX events_deletions"), QStringLiteral("DROP TABLE former_room_names"),
                QStringLiteral("DROP TABLE control_log"), QStringLiteral("DROP TABLE control_head"),
                QStringLiteral("ALTER TABLE rooms DROP COLUMN owned"),
                QStringLiteral("ALTER TABLE members DROP COLUMN read_seq"),
                QStringLiteral("ALTER TABLE members DROP COLUMN role"),
                QStringLiteral("ALTER TABLE rooms DROP COLUMN topic"),
                QStringLiteral("ALTER TABLE events DROP COLUMN others"),
                QStringLiteral("ALTER TABLE events DROP COLUMN target"),
                QStringLiteral("ALTER TABLE events DROP COLUMN body"),
                QStringLiteral("ALTER TABLE events DROP COLUMN edited_seq"),
                QStringLiteral("ALTER TABLE events DROP COLUMN edited_at"),
                QStringLiteral("ALTER TABLE events DROP COLUMN deleted_at"),
                QStringLiteral("DELETE FROM schema_version WHERE version > 6"),
                QStringLiteral("DELETE FROM meta WHERE key = 'names'"),
                QStringLiteral("UPDATE users SET skeleton = 'wlllow' WHERE name = 'willow'"),
                QStringLiteral("UPDATE users SET skeleton = 'lda' WHERE name = 'Ida'"),
                QStringLiteral("UPDATE users SET name = '\uff57illow', skeleton = '\uff57lllow' "
                               "WHERE name = 'stand-in'"),
                QStringLiteral("UPDATE rooms SET name = 'ne\uff57s', folded = 'ne\uff57s', "
                               "skeleton = 'ne\uff57s', lookalike = 'ne\uff57s' WHERE name = 'stand-in'"),
                QStringLiteral("COMMIT")})
            QVERIFY2(query.exec(sql), qPrintable(sql + u' ' + query.lastError().text()));
        database.close();
    }
    QSqlDatabase::removeDatabase(connection);
}

void OldNamesTest::everybodyLogsIn_data()
{
    QTest::addColumn<QString>("name");
    for (const char *name : {"willow", "WILLOW", "\uff57illow", "ida", "vvest", "ann"})
        QTest::newRow(name) << QString::fromUtf8(name);
}

void OldNamesTest::everybodyLogsIn()
{
    QFETCH(const QString, name);
    const HttpAnswer answer = post(QStringLiteral("/login"), credentials(name));
    QCOMPARE(answer.status, 200);
    const HttpAnswer found = request("GET",
        url(QStringLiteral("/api/v1/users/") + QString::fromLatin1(QUrl::toPercentEncoding(name))), {},
        m_token);
    QCOMPARE(found.status, 200);
    QCOMPARE(found.json[QLatin1String("user")][QLatin1String("username")].toString().toCaseFolded(),
        name.toCaseFolded());
}

void OldNamesTest::newNamesAreComparedByTheNewRules_data()
{
    QTest::addColumn<QString>("name");
    QTest::addColumn<int>("status");
    QTest::newRow("the same") << QStringLiteral("Willow") << 409;
    QTest::newRow("vv") << QStringLiteral("vvillow") << 409;
    QTest::newRow("w") << QStringLiteral("west") << 409;
    QTest::newRow("fullwidth") << QStringLiteral("will\uff4f\uff57") << 409;
    QTest::newRow("capital I") << QStringLiteral("lda") << 409;
    QTest::newRow("other") << QStringLiteral("linden") << 201;
    QTest::newRow("of another that was renamed") << QStringLiteral("stand-in") << 201;
}

void OldNamesTest::newNamesAreComparedByTheNewRules()
{
    QFETCH(const QString, name);
    QFETCH(const int, status);
    QCOMPARE(post(QStringLiteral("/register"), credentials(name)).status, status);
}

void OldNamesTest::roomsAreFound()
{
    const auto find = [&](const char *name) {
        return request("GET",
            url(QStringLiteral("/api/v1/rooms/") + QString::fromLatin1(QByteArray(name).toPercentEncoding())),
            {}, m_token);
    };
    const HttpAnswer plain = find("news");
    const HttpAnswer wide = find("ne\uff57s");
    QCOMPARE(plain.status, 200);
    QCOMPARE(wide.status, 200);
    QVERIFY(plain.json != wide.json);
    const auto make = [&](const char *name) {
        return post(
            QStringLiteral("/api/v1/rooms"), {{QStringLiteral("name"), QString::fromUtf8(name)}}, m_token)
            .status;
    };
    QCOMPARE(make("n\uff45ws"), 409);
    QCOMPARE(make("nevvs"), 409);
    QCOMPARE(make("olds"), 201);
}

void OldNamesTest::theNextStartChangesNothing()
{
    QCOMPARE(m_daemon.terminate(), 0);
    QVERIFY2(m_daemon.start(), m_daemon.log());
    for (const char *name : {"willow", "\uff57illow", "Ida"})
        QCOMPARE(post(QStringLiteral("/login"), credentials(QString::fromUtf8(name))).status, 200);
}

QTEST_GUILESS_MAIN(OldNamesTest)
#include "tst_oldnames.moc"
