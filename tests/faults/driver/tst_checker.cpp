// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/faults/driver/checker.h"

#include <QTest>

using namespace rookery::faults;

Q_DECLARE_METATYPE(Fault)

namespace {

const std::string room = "room";
const std::string user = "user";

Event eventOf(std::uint32_t number, std::int64_t seq)
{
    const std::string digit = std::to_string(number);
    return {room, "id" + digit, "client" + digit, user, "text" + digit, seq};
}

Operation messageOf(const Event &event, std::uint32_t number)
{
    return {EventKind::Message, room, user, event.text, 0, 7, number};
}

/// Four messages of one sender, all acknowledged, one receiver that has them all, and the log.
struct Story
{
    Story()
    {
        for (std::uint32_t number = 1; number <= 4; ++number)
            acknowledge(eventOf(number, number), number);
    }
    void send(const Event &event, std::uint32_t number)
    {
        Operation operation = messageOf(event, number);
        operation.kind = event.kind;
        operation.target = event.target;
        ledger.sent(event.clientId, operation);
    }
    /// Sent, acknowledged, stored and received.
    void acknowledge(const Event &event, std::uint32_t number)
    {
        send(event, number);
        ledger.acknowledged(event.clientId, event.id, event.seq);
        add(event);
    }
    void add(const Event &event)
    {
        log.push_back(event);
        told.push_back(event);
    }
    void check()
    {
        Checker checker(ledger, findings);
        RoomView view("ann", room, "epoch", 0, findings);
        for (const Event &event : log)
            checker.take(event);
        for (const Event &event : told)
            view.take(event);
        for (const Checker::Changed &message : checker.changed()) {
            checker.takeAgain(message, log[std::size_t(message.seq - 1)]);
            if (versions)
                checker.takeVersions(message, *versions);
        }
        checker.settle();
        checker.compare(view);
    }

    Findings findings;
    Ledger ledger{findings};
    std::vector<Event> log;
    std::vector<Event> told;
    std::optional<std::optional<std::vector<Version>>> versions; ///< as answered
};

Event changeOf(EventKind kind, std::uint32_t number, std::int64_t seq, std::int64_t target)
{
    Event event = eventOf(number, seq);
    event.kind = kind;
    event.target = target;
    if (kind == EventKind::Deleted)
        event.text.clear();
    return event;
}

Event membership(std::int64_t seq, const std::string &before, const std::string &role)
{
    Event event = eventOf(std::uint32_t(100 + seq), seq);
    event.kind = EventKind::MemberChanged;
    event.text.clear();
    event.user = user;
    event.before = before;
    event.role = role;
    return event;
}

/// Message 2 is edited twice, by events 5 and 6; message 3 is edited by 7 and deleted by 8; the user joins by 9.
/// The receiver was there all the time, so it was sent everything as it was then. The log is read at the end.
struct ChangedStory : Story
{
    ChangedStory()
    {
        acknowledge(changeOf(EventKind::Edited, 5, 5, 2), 5);
        acknowledge(changeOf(EventKind::Edited, 6, 6, 2), 6);
        acknowledge(changeOf(EventKind::Edited, 7, 7, 3), 7);
        acknowledge(changeOf(EventKind::Deleted, 8, 8, 3), 8);
        add(membership(9, "none", "member"));
        ledger.memberChanged(room, user, "member");
        message(2).text = "text6";
        message(2).editedSeq = 6;
        message(3).text.clear();
        message(3).isDeleted = true;
        message(5).text.clear();
        message(7).text.clear();
    }
    Event &message(std::int64_t seq) { return log[std::size_t(seq - 1)]; }
};

const std::vector<Version> versionsOfTwo{
    {2, textHash("text2")}, {5, textHash("text5")}, {6, textHash("text6")}};

} // namespace

/// The checker must be able to fail: every error, planted.
class tst_Checker : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void nothingIsWrong();
    void unacknowledgedMayBeMissing();
    void plantedFaults_data();
    void plantedFaults();
    void changesAreRight();
    void changesOfTheDeletedAreAnswered();
    void plantedFaultsInChanges_data();
    void plantedFaultsInChanges();
    void whoResumesIsShownThePresent();
    void changesComeStepByStep();
    void clientsOfMessagesOnlySkipTheRest_data();
    void clientsOfMessagesOnlySkipTheRest();
    void stepByStep();
    void refusedMessagesMayComeLater();
    void countsAndSentences();
};

