// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/server/store/conformance.h"

#include <QRandomGenerator>

namespace storetest {

namespace {

MessageRule refusing()
{
    return [](const MessageFacts &) { return Error{ErrorCode::Forbidden, QStringLiteral("not you")}; };
}

} // namespace

void ChangeConformance::makeRoom(RoomKind kind)
{
    VALUE_OR_FAIL(ann, store().createUser(newUser(QStringLiteral("Ann"))));
    VALUE_OR_FAIL(bob, store().createUser(newUser(QStringLiteral("Bob"))));
    VALUE_OR_FAIL(room, store().createRoom(newRoom(QStringLiteral("Tea"), kind, ann.id)));
    m_ann = ann;
    m_bob = bob;
    m_room = room;
}

RoomEvent ChangeConformance::append(const QString &text)
{
    const auto appended = store().append(newMessage(m_room, m_ann, text));
    return appended ? appended->event : RoomEvent();
}

QList<RoomEvent> ChangeConformance::log(bool messagesOnly)
{
    PageQuery query{m_room.id, {}, 0, 1000};
    query.messagesOnly = messagesOnly;
    const auto page = store().page(query);
    return page ? page->events : QList<RoomEvent>();
}

void ChangeConformance::messageHasItsNewestText()
{
    makeRoom();
    const RoomEvent message = append(QStringLiteral("one"));
    append(QStringLiteral("another"));
    VALUE_OR_FAIL(first, store().changeMessage(newChange(m_room, 1, m_ann, QStringLiteral("two"))));
    QVERIFY(!first.duplicate);
    QCOMPARE(first.event.seq, qint64(3));
    QCOMPARE(first.event.sender, m_ann);
    QVERIFY(isId(first.event.id));
    QCOMPARE(first.event.content, EventContent(Edited{1, QStringLiteral("two")}));
    VALUE_OR_FAIL(second, store().changeMessage(newChange(m_room, 1, m_bob, QStringLiteral("three"))));
    QCOMPARE(second.event.seq, qint64(4));
    for (int round = 0; round < 2; ++round) {
        const QList<RoomEvent> events = log();
        QCOMPARE(events.size(), 4);
        RoomEvent edited = message;
        edited.content = Posted{QStringLiteral("three"), 4, second.event.timestamp, {}};
        QCOMPARE(events[0], edited);
        QCOMPARE(events[1].content, EventContent(Posted{QStringLiteral("another")}));
        RoomEvent replaced = first.event;
        replaced.content = Edited{1, std::nullopt};
        QCOMPARE(events[2], replaced);
        QCOMPARE(events[3], second.event);
        reopen();
    }
}

void ChangeConformance::deletedMessageHasNone()
{
    makeRoom();
    const RoomEvent message = append(QStringLiteral("one"));
    VALUE_OR_FAIL(edit, store().changeMessage(newChange(m_room, 1, m_ann, QStringLiteral("two"))));
    VALUE_OR_FAIL(deletion, store().changeMessage(newChange(m_room, 1, m_bob)));
    QCOMPARE(deletion.event.seq, qint64(3));
    QCOMPARE(deletion.event.content, EventContent(Deleted{1}));
    for (int round = 0; round < 2; ++round) {
        const QList<RoomEvent> events = log();
        QCOMPARE(events.size(), 3);
        RoomEvent deleted = message;
        deleted.content = Posted{{}, 0, {}, deletion.event.timestamp};
        QCOMPARE(events[0], deleted);
        QCOMPARE(events[1].content, EventContent(Edited{1, std::nullopt}));
        QCOMPARE(events[2], deletion.event);
        reopen();
    }
    QCOMPARE(append(QStringLiteral("next")).seq, qint64(4));
}

void ChangeConformance::resentChangeAnswersTheFirst()
{
    makeRoom();
    append(QStringLiteral("one"));
    append(QStringLiteral("two"));
    // Not asked again: the time to edit may have run out since.
    int asked = 0;
    const auto once = [&asked](const MessageFacts &) {
        return ++asked > 2 ? std::optional(Error{ErrorCode::Forbidden, QStringLiteral("too late")})
                           : std::nullopt;
    };
    const MessageChange edit = newChange(m_room, 1, m_ann, QStringLiteral("three"), once);
    const MessageChange deletion = newChange(m_room, 2, m_ann, {}, once);
    VALUE_OR_FAIL(edited, store().changeMessage(edit));
    VALUE_OR_FAIL(deleted, store().changeMessage(deletion));
    for (int round = 0; round < 2; ++round) {
        VALUE_OR_FAIL(editedAgain, store().changeMessage(edit));
        QVERIFY(editedAgain.duplicate);
        QCOMPARE(editedAgain.event, edited.event);
        VALUE_OR_FAIL(deletedAgain, store().changeMessage(deletion));
        QVERIFY(deletedAgain.duplicate);
        QCOMPARE(deletedAgain.event, deleted.event);
        reopen();
    }
    QCOMPARE(log().size(), 4);
    // A client id is the same in capitals, and answered as it was sent.
    MessageChange capitals = edit;
    capitals.clientId = edit.clientId.toUpper();
    VALUE_OR_FAIL(inCapitals, store().changeMessage(capitals));
    QVERIFY(inCapitals.duplicate);
    QCOMPARE(inCapitals.event.clientId, capitals.clientId);
}

void ChangeConformance::clientIdOfSomethingElseIsRefused()
{
    makeRoom();
    VALUE_OR_FAIL(other, store().createRoom(newRoom(QStringLiteral("Coffee"))));
    const NewMessage message = newMessage(m_room, m_ann, QStringLiteral("one"));
    QVERIFY(store().append(message).ok());
    append(QStringLiteral("two"));
    QVERIFY(store().append(newMessage(other, m_ann, QStringLiteral("one"))).ok());
    const MessageChange edit = newChange(m_room, 1, m_ann, QStringLiteral("three"));
    QVERIFY(store().changeMessage(edit).ok());
    const auto changed = [&](auto change) {
        MessageChange another = edit;
        change(another);
        return store().changeMessage(another);
    };
    REFUSED(changed([](auto &change) { change.text = QStringLiteral("four"); }), ErrorCode::ClientIdReused);
    REFUSED(changed([](auto &change) { change.text.reset(); }), ErrorCode::ClientIdReused);
    REFUSED(changed([](auto &change) { change.target = 2; }), ErrorCode::ClientIdReused);
    REFUSED(changed([&](auto &change) { change.roomId = other.id; }), ErrorCode::ClientIdReused);
    REFUSED(changed([&](auto &change) { change.clientId = message.clientId; }), ErrorCode::ClientIdReused);
    NewMessage reusing = message;
    reusing.clientId = edit.clientId;
    REFUSED(store().append(reusing), ErrorCode::ClientIdReused);
    // Somebody else's is another.
    QVERIFY(changed([&](auto &change) { change.actor = m_bob; }).ok());
    QCOMPARE(log().size(), 4);
}

void ChangeConformance::messageIsResentAfterItsEdit()
{
    makeRoom();
    NewMessage message = newMessage(m_room, m_ann, QStringLiteral("one"));
    VALUE_OR_FAIL(first, store().append(message));
    QVERIFY(store().changeMessage(newChange(m_room, 1, m_ann, QStringLiteral("two"))).ok());
    QVERIFY(store().changeMessage(newChange(m_room, 1, m_ann, QStringLiteral("three"))).ok());
    VALUE_OR_FAIL(again, store().append(message));
    QVERIFY(again.duplicate);
    QCOMPARE(again.event.id, first.event.id);
    QCOMPARE(again.event.text(), QStringLiteral("three")); // as it is by then
    for (const QString &other : {QStringLiteral("two"), QStringLiteral("three"), QString()}) {
        message.text = other;
        REFUSED(store().append(message), ErrorCode::ClientIdReused);
    }
}

void ChangeConformance::messageIsResentAfterItsDeletion()
{
    makeRoom();
    NewMessage message = newMessage(m_room, m_ann, QStringLiteral("one"));
    VALUE_OR_FAIL(first, store().append(message));
    QVERIFY(store().changeMessage(newChange(m_room, 1, m_ann, QStringLiteral("two"))).ok());
    QVERIFY(store().changeMessage(newChange(m_room, 1, m_ann)).ok());
    // What it said is not known any more.
    for (const QString &text : {QStringLiteral("one"), QStringLiteral("something else")}) {
        message.text = text;
        VALUE_OR_FAIL(again, store().append(message));
        QVERIFY(again.duplicate);
        QCOMPARE(again.event.id, first.event.id);
        QCOMPARE(again.event.seq, qint64(1));
        QVERIFY(again.event.text().isEmpty());
        QVERIFY(again.event.as<Posted>()->isDeleted());
    }
    QCOMPARE(log().size(), 3);
}

void ChangeConformance::editIsResentAfterAnother()
{
    makeRoom();
    append(QStringLiteral("one"));
    MessageChange edit = newChange(m_room, 1, m_ann, QStringLiteral("two"));
    VALUE_OR_FAIL(first, store().changeMessage(edit));
    QVERIFY(store().changeMessage(newChange(m_room, 1, m_ann, QStringLiteral("three"))).ok());
    VALUE_OR_FAIL(again, store().changeMessage(edit));
    QVERIFY(again.duplicate);
    QCOMPARE(again.event.id, first.event.id);
    QCOMPARE(again.event.content, EventContent(Edited{1, std::nullopt}));
    MessageChange another = edit;
    another.text = QStringLiteral("three");
    REFUSED(store().changeMessage(another), ErrorCode::ClientIdReused);
    QVERIFY(store().changeMessage(newChange(m_room, 1, m_ann)).ok());
    VALUE_OR_FAIL(afterwards, store().changeMessage(edit));
    QVERIFY(afterwards.duplicate);
    QCOMPARE(afterwards.event.id, first.event.id);
    QVERIFY(log()[0].as<Posted>()->isDeleted());
}

void ChangeConformance::deletingTwiceAnswersTheFirst()
{
    makeRoom();
    append(QStringLiteral("one"));
    VALUE_OR_FAIL(first, store().changeMessage(newChange(m_room, 1, m_ann)));
    VALUE_OR_FAIL(second, store().changeMessage(newChange(m_room, 1, m_bob)));
    QVERIFY(second.duplicate);
    QCOMPARE(second.event, first.event);
    // Who may not delete it does not learn that it is deleted.
    REFUSED(store().changeMessage(newChange(m_room, 1, m_bob, {}, refusing())), ErrorCode::Forbidden);
    QCOMPARE(log().size(), 2);
}

void ChangeConformance::deletedIsNotEdited()
{
    makeRoom();
    append(QStringLiteral("one"));
    QVERIFY(store().changeMessage(newChange(m_room, 1, m_ann)).ok());
    REFUSED(store().changeMessage(newChange(m_room, 1, m_ann, QStringLiteral("two"))), ErrorCode::NotFound);
    QVERIFY(log()[0].text().isEmpty());
    QCOMPARE(log().size(), 2);
}

void ChangeConformance::changesOfNothing()
{
    makeRoom();
    append(QStringLiteral("one"));
    QVERIFY(store().changeMessage(newChange(m_room, 1, m_ann, QStringLiteral("two"))).ok());
    for (const auto &text : {std::optional(QStringLiteral("three")), std::optional<QString>()}) {
        for (const qint64 target : {qint64(0), qint64(-1), qint64(2), qint64(99)}) // 2 is an edit
            REFUSED(store().changeMessage(newChange(m_room, target, m_ann, text)), ErrorCode::NotFound);
        MessageChange nowhere = newChange(m_room, 1, m_ann, text);
        nowhere.roomId = newId();
        REFUSED(store().changeMessage(nowhere), ErrorCode::NotFound);
        const User nobody{newId(), QStringLiteral("nobody"), false};
        REFUSED(store().changeMessage(newChange(m_room, 1, nobody, text)), ErrorCode::NotFound);
    }
    REFUSED(
        store().changeMessage(newChange(m_room, 1, m_ann, QString(QChar(0xd800)))), ErrorCode::InvalidField);
    REFUSED(store().versionsOf(m_room.id, 2), ErrorCode::NotFound);
    REFUSED(store().versionsOf(newId(), 1), ErrorCode::NotFound);
    QCOMPARE(log().size(), 2);
}

void ChangeConformance::ruleIsToldTheFacts()
{
    makeRoom(RoomKind::Private);
    const RoomEvent message = append(QStringLiteral("one"));
    QList<MessageFacts> asked;
    const auto note = [&asked](const MessageFacts &facts) -> std::optional<Error> {
        asked.append(facts);
        return std::nullopt;
    };
    QVERIFY(store().changeMessage(newChange(m_room, 1, m_ann, QStringLiteral("two"), note)).ok());
    QVERIFY(store().changeMessage(newChange(m_room, 1, m_bob, QStringLiteral("three"), note)).ok());
    QVERIFY(store().versionsOf(m_room.id, 1, m_ann.id, note).ok());
    QVERIFY(store().versionsOf(m_room.id, 1, m_bob.id, note).ok());
    QVERIFY(store().setRole({m_room.id, m_ann, m_bob.id, Role::Banned, {}}).ok());
    QVERIFY(store().changeMessage(newChange(m_room, 1, m_bob, {}, note)).ok());
    QCOMPARE(asked.size(), 5);
    for (int i = 0; i < 5; ++i) {
        const bool own = i % 2 == 0 && i < 4;
        QCOMPARE(asked[i].room, RoomKind::Private);
        QCOMPARE(asked[i].own, own);
        QCOMPARE(asked[i].role, own ? Role::Owner : i == 4 ? Role::Banned : Role::None);
        QCOMPARE(asked[i].sentAt, message.timestamp); // not when it was edited
        QVERIFY(asked[i].now >= asked[i].sentAt);
        QVERIFY(asked[i].now < asked[i].sentAt.addSecs(3600));
    }
}

void ChangeConformance::ruleSeesWhatWasAnsweredBefore()
{
    makeRoom(RoomKind::Private);
    VALUE_OR_FAIL(joined, store().setMember(m_room.id, m_bob.id, true));
    QVERIFY(joined.changed);
    QVERIFY(store().append(newMessage(m_room, m_bob, QStringLiteral("one"))).ok());
    QList<Role> roles;
    const auto note = [&roles](const MessageFacts &facts) -> std::optional<Error> {
        roles.append(facts.role);
        return std::nullopt;
    };
    QVERIFY(store().changeMessage(newChange(m_room, 2, m_bob, QStringLiteral("two"), note)).ok());
    QVERIFY(store().setRole({m_room.id, m_ann, m_bob.id, Role::Moderator, {}}).ok());
    QVERIFY(store().changeMessage(newChange(m_room, 2, m_bob, QStringLiteral("three"), note)).ok());
    QVERIFY(store().setRole({m_room.id, m_ann, m_bob.id, Role::None, {}}).ok());
    QVERIFY(store().changeMessage(newChange(m_room, 2, m_bob, QStringLiteral("four"), note)).ok());
    QCOMPARE(roles, (QList<Role>{Role::Member, Role::Moderator, Role::None}));
    QCOMPARE(log().size(), 7);
    QCOMPARE(log()[1].text(), QStringLiteral("four"));
}

void ChangeConformance::refusalLeavesNothing()
{
    makeRoom();
    append(QStringLiteral("one"));
    MessageChange edit = newChange(m_room, 1, m_bob, QStringLiteral("two"), refusing());
    const MessageChange deletion = newChange(m_room, 1, m_bob, {}, refusing());
    const QList<RoomEvent> before = log();
    m_fixture->takeNotices();
    REFUSED(store().changeMessage(edit), ErrorCode::Forbidden);
    REFUSED(store().changeMessage(deletion), ErrorCode::Forbidden);
    REFUSED(store().versionsOf(m_room.id, 1, m_bob.id, refusing()), ErrorCode::Forbidden);
    QCOMPARE(log(), before);
    QVERIFY(m_fixture->takeNotices().empty());
    // The client id is not used up, and the next event has the next number.
    edit.rule = {};
    VALUE_OR_FAIL(allowed, store().changeMessage(edit));
    QVERIFY(!allowed.duplicate);
    QCOMPARE(allowed.event.seq, qint64(2));
}

void ChangeConformance::blockedUsersEditNothing()
{
    makeRoom();
    VALUE_OR_FAIL(direct, store().openDirectRoom(m_ann, m_bob));
    m_room = direct.room;
    append(QStringLiteral("one"));
    append(QStringLiteral("two"));
    QVERIFY(store().setBlocked(m_bob, m_ann, true).ok());
    REFUSED(store().changeMessage(newChange(m_room, 1, m_ann, QStringLiteral("boo"))), ErrorCode::Forbidden);
    // What one has said oneself can be taken back.
    QVERIFY(store().changeMessage(newChange(m_room, 2, m_ann)).ok());
    QCOMPARE(log()[0].text(), QStringLiteral("one"));
    QVERIFY(log()[1].as<Posted>()->isDeleted());
}

void ChangeConformance::pagesOfMessagesOnly()
{
    makeRoom();
    for (int i = 1; i <= 6; ++i)
        append(QString::number(i));
    QVERIFY(store().changeMessage(newChange(m_room, 2, m_ann, QStringLiteral("two"))).ok());
    QVERIFY(store().changeMessage(newChange(m_room, 3, m_ann)).ok());
    QVERIFY(store().setMember(m_room.id, m_bob.id, true).ok());
    append(QStringLiteral("last")); // 10
    const auto read = [this](std::optional<qint64> before, std::optional<qint64> after, int limit) {
        PageQuery query{m_room.id, before, after, limit};
        query.messagesOnly = true;
        QStringList texts;
        const auto page = store().page(query);
        if (!page)
            return page.error().detail;
        for (const RoomEvent &event : page->events)
            texts.append(event.text());
        return texts.join(u' ') + (page->hasMore ? QStringLiteral(" …") : QString());
    };
    QCOMPARE(read({}, {}, 50), QStringLiteral("1 two 4 5 6 last"));
    QCOMPARE(read({}, {}, 6), QStringLiteral("1 two 4 5 6 last"));
    QCOMPARE(read({}, {}, 2), QStringLiteral("6 last …"));
    QCOMPARE(read(10, {}, 2), QStringLiteral("5 6 …"));
    QCOMPARE(read(4, {}, 2), QStringLiteral("1 two"));
    QCOMPARE(read({}, 0, 3), QStringLiteral("1 two 4 …"));
    QCOMPARE(read({}, 2, 1), QStringLiteral("4 …"));
    QCOMPARE(read({}, 6, 5), QStringLiteral("last"));
    QCOMPARE(read({}, 10, 5), QString());
    VALUE_OR_FAIL(whole, store().page({m_room.id, {}, {}, 3}));
    QCOMPARE(whole.lastSeq, qint64(10));
    QCOMPARE(whole.events[1].as<MemberChanged>()->user, m_bob);
}

void ChangeConformance::pagesAreForTheirViewer()
{
    makeRoom();
    VALUE_OR_FAIL(den, store().createRoom(newRoom(QStringLiteral("Den"), RoomKind::Private, m_ann.id)));
    const auto read = [this](const Room &room, const QString &viewer) {
        PageQuery query{room.id, {}, {}, 50};
        query.viewer = viewer;
        const auto page = store().page(query);
        return page ? ErrorCode::Internal : page.error().code;
    };
    constexpr ErrorCode readable = ErrorCode::Internal;
    QCOMPARE(read(m_room, m_ann.id), readable);
    QCOMPARE(read(m_room, m_bob.id), readable);
    QCOMPARE(read(den, m_ann.id), readable);
    QCOMPARE(read(den, m_bob.id), ErrorCode::NotFound);
    QCOMPARE(read(den, newId()), ErrorCode::NotFound);
    QCOMPARE(read(den, {}), ErrorCode::NotFound);
    QVERIFY(store().setMember(den.id, m_bob.id, true).ok());
    QCOMPARE(read(den, m_bob.id), readable);
    QVERIFY(store().setMember(den.id, m_bob.id, false).ok());
    QCOMPARE(read(den, m_bob.id), ErrorCode::NotFound);
    QVERIFY(store().setRole({m_room.id, m_ann, m_bob.id, Role::Banned, {}}).ok());
    QCOMPARE(read(m_room, m_bob.id), ErrorCode::NotFound);
    // Where nobody in particular reads, nobody is asked.
    QVERIFY(store().page({den.id, {}, {}, 50}).ok());
}

void ChangeConformance::changesComeInOrder()
{
    makeRoom();
    QObject context;
    QList<qint64> seqs;
    const auto note = [&seqs](
                          const Result<Appended> &result) { seqs.append(result ? result->event.seq : -1); };
    for (int i = 0; i < 50; ++i) {
        m_store->append(newMessage(m_room, m_ann, QString::number(i)), &context, note);
        m_store->changeMessage(newChange(m_room, 4 * i + 1, m_ann, QStringLiteral("edited")), &context, note);
        m_store->changeMessage(newChange(m_room, 4 * i + 1, m_ann), &context, note);
        m_store->append(newMessage(m_room, m_bob, QString::number(i)), &context, note);
    }
    QTRY_COMPARE(seqs.size(), 200);
    std::vector<CommitNotice> notices = m_fixture->takeNotices();
    notices.erase(notices.begin()); // the creator's
    QCOMPARE(notices.size(), size_t(200));
    for (int i = 0; i < 200; ++i) {
        QCOMPARE(seqs[i], qint64(i + 1));
        const auto &committed = std::get<Committed>(notices[size_t(i)]);
        QCOMPARE(committed.event.seq, qint64(i + 1));
        QCOMPARE(committed.room->id, m_room.id);
    }
}

void ChangeConformance::randomChanges()
{
    // What the log should say, kept by the plainest of means.
    struct Sent
    {
        NewMessage message;
        MessageChange change; ///< where it has a target
    };
    constexpr int steps = 400;
    const quint32 seed = QRandomGenerator::global()->generate();
    QRandomGenerator random(seed);
    makeRoom();
    QList<Sent> sent;
    QList<EventContent> model;
    const auto changed = [&model](const MessageChange &change) {
        auto *posted = std::get_if<Posted>(&model[change.target - 1]);
        if (!posted || posted->isDeleted())
            return false;
        for (EventContent &content : model) {
            if (auto *edit = std::get_if<Edited>(&content); edit && edit->target == change.target)
                edit->text.reset();
        }
        const QDateTime some = QDateTime::fromMSecsSinceEpoch(1, Qt::UTC);
        *posted = change.text ? Posted{*change.text, model.size() + 1, some, {}} : Posted{{}, 0, {}, some};
        model.append(change.text ? EventContent(Edited{change.target, change.text})
                                 : EventContent(Deleted{change.target}));
        return true;
    };
    const auto withoutTimes = [](EventContent content) {
        const QDateTime some = QDateTime::fromMSecsSinceEpoch(1, Qt::UTC);
        if (auto *posted = std::get_if<Posted>(&content)) {
            posted->editedAt = posted->isEdited() ? some : QDateTime();
            posted->deletedAt = posted->isDeleted() ? some : QDateTime();
        }
        return content;
    };
    for (int step = 0; step < steps; ++step) {
        const int what = int(random.bounded(10));
        const User &who = random.bounded(2) == 0 ? m_ann : m_bob;
        const QString text = QStringLiteral("%1 of %2").arg(step).arg(seed);
        if (what < 4 || model.isEmpty()) {
            const NewMessage message = newMessage(m_room, who, text);
            VALUE_OR_FAIL(appended, store().append(message));
            model.append(Posted{text});
            QCOMPARE(appended.event.seq, qint64(model.size()));
            sent.append({message, {}});
        } else if (what < 8) {
            const qint64 target = 1 + qint64(random.bounded(quint32(model.size())));
            const MessageChange change =
                newChange(m_room, target, who, what < 7 ? std::optional(text) : std::nullopt);
            const bool isMessage = std::holds_alternative<Posted>(model[target - 1]);
            const auto answer = store().changeMessage(change);
            if (changed(change)) {
                QVERIFY(answer.ok());
                QVERIFY(!answer->duplicate);
                QCOMPARE(answer->event.seq, qint64(model.size()));
                sent.append({{}, change});
            } else if (isMessage && !change.text) {
                QVERIFY(answer.ok() && answer->duplicate);
                QCOMPARE(answer->event.content, EventContent(Deleted{target}));
            } else {
                QVERIFY(!answer.ok());
                QCOMPARE(int(answer.error().code), int(ErrorCode::NotFound));
            }
        } else if (what < 9) {
            const Sent &again = sent[qsizetype(random.bounded(quint32(sent.size())))];
            const auto answer = again.change.target == 0 ? store().append(again.message)
                                                         : store().changeMessage(again.change);
            QVERIFY2(answer.ok() && answer->duplicate, qPrintable(QString::number(seed)));
            QCOMPARE(withoutTimes(answer->event.content), withoutTimes(model[answer->event.seq - 1]));
        } else if (step % 5 == 0) {
            reopen();
        }
    }
    const QList<RoomEvent> events = log();
    QCOMPARE(events.size(), model.size());
    for (qsizetype i = 0; i < model.size(); ++i)
        QVERIFY2(withoutTimes(events[i].content) == model[i], qPrintable(QString::number(seed)));
    QList<RoomEvent> messages = events;
    messages.removeIf(
        [](const RoomEvent &event) { return !event.as<Posted>() || event.as<Posted>()->isDeleted(); });
    QCOMPARE(log(true), messages);
}

} // namespace storetest
