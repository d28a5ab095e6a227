// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/store/sqlite/sqlscript.h"

#include <QTest>

class TestSqlScript : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void splits_data();
    void splits();
};

void TestSqlScript::splits_data()
{
    const auto row = [](const char *name, const char *script, const QStringList &expected) {
        QTest::newRow(name) << QString::fromUtf8(script) << expected;
    };
    const auto list = [](std::initializer_list<const char *> texts) {
        QStringList strings;
        for (const char *text : texts)
            strings.append(QString::fromUtf8(text));
        return strings;
    };
    QTest::addColumn<QString>("script");
    QTest::addColumn<QStringList>("expected");
    row("nothing", "", {});
    row("white space and comments only", " \n-- one; two\n/* three; */ ;; ", {});
    row("two statements", "SELECT 1;\nSELECT 2;", list({"SELECT 1", "SELECT 2"}));
    row("no semicolon at the end", "SELECT 1; SELECT 2", list({"SELECT 1", "SELECT 2"}));
    row("strings", "SELECT 'a;b', 'it''s; so'; SELECT 2;", list({"SELECT 'a;b', 'it''s; so'", "SELECT 2"}));
    row("quoted names", "SELECT \"a;b\", `c;d`, [e;f]; SELECT 2;",
        list({"SELECT \"a;b\", `c;d`, [e;f]", "SELECT 2"}));
    row("comment marks in strings", "SELECT '--', '/*'; SELECT 2;", list({"SELECT '--', '/*'", "SELECT 2"}));
    row("quotes in comments", "SELECT 1 -- it's\n; /* don't */ SELECT 2;", list({"SELECT 1", "SELECT 2"}));
    row("a comment separates", "SELECT/**/1;", list({"SELECT 1"}));
    row("trigger",
        "CREATE TRIGGER t AFTER INSERT ON a BEGIN UPDATE b SET c = 1; DELETE FROM d; END; SELECT 2;",
        list(
            {"CREATE TRIGGER t AFTER INSERT ON a BEGIN UPDATE b SET c = 1; DELETE FROM d; END", "SELECT 2"}));
    row("temporary trigger with a case",
        "create temp trigger t after insert on a begin select case when 1 then 2 end; end ; SELECT 2;",
        list({"create temp trigger t after insert on a begin select case when 1 then 2 end; end",
            "SELECT 2"}));
    row("end of a trigger behind a comment",
        "CREATE TRIGGER t AFTER INSERT ON a BEGIN SELECT 1; -- so\nEND;SELECT 2",
        list({"CREATE TRIGGER t AFTER INSERT ON a BEGIN SELECT 1; \nEND", "SELECT 2"}));
    row("a table named trigger", "CREATE TABLE trigger_log (a); CREATE TABLE t (trigger INT); SELECT 3;",
        list({"CREATE TABLE trigger_log (a)", "CREATE TABLE t (trigger INT)", "SELECT 3"}));
    row("string that is never closed", "SELECT 'a; SELECT 2;", list({"SELECT 'a; SELECT 2;"}));
    row("comment that is never closed", "SELECT 1; /* SELECT 2;", list({"SELECT 1"}));
}

void TestSqlScript::splits()
{
    QFETCH(QString, script);
    QFETCH(QStringList, expected);
    QCOMPARE(rookery::store::splitStatements(script), expected);
}

QTEST_GUILESS_MAIN(TestSqlScript)
#include "tst_sqlscript.moc"