void tst_Checker::nothingIsWrong()
{
    Story story;
    story.check();
    QCOMPARE(story.findings.total(), 0U);
}

void tst_Checker::unacknowledgedMayBeMissing()
{
    Story story;
    story.ledger.sent("client5", messageOf(eventOf(5, 5), 5));
    story.check();
    QCOMPARE(story.findings.total(), 0U);
}

void tst_Checker::plantedFaults_data()
{
    QTest::addColumn<std::function<void(Story &)>>("plant");
    QTest::addColumn<Fault>("fault");
    const auto row = [](const char *name, Fault fault, const std::function<void(Story &)> &plant) {
        QTest::newRow(name) << plant << fault;
    };
    row("an acknowledged message is not in the log", Fault::Lost, [](Story &s) {
        s.log.pop_back();
        s.told.pop_back();
    });
    row("a message is in the log twice", Fault::Doubled, [](Story &s) {
        Event again = eventOf(4, 5);
        again.id = "another";
        s.log.push_back(again);
        s.told.push_back(again);
    });
    row("two events have one id", Fault::Doubled, [](Story &s) {
        Event other = eventOf(5, 5);
        other.id = "id4";
        s.ledger.sent(other.clientId, messageOf(other, 5));
        s.log.push_back(other);
        s.told.push_back(other);
    });
    row("the log has a number twice", Fault::Doubled, [](Story &s) { s.log.push_back(eventOf(4, 4)); });
    row("the log leaves out a number", Fault::Gap, [](Story &s) {
        s.ledger.sent("client5", messageOf(eventOf(5, 5), 5));
        s.log.push_back(eventOf(5, 6));
        s.told.push_back(eventOf(5, 6));
    });
    row("a sender's messages are in another order", Fault::Reordered, [](Story &s) {
        for (const std::uint32_t number : {6U, 5U}) {
            const Event event = eventOf(number, std::int64_t(s.log.size()) + 1);
            s.ledger.sent(event.clientId, messageOf(event, number));
            s.log.push_back(event);
            s.told.push_back(event);
        }
    });
    row("a text is another", Fault::Altered, [](Story &s) {
        s.log[1].text = "other";
        s.told[1].text = "other";
    });
    row("a sender is another", Fault::Altered, [](Story &s) {
        s.log[1].sender = "other";
        s.told[1].sender = "other";
    });
    row("the log holds what nobody sent", Fault::Altered, [](Story &s) {
        s.log.push_back(eventOf(9, 5));
        s.told.push_back(eventOf(9, 5));
    });
    row("what nobody sent is acknowledged", Fault::Altered,
        [](Story &s) { s.ledger.acknowledged("client9", "id9", 9); });
    row("an acknowledgement names another seq than the log", Fault::Contradicted, [](Story &s) {
        s.ledger.sent("client5", messageOf(eventOf(5, 5), 5));
        s.ledger.acknowledged("client5", "id5", 9);
        s.log.push_back(eventOf(5, 5));
        s.told.push_back(eventOf(5, 5));
    });
    row("a resend is acknowledged as another event", Fault::Contradicted,
        [](Story &s) { s.ledger.acknowledged("client4", "id9", 4); });
    row("a resend is acknowledged under another seq", Fault::Contradicted,
        [](Story &s) { s.ledger.acknowledged("client4", "id4", 5); });
    row("a client was not told an event", Fault::Gap, [](Story &s) { s.told.erase(s.told.begin() + 1); });
    row("a client was not told the end", Fault::Gap, [](Story &s) { s.told.pop_back(); });
    row("a client was told an event twice", Fault::Doubled,
        [](Story &s) { s.told.push_back(s.told.back()); });
    row("a client was told two events in the wrong order", Fault::Reordered,
        [](Story &s) { std::swap(s.told[1], s.told[2]); });
    row("a client was told what is not stored", Fault::Phantom,
        [](Story &s) { s.told.push_back(eventOf(5, 5)); });
    row("a client was told something else than is stored", Fault::Phantom,
        [](Story &s) { s.told[2].text = "other"; });
    row("a client was told two events under one number", Fault::Contradicted,
        [](Story &s) { s.told.push_back(eventOf(3, 4)); });
}

