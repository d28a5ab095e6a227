// SPDX-License-Identifier: GPL-3.0-or-later
// What the writer keeps in memory about the ends of logs must never be believed longer than it is true.

#include "server/store/queries/eventqueries.h"
#include "server/store/sqlite/sqliteheads.h"
#include "server/store/sqlite/sqlitestore.h"
#include "tests/server/store/gate.h"
#include "tests/server/store/plaindatabase.h"
#include "tests/server/store/storetest.h"

#include <QSqlQuery>
#include <QTemporaryDir>

using namespace storetest;

class TestLogHeads : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void init();
    void cleanup();

    void otherJobsSeeTheEnd();
    void rulesSeeTheRolesOfTheSameTransaction();
    void refusedAppendsLeaveTheOthers();
    void undoneJobLeavesTheEnd();
    void undoneTransactionIsForgotten();
    void anotherProgramsChangeIsSeen();
    void changedRolesAreSeen();
    void remembersSoMany();

private:
    Waiting store() { return Waiting(m_store.get()); }
    void append(const NewMessage &message);
    /// What other programs do to the file meanwhile.
    void change(const QString &sql);

    std::unique_ptr<QTemporaryDir> m_folder;
    std::unique_ptr<SqliteStore> m_store;
    User m_ann;
    Room m_room;
    QObject m_context;
    QStringList m_answers; ///< the numbers of the events, or why there is none
};

void TestLogHeads::init()
{
    m_folder = std::make_unique<QTemporaryDir>();
    SqliteOptions options;
    options.path = m_folder->filePath(QStringLiteral("rookery.db"));
    VALUE_OR_FAIL(opened, SqliteStore::open(options));
    m_store = std::move(opened);
    VALUE_OR_FAIL(ann, store().createUser(newUser(QStringLiteral("Ann"))));
    m_ann = ann;
    VALUE_OR_FAIL(room, store().createRoom(newRoom(QStringLiteral("Tea"))));
    m_room = room;
    m_answers.clear();
}

void TestLogHeads::cleanup()
{
    m_store.reset();
}

void TestLogHeads::append(const NewMessage &message)
{
    m_store->append(message, &m_context, [this](const Result<Appended> &appended) {
        m_answers.append(
            appended ? QString::number(appended->event.seq) : QLatin1String(codeText(appended.error().code)));
    });
}

void TestLogHeads::change(const QString &sql)
{
    const QString name = addPlainDatabase(m_folder->filePath(QStringLiteral("rookery.db")));
    {
        QSqlQuery query(QSqlDatabase::database(name));
        QVERIFY(query.exec(sql));
        QCOMPARE(query.numRowsAffected(), 1);
    }
    QSqlDatabase::removeDatabase(name);
}

void TestLogHeads::otherJobsSeeTheEnd()
{
    qint64 seenByMember = -1;
    {
        Gate gate(m_store.get());
        append(newMessage(m_room, m_ann, QStringLiteral("one")));
        append(newMessage(m_room, m_ann, QStringLiteral("two")));
        m_store->setMember(m_room.id, m_ann.id, true, &m_context,
            [&](const Result<MembershipChange> &change) { seenByMember = change->room.lastSeq; });
        append(newMessage(m_room, m_ann, QStringLiteral("three")));
    }
    QTRY_COMPARE(m_answers, (QStringList{QStringLiteral("1"), QStringLiteral("2"), QStringLiteral("4")}));
    QCOMPARE(seenByMember, qint64(3)); // with the event of its own
    VALUE_OR_FAIL(room, store().findRoom(m_room.id, {}));
    QCOMPARE(room.lastSeq, qint64(4));
}

void TestLogHeads::rulesSeeTheRolesOfTheSameTransaction()
{
    VALUE_OR_FAIL(bob, store().createUser(newUser(QStringLiteral("Bob"))));
    VALUE_OR_FAIL(room, store().createRoom(newRoom(QStringLiteral("Den"), RoomKind::Private, m_ann.id)));
    VALUE_OR_FAIL(joined, store().setMember(room.id, bob.id, true));
    QVERIFY(joined.changed);
    QList<Role> roles;
    int answers = 0;
    const auto note = [&roles](const MessageFacts &facts) -> std::optional<Error> {
        roles.append(facts.role);
        return std::nullopt;
    };
    const auto count = [&answers](const auto &result) { answers += result.ok() ? 1 : 0; };
    {
        Gate gate(m_store.get());
        m_store->append(newMessage(room, bob, QStringLiteral("one")), &m_context, count);
        m_store->changeMessage(newChange(room, 2, bob, QStringLiteral("two"), note), &m_context, count);
        m_store->setRole({room.id, m_ann, bob.id, Role::Moderator, {}}, &m_context, count);
        m_store->changeMessage(newChange(room, 2, bob, QStringLiteral("three"), note), &m_context, count);
        m_store->setRole({room.id, m_ann, bob.id, Role::None, {}}, &m_context, count);
        m_store->changeMessage(newChange(room, 2, bob, QStringLiteral("four"), note), &m_context, count);
    }
    QTRY_COMPARE(answers, 6);
    QCOMPARE(roles, (QList<Role>{Role::Member, Role::Moderator, Role::None}));
}

