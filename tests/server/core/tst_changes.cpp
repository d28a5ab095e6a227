// SPDX-License-Identifier: GPL-3.0-or-later
#include "common/ids.h"
#include "tests/server/core/corefixture.h"

using namespace rookery;
using namespace rookery::core;
using namespace rookery::test;

namespace {

AccountsOptions changesOptions()
{
    AccountsOptions made = withoutLogInLimit();
    made.limits.messagesPerSecond = 0;
    made.admins = {QStringLiteral("Overseer")};
    return made;
}

} // namespace

/// Edits, deletions, roles, names and topics, as the core lets them through.
class ChangesTest : public QObject
{
    Q_OBJECT
private:
    CoreFixture m_core{changesOptions()};
    int m_count = 0;

    Principal newUser() { return m_core.newUser(QStringLiteral("person%1").arg(++m_count)); }
    Room newRoom(const Principal &owner, RoomKind kind = RoomKind::Public)
    {
        const auto room = answerOf<Room>([&](auto *context, auto done) {
            m_core.rooms->create(owner, QStringLiteral("room%1").arg(++m_count), kind, context, done);
        });
        return room ? *room : Room();
    }
    Result<Sent> edit(const Principal &who, const Room &room, qint64 target, const QString &text,
        std::optional<QString> clientId = {})
    {
        return answerOf<Sent>([&](auto *context, auto done) {
            m_core.messages->edit(
                who, room, target, Draft{text, clientId}, QStringLiteral("text"), context, done);
        });
    }
    Result<Sent> remove(const Principal &who, const Room &room, qint64 target)
    {
        return answerOf<Sent>([&](auto *context, auto done) {
            m_core.messages->remove(who, room, target, Draft(), context, done);
        });
    }
    Result<Member> setRole(const Principal &who, const Room &room, const Principal &whose, Role role)
    {
        return answerOf<Member>([&](auto *context, auto done) {
            m_core.thread->core().moderation->setRole(who, room.id, whose.user.id, role, context, done);
        });
    }
    Result<Room> change(const Principal &who, const Room &room, const RoomWish &wish)
    {
        return answerOf<Room>([&](auto *context, auto done) {
            m_core.thread->core().moderation->change(who, room.id, wish, context, done);
        });
    }
    Result<Page> pageOf(const Principal &who, const Room &room, bool messagesOnly = false)
    {
        return answerOf<Page>([&](auto *context, auto done) {
            store::PageQuery query;
            query.messagesOnly = messagesOnly;
            m_core.messages->history(who.user, room, query, context, done);
        });
    }

private Q_SLOTS:
    void editsAreChecked_data()
    {
        QTest::addColumn<QString>("text");
        QTest::addColumn<QString>("clientId");
        QTest::addColumn<int>("code");
        QTest::addColumn<QString>("field");
        const auto row = [](const char *name, const QString &text, const QString &clientId, ErrorCode code,
                             const char *field) {
            QTest::newRow(name) << text << clientId << int(code) << QString::fromLatin1(field);
        };
        row("empty", {}, {}, ErrorCode::InvalidField, "text");
        row("blank", QStringLiteral(" \n"), {}, ErrorCode::InvalidField, "text");
        row("NUL", QString(QChar(u'\0')) + u'x', {}, ErrorCode::InvalidField, "text");
        row("half a surrogate pair", QString(QChar(0xd800)), {}, ErrorCode::InvalidField, "text");
        row("too long", QString(4001, u'x'), {}, ErrorCode::MessageTooLong, "text");
        row("a client id that is none", QStringLiteral("x"), QStringLiteral("1"), ErrorCode::InvalidField,
            "client_id");
    }
    void editsAreChecked()
    {
        QFETCH(QString, text);
        QFETCH(QString, clientId);
        QFETCH(int, code);
        QFETCH(QString, field);
        const Principal ann = newUser();
        const Room room = newRoom(ann);
        QVERIFY(m_core.send(ann, room, QStringLiteral("first")));
        const auto edited =
            edit(ann, room, 1, text, clientId.isEmpty() ? std::nullopt : std::optional(clientId));
        QVERIFY(!edited);
        QCOMPARE(int(edited.error().code), code);
        QCOMPARE(edited.error().field, field);
        QCOMPARE(pageOf(ann, room)->events.size(), 1);
    }