void tst_Checker::plantedFaults()
{
    QFETCH(const std::function<void(Story &)>, plant);
    QFETCH(const Fault, fault);
    Story story;
    plant(story);
    story.check();
    QVERIFY2(story.findings.count(fault) > 0,
        story.findings.sentences().empty() ? "nothing was found" : story.findings.sentences()[0].c_str());
}

void tst_Checker::changesAreRight()
{
    ChangedStory story;
    story.check();
    QVERIFY2(story.findings.total() == 0,
        story.findings.sentences().empty() ? "" : story.findings.sentences()[0].c_str());
}

void tst_Checker::changesOfTheDeletedAreAnswered()
{
    ChangedStory story;
    // A second deletion is answered by the first one, an edit is refused. Neither is stored.
    const Event again = changeOf(EventKind::Deleted, 10, 8, 3);
    story.send(again, 10);
    story.ledger.acknowledged(again.clientId, "id8", 8);
    const Event late = changeOf(EventKind::Edited, 11, 0, 3);
    story.send(late, 11);
    story.ledger.gone(late.clientId);
    story.check();
    QCOMPARE(story.findings.total(), 0U);
    QCOMPARE(story.ledger.counts().refusedAsGone, 1U);
    QCOMPARE(story.ledger.counts().deletions, 2U);
}

