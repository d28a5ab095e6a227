// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/faults/driver/story.h"

#include <QTest>

using namespace rookery::faults;
using namespace rookery::faults::test;

Q_DECLARE_METATYPE(Fault)

namespace {

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

/// The checker must be able to fail, for edits, deletions and changes of members, too: every error, planted.
class tst_CheckerChanges : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void changesAreRight();
    void changesOfTheDeletedAreAnswered();
    void aRepeatedJoinMayComeLate();
    void plantedFaults_data();
    void plantedFaults();
    void whoResumesIsShownThePresent();
    void changesComeStepByStep();
    void clientsOfMessagesOnlySkipTheRest_data();
    void clientsOfMessagesOnlySkipTheRest();
};

void tst_CheckerChanges::changesAreRight()
{
    ChangedStory story;
    story.check();
    QVERIFY2(story.findings.total() == 0,
        story.findings.sentences().empty() ? "" : story.findings.sentences()[0].c_str());
}

void tst_CheckerChanges::changesOfTheDeletedAreAnswered()
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

void tst_CheckerChanges::aRepeatedJoinMayComeLate()
{
    ChangedStory story;
    story.ledger.membershipRepeated(room, user);
    story.ledger.memberChanged(room, user, "none");
    story.add(membership(10, "member", "none"));
    story.add(membership(11, "none", "member"));
    story.check();
    QCOMPARE(story.findings.total(), 0U);
    ChangedStory twice;
    twice.ledger.membershipRepeated(room, user);
    twice.add(membership(10, "member", "none"));
    twice.add(membership(11, "none", "member"));
    twice.check();
    QCOMPARE(twice.findings.count(Fault::Doubled), 1U);
}

void tst_CheckerChanges::plantedFaults_data()
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

void tst_CheckerChanges::plantedFaults()
{
    QFETCH(const std::function<void(ChangedStory &)>, plant);
    QFETCH(const Fault, fault);
    ChangedStory story;
    plant(story);
    story.check();
    QVERIFY2(story.findings.count(fault) > 0,
        story.findings.sentences().empty() ? "nothing was found" : story.findings.sentences()[0].c_str());
}

void tst_CheckerChanges::whoResumesIsShownThePresent()
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
void tst_CheckerChanges::changesComeStepByStep()
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

void tst_CheckerChanges::clientsOfMessagesOnlySkipTheRest_data()
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

void tst_CheckerChanges::clientsOfMessagesOnlySkipTheRest()
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

QTEST_GUILESS_MAIN(tst_CheckerChanges)
#include "tst_checker_changes.moc"