    void targetsThatAreNone_data()
    {
        QTest::addColumn<qint64>("target");
        for (const qint64 target : {qint64(0), qint64(-1), qint64(3), (qint64(1) << 53) - 1,
                 std::numeric_limits<qint64>::max(), std::numeric_limits<qint64>::min()})
            QTest::addRow("%lld", target) << target;
    }
    /// Neither what is not there nor what is no message can be edited or deleted.
    void targetsThatAreNone()
    {
        QFETCH(qint64, target);
        const Principal ann = newUser();
        const Room room = newRoom(ann);
        QVERIFY(m_core.send(ann, room, QStringLiteral("first")));
        QVERIFY(edit(ann, room, 1, QStringLiteral("second"))); // which is seq 2, and no message
        for (const qint64 none : {target, qint64(2)}) {
            const auto edited = edit(ann, room, none, QStringLiteral("third"));
            QVERIFY(!edited);
            QCOMPARE(edited.error().code, ErrorCode::NotFound);
            QCOMPARE(edited.error().field, QStringLiteral("target"));
            QCOMPARE(remove(ann, room, none).error().code, ErrorCode::NotFound);
        }
        QCOMPARE(pageOf(ann, room)->events.size(), 2);
    }

    void theWindowCloses()
    {
        AccountsOptions brief = changesOptions();
        brief.limits.editWindow = std::chrono::seconds(1);
        CoreFixture core(brief);
        const Principal ann = core.newUser(QStringLiteral("ann"));
        const Room room = core.openRoom(ann, QStringLiteral("brief"));
        QVERIFY(core.send(ann, room, QStringLiteral("first")));
        std::optional<Error> refused;
        int edits = 0;
        QTRY_VERIFY_WITH_TIMEOUT(
            [&] {
                const auto edited = answerOf<Sent>([&](auto *context, auto done) {
                    core.messages->edit(ann, room, 1, Draft{QStringLiteral("again"), {}},
                        QStringLiteral("text"), context, done);
                });
                if (edited)
                    ++edits;
                else
                    refused = edited.error();
                return refused.has_value();
            }(),
            20'000);
        QVERIFY(edits >= 1);
        QCOMPARE(refused->code, ErrorCode::Forbidden);
        // Deleting has no window.
        QVERIFY(answerOf<Sent>(
            [&](auto *context, auto done) { core.messages->remove(ann, room, 1, Draft(), context, done); }));
    }

    void whoseMessages()
    {
        const Principal owner = newUser();
        const Principal bob = newUser();
        const Principal eve = newUser();
        const Room room = newRoom(owner);
        QCOMPARE(room.role, Role::Owner);
        QVERIFY(m_core.send(bob, room, QStringLiteral("bob's")));
        QCOMPARE(edit(eve, room, 1, QStringLiteral("forged")).error().code, ErrorCode::Forbidden);
        QCOMPARE(edit(owner, room, 1, QStringLiteral("forged")).error().code, ErrorCode::Forbidden);
        QCOMPARE(remove(eve, room, 1).error().code, ErrorCode::Forbidden);
        QVERIFY(edit(bob, room, 1, QStringLiteral("bob's own")));
        QVERIFY(remove(owner, room, 1));
        QCOMPARE(edit(bob, room, 1, QStringLiteral("late")).error().code, ErrorCode::NotFound);
        const auto again = remove(bob, room, 1);
        QVERIFY(again);
        QVERIFY(again->duplicate);
        QCOMPARE(again->event.sender.id, owner.user.id);
        const auto page = pageOf(eve, room);
        QCOMPARE(page->events.size(), 3);
        QVERIFY(page->events[0].as<Posted>()->isDeleted());
        QVERIFY(pageOf(eve, room, true)->events.isEmpty());
    }

    void aResentEditIsAnsweredOnce()
    {
        const Principal ann = newUser();
        const Room room = newRoom(ann);
        QVERIFY(m_core.send(ann, room, QStringLiteral("first")));
        const QString clientId = newId();
        const auto first = edit(ann, room, 1, QStringLiteral("second"), clientId);
        const auto again = edit(ann, room, 1, QStringLiteral("second"), clientId);
        QVERIFY(first && again);
        QVERIFY(again->duplicate);
        QCOMPARE(again->event.seq, first->event.seq);
        const auto other = edit(ann, room, 1, QStringLiteral("third"), clientId);
        QVERIFY(!other);
        QCOMPARE(other.error().code, ErrorCode::ClientIdReused);
    }

    /// A loop of edits is stopped by the bytes of a day and by the rate, as messages are.
    void editsCount()
    {
        AccountsOptions few = changesOptions();
        few.limits.bytesPerUserPerDay = 5 * 1024;
        CoreFixture core(few);
        const Principal ann = core.newUser(QStringLiteral("ann"));
        const Room room = core.openRoom(ann, QStringLiteral("looped"));
        QVERIFY(core.send(ann, room, QStringLiteral("first")));
        std::optional<Error> refused;
        for (int i = 0; i < 1000 && !refused; ++i) {
            const auto edited = answerOf<Sent>([&](auto *context, auto done) {
                core.messages->edit(
                    ann, room, 1, Draft{QString::number(i), {}}, QStringLiteral("text"), context, done);
            });
            if (!edited)
                refused = edited.error();
        }
        QVERIFY(refused);
        QCOMPARE(refused->code, ErrorCode::RateLimited);
        // And yet it can be taken back.
        QVERIFY(answerOf<Sent>(
            [&](auto *context, auto done) { core.messages->remove(ann, room, 1, Draft(), context, done); }));
    }

    void topicsAreChecked_data()
    {
        QTest::addColumn<QString>("topic");
        QTest::addColumn<bool>("good");
        QTest::newRow("none") << QString() << true;
        QTest::newRow("plain") << QStringLiteral("Herons and other waders") << true;
        QTest::newRow("250 beyond the first plane") << QStringLiteral("\U0001F426").repeated(250) << true;
        QTest::newRow("251") << QString(251, u'x') << false;
        QTest::newRow("two lines") << QStringLiteral("a\nb") << false;
        QTest::newRow("a line separator") << QStringLiteral("a\u2028b") << false;
        QTest::newRow("C1") << QStringLiteral("a\u009bb") << false;
        QTest::newRow("escape") << QStringLiteral("a\u001b[1mb") << false;
        QTest::newRow("half a surrogate pair") << QString(QChar(0xdc00)) << false;
        QTest::newRow("markup") << QStringLiteral("<img src=file:///etc/passwd>") << true;
    }
    void topicsAreChecked()
    {
        QFETCH(QString, topic);
        QFETCH(bool, good);
        const Principal ann = newUser();
        const Room room = newRoom(ann);
        const auto changed = change(ann, room, {{}, topic});
        QCOMPARE(changed.ok(), good);
        if (good)
            QCOMPARE(changed->topic, topic);
        else
            QCOMPARE(changed.error().field, QStringLiteral("topic"));
    }

    void roomsAreRenamed()
    {
        const Principal ann = newUser();
        const Room room = newRoom(ann);
        const Room other = newRoom(ann);
        const auto renamed = change(ann, room, {QStringLiteral("renamed"), {}});
        QVERIFY(renamed);
        QCOMPARE(renamed->name, QStringLiteral("renamed"));
        QCOMPARE(change(ann, other, {QStringLiteral("Renamed"), {}}).error().code, ErrorCode::NameTaken);
        QCOMPARE(change(ann, other, {QStringLiteral("a b"), {}}).error().field, QStringLiteral("name"));
        QCOMPARE(change(ann, other, {}).error().code, ErrorCode::MissingField);
        // The name that it had stays its own.
        const auto old = answerOf<Room>(
            [&](auto *context, auto done) { m_core.rooms->find(ann, room.name, context, done); });
        QVERIFY(old.ok());
        QCOMPARE(old->id, room.id);
        const auto taken = change(ann, other, {room.name, {}});
        QVERIFY(!taken.ok());
        QCOMPARE(taken.error().code, ErrorCode::NameTaken);
    }

    void bansKeepOut()
    {
        const Principal owner = newUser();
        const Principal bob = newUser();
        for (const RoomKind kind : {RoomKind::Public, RoomKind::Private}) {
            const ErrorCode refused = kind == RoomKind::Public ? ErrorCode::Forbidden : ErrorCode::NotFound;
            const Room room = newRoom(owner, kind);
            QVERIFY(m_core.bringIn(owner, bob, room));
            const auto banned = setRole(owner, room, bob, Role::Banned);
            QVERIFY(banned);
            QCOMPARE(banned->role, Role::Banned);
            const auto find = [&] {
                return answerOf<Room>(
                    [&](auto *context, auto done) { m_core.rooms->find(bob, room.id, context, done); });
            };
            QCOMPARE(find().error().code, refused);
            QCOMPARE(answerOf<Room>(
                         [&](auto *context, auto done) { m_core.rooms->join(bob, room.id, context, done); })
                         .error()
                         .code,
                refused);
            QCOMPARE(pageOf(bob, room).error().code, refused);
            QVERIFY(!m_core.bringIn(owner, bob, room));
            QVERIFY(setRole(owner, room, bob, Role::None)); // lifted
            QVERIFY(m_core.bringIn(owner, bob, room));
        }
    }

    void admins()
    {
        // Nobody makes themself one by registering its name first.
        const auto early = answerOf<User>([&](auto *context, auto done) {
            m_core.accounts->registerUser(
                QStringLiteral("0verseer"), QStringLiteral("correct horse"), {}, context, done);
        });
        QVERIFY(!early);
        QCOMPARE(early.error().code, ErrorCode::NameTaken);

        Principal admin = newUser();
        admin.admin = true;
        const Principal owner = newUser();
        const Room open = newRoom(owner);
        const Room hidden = newRoom(owner, RoomKind::Private);
        QVERIFY(m_core.send(owner, open, QStringLiteral("first")));
        QVERIFY(remove(admin, open, 1));
        QVERIFY(change(admin, open, {{}, QStringLiteral("by an admin")}));
        QCOMPARE(
            change(admin, hidden, {{}, QStringLiteral("by an admin")}).error().code, ErrorCode::NotFound);
        QVERIFY(change(admin, m_core.rooms->lobby(), {{}, QStringLiteral("welcome")}));
        QCOMPARE(change(admin, m_core.rooms->lobby(), {QStringLiteral("foyer"), {}}).error().code,
            ErrorCode::Forbidden);
        QTRY_COMPARE(m_core.rooms->lobby().topic, QStringLiteral("welcome"));
    }

    /// THREATS 48.
    void securityLines()
    {
        const Principal owner = newUser();
        const Principal bob = newUser();
        const Room room = newRoom(owner);
        QVERIFY(m_core.bringIn(owner, bob, room));
        const auto said = m_core.send(bob, room, QStringLiteral("what bob said"));
        QVERIFY(said);
        static QStringList lines;
        lines.clear();
        const auto before =
            qInstallMessageHandler([](QtMsgType, const QMessageLogContext &, const QString &line) {
                if (line.contains(QLatin1String("category=security")))
                    lines.append(line);
            });
        const bool done = setRole(owner, room, bob, Role::Moderator).ok()
            && setRole(owner, room, bob, Role::None).ok() && setRole(owner, room, bob, Role::Banned).ok()
            && setRole(owner, room, bob, Role::None).ok() && remove(owner, room, said->event.seq).ok()
            && change(owner, room, {{}, QStringLiteral("told")}).ok();
        qInstallMessageHandler(before);
        QVERIFY(done);
        QStringList events;
        for (const QString &line : std::as_const(lines)) {
            QVERIFY2(line.contains(owner.user.name) && line.contains(room.id), qPrintable(line));
            QVERIFY2(!line.contains(QLatin1String("what bob said")), qPrintable(line));
            events.append(line.section(QLatin1String("event="), 1).section(u' ', 0, 0));
        }
        QCOMPARE(events,
            (QStringList{QStringLiteral("role_changed"), QStringLiteral("member_removed"),
                QStringLiteral("member_banned"), QStringLiteral("ban_lifted"),
                QStringLiteral("message_deleted"), QStringLiteral("room_changed")}));
    }

    void membersSayTheirRoles()
    {
        const Principal owner = newUser();
        const Principal bob = newUser();
        const Room room = newRoom(owner);
        QVERIFY(m_core.bringIn(owner, bob, room));
        QVERIFY(setRole(owner, room, bob, Role::Moderator));
        const auto page = answerOf<MembersPage>(
            [&](auto *context, auto done) { m_core.rooms->members(room, {}, 100, context, done); });
        QVERIFY(page);
        QHash<QString, Role> roles;
        for (const Member &member : page->members)
            roles.insert(member.user.id, member.role);
        QCOMPARE(roles.value(owner.user.id), Role::Owner);
        QCOMPARE(roles.value(bob.user.id), Role::Moderator);
    }
};

QTEST_GUILESS_MAIN(ChangesTest)
#include "tst_changes.moc"