void tst_Checker::plantedFaultsInChanges_data()
{
    QTest::addColumn<std::function<void(ChangedStory &)>>("plant");
    QTest::addColumn<Fault>("fault");
    const auto row = [](const char *name, Fault fault, const std::function<void(ChangedStory &)> &plant) {
        QTest::newRow(name) << plant << fault;
    };
    row("an acknowledged edit is not in the log", Fault::Lost, [](ChangedStory &s) {
        const Event edit = changeOf(EventKind::Edited, 10, 10, 4);
        s.send(edit, 10);
        s.ledger.acknowledged(edit.clientId, edit.id, edit.seq);
    });
    row("an acknowledged deletion is not in the log", Fault::Lost, [](ChangedStory &s) {
        const Event deletion = changeOf(EventKind::Deleted, 10, 10, 4);
        s.send(deletion, 10);
        s.ledger.acknowledged(deletion.clientId, deletion.id, deletion.seq);
    });
    row("a deletion is acknowledged as that of another message", Fault::Lost, [](ChangedStory &s) {
        const Event deletion = changeOf(EventKind::Deleted, 10, 8, 4);
        s.send(deletion, 10);
        s.ledger.acknowledged(deletion.clientId, "id8", 8);
    });
    row("an edit is acknowledged under another seq", Fault::Contradicted, [](ChangedStory &s) {
        Event edit = changeOf(EventKind::Edited, 10, 10, 4);
        s.send(edit, 10);
        s.ledger.acknowledged(edit.clientId, edit.id, 6);
        s.message(4).text = edit.text;
        s.message(4).editedSeq = 10;
        s.add(edit);
    });
    row("a resent edit is acknowledged as another event", Fault::Contradicted,
        [](ChangedStory &s) { s.ledger.acknowledged("client6", "id9", 6); });
    row("a resent deletion is acknowledged as another event", Fault::Contradicted,
        [](ChangedStory &s) { s.ledger.acknowledged("client8", "id9", 9); });
    row("an acknowledged edit is refused when resent", Fault::Contradicted,
        [](ChangedStory &s) { s.ledger.gone("client7"); });
    row("an edit is refused, and its message is not deleted", Fault::Refused, [](ChangedStory &s) {
        s.send(changeOf(EventKind::Edited, 10, 0, 4), 10);
        s.ledger.gone("client10");
    });
    row("a refused edit is in the log", Fault::Contradicted, [](ChangedStory &s) {
        const Event edit = changeOf(EventKind::Edited, 10, 10, 4);
        s.send(edit, 10);
        s.ledger.gone(edit.clientId);
        s.add(edit);
    });
    row("an edit is in the log twice", Fault::Doubled, [](ChangedStory &s) {
        Event again = changeOf(EventKind::Edited, 6, 10, 2);
        again.id = "another";
        s.add(again);
    });
    row("a message is deleted twice", Fault::Doubled, [](ChangedStory &s) {
        const Event again = changeOf(EventKind::Deleted, 10, 10, 3);
        s.send(again, 10);
        s.add(again);
    });
    row("an edit comes after the deletion", Fault::Reordered, [](ChangedStory &s) {
        const Event edit = changeOf(EventKind::Edited, 10, 10, 3);
        s.send(edit, 10);
        s.add(edit);
    });
    row("two edits are in another order", Fault::Reordered, [](ChangedStory &s) {
        for (const std::uint32_t number : {11U, 10U}) {
            const Event edit = changeOf(EventKind::Edited, number, std::int64_t(s.log.size()) + 1, 4);
            s.send(edit, number);
            s.add(edit);
        }
    });
    row("an edit changes another message", Fault::Altered, [](ChangedStory &s) {
        s.message(6).target = 4;
        s.told[5].target = 4;
    });
    row("an edit changes somebody else's message", Fault::Altered, [](ChangedStory &s) {
        s.message(2).sender = "other";
        s.told[1].sender = "other";
    });
    row("history shows the text of before", Fault::Undone, [](ChangedStory &s) {
        s.message(2).text = "text2";
        s.message(2).editedSeq = 0;
    });
    row("history shows the text of an earlier edit", Fault::Undone, [](ChangedStory &s) {
        s.message(2).text = "text5";
        s.message(2).editedSeq = 5;
    });
    row("history shows a deleted message", Fault::Undone, [](ChangedStory &s) {
        s.message(3).text = "text7";
        s.message(3).editedSeq = 7;
        s.message(3).isDeleted = false;
    });
    row("history shows the text of a deleted message", Fault::Undone,
        [](ChangedStory &s) { s.message(3).text = "text3"; });
    row("history shows the text of an edit of a deleted message", Fault::Undone,
        [](ChangedStory &s) { s.message(7).text = "text7"; });
    row("history shows a text that nobody gave", Fault::Altered,
        [](ChangedStory &s) { s.message(2).text = "other"; });
    row("history shows a deletion that nobody asked for", Fault::Altered, [](ChangedStory &s) {
        s.message(4).text.clear();
        s.message(4).isDeleted = true;
    });
    row("the last edit is without its text", Fault::Altered,
        [](ChangedStory &s) { s.message(6).text.clear(); });
    row("a deleted message has versions", Fault::Undone,
        [](ChangedStory &s) { s.versions.emplace(versionsOfTwo); });
    row("a client was told an edit that is not stored", Fault::Phantom,
        [](ChangedStory &s) { s.told.push_back(changeOf(EventKind::Edited, 10, 10, 4)); });
    row("a client was told a deletion that is not stored", Fault::Phantom,
        [](ChangedStory &s) { s.told[8] = changeOf(EventKind::Deleted, 10, 9, 4); });
    row("a client was told another text of an edit", Fault::Phantom,
        [](ChangedStory &s) { s.told[5].text = "other"; });
    row("a client was told an edit of another message", Fault::Phantom,
        [](ChangedStory &s) { s.told[5].target = 4; });
    row("a client was told the text of an edit that is not stored", Fault::Phantom, [](ChangedStory &s) {
        s.told[3].text = "text10";
        s.told[3].editedSeq = 10;
    });
    row("a client was told that a message is deleted, and it is not", Fault::Phantom, [](ChangedStory &s) {
        s.told[3].text.clear();
        s.told[3].isDeleted = true;
    });
    row("a client was told the last edit without its text", Fault::Phantom,
        [](ChangedStory &s) { s.told[5].text.clear(); });
    row("a client was not told an edit", Fault::Gap,
        [](ChangedStory &s) { s.told.erase(s.told.begin() + 5); });
    row("a client was told a deletion twice", Fault::Doubled,
        [](ChangedStory &s) { s.told.insert(s.told.begin() + 8, s.told[7]); });
    row("a client was told an edit after the deletion", Fault::Reordered,
        [](ChangedStory &s) { std::swap(s.told[6], s.told[7]); });
    row("an acknowledged join is not in the log", Fault::Lost, [](ChangedStory &s) {
        s.ledger.memberChanged(room, user, "none");
        s.ledger.memberChanged(room, user, "member");
    });
    row("a join is in the log twice", Fault::Doubled,
        [](ChangedStory &s) { s.add(membership(10, "none", "member")); });
    row("a join is stored twice, as a leave in between", Fault::Doubled, [](ChangedStory &s) {
        s.add(membership(10, "member", "none"));
        s.add(membership(11, "none", "member"));
    });
    row("a leave contradicts the join before", Fault::Contradicted,
        [](ChangedStory &s) { s.add(membership(10, "moderator", "none")); });
    row("a join has no seq of its own", Fault::Gap, [](ChangedStory &s) {
        s.message(9).seq = 10;
        s.told[8].seq = 10;
    });
}