void TestLogHeads::refusedAppendsLeaveTheOthers()
{
    NewMessage first = newMessage(m_room, m_ann, QStringLiteral("one"));
    NewMessage reused = first;
    reused.text = QStringLiteral("another");
    NewMessage noRoom = newMessage(m_room, m_ann, QStringLiteral("two"));
    noRoom.roomId = newId();
    NewMessage noSender = newMessage(m_room, m_ann, QStringLiteral("two"));
    noSender.sender.id = newId();
    NewMessage notUnicode = newMessage(m_room, m_ann, QString(QChar(0xd800)));
    {
        Gate gate(m_store.get());
        for (const auto &message : {first, reused, noRoom, noSender, notUnicode, first})
            append(message);
        append(newMessage(m_room, m_ann, QStringLiteral("two")));
    }
    QTRY_COMPARE(m_answers,
        (QStringList{QStringLiteral("1"), QStringLiteral("client_id_reused"), QStringLiteral("not_found"),
            QStringLiteral("not_found"), QStringLiteral("invalid_field"), QStringLiteral("1"),
            QStringLiteral("2")}));
    VALUE_OR_FAIL(page, store().page({m_room.id, {}, {}, 50}));
    QCOMPARE(page.events.size(), 2);
    QCOMPARE(page.lastSeq, qint64(2));
}

void TestLogHeads::undoneJobLeavesTheEnd()
{
    {
        Gate gate(m_store.get());
        append(newMessage(m_room, m_ann, QStringLiteral("one")));
        m_store->runOnWriter(
            [](Connection &connection) -> Result<Nothing> {
                connection.execute(QStringLiteral("UPDATE rooms SET last_seq = 99"));
                return Error{ErrorCode::Forbidden, QStringLiteral("after all")};
            },
            &m_context, [this](const auto &) { m_answers.append(QStringLiteral("refused")); });
        append(newMessage(m_room, m_ann, QStringLiteral("two")));
        m_store->runOnWriter(
            [](Connection &connection) -> Result<Nothing> {
                connection.execute(QStringLiteral("UPDATE rooms SET last_seq = 9"));
                return Nothing();
            },
            &m_context, [this](const auto &) { m_answers.append(QStringLiteral("done")); });
        append(newMessage(m_room, m_ann, QStringLiteral("ten")));
    }
    QTRY_COMPARE(m_answers,
        (QStringList{QStringLiteral("1"), QStringLiteral("refused"), QStringLiteral("2"),
            QStringLiteral("done"), QStringLiteral("10")}));
}

void TestLogHeads::undoneTransactionIsForgotten()
{
    append(newMessage(m_room, m_ann, QStringLiteral("one")));
    QTRY_COMPARE(m_answers.size(), 1);
    {
        Gate gate(m_store.get());
        append(newMessage(m_room, m_ann, QStringLiteral("two")));
        m_store->runOnWriter(
            [](Connection &) -> Result<Nothing> {
                throw DatabaseError{Fault::Transaction, QStringLiteral("made up by the test")};
            },
            &m_context, [](const auto &) {});
        append(newMessage(m_room, m_ann, QStringLiteral("three")));
        QTest::ignoreMessage(QtCriticalMsg, QRegularExpression(QStringLiteral("made up by the test")));
    }
    QTRY_COMPARE(m_answers.size(), 3);
    append(newMessage(m_room, m_ann, QStringLiteral("four")));
    QTRY_COMPARE(m_answers,
        (QStringList{QStringLiteral("1"), QStringLiteral("storage_unavailable"),
            QStringLiteral("storage_unavailable"), QStringLiteral("2")}));
}

void TestLogHeads::anotherProgramsChangeIsSeen()
{
    append(newMessage(m_room, m_ann, QStringLiteral("one")));
    QTRY_COMPARE(m_answers.size(), 1);
    change(QStringLiteral("UPDATE rooms SET last_seq = 10"));
    append(newMessage(m_room, m_ann, QStringLiteral("eleven")));
    QTRY_COMPARE(m_answers.size(), 2);
    change(QStringLiteral("DELETE FROM rooms"));
    append(newMessage(m_room, m_ann, QStringLiteral("nowhere")));
    QTRY_COMPARE(
        m_answers, (QStringList{QStringLiteral("1"), QStringLiteral("11"), QStringLiteral("not_found")}));
}

