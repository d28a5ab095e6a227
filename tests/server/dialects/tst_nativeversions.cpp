// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/server/http/httpfixture.h"
#include "tests/server/http/openapidocument.h"

#include <QJsonArray>
#include <QJsonDocument>
#include <QJsonObject>
#include <QTest>

#include <limits>
#include <utility>

using namespace rookery;
using rookery::test::Answer;
using rookery::test::HttpFixture;
using rookery::test::LoggedIn;

namespace {

constexpr const char *route = "/api/v1/rooms/{room}/messages/{seq}/versions";
constexpr int edits = 250;
constexpr qsizetype longText = 4'000;
constexpr qsizetype pageCharacters = 131'072; // common/README.md

test::FixtureOptions withoutLimits()
{
    test::FixtureOptions options;
    options.limits.workPerUser = 0;
    options.limits.workPerNetwork = 0;
    return options;
}

/// Every second one is long.
QString textOf(int number)
{
    const QString text = QStringLiteral("text %1 ").arg(number);
    return number % 2 == 0 ? text.trimmed() : text.leftJustified(longText, u'x');
}

} // namespace

/// The versions of a message over HTTP, read in pages (common/README.md).
class NativeVersionsTest : public QObject
{
    Q_OBJECT
private:
    test::OpenApiDocument m_document;
    HttpFixture m_fixture{withoutLimits()};
    LoggedIn m_anna; ///< owns the rooms
    LoggedIn m_bert;
    LoggedIn m_cleo;

    Answer read(const QByteArray &room, const LoggedIn &user, const QByteArray &query = {})
    {
        Answer answer = m_fixture.get(room + "/messages/1/versions" + query, user);
        const QString problem = m_document.check(QStringLiteral("GET"), QString::fromLatin1(route),
            answer.status, answer.header("content-type"), answer.body);
        if (!problem.isEmpty())
            QTest::qFail(qPrintable(problem + u' ' + QString::fromUtf8(answer.body)), __FILE__, __LINE__);
        return answer;
    }
    int change(const char *method, const QByteArray &path, const LoggedIn &by, const QJsonObject &body = {})
    {
        const QByteArray json =
            body.isEmpty() ? QByteArray() : QJsonDocument(body).toJson(QJsonDocument::Compact);
        return m_fixture.call({method, path, json, by.token}).status;
    }
    int give(const QByteArray &room, const LoggedIn &user, const char *role)
    {
        return change("PUT", room + "/members/" + user.name.toLatin1(), m_anna,
            {{QStringLiteral("role"), QLatin1String(role)}});
    }
    /// A room with a message of `sender`, who has edited it so often. Answers its path.
    QByteArray makeRoom(const QString &name, bool isPrivate, const LoggedIn &sender, int count)
    {
        const QByteArray room = "/api/v1/rooms/" + name.toLatin1();
        int status = m_fixture
                         .post("/api/v1/rooms",
                             {{QStringLiteral("name"), name}, {QStringLiteral("private"), isPrivate}}, m_anna)
                         .status;
        if (status == 201)
            status = m_fixture.post(room + "/messages", {{QStringLiteral("text"), textOf(0)}}, sender).status;
        for (int i = 1; i <= count && status / 100 == 2; ++i)
            status = change("PATCH", room + "/messages/1", sender, {{QStringLiteral("text"), textOf(i)}});
        return status / 100 == 2 ? room : QByteArray();
    }
    static QString field(const Answer &answer) { return answer.json()[QLatin1String("field")].toString(); }
    static QStringList texts(const Answer &page)
    {
        QStringList texts;
        const QJsonArray versions = page.json()[QLatin1String("versions")].toArray();
        for (const QJsonValue &version : versions)
            texts.append(version[QLatin1String("text")].toString());
        return texts;
    }
    static QString next(const Answer &page) { return page.json()[QLatin1String("next")].toString(); }

private Q_SLOTS:
    void initTestCase()
    {
        QVERIFY2(m_fixture.problem().isEmpty(), qPrintable(m_fixture.problem()));
        m_anna = m_fixture.user(QStringLiteral("anna"));
        m_bert = m_fixture.user(QStringLiteral("bert"));
        m_cleo = m_fixture.user(QStringLiteral("cleo"));
        QVERIFY(!m_cleo.token.isEmpty());
    }