void tst_Checker::plantedFaultsInChanges()
{
    QFETCH(const std::function<void(ChangedStory &)>, plant);
    QFETCH(const Fault, fault);
    ChangedStory story;
    plant(story);
    story.check();
    QVERIFY2(story.findings.count(fault) > 0,
        story.findings.sentences().empty() ? "nothing was found" : story.findings.sentences()[0].c_str());
}

void tst_Checker::whoResumesIsShownThePresent()
{
    // At the end, and after the first edit.
    ChangedStory story;
    story.told = story.log;
    story.check();
    QCOMPARE(story.findings.total(), 0U);
    ChangedStory earlier;
    earlier.told[1].text = "text5";
    earlier.told[1].editedSeq = 5;
    earlier.check();
    QCOMPARE(earlier.findings.total(), 0U);
}

/// Messages that were read before they were changed are read again.
void tst_Checker::changesComeStepByStep()
{
    Story story;
    Checker checker(story.ledger, story.findings);
    for (const Event &event : story.log)
        checker.take(event);
    checker.settle();
    QVERIFY(checker.changed().empty());
    const ChangedStory changed;
    for (std::size_t i = 4; i < 8; ++i) {
        story.send(changed.told[i], std::uint32_t(i + 1));
        checker.take(changed.log[i]);
    }
    const std::vector<Checker::Changed> messages = checker.changed();
    QCOMPARE(messages.size(), 2U);
    QCOMPARE(messages[0].seq, 2);
    QCOMPARE(messages[1].seq, 3);
    checker.takeAgain(messages[0], changed.log[1]);
    checker.takeAgain(messages[1], changed.log[2]);
    checker.takeVersions(messages[0], versionsOfTwo);
    checker.takeVersions(messages[1], std::nullopt);
    checker.settle();
    QCOMPARE(story.findings.total(), 0U);
    QVERIFY(checker.changed().empty());

    checker.takeAgain(messages[0], story.log[1]);
    checker.takeAgain(messages[1], story.log[2]);
    checker.takeVersions(messages[0], std::vector<Version>{versionsOfTwo[0], versionsOfTwo[1]});
    checker.takeVersions(messages[1], versionsOfTwo);
    QCOMPARE(story.findings.count(Fault::Undone), 4U);
    checker.takeAgain(messages[0], std::nullopt);
    checker.takeAgain(messages[0], story.log[2]);
    checker.takeVersions(messages[0], std::nullopt);
    QCOMPARE(story.findings.count(Fault::Lost), 3U);
    checker.takeVersions(messages[0], std::vector<Version>{versionsOfTwo[1], versionsOfTwo[2]});
    QCOMPARE(story.findings.count(Fault::Altered), 1U);
}