void TestLogHeads::changedRolesAreSeen()
{
    VALUE_OR_FAIL(bob, store().createUser(newUser(QStringLiteral("Bob"))));
    QVERIFY(store().setMember(m_room.id, bob.id, true).ok()); // seq 1
    const auto appendAsBob = [&] {
        NewMessage message = newMessage(m_room, bob, QStringLiteral("hello"));
        message.rule = [](RoomKind, Role role) {
            return isMember(role) ? std::nullopt
                                  : std::optional(Error{ErrorCode::Forbidden, QStringLiteral("no member")});
        };
        append(message);
    };
    const auto setRole = [&](Role role) {
        m_store->setRole({m_room.id, m_ann, bob.id, role, {}}, &m_context, [](const auto &) {});
    };
    const auto join = [&](bool member) {
        m_store->setMember(m_room.id, bob.id, member, &m_context, [](const auto &) {});
    };
    {
        // All in one transaction.
        Gate gate(m_store.get());
        appendAsBob();
        setRole(Role::None);
        appendAsBob();
        join(true);
        appendAsBob();
        setRole(Role::Banned);
        appendAsBob();
        setRole(Role::None);
        appendAsBob();
        join(true);
        appendAsBob();
        join(false);
        appendAsBob();
        join(true);
        appendAsBob();
        m_store->runOnWriter(
            [](Connection &connection) -> Result<Nothing> {
                connection.execute(QStringLiteral("DELETE FROM members"));
                return Error{ErrorCode::Forbidden, QStringLiteral("after all")};
            },
            &m_context, [](const auto &) {});
        appendAsBob();
    }
    const QStringList inOrder{QStringLiteral("2"), QStringLiteral("forbidden"), QStringLiteral("5"),
        QStringLiteral("forbidden"), QStringLiteral("forbidden"), QStringLiteral("9"),
        QStringLiteral("forbidden"), QStringLiteral("12"), QStringLiteral("13")};
    QTRY_COMPARE(m_answers, inOrder);
    change(QStringLiteral("DELETE FROM members"));
    appendAsBob();
    QTRY_COMPARE(m_answers, inOrder + QStringList{QStringLiteral("forbidden")});
}

void TestLogHeads::remembersSoMany()
{
    QList<Room> rooms{m_room};
    QList<User> users{m_ann};
    for (const auto &name : {QStringLiteral("Coffee"), QStringLiteral("Milk"), QStringLiteral("Water")}) {
        VALUE_OR_FAIL(room, store().createRoom(newRoom(name)));
        rooms.append(room);
        VALUE_OR_FAIL(user, store().createUser(newUser(name)));
        users.append(user);
    }
    for (qsizetype i = 0; i < users.size(); i += 2)
        QVERIFY(store().setMember(rooms[0].id, users[i].id, true).ok());
    QList<Role> roles;
    QSet<qint64> roomKeys;
    QSet<qint64> userKeys;
    QList<qint64> ends;
    const auto done = await<Nothing>([&](QObject *context, Done<Nothing> reply) {
        m_store->runOnWriter(
            [&](Connection &connection) -> Result<Nothing> {
                SqliteHeads heads(2);
                heads.begin(connection);
                for (int round = 0; round < 3; ++round) {
                    for (const Room &room : rooms) {
                        roomKeys.insert(heads.room(connection, room.id)->key);
                        NewMessage message = newMessage(room, m_ann, QStringLiteral("hello"));
                        if (const auto appended = events::append(connection, heads, message))
                            ends.append(appended->event.seq);
                    }
                    for (const User &user : users) {
                        const qint64 key = heads.user(connection, user.id).value_or(0);
                        userKeys.insert(key);
                        roles.append(heads.role(connection, heads.room(connection, m_room.id)->key, key));
                    }
                }
                return Nothing();
            },
            context, std::move(reply));
    });
    QVERIFY(done.ok());
    QCOMPARE(ends, (QList<qint64>{3, 1, 1, 1, 4, 2, 2, 2, 5, 3, 3, 3})); // after the two who joined
    const QList<Role> ofARound{Role::Member, Role::None, Role::Member, Role::None};
    QCOMPARE(roles, ofARound + ofARound + ofARound);
    QCOMPARE(roomKeys.size(), 4);
    QCOMPARE(userKeys.size(), 4);
}

QTEST_GUILESS_MAIN(TestLogHeads)
#include "tst_logheads.moc"
