// SPDX-License-Identifier: GPL-3.0-or-later
#include "common/ids.h"

#include <QDateTime>
#include <QSet>
#include <QTest>
#include <QUuid>

#include <mutex>
#include <thread>
#include <vector>

using namespace rookery;

class tst_Ids : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void formOfANewId();
    void carriesItsTime();
    void neverTwice();
    void isId_data();
    void isId();
    void bytes();
    void clientIds_data();
    void clientIds();
};

void tst_Ids::formOfANewId()
{
    for (int i = 0; i < 1000; ++i) {
        const QString id = newId();
        QCOMPARE(id.size(), 36);
        QCOMPARE(id, id.toLower());
        const QUuid uuid(id);
        QCOMPARE(uuid.toString(QUuid::WithoutBraces), id); // as others read it
        QCOMPARE(uuid.variant(), QUuid::DCE);
        QCOMPARE(id[14], QLatin1Char('7'));
        QVERIFY(rookery::isId(id));
    }
}

void tst_Ids::carriesItsTime()
{
    const qint64 before = QDateTime::currentMSecsSinceEpoch();
    const QString id = newId();
    const qint64 after = QDateTime::currentMSecsSinceEpoch();
    const qint64 time = (id.left(8) + id.mid(9, 4)).toLongLong(nullptr, 16);
    QVERIFY(before <= time && time <= after);
    // Text order is time order.
    QTRY_VERIFY(QDateTime::currentMSecsSinceEpoch() > after);
    QVERIFY(newId() > id);
}

void tst_Ids::neverTwice()
{
    constexpr int each = 20'000;
    std::mutex mutex;
    QSet<QString> ids;
    std::vector<std::thread> threads;
    for (int i = 0; i < 4; ++i) {
        threads.emplace_back([&mutex, &ids] {
            QStringList made;
            for (int n = 0; n < each; ++n)
                made.append(newId());
            const std::scoped_lock lock(mutex);
            for (const QString &id : made)
                ids.insert(id);
        });
    }
    for (std::thread &thread : threads)
        thread.join();
    QCOMPARE(ids.size(), 4 * each);
}

void tst_Ids::isId_data()
{
    QTest::addColumn<QString>("text");
    QTest::addColumn<bool>("expected");
    const auto row = [](const char *text, bool expected) {
        QTest::newRow(text) << QString::fromUtf8(text) << expected;
    };
    row("0198c0de-1234-7abc-8def-0123456789ab", true);
    row("0198C0DE-1234-7ABC-8DEF-0123456789AB", true);
    row("00000000-0000-0000-0000-000000000000", true);
    row("", false);
    row("alice", false);
    row("0198c0de-1234-7abc-8def-0123456789a", false);
    row("0198c0de-1234-7abc-8def-0123456789abc", false);
    row("{0198c0de-1234-7abc-8def-0123456789ab}", false);
    row("0198c0de12347abc8def0123456789ab", false);
    row("0198c0de-1234-7abc-8def-0123456789ag", false);
    row("0198c0de-1234-7abc-8def 0123456789ab", false);
    row("0198c0d-e1234-7abc-8def-0123456789ab", false);
    row("0198c0de-1234-7abc-8def-0123456789a\n", false);
    row("٠198c0de-1234-7abc-8def-0123456789ab", false); // an Arabic-Indic digit
}

void tst_Ids::isId()
{
    QFETCH(QString, text);
    QTEST(rookery::isId(text), "expected");
}

void tst_Ids::bytes()
{
    const auto known = idBytes(u"0198C0DE-1234-7abc-8def-0123456789AB");
    QVERIFY(known.has_value());
    QCOMPARE(QByteArray(reinterpret_cast<const char *>(known->data()), 16).toHex(),
        QByteArray("0198c0de12347abc8def0123456789ab"));
    QCOMPARE(idText(*known), QStringLiteral("0198c0de-1234-7abc-8def-0123456789ab"));
    for (int i = 0; i < 1000; ++i) {
        const QUuid uuid = QUuid::createUuid();
        const QString text = uuid.toString(QUuid::WithoutBraces);
        const auto ours = idBytes(text);
        QVERIFY(ours.has_value());
        QCOMPARE(QByteArray(reinterpret_cast<const char *>(ours->data()), 16), uuid.toRfc4122());
        QCOMPARE(idText(*ours), text);
    }
    QVERIFY(!idBytes(u"alice").has_value());
    QVERIFY(!idBytes(u"0198c0de-1234-7abc-8def-0123456789ag").has_value());
}

void tst_Ids::clientIds_data()
{
    QTest::addColumn<QString>("text");
    QTest::addColumn<QString>("expected"); // empty: refused
    QTest::newRow("canonical") << QStringLiteral("0198c0de-1234-4abc-8def-0123456789ab")
                               << QStringLiteral("0198c0de-1234-4abc-8def-0123456789ab");
    QTest::newRow("capitals stay") << QStringLiteral("0198C0DE-1234-4ABC-8def-0123456789AB")
                                   << QStringLiteral("0198C0DE-1234-4ABC-8def-0123456789AB");
    QTest::newRow("empty") << QString() << QString();
    QTest::newRow("a number") << QStringLiteral("1") << QString();
    QTest::newRow("megabytes") << QString(5'000'000, u'a') << QString();
}

void tst_Ids::clientIds()
{
    QFETCH(QString, text);
    QFETCH(QString, expected);
    const auto parsed = parseClientId(text);
    QCOMPARE(parsed.ok(), !expected.isEmpty());
    if (parsed) {
        QCOMPARE(*parsed, expected);
        // What the store keeps of it is the whole spelling.
        QCOMPARE(withCapitals(idText(*idBytes(text)), idCapitals(text)), text);
    } else {
        QCOMPARE(parsed.error().code, ErrorCode::InvalidField);
        QCOMPARE(parsed.error().field, QStringLiteral("client_id"));
    }
}

QTEST_APPLESS_MAIN(tst_Ids)
#include "tst_ids.moc"