void tst_Checker::clientsOfMessagesOnlySkipTheRest_data()
{
    QTest::addColumn<std::vector<int>>("told"); ///< 0: connects again
    QTest::addColumn<bool>("isLive");
    QTest::addColumn<unsigned>("gaps");
    QTest::newRow("every message") << std::vector{1, 2, 3, 4, 10} << false << 0U;
    QTest::newRow("not the deleted one") << std::vector{1, 2, 4, 10} << false << 0U;
    QTest::newRow("not another one") << std::vector{1, 3, 4, 10} << false << 1U;
    QTest::newRow("not the last one") << std::vector{1, 2, 3, 4} << false << 1U;
    QTest::newRow("one in answer") << std::vector{1, -2, 4, 10} << false << 0U;
    QTest::newRow("the last one in answer") << std::vector{1, 2, 4, -10} << false << 0U;
    QTest::newRow("live, every message") << std::vector{0, 1, 2, 3, 4, 10} << true << 0U;
    QTest::newRow("live, not one") << std::vector{0, 1, 3, 4, 10} << true << 1U;
    QTest::newRow("live, not one while away") << std::vector{0, 1, 0, 3, 4} << true << 0U;
}

void tst_Checker::clientsOfMessagesOnlySkipTheRest()
{
    QFETCH(const std::vector<int>, told);
    QFETCH(const bool, isLive);
    QFETCH(const unsigned, gaps);
    ChangedStory story;
    story.acknowledge(eventOf(10, 10), 10);
    Checker checker(story.ledger, story.findings);
    for (const Event &event : story.log)
        checker.take(event);
    checker.settle();
    RoomView view("ann", room, "epoch", 0, story.findings,
        isLive ? RoomView::Scope::LiveMessages : RoomView::Scope::Messages);
    for (const int seq : told) {
        if (seq == 0) {
            view.connected();
        } else if (seq < 0) {
            view.takeBeside(-seq);
        } else {
            Event event = story.told[std::size_t(seq - 1)];
            event.editedSeq = Shown::unknown;
            view.take(event);
        }
    }
    checker.compare(view);
    QCOMPARE(story.findings.count(Fault::Gap), gaps);
    QCOMPARE(story.findings.total(), gaps);
}

void tst_Checker::stepByStep()
{
    Story story;
    Checker checker(story.ledger, story.findings);
    RoomView view("ann", room, "epoch", 0, story.findings);
    for (const Event &event : story.log) {
        checker.take(event);
        view.take(event);
    }
    checker.settle();
    std::size_t compared = checker.compare(view);
    QCOMPARE(compared, 4U);
    QCOMPARE(checker.lastSeq(room), 4);
    story.ledger.sent("client5", messageOf(eventOf(5, 5), 5));
    story.ledger.acknowledged("client5", "id5", 5);
    view.take(eventOf(5, 5));
    QCOMPARE(story.findings.total(), 0U);
    compared = checker.compare(view, compared);
    checker.settle();
    QCOMPARE(compared, 5U);
    QCOMPARE(story.findings.count(Fault::Phantom), 1U);
    QCOMPARE(story.findings.count(Fault::Lost), 1U);
}

void tst_Checker::refusedMessagesMayComeLater()
{
    Story story;
    for (const std::uint32_t number : {6U, 5U}) {
        const Event event = eventOf(number, std::int64_t(story.log.size()) + 1);
        story.ledger.sent(event.clientId, messageOf(event, number));
        story.log.push_back(event);
        story.told.push_back(event);
    }
    story.ledger.refusedForATime("client5");
    story.check();
    QCOMPARE(story.findings.total(), 0U);
}

void tst_Checker::countsAndSentences()
{
    Findings findings;
    for (int i = 0; i < 30; ++i)
        findings.add(Fault::Lost, "one");
    Findings all;
    all.add(Fault::Gap, "two");
    all.add(findings);
    QCOMPARE(all.total(), 31U);
    QCOMPARE(all.count(Fault::Lost), 30U);
    QCOMPARE(all.sentences().size(), 20U);
    QCOMPARE(all.sentences()[0], std::string("gap: two"));
    QCOMPARE(all.sentences()[1], std::string("lost: one"));
}

QTEST_GUILESS_MAIN(tst_Checker)
#include "tst_checker.moc"