    /// Whoever edited a message 100 times had hidden its first text from everybody.
    void editingOftenHidesNothing()
    {
        const QByteArray room = makeRoom(QStringLiteral("often"), false, m_bert, edits);
        QVERIFY(!room.isEmpty());
        QStringList all;
        for (int i = 0; i <= edits; ++i)
            all.append(textOf(i));
        for (const LoggedIn *reader : {&m_anna, &m_bert}) {
            for (const int limit : {0, 1, 7, 200}) {
                QStringList found;
                qint64 lowest = std::numeric_limits<qint64>::max();
                bool endedEarly = false;
                QString place;
                do {
                    QByteArray query = limit > 0 ? "?limit=" + QByteArray::number(limit) : "?";
                    if (!place.isEmpty())
                        query += "&before=" + place.toLatin1();
                    const Answer page = read(room, *reader, query);
                    QCOMPARE(page.status, 200);
                    const QJsonArray versions = page.json()[QLatin1String("versions")].toArray();
                    const qsizetype most = limit > 0 ? limit : 50;
                    QVERIFY(!versions.isEmpty() && versions.size() <= most);
                    for (qsizetype i = versions.size(); i-- > 0;) {
                        const qint64 seq = versions[i][QLatin1String("seq")].toInteger();
                        QVERIFY(seq < lowest);
                        lowest = seq;
                    }
                    // Only the oldest of a page goes past its characters.
                    const QStringList part = texts(page);
                    QVERIFY(part.mid(1).join(QString()).size() < pageCharacters);
                    endedEarly |= !next(page).isEmpty() && versions.size() < most;
                    found = part + found;
                    place = next(page);
                    QVERIFY(place.isEmpty() || place == QString::number(lowest));
                } while (!place.isEmpty());
                QCOMPARE(found, all);
                QCOMPARE(lowest, 1);
                QCOMPARE(endedEarly, limit == 200);
            }
        }
        QCOMPARE(change("DELETE", room + "/messages/1", m_anna), 200);
        for (const char *query : {"", "?before=200", "?before=2&limit=1"}) {
            const Answer gone = read(room, m_anna, query);
            QCOMPARE(gone.status, 404);
            QCOMPARE(field(gone), QStringLiteral("seq"));
            QVERIFY(!gone.body.contains("text 0"));
        }
    }

    void editsBetweenTwoPages()
    {
        const QByteArray room = makeRoom(QStringLiteral("between"), false, m_anna, 4);
        QVERIFY(!room.isEmpty());
        const Answer newest = read(room, m_anna, "?limit=2");
        QCOMPARE(texts(newest), (QStringList{textOf(3), textOf(4)}));
        QCOMPARE(change("PATCH", room + "/messages/1", m_anna,
                     {{QStringLiteral("text"), QStringLiteral("even newer")}}),
            200);
        const Answer older = read(room, m_anna, "?limit=2&before=" + next(newest).toLatin1());
        QCOMPARE(texts(older), (QStringList{textOf(1), textOf(2)}));
        const Answer first = read(room, m_anna, "?limit=2&before=" + next(older).toLatin1());
        QCOMPARE(texts(first), QStringList{textOf(0)});
        QVERIFY(first.json()[QLatin1String("next")].isNull());
        const Answer none = read(room, m_anna, "?before=1");
        QCOMPARE(none.status, 200);
        QVERIFY(texts(none).isEmpty() && none.json()[QLatin1String("next")].isNull());
    }

    void pagesAreForWhoMayReadThem()
    {
        const QByteArray open = makeRoom(QStringLiteral("open"), false, m_bert, 3);
        const QByteArray closed = makeRoom(QStringLiteral("closed"), true, m_anna, 3);
        QVERIFY(!open.isEmpty() && !closed.isEmpty());
        const auto statuses = [this](const QByteArray &room, const LoggedIn &user) {
            const QByteArray older = "?limit=1&before=3";
            return std::pair(read(room, user).status, read(room, user, older).status);
        };
        QCOMPARE(statuses(open, {}), std::pair(401, 401));
        QCOMPARE(statuses(open, m_cleo), std::pair(403, 403)); // a stranger
        QCOMPARE(statuses(closed, m_cleo), std::pair(404, 404));
        QCOMPARE(m_fixture.post(open + "/join", {}, m_cleo).status, 200);
        QCOMPARE(statuses(open, m_cleo), std::pair(403, 403)); // a member
        QCOMPARE(give(open, m_cleo, "moderator"), 200);
        QCOMPARE(statuses(open, m_cleo), std::pair(200, 200));
        QCOMPARE(statuses(open, m_anna), std::pair(200, 200)); // the owner
        QCOMPARE(statuses(open, m_bert), std::pair(200, 200)); // the author
        for (const LoggedIn &user : {m_bert, m_cleo}) {
            QCOMPARE(give(open, user, "banned"), 200);
            QCOMPARE(statuses(open, user), std::pair(403, 403));
        }
    }

    void badQueries_data()
    {
        QTest::addColumn<QByteArray>("query");
        QTest::addColumn<QString>("wrong");
        for (const char *value : {"", "0", "-1", "+1", "201", "1.0", "x", "99999999999999999999"})
            QTest::addRow("limit=%s", value) << "?limit=" + QByteArray(value) << QStringLiteral("limit");
        for (const char *value :
            {"", "0", "-1", "+1", "1.0", "x", "9007199254740992", "99999999999999999999"})
            QTest::addRow("before=%s", value) << "?before=" + QByteArray(value) << QStringLiteral("before");
    }
    void badQueries()
    {
        QFETCH(QByteArray, query);
        QFETCH(QString, wrong);
        const QByteArray room = makeRoom(QStringLiteral("bad-%1").arg(++m_rooms), false, m_anna, 1);
        QVERIFY(!room.isEmpty());
        const Answer answer = read(room, m_anna, query);
        QCOMPARE(answer.status, 400);
        QCOMPARE(field(answer), wrong);
    }

private:
    int m_rooms = 0;
};

QTEST_GUILESS_MAIN(NativeVersionsTest)
#include "tst_nativeversions.moc"
